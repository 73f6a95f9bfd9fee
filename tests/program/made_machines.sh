#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# made_machines.sh PYTHON FIXTURES TOPO_FIGURES: the fixtures made-*.json are what make_machines.py writes, and a large
# machine is read whole, from a file as from a tree.
. "$(dirname -- "$0")/lib.sh"
python=$1 fixtures=$2 figures=$3

mkdir made
expect 0 "$python" "$fixtures/make_machines.py" made
for f in made/* "$fixtures"/machines/made-*; do
	cmp -s "made/${f##*/}" "$fixtures/machines/${f##*/}" || die "${f##*/} is not what make_machines.py writes"
done

expect 0 "$python" "$fixtures/make_machines.py" scale 4000
mv out large.json
expect 0 "$python" "$fixtures/make_machines.py" tree large.json tree
expect 0 "$figures" large.json
cut -d , -f 1-3 out >file
cat out >&2
expect 0 "$figures" tree
cut -d , -f 1-3 out >dir
cmp -s file dir || die "the tree is another machine: $(cat dir)"
[ "$(tail -n 1 file | cut -d , -f 2)" = 64 ] || die "not 64 NICs: $(cat file)"
