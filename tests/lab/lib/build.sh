# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh
#
# What is compiled, with the compiler and libraries of the guest's tree: kernel modules,
# test programs, preload object, p2pbench. All products lie in the tree under /build,
# none in the project. A build that was interrupted is thrown away: what a compiler or
# linker was writing then may look finished.

build=$tree/build
initrd=$build/initrd

build_all() {
	[ ! -e "$LAB/building" ] || build_discard "the last build was interrupted"
	# two working trees have the same path in there, and any order of file times
	[ "$(cat "$build/project" 2>/dev/null)" = "$project" ] || build_discard "another working tree"
	: >"$LAB/building"
	trap 'rm -f "$LAB/building"' EXIT	# an error of the compiler is no interruption
	echo "$project" >"$build/project"
	build_modules
	build_programs
	build_p2pbench
	build_load_order
	build_initrd
	trap - EXIT
	rm "$LAB/building"
	say "built"
}

build_discard() {
	[ -z "$(ls -A "$build")" ] || say "$1: building from nothing"
	find "$build" -mindepth 1 -delete
}

# The output directory is apart from the sources, which the guest's tree only sees.
build_modules() {
	mkdir -p "$build/kmod"
	tree_enter make -s -C "/lib/modules/$(tree_kernel)/build" M=/src/tests/lab/kmod MO=/build/kmod \
		CC=gcc-14 -j"$(nproc)" modules >&2 || kernel_blame "the lab's modules do not build"
}

build_programs() {
	tree_enter make -s -C /src/tests/lab/guest OUT=/build/guest -j"$(nproc)" >&2 ||
		die 1 "the lab's test programs do not build"
}

# The program itself, as its users build it, but out of the source tree.
build_p2pbench() {
	[ -e "$project/CMakeLists.txt" ] || return 0
	[ -e "$build/p2pbench/build.ninja" ] ||
		tree_enter cmake -S /src --preset release -B /build/p2pbench --log-level=WARNING >&2 ||
		die 1 "p2pbench cannot be configured in the guest's tree"
	tree_enter cmake --build /build/p2pbench --target p2pbench rxe_faults -- --quiet >&2 ||
		die 1 "p2pbench does not build in the guest's tree"
}

# module_files NAME...: the kernel's modules and all that they need, in load order.
module_files() {
	# modprobe of the tree speaks of its files by the directory given to -d
	tree_program "$tree" sbin/modprobe -d "$tree" -S "$(tree_kernel)" --show-depends -a "$@" |
		awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

# modules_unpack DIRECTORY NAME...: under emulation modprobe of a compressed module takes
# seconds, so they are unpacked here, with a list of the order for insmod.
modules_unpack() {
	to=$1
	shift
	mkdir -p "$to"
	module_files "$@" | while read -r file; do
		name=$(basename "$file" .xz)
		[ -e "$to/$name" ] || "$tree/usr/bin/busybox" unxz -c "$file" >"$to/$name"
		echo "$name"
	done >"$to/order"
}

build_load_order() {
	modules_unpack "$build/modules" virtio_net vfio_iommu_type1 vfio_pci ib_uverbs rdma_ucm rdma_rxe veth sch_netem
}

build_initrd() {
	modules_unpack "$initrd/modules" 9pnet_virtio 9p overlay
	(
		cd "$initrd" || exit
		mkdir -p bin proc dev ro rw newroot
		cp "$tree/usr/bin/busybox" bin/busybox
		cp "$here/guest/init" init
		find . | bin/busybox cpio -o -H newc 2>/dev/null >"$initrd.cpio"
	)
}
