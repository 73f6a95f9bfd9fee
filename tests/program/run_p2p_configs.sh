#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# run_p2p_configs.sh PROGRAM MACHINES CONFIGS: the configs of peer-to-peer sweeps, whole, but for the target's
# address and the length of windows, with an mlx5 and a BAR that are fakes. Nothing fails; what is skipped says why.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$1 configs=$3
export FAKE_MACHINE="$2/made-group.json" FAKE_SYSFS="$tmp/sysfs" FAKE_KERNEL=tables,20=v9 FAKE_NICS=mlx5_0=mlx5

# sweep NAME ARGUMENT...: into the directory NAME
sweep() {
	name=$1
	shift
	rm -rf "$FAKE_SYSFS"
	expect 0 "$bin" run "$configs/$name.yaml" --quiet --rounds 1 --set memory.accel.device=pci/0000:1a:00.0 \
		--set memory.accel.bar=0 --set order.canary=0 -o "$name" "$@"
	for bad in error timeout revoked; do # a void window is taken again
		! column "$name/rounds.csv" status | grep -qx $bad || die "$name: a row is $bad"
	done
	column "$name/rounds.csv" status | grep -qx ok || die "$name: no row is ok"
}

# distinct NAME COLUMN: the values of its settled rows
distinct() {
	settled "$1/rounds.csv" >settled.csv
	column settled.csv "$2" | grep . | sort -u | wc -l
}

feature='memory.accel.tph_feature={index: 20, layout: v6}'
sweep p2p-vfio -D 1ms --size 256,64K --set memory.host.pages=4K
[ "$(distinct p2p-vfio target)" = 2 ] || die "p2p-vfio: targets"
sweep tph-sweep -D 1ms --set "$feature" --size 64
[ "$(distinct tph-sweep st)" = 15 ] || die "tph-sweep: tags"
sweep interconnects -D 1ms --size 4K,64K --set sweeps.bandwidth.target=accel # the fake kernel has no udmabuf
[ "$(distinct interconnects interconnect_used)" -ge 2 ] || die "interconnects: ways"
sweep tph-analyzer -D 10ms --set "$feature" --set sweeps.writes.rate=1K
[ "$(distinct tph-analyzer st)" = 3 ] || die "tph-analyzer: tags"
