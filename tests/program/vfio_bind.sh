#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vfio_bind.sh SCRIPT: on a made-up sysfs, where unbind and drivers_probe are read by something like a kernel.
# shellcheck source=tests/program/lib.sh
. "$(dirname -- "$0")/lib.sh"
script=$1
export VFIO_BIND_ROOT="$tmp/machine"
bus=$tmp/machine/sys/bus/pci
up=pci0000:40/0000:40:01.0
mkdir -p "$bus/devices" machine/proc machine/sys/kernel/iommu_groups bin

fn() { # PATH DRIVER GROUP
	addr=$(basename "$1")
	mkdir -p "machine/sys/devices/$1" "machine/sys/kernel/iommu_groups/$3/devices"
	ln -s "../../../devices/$1" "$bus/devices/$addr"
	ln -s "$tmp/machine/sys/kernel/iommu_groups/$3" "machine/sys/devices/$1/iommu_group"
	ln -s "$tmp/machine/sys/devices/$1" "machine/sys/kernel/iommu_groups/$3/devices/$addr"
	echo "(null)" >"machine/sys/devices/$1/driver_override"
	[ -z "$2" ] || ln -s "$bus/drivers/$2" "machine/sys/devices/$1/driver"
	echo "$2" >"machine/native-$addr"
}

# One pipe, so that writes take effect in their order.
mkfifo kernel
for driver in vfio-pci nvme mlx5_core; do
	mkdir -p "$bus/drivers/$driver"
	ln -s "$tmp/kernel" "$bus/drivers/$driver/unbind"
done
ln -s "$tmp/kernel" "$bus/drivers_probe"
fn $up/0000:41:00.0 nvme 12
fn $up/0000:41:00.1 mlx5_core 12
fn $up/0000:42:00.0 "" 13
fn $up/0000:43:00.0 nvme 14

# The kernel: a function that has a driver loses it; one that has none gets that of its override, or its own.
take() {
	[ ! -e "$bus/devices/$1/driver" ] || { rm "$bus/devices/$1/driver" && return; }
	override=$(cat "$bus/devices/$1/driver_override")
	case $override in '' | '(null)') override=$(cat "machine/native-$1") ;; esac
	[ -z "$override" ] || ln -s "$bus/drivers/$override" "$bus/devices/$1/driver"
}
while read -r addr && [ "$addr" != stop ]; do take "$addr"; done <>kernel &
reader=$!
stop() {
	echo stop >"$tmp/kernel"
	wait $reader
	rm -rf "$tmp"
}
trap stop EXIT

driver() { basename "$(readlink "$bus/devices/$1/driver" || echo none)"; }

# show
expect 0 "$script" show 41:00.0
says out "driver: nvme"
says out "IOMMU group: 12"
says out "0000:41:00.1, bound to mlx5_core"
expect 0 "$script" show pci/0000:42:00.0
says out "driver: none"

# a dry run prints the commands and does nothing
expect 0 "$script" bind 41:00.0
says out "echo vfio-pci >$bus/devices/0000:41:00.0/driver_override"
says out "echo 0000:41:00.0 >$bus/drivers/nvme/unbind"
says out "echo 0000:41:00.0 >$bus/drivers_probe"
says out "nothing was changed"
[ "$(driver 0000:41:00.0)" = nvme ] || die "a dry run unbound it"
[ ! -e machine/run ] || die "a dry run wrote a record"

# bind, and who else is in the group
expect 0 "$script" bind 41:00.0 --apply
[ "$(driver 0000:41:00.0)" = vfio-pci ] || die "driver $(driver 0000:41:00.0)"
says out "0000:41:00.1 of the same IOMMU group is bound to mlx5_core"
expect 0 "$script" show 41:00.0
says out "driver_override: vfio-pci"
says out "node: /dev/vfio/12"
says out "recorded in"
mkdir -p "$bus/devices/0000:41:00.0/vfio-dev/vfio3"
expect 0 "$script" show 41:00.0
says out "node: /dev/vfio/devices/vfio3"
for apply in "" --apply; do
	# shellcheck disable=SC2086
	expect 0 "$script" bind 41:00.0 $apply
	says out "nothing to do"
	! grep -q -- "--apply does it" out || die "there is nothing for --apply to do"
done

# restore, once
expect 0 "$script" restore 41:00.0
says out "nothing was changed"
expect 0 "$script" restore 41:00.0 --apply
[ "$(driver 0000:41:00.0)" = nvme ] || die "not restored: $(driver 0000:41:00.0)"
[ -z "$(cat "$bus/devices/0000:41:00.0/driver_override")" ] || die "the override stays"
expect 3 "$script" restore 41:00.0 --apply
says err "nothing recorded"

# one without a driver, and one with an override of its own
expect 0 "$script" bind 42:00.0 --apply --state state
[ "$(driver 0000:42:00.0)" = vfio-pci ] || die "driver $(driver 0000:42:00.0)"
expect 0 "$script" restore 42:00.0 --apply --state state
[ "$(driver 0000:42:00.0)" = none ] || die "driver $(driver 0000:42:00.0)"
echo mlx5_core >"$bus/devices/0000:41:00.1/driver_override"
expect 0 "$script" bind 41:00.1 --apply
expect 0 "$script" restore 41:00.1 --apply
[ "$(driver 0000:41:00.1) $(cat "$bus/devices/0000:41:00.1/driver_override")" = "mlx5_core mlx5_core" ] ||
	die "the override was not restored"

# what is in use is not taken
mkdir -p "$bus/devices/0000:43:00.0/nvme/nvme0/nvme0n1/nvme0n1p1" "$bus/devices/0000:43:00.0/nvme/nvme0/nvme0n1/holders"
touch "$bus/devices/0000:43:00.0/nvme/nvme0/nvme0n1/dev" "$bus/devices/0000:43:00.0/nvme/nvme0/nvme0n1/nvme0n1p1/dev"
echo "/dev/nvme0n1p1 / ext4 rw 0 0" >machine/proc/mounts
expect 3 "$script" bind 43:00.0 --apply
says err "mounted"
echo "/dev/nvme1n1p1 / ext4 rw 0 0" >machine/proc/mounts
touch "$bus/devices/0000:43:00.0/nvme/nvme0/nvme0n1/holders/dm-0"
expect 3 "$script" bind 43:00.0 --apply
says err "dm-0"
rm "$bus/devices/0000:43:00.0/nvme/nvme0/nvme0n1/holders/dm-0"
mkdir -p "$bus/devices/0000:43:00.0/net/eth0"
echo up >"$bus/devices/0000:43:00.0/net/eth0/operstate"
expect 3 "$script" bind 43:00.0 --apply
says err "ip link set eth0 down"
[ "$(driver 0000:43:00.0)" = nvme ] || die "a refused bind unbound it"
echo down >"$bus/devices/0000:43:00.0/net/eth0/operstate"

# driverctl does it where there is one
cat >bin/driverctl <<'DRIVERCTL'
#!/bin/sh
echo "$*" >>"$CALLS"
[ ! -e "$CALLS.stuck" ] || exit 0
case $2 in
set-override) to=$4 ;;
unset-override) to=nvme ;;
esac
ln -sfn "$VFIO_BIND_ROOT/sys/bus/pci/drivers/$to" "$VFIO_BIND_ROOT/sys/bus/pci/devices/$3/driver"
DRIVERCTL
chmod +x bin/driverctl
export CALLS="$tmp/calls"
before=$PATH
PATH="$tmp/bin:$PATH"
expect 0 "$script" bind 43:00.0 --apply
says calls "--nosave set-override 0000:43:00.0 vfio-pci"
expect 0 "$script" restore 43:00.0 --apply
says calls "--nosave unset-override 0000:43:00.0"
touch calls.stuck
expect 1 "$script" bind 43:00.0 --apply
says err "did not take vfio-pci"
expect 1 "$script" bind 43:00.0 --apply
says err "restore it first"
expect 0 "$script" restore 43:00.0 --apply
PATH=$before

# a record that is not ours is not followed
printf 'vfio-bind 1 0000:43:00.0\ndriver nvme\noverride \n' >state
expect 3 "$script" restore 41:00.0 --apply --state state
says err "not a record"
# shellcheck disable=SC2016
printf 'vfio-bind 1 0000:41:00.0\ndriver ../../x\noverride $(id)\n' >state
expect 3 "$script" restore 41:00.0 --apply --state state
says err "no name of a driver"

# what cannot be
expect 3 "$script" bind 99:00.0 --apply
says err "no PCI function"
expect 3 "$script" bind mlx5_0 --apply
expect 3 "$script" bind --driver nosuch 41:00.0 --apply
says err "modprobe nosuch"
expect 2 "$script" bind
expect 2 "$script" wipe 41:00.0
expect 2 "$script" bind 41:00.0 42:00.0
expect 2 "$script" bind 41:00.0 --driver '../x'
expect 0 "$script" --help
says out "The price"
