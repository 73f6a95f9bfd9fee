#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Every config users start from is right and can be planned on any machine.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$1

n=0
for f in "$2"/*.yaml; do
	expect 0 "$bin" check "$f"
	[ ! -s err ] || die "$f: warnings"
	expect 0 "$bin" plan "$f"
	n=$((n + 1))
done
[ $n -gt 0 ] || die "no configs in $2"
# The compiled-in default is the file.
expect 0 "$bin" help config
sed 1,2d out | cmp -s - "$2/quickstart.yaml" || die "the compiled-in config is not configs/quickstart.yaml"
