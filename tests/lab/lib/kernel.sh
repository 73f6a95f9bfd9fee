# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh
#
# Which kernel the guest runs. tests/lab/kernel.version pins it; the archive keeps an
# old version for some weeks only, so when it is gone the newest takes its place. The
# modules lean on kernel internals: on the pinned kernel they must build and load, on
# a newer one a failure is a skip that names the version.

kernel_pinned() { cat "$here/kernel.version"; }

kernel_in_archive() {
	apt apt-cache show "linux-binary-$1" "linux-modules-$1" "linux-headers-$1" >/dev/null 2>&1
}

# What the meta package of backports points to: headers of a still newer one may be
# in the archive days before its modules and image are.
kernel_newest() {
	apt apt-cache show linux-image-amd64 | sed -n 's/^Depends:.*linux-image-\([^ ,]*-amd64\).*/\1/p' |
		sort -V | tail -n 1
}

kernel_choose() {
	k=${P2PBENCH_LAB_KERNEL:-$(kernel_pinned)}
	if ! kernel_in_archive "$k"; then
		say "kernel $k is not in the archive any more, taking the newest"
		k=$(kernel_newest)
	fi
	[ -n "$k" ] || die_machine "the archive has no kernel for the guest" "check P2PBENCH_LAB_MIRROR"
	echo "$k"
}

# kernel_blame WHAT: the modules failed on the kernel of the tree.
kernel_blame() {
	k=$(tree_kernel)
	[ "$k" = "$(kernel_pinned)" ] ||
		skip "$1 on kernel $k; the lab is made for $(kernel_pinned) (tests/lab/kernel.version)"
	die 1 "$1 on kernel $k, the one that the lab is made for (tests/lab/kernel.version)"
}
