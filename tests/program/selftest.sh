#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# selftest: every line, what it stores and where, what later runs take from it.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$1
export XDG_STATE_HOME="$tmp/state" TMPDIR="$tmp"

expect 2 "$bin" selftest --qd 4
says err "selftest does not use --qd"
expect 2 "$bin" selftest mlx5_0
says err "-d"
expect 3 "$bin" selftest -d mlx5_7
says err "mlx5_7"
[ ! -e state/p2pbench/selftest-mlx5_7.json ] || die "a noise floor of a device that is not there"

expect 0 "$bin" selftest
for line in clock.backwards clock.overhead clock.os_jitter clock.calibration clock.drift harness.single harness.list16 \
	harness.latency data.moved data.sample data.full noise.bw noise.lat; do
	grep -qE "^$line +ok " out || die "no line: $line ok"
done
says out "software"
says err "state/p2pbench/selftest-soft0.json"
says state/p2pbench/selftest-soft0.json '"noise_floor"'
[ -z "$(find . -name 'p2pbench-selftest-*')" ] || die "left its runs behind"

# A run on this host and kernel has it, one after a file from elsewhere has not, and junk does no harm.
short() { # DIR
	expect 0 "$bin" run --quiet -d soft0 --op write --size 64 --rounds 1 -D 1ms -o "$1"
}
short with
tr -d ' \n' <with/run.json | grep -q '"noise_floor":{"soft0":{"bw":[0-9]' || die "no noise floor in run.json"
sed -i 's/"kernel": "[^"]*"/"kernel": "other"/' state/p2pbench/selftest-soft0.json
short without
tr -d ' \n' <without/run.json | grep -q '"noise_floor":{}' || die "a noise floor of another kernel"
printf '{"noise_floor": [' >state/p2pbench/selftest-soft0.json
short junk

# Nowhere to store it: said before anything is measured, with the way out.
: >file
export XDG_STATE_HOME="$tmp/file"
expect 3 "$bin" selftest
[ ! -s out ] || die "measured what cannot be stored"
says err "-o FILE"
if [ "$(id -u)" != 0 ]; then
	mkdir ro && chmod 500 ro
	XDG_STATE_HOME="$tmp/ro" expect 3 "$bin" selftest
	says err "EACCES"
fi

for place in "$tmp" "$tmp/new/" "" /proc/here; do
	expect 3 "$bin" selftest -o "$place"
	[ ! -s out ] || die "measured what cannot be stored in '$place'"
done

# One document on stdout; the file where it was asked for.
expect 0 "$bin" selftest -d null0 --json -o made/here.json
[ "$(head -c 1 out)" = "{" ] || die "not one JSON document"
says out '"noise.lat"'
says out '"verdict": "skip"'
says made/here.json '"device": "null0"'
