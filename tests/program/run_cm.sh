#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# `connect: cm` through the whole program: measured on a device with an address, skipped with the reason on one
# without, and run.json has what rdma_cm chose.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$1

cat >cm.yaml <<END
version: 1
nics: {n: {device: fake0}}
defaults: {nic: n, target: host, rounds: 1, window: 5ms, verify: full, connect: [oob, cm]}
order: {canary: 0}
sweeps:
  - {name: bw, op: [write, send], size: 4K, qd: 8, qps: 3}
  - {name: lat, measure: lat, op: write_fence, size: 64}
END
expect 0 "$bin" run cm.yaml -o cm
[ "$(settled cm/rounds.csv | column - status | grep -c ok)" = 6 ] || die "six points are ok"
[ "$(settled cm/rounds.csv | column - connect | grep -c cm)" -ge 3 ] || die "half of them by rdma_cm"
says cm/run.json '"rdma_cm"'
says cm/run.json '"peer_gid": "::ffff:10.0.0.1"'

sed 's/fake0/soft0/' cm.yaml >soft.yaml
expect 0 "$bin" run soft.yaml -o soft
says soft/rounds.csv "connect cm on soft0: a software device has no IP address"
[ "$(column soft/rounds.csv connect | grep -c oob)" -ge 3 ] || die "the others are measured"
