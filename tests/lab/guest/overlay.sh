# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh
#
# What QEMU's devices lack, laid over their config space by p2plab_cfg for the kernel,
# sysfs, lspci and VFIO alike. Register offsets: "e" counts from the PCI Express capability.

overlay() { echo "$*" >/sys/module/p2plab_cfg/parameters/set; }

upstream_of() {
	up=$(readlink -f "/sys/bus/pci/devices/$1/..")
	echo "${up##*/}"
}

# overlay_tph FUNCTION BITS: TPH completer bits of DevCap2, 0x1000 or 0x3000
overlay_tph() { overlay "$1" e24 "$2" 0x3000; }

# overlay_link FUNCTION: capability and status of a 32 GT/s x16 link
overlay_link() {
	overlay "$1" ec 0x105 0x3ff
	overlay "$1" e10 0x01050000 0x03ff0000
	overlay "$1" e2c 0x3e 0xfe
}

# overlay_acs FUNCTION...: the switch ports above the functions get an ACS capability
# behind AER (0x100), with source validation and request, completion and upstream
# redirect on, and a control register that can be written. Root ports have one of their own.
overlay_acs() {
	for function; do
		port=$(upstream_of "$function")
		lspci -vs "$port" | grep -q 'Downstream Port' || continue
		overlay "$port" 400 0x0001000d 0xffffffff
		overlay "$port" 404 0x001d005f 0xffffffff 0x007f0000
		overlay "$port" 100 0x40000000 0xfff00000
	done
}
