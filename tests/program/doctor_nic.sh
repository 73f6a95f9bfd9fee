#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# doctor_nic.sh BINARY EXPAND MACHINES: doctor of a machine with an RDMA device that opens: its port, GID and MTU, and
# what follows for a pair.
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

expect 0 "$bin" doctor
says out "mlx5_0 (hardware)"
says out "p2pbench doctor mlx5_0 0000:24:00.0"
says out "hardware: there is a NIC"

got=0
"$bin" doctor mlx5_0 24:00.0 >out 2>err || got=$?
says out "mlx5_0 opens: "
says out "port 1 is active"
grep -qE "^  ok +gid +index [0-9]+: RoCE v2" out || die "the GID and why that one"
grep -qE "^  warn +mtu +1024 of at most 4096" out || die "the MTU"
grep -qE "^  ok +binding +0000:24:00.0 is bound to" out || die "the binding"
grep -qE "^  ok +route +PIX, through the switch" out || die "the route"
[ "$(tail -n 1 out)" ] || die "no last line"
grep -q "^mlx5_0 -> 24:00.0: " out || die "no sentence"
grep -q "FAIL" out && [ "$got" != 3 ] && die "something is missing, and the status is $got"
grep -q "FAIL" out || [ "$got" = 0 ] || die "nothing is missing, and the status is $got"
awk 'length > 80 { exit 1 }' out || die "a line is longer than 80 columns"

# Host memory: another kind of target, with checks of its own.
"$bin" doctor mlx5_0 host >out 2>err || true
grep -qE "^  ok +opens +host" out || die "host memory opens"
! grep -q "^path" out || die "host memory is no PCI function"
exit 0
