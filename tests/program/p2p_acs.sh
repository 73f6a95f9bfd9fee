#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# p2p_acs.sh SCRIPT: on a made-up sysfs and with a setpci that keeps registers in files.
. "$(dirname -- "$0")/lib.sh"
script=$1
export P2P_ACS_ROOT="$tmp/machine"
up=pci0000:15/0000:15:01.0/0000:16:00.0
mkdir -p bin machine/sys/bus/pci/devices machine/sys/bus/pci/drivers/vfio-pci machine/sys/bus/pci/drivers/nvme acs
mkdir -p machine/sys/class/infiniband

fn() { # PATH [CONTROL]
	addr=$(basename "$1")
	mkdir -p "machine/sys/devices/$1"
	head -c "${bytes:-4096}" /dev/zero >"machine/sys/devices/$1/config"
	ln -s "../../../devices/$1" "machine/sys/bus/pci/devices/$addr"
	[ $# = 1 ] || echo "$2" >"acs/$addr"
}

fn pci0000:15/0000:15:01.0 001d
fn $up
fn $up/0000:17:00.0 001d
fn $up/0000:17:00.0/0000:18:00.0
fn $up/0000:17:01.0 005d
fn $up/0000:17:01.0/0000:19:00.0
fn $up/0000:17:02.0 001d
fn $up/0000:17:02.0/0000:1a:00.0
fn pci0000:40/0000:40:01.0 001d
fn pci0000:40/0000:40:01.0/0000:41:00.0
mkdir -p machine/sys/class/infiniband/mlx5_0
ln -s ../../../devices/$up/0000:17:00.0/0000:18:00.0 machine/sys/class/infiniband/mlx5_0/device
ln -s "$tmp/machine/sys/bus/pci/drivers/vfio-pci" machine/sys/bus/pci/devices/0000:19:00.0/driver
ln -s "$tmp/machine/sys/bus/pci/drivers/nvme" machine/sys/bus/pci/devices/0000:1a:00.0/driver

# setpci -s ADDRESS ECAP_ACS+6.w[=VALUE:MASK]; a file "stuck" keeps the bits as they are
cat >bin/setpci <<'SETPCI'
#!/bin/sh
[ "$1" = -s ] && [ -e "$ACS/$2" ] || { echo "setpci: no such capability" >&2; exit 1; }
case $3 in
ECAP_ACS+6.w) cat "$ACS/$2" ;;
ECAP_ACS+6.w=????:????)
	echo "$2 $3" >>"$ACS.log"
	v=${3#*=}
	[ -e "$ACS/stuck" ] || printf '%04x\n' $(((0x$(cat "$ACS/$2") & ~0x${v#*:}) | (0x${v%:*} & 0x${v#*:}))) >"$ACS/$2.new"
	[ -e "$ACS/stuck" ] || mv "$ACS/$2.new" "$ACS/$2" ;;
*) exit 1 ;;
esac
SETPCI
chmod +x bin/setpci
export PATH="$tmp/bin:$PATH" ACS="$tmp/acs"

registers() { (cd acs && for f in 0*; do echo "$f $(cat "$f")"; done); }
registers >before

# show changes nothing and names who redirects
expect 0 "$script" show mlx5_0 19:00.0
says out "0000:17:00.0  001d  SV RR CR UF"
says out "0000:17:01.0  005d  SV RR CR UF DT"
says out "0000:18:00.0  no ACS"
says out "redirected to the root by: 0000:17:00.0 0000:17:01.0"
! grep -q '15:01.0\|17:02.0' out || die "show names a port that is not on the way"

# a dry run prints the commands and does nothing
expect 0 "$script" clear mlx5_0 pci/0000:19:00.0
says out "setpci -s 0000:17:00.0 ECAP_ACS+6.w=0000:002c"
says out "echo 0000:19:00.0 >$P2P_ACS_ROOT/sys/bus/pci/drivers/vfio-pci/unbind"
says out "nothing was changed"
registers | cmp -s - before || die "a dry run changed registers"
[ ! -e acs.log ] || die "a dry run wrote a register"
[ ! -e machine/run ] || die "a dry run wrote a record"

# clear takes RR, CR and EC of the two ports and nothing else, and rebinds the target
expect 0 "$script" clear --apply mlx5_0 19:00.0
[ "$(cat acs/0000:17:00.0 acs/0000:17:01.0 | tr '\n' ' ')" = "0011 0051 " ] || die "$(registers)"
[ "$(cat acs/0000:17:02.0 acs/0000:15:01.0 | tr '\n' ' ')" = "001d 001d " ] || die "$(registers)"
says machine/sys/bus/pci/drivers/vfio-pci/unbind 0000:19:00.0
says machine/sys/bus/pci/drivers/vfio-pci/bind 0000:19:00.0
expect 0 "$script" show mlx5_0 19:00.0
says out "the traffic turns at 0000:16:00.0"
says out "recorded in"
expect 1 "$script" clear --apply mlx5_0 19:00.0
says err "already cleared"

# restore gives back what was there, once
expect 0 "$script" restore mlx5_0 19:00.0
says out "setpci -s 0000:17:01.0 ECAP_ACS+6.w=000c:002c"
expect 0 "$script" restore --apply mlx5_0 19:00.0
registers | cmp -s - before || die "not restored: $(registers)"
expect 3 "$script" restore --apply mlx5_0 19:00.0
says err "nothing recorded"

# other bits that changed in between stay
expect 0 "$script" clear --apply --state "$tmp/state" mlx5_0 19:00.0
echo 0010 >acs/0000:17:00.0
expect 0 "$script" restore --apply --state "$tmp/state" mlx5_0 19:00.0
[ "$(cat acs/0000:17:00.0)" = 001c ] || die "$(registers)"

# a record that is not ours, or leads elsewhere, is not followed
printf 'p2p-acs 1 0000:18:00.0 0000:19:00.0\n0000:17:02.0 001d\n' >state
expect 3 "$script" restore --apply --state state mlx5_0 19:00.0
says err "not a function on the way"
printf 'p2p-acs 1 0000:18:00.0 0000:1a:00.0\n' >state
expect 3 "$script" restore --apply --state state mlx5_0 19:00.0
says err "not a record of this pair"

# a driver that is not vfio-pci is left alone
expect 0 "$script" clear --apply mlx5_0 1a:00.0
says out "belongs to nvme"
[ ! -e machine/sys/bus/pci/drivers/nvme/unbind ] || die "unbound nvme"
expect 0 "$script" restore --apply mlx5_0 1a:00.0

# registers that do not take the value
touch acs/stuck
expect 1 "$script" clear --apply mlx5_0 19:00.0
says err "0000:17:00.0: wrote 0000"
rm acs/stuck

# what cannot be
expect 3 "$script" clear --apply mlx5_0 41:00.0
says err "no switch in common"
expect 3 "$script" show mlx5_9 41:00.0
expect 3 "$script" show mlx5_0 99:00.0
expect 3 "$script" show mlx5_0 18:00.0
expect 2 "$script" show mlx5_0
expect 2 "$script" wipe mlx5_0 19:00.0
expect 2 "$script" show mlx5_0 19:00.0 1a:00.0
head -c 64 /dev/zero >"machine/sys/devices/$up/config"
expect 3 "$script" show mlx5_0 19:00.0
says err "run as root"
expect 0 "$script" --help
says out "The price"
