#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# On the same do-nothing provider p2pbench spends fewer instructions on a message than perftest does.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"

got=0
"$1" "$2" >out 2>err || got=$?
[ $got != 77 ] || { sed -n 's/^harness: /SKIP: /p' err && exit 77; }
[ $got = 0 ] || die "status $got"
cat out
awk -F, '
	NR > 1 { value[$1, $2] = $3; shapes[$1] }
	END {
		for (s in shapes) {
			n++
			# The loops of latency differ by what they keep: perftest stores samples and sorts them afterwards.
			if (s != "latency" && !(value[s, "p2pbench"] > 0 && value[s, "p2pbench"] < value[s, "perftest"])) {
				print s ": p2pbench " value[s, "p2pbench"] ", perftest " value[s, "perftest"]
				bad = 1
			}
		}
		exit bad || n != 5
	}' out || die "perftest does with less"
