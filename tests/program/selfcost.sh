#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The harness must not be the bottleneck: instructions per message, provider excluded, within bounds; and a
# message of eight lanes costs what a message of one does, because lanes share nothing.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"

P2PBENCH_NO_BUILD=1 P2PBENCH_BUILD=$2 expect 0 "$1" selfcost
cat out
awk -F, '
	{ value[$1] = $2 }
	function bound(name, most) {
		if (value[name] == "" || value[name] + 0 > most) { print name " " value[name] ", at most " most; bad = 1 }
	}
	END {
		bound("single_signal64", 20); bound("list16", 3); bound("latency", 60)
		for (name in value)
			if (name ~ /_8lanes$/) {
				one = name
				sub(/_8lanes$/, "", one)
				bound(name, value[one] * 1.5)
				pairs++
			}
		if (pairs < 10) { print "only " pairs " operations were run with eight lanes"; bad = 1 }
		exit bad
	}' out ||
	die "the harness costs more than it may"
