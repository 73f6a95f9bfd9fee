#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The samples are runs that this program reads, of the tier their README says, and what is told to do with them works.
# `samples.sh BINARY RESULTS`
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$1 results=$2
cp -r "$results/samples" . || die "no samples"
for run in samples/*/; do
	run=${run%/}
	tier=$(sed -n "s,^| \`$(basename "$run")/\` | \*\*\([a-z]*\)\*\* .*,\1,p" samples/README.md)
	[ -n "$tier" ] || die "README does not say the tier of $run"
	# Points that were skipped have no evidence.
	[ "$(column "$run/rounds.csv" evidence | sort -u | grep .)" = "$tier" ] || die "$run is not of tier $tier"
	says "$run/run.json" '"complete": true'
	grep -qi "$tier:" "$run/report.html" || die "$run/report.html does not say its tier"
	grep -qi "$tier:" "$run/report.md" || die "$run/report.md does not say its tier"
	expect 0 "$bin" show "$run"
	says out "GB/s"
	expect 0 "$bin" report "$run" -o again.html --quiet
	expect 0 "$bin" export "$run" --format json
	expect 0 "$bin" list runs samples
	says out "$(basename "$run")"
done
[ "$(find samples -name report.html | wc -l)" = 3 ] || die "a sample without a report, or one more than the README knows"

# The text of README.md that uses pandas, by a Python that has it: the first one found need not be the system's.
awk '/^```python$/ { on = 1; next } /^```$/ { on = 0 } on' "$results/README.md" >look.py
[ -s look.py ] || die "README.md has no text for pandas"
for python in python3 /usr/bin/python3 ""; do
	[ -n "$python" ] && "$python" -c 'import pandas' 2>err && break
done
if [ -z "$python" ]; then
	echo "SKIP: no pandas for python3 (package python3-pandas): the text of results/README.md is not executed"
	exit 77
fi
cd samples/software || exit 1
expect 0 "$python" "$tmp/look.py"
says "$tmp/out" "software"
says "$tmp/out" "99 % of the reads"
