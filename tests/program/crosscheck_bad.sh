#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# crosscheck before its first window: perftest missing, too old, unknown, none at all; configs and runs that cannot be
# used. Nothing is left behind.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
p2pbench=$1 fake=$2

# A directory of perftest's programs, all of them the same stand-in.
mkdir tools
for t in ib_write_bw ib_write_lat ib_read_bw ib_read_lat ib_send_bw ib_atomic_bw ib_atomic_lat; do cp "$fake" tools/$t; done
mkdir empty

expect 3 env PATH="$tmp/empty" "$p2pbench" crosscheck -d soft0 --op write --size 4K -o out1
says err "perftest is missing: no ib_write_bw in PATH"
says err "--tool"
expect 3 "$p2pbench" crosscheck --tool nowhere -d soft0 --op write --size 4K -o out1
says err "--tool nowhere: No such file"
expect 3 "$p2pbench" crosscheck --tool empty -d soft0 --op write --size 4K -o out1
says err "empty/ib_write_bw: missing, or not executable"
rm tools/ib_read_lat
expect 3 "$p2pbench" crosscheck --tool tools -d soft0 --op write --size 4K -o out1
says err "tools/ib_read_lat: missing"
cp "$fake" tools/ib_read_lat

for mode in old:"perftest 5.60 is too old" unknown:"perftest 6.99 is an unknown version" nothing:"no \"Version: N\""; do
	expect 3 env FAKE_PERFTEST="${mode%%:*}" "$p2pbench" crosscheck --tool tools -d soft0 --op write --size 4K -o out1
	case ${mode%%:*} in
	nothing) says err "ended with status 1" ;;
	*) says err "${mode#*:}" && says err "known: 6.06 (release 4.5), 6.24 (release 25.01), 6.29" ;;
	esac
done

# The software device is inside p2pbench; a program of the directory names it as well.
expect 3 "$p2pbench" crosscheck --tool tools/ib_write_bw -d soft0 --op write --size 4K -o out1
says err "a device inside p2pbench: perftest needs one that libibverbs shows"
says err "none of the 1 planned points"
expect 3 "$p2pbench" crosscheck --json --tool tools -d soft0 --op write --size 4K -o out1
python3 -c 'import json,sys; assert "error" in json.load(open(sys.argv[1]))' out 2>/dev/null || grep -q '"error"' out || die "no document"

expect 2 "$p2pbench" crosscheck --tool tools nofile.yaml
says err "nofile.yaml"
expect 2 "$p2pbench" crosscheck --tool tools empty
expect 2 "$p2pbench" crosscheck --tool tools a.yaml b.yaml
expect 2 "$p2pbench" run --tool tools -d null0 --op write
says err "--tool"
[ ! -e out1 ] || die "a results directory was made"
