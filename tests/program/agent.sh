#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# agent.sh BINARY: who calls it by hand is told what it is, and a stranger on its pipe is turned away; its standard
# output holds frames and nothing else.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$1

expect 2 "$bin" agent
grep -q 'peer: ssh:HOST' err || die "agent without --stdio: $(cat err)"
expect 2 "$bin" agent --stdio word
expect 2 "$bin" run --stdio
expect 2 "$bin" agent --stdio --size 64

# The first frame is the agent's: four bytes of length, and so many of JSON.
for junk in 'GET / HTTP/1.1' '' '    {}'; do
	rc=0
	printf '%s' "$junk" | "$bin" agent --stdio >frames 2>err || rc=$?
	[ "$rc" = 3 ] || die "exit status $rc after '$junk'"
	[ -s err ] || die "nothing was said of '$junk'"
	head -c 5 frames | tail -c 1 | grep -q '{' || die "standard output begins with something else"
done
