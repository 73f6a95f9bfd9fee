#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# run_limit.sh BINARY EXPAND MACHINES: copies in memory on a machine whose link has one lane of generation 1. More than the
# link carries is an error where every input was read from the machine, and a remark where some were assumed.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$1 expand=$2 machines=$3

mkdir machine
"$expand" "$machines/lab-numa" machine || die "cannot expand lab-numa"
nic=$(cd machine/sys/bus/pci/devices/0000:23:00.0 && pwd -P)
mkdir -p "$nic/infiniband/mlx5_0" machine/sys/class/infiniband
ln -s ../.. "$nic/infiniband/mlx5_0/device"
ln -s "$nic/infiniband/mlx5_0" machine/sys/class/infiniband/mlx5_0
ln -s "$tmp/machine/sys/bus/pci" "$nic/subsystem"
export FAKE_MACHINE="$tmp/machine" FAKE_NIC=mlx5_0

expect 4 "$bin" run -d mlx5_0 --op write --size 64K --rounds 6 -D 30ms -o sure
column sure/rounds.csv evidence | grep -q hardware || die "the NIC does not count as hardware"
column sure/rounds.csv status | grep -q error || die "more than the link carries is no error"
column sure/rounds.csv reason | grep -q "above the physical limit" || die "no reason"
grep -q "the link above 0000:23:00.0 carries" sure/rounds.csv || die "the link is not named"
[ "$(column sure/rounds.csv limit_source | grep . | sort -u)" = cfg ] || die "limit_source"
[ "$(column sure/rounds.csv limit_hop | grep . | sort -u)" = 0000:23:00.0 ] || die "limit_hop"
[ "$(column sure/rounds.csv route | grep . | sort -u)" = host ] || die "route"

# As a user sees it.
find machine/sys/devices -name config | while read -r f; do head -c 64 "$f" >short && cp short "$f"; done
for f in "$nic" "$nic/.."; do
	echo "2.5 GT/s PCIe" >"$f/current_link_speed"
	echo 1 >"$f/current_link_width"
done
expect 0 "$bin" run -d mlx5_0 --op write --size 64K --rounds 6 -D 30ms -o assumed
[ "$(column assumed/rounds.csv limit_source | grep . | sort -u)" = assumed ] || die "limit_source of assumed inputs"
column assumed/rounds.csv flags | grep -q above_limit || die "no flag above_limit"
! column assumed/rounds.csv status | grep -q error || die "an assumed limit failed a row"
says out "~"

# The way to each memory of the config is kept as boxes, and the report draws them; here the memory that no sweep uses.
cat >ways.yaml <<'EOF'
version: 1
name: ways
nics:
  nic0: {device: mlx5_0}
memory:
  far: {kind: vfio, device: pci/0000:24:00.0, bar: 0, ranges: [{offset: 0, length: 64K}]}
defaults: {nic: nic0, rounds: 1, window: 10ms, target: host}
sweeps:
  - {name: a, measure: bw, op: write, size: 64}
EOF
got=0
"$bin" run ways.yaml --quiet -o ways >out 2>err || got=$? # whatever its points say of the limit
[ "$got" = 0 ] || [ "$got" = 4 ] || die "status $got: run ways.yaml"
says ways/run.json '"drawing"'
expect 0 "$bin" report ways --quiet
says ways/report.html 'class="tree"'
says ways/report.html '>host bridge 0000:'
says ways/report.html '>24:00.0<'
says ways/report.html 'nic0 to far'
