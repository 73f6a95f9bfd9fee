#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The limit model against the independent oracle, and its command line.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$1 oracle=$2

command -v python3 >/dev/null || { echo "SKIP: the oracle needs python3" && exit 77; }
for seed in 1 2 3; do
	python3 "$oracle" random 10000 $seed >answers.csv || die "the oracle failed"
	cut -d, -f1-22 answers.csv >cases.csv
	head -n 1 cases.csv | grep -q ',typical$' || die "the oracle's columns moved"
	expect 0 "$bin" limit --csv cases.csv
	cp out got.csv
	paste -d, answers.csv got.csv | awk -F, -v seed=$seed 'NR > 1 {
		d = $26 / $23 - 1
		if ($1 != $25 || $24 != $27 || d > 1e-9 || d < -1e-9) { print "case " $1 " of seed " seed ": " $0; bad = 1 } n++ }
		END { exit bad || n != 10000 }' >out || die "differs from the oracle"
done

expect 0 "$bin" limit gen=5 size=1M mps=256
says out "57.6141 GB/s, set by pcie-fwd"
expect 0 "$bin" limit size=64 mtu=1024 gbit=100 --explain
says out "4.93827 GB/s, set by wire"
says out "toward target     88 bytes in 1 TLPs a message"

expect 2 "$bin" limit gne=3
says err "did you mean 'gen'?"
expect 2 "$bin" limit gen=7
says err "gen=7 is out of range: 0 to 6"
expect 2 "$bin" limit mps=300
says err "mps 300: a power of two"
expect 2 "$bin" limit gbit=100
says err "without mtu"
expect 2 "$bin" limit size
says err "is no KEY=VALUE"
expect 2 "$bin" limit op=copy
says err "one of write, read, both"
expect 2 "$bin" limit --csv nowhere.csv
says err "nowhere.csv"
printf 'id,gen\n1,5\n2\n' >bad.csv
expect 2 "$bin" limit --csv bad.csv
says err "bad.csv:3: 1 fields, the header has 2"
printf 'gen\n5\n' >bad.csv
expect 2 "$bin" limit --csv bad.csv
says err "no column 'id'"
expect 2 "$bin" limit --csv bad.csv gen=5
says err "not both"
exit 0
