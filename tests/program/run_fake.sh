#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The whole program over scripted verbs: the path a real NIC takes, on data that really moves.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$1

expect 0 "$bin" list devices
says out fake0
expect 0 "$bin" run -d fake0 --op write,read --size 64,4K,1M --qps 1,2 --rounds 6 -D 1ms -o bw
[ "$(column bw/rounds.csv evidence | sort -u)" = emulated ] || die "a fake device must not count as hardware"
[ "$(column bw/rounds.csv status | grep -vc -e ok -e warmup -e void)" = 0 ] || die "rows that are not ok"
! column bw/rounds.csv flags | grep -q unverified || die "rows are not verified"
says out EMULATED
expect 0 "$bin" run --quiet -d fake0 --measure lat --op read,write_fence,write_cqe --size 8,4K --rounds 6 -D 1ms -o lat
settled lat/rounds.csv >lat.csv
[ "$(column lat.csv lat_p50_us | grep -c .)" = 42 ] || die "a median in every latency row"
says lat/run.json '"gid_why"'
# memfd is for the software device only.
printf 'version: 1\nnics: {n: {device: fake0}}\nmemory: {m: {kind: memfd}}\nsweeps: [{name: s, nic: n, op: write, target: m, size: 64}]\n' >m.yaml
expect 3 "$bin" run m.yaml -o none
says err memfd
