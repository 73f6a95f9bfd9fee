#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Every config users start from is right and can be planned on any machine; those for a software device also run
# here, each point once, and no point fails (void: a busy machine spoilt a window; overload: it is too slow).
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$1

n=0
for f in "$2"/*.yaml; do
	expect 0 "$bin" check "$f"
	[ ! -s err ] || die "$f: warnings"
	expect 0 "$bin" plan "$f"
	n=$((n + 1))
	grep -q 'device: soft0' "$f" || continue
	rm -rf run
	expect 0 "$bin" run "$f" --quiet --rounds 1 --window 5ms -o run
	column run/rounds.csv status | grep -v -x -e ok -e warmup -e overload -e void >bad &&
		die "$f: rows with status $(sort -u bad | tr '\n' ' ')"
	[ "$(column run/rounds.csv status | grep -c -x -e ok -e overload)" -gt 0 ] || die "$f: nothing was measured"
done
[ $n -gt 0 ] || die "no configs in $2"
# The compiled-in default is the file.
expect 0 "$bin" help config
sed 1,2d out | cmp -s - "$2/quickstart.yaml" || die "the compiled-in config is not configs/quickstart.yaml"
