# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh
#
# The guest's file tree: Debian packages, downloaded by this machine's apt with a
# configuration of its own and unpacked by dpkg-deb. That needs no root, no chroot
# and no bootstrap tool, and touches nothing of this machine's package state.
# It is unpacked under another name and renamed when whole, so that a tree which
# exists is complete, whatever interrupted the run before.

suite=trixie
tree=$LAB/tree
need_mb=2000	# packages and unpacked tree at the same time, and what gets built

tree_make() {
	tree_is_current && return
	disk_check
	apt_configure
	apt_update
	kernel=$(kernel_choose)
	say "tree: Debian $suite with kernel $kernel"
	tree_download
	tree_unpack
	tree_finish
	echo "$kernel" >"$tree.new/.kernel"
	tree_wanted >"$tree.new/.made-from"
	rm -rf "$tree"
	mv "$tree.new" "$tree"
	rm -rf "$LAB/apt"
	say "tree: $(du -sh "$tree" | cut -f1) in $tree"
}

tree_delete() {
	rm -rf "${LAB:?}"/*
	say "deleted what was in $LAB"
}

# What the tree depends on: kept in it, to see when it is out of date.
tree_wanted() { cat "$here/kernel.version" "$here/packages" "$here/lib/tree.sh"; }

tree_is_current() { tree_wanted | cmp -s - "$tree/.made-from"; }

tree_kernel() { cat "$tree/.kernel"; }

disk_check() {
	free_mb=$(($(df -Pk "$LAB" | awk 'NR == 2 { print $4 }') / 1024))
	[ "$free_mb" -ge $need_mb ] ||
		die_machine "not enough disk space: $LAB has $free_mb MB free, the lab needs $need_mb MB" \
			"free some, or set P2PBENCH_LAB to a directory on a larger disk"
}

# The Debian mirror that this machine already uses.
mirror() {
	if [ -n "${P2PBENCH_LAB_MIRROR:-}" ]; then
		echo "$P2PBENCH_LAB_MIRROR"
		return
	fi
	codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	# shellcheck disable=SC2016 # $(SITE) is apt's own
	apt-get indextargets --format '$(SITE)' 'Created-By: Packages' "Codename: $codename" |
		grep -vi secur | head -n 1
}

apt_configure() {
	command -v apt-get >/dev/null ||
		die_machine "no apt-get on this machine" "the lab takes the guest's tree from a Debian archive by apt"
	site=$(mirror)
	[ -n "$site" ] ||
		die_machine "apt on this machine names no Debian mirror" "set P2PBENCH_LAB_MIRROR to one"
	mkdir -p "$LAB/apt/lists/partial" "$LAB/apt/cache/archives/partial"
	: >"$LAB/apt/status"
	printf 'deb %s %s main\n' "$site" $suite "$site" $suite-backports >"$LAB/apt/sources"
	cat >"$LAB/apt/conf" <<-END
	Dir::Etc::sourcelist "$LAB/apt/sources";
	Dir::Etc::sourceparts "/dev/null";
	Dir::State::lists "$LAB/apt/lists";
	Dir::State::status "$LAB/apt/status";
	Dir::Cache "$LAB/apt/cache";
	Acquire::Languages "none";
	Acquire::Retries "2";
	APT::Install-Recommends "false";
	APT::Sandbox::User "";
	APT::Update::Error-Mode "any";
	END
}

apt() { (export APT_CONFIG="$LAB/apt/conf" && bound "$@"); }

apt_update() {
	say "download: package lists, about 10 MB"
	apt apt-get -qq update ||
		die_machine "cannot fetch Debian's package lists (apt's reason is above)" \
			"check the network, or set P2PBENCH_LAB_MIRROR to a mirror that this machine reaches"
}

tree_packages() { sed "s/#.*//; s/KERNEL/$kernel/g" "$here/packages"; }

download_size() {
	apt apt-get --assume-no install "$@" 2>&1 | sed -n 's/^Need to get \(.*\) of archives.*/\1 of packages/p'
}

# apt keeps what it already has, whole or in part, so a broken run is continued.
tree_download() {
	# shellcheck disable=SC2046 # a list of words
	set -- $(tree_packages)
	say "download: $(download_size "$@")"
	apt apt-get -qq -y --download-only install "$@" >"$LAB/apt/log" 2>&1 || {
		cat "$LAB/apt/log" >&2
		die_machine "the download of packages ended early (apt's reason is above)" \
			"run the same command again: it goes on from there; df -h $LAB shows the disk space"
	}
}

# base-files first: it has the links /bin and /lib that the other packages rely on.
tree_unpack() {
	say "unpacking"
	rm -rf "$tree.new"
	mkdir -p "$tree.new"
	unpack_packages || die_machine "unpacking failed (the reason is above)" \
		"df -h $LAB shows the disk space; run the same command again"
}

unpack_packages() {
	dpkg-deb -x "$LAB"/apt/cache/archives/base-files_*.deb "$tree.new" || return
	# shellcheck disable=SC2016 # expanded by the inner shell
	find "$LAB/apt/cache/archives" -name '*.deb' ! -name 'base-files_*' ! -name 'linux-modules-*' -print0 |
		bound xargs -0 -P "$(nproc)" -n 8 sh -c 'for f; do dpkg-deb -x "$f" "$0" || exit 255; done' "$tree.new" ||
		return
	unpack_modules
}

# Of the kernel's modules only those that the VM can use: the others would make
# depmod ten times slower.
unpack_modules() {
	dpkg-deb --fsys-tarfile "$LAB"/apt/cache/archives/linux-modules-*.deb |
		tar -x -C "$tree.new" --wildcards \
			'*/kernel/arch/*' '*/kernel/crypto/*' '*/kernel/lib/*' '*/kernel/virt/*' '*/kernel/net/*' \
			'*/kernel/fs/9p/*' '*/kernel/fs/configfs/*' '*/kernel/fs/netfs/*' '*/kernel/fs/overlayfs/*' \
			'*/kernel/drivers/infiniband/*' '*/kernel/drivers/net/*.ko.xz' \
			'*/kernel/drivers/vfio/*' '*/kernel/drivers/virtio/*'
}

# What the packages' maintainer scripts would have done and the guest needs. In the guest
# the files belong to whoever unpacked them: a set-user-ID mount would lose root by that.
tree_finish() {
	find "$tree.new/usr/bin" "$tree.new/usr/sbin" -perm /6000 -exec chmod ug-s {} +
	ln -sf mawk "$tree.new/usr/bin/awk"
	ln -sf gcc-14 "$tree.new/usr/bin/gcc"
	ln -sf gcc "$tree.new/usr/bin/cc"
	mkdir -p "$tree.new/build" "$tree.new/src" "$tree.new/lab"
	echo 'root:x:0:0:root:/root:/bin/bash' >"$tree.new/etc/passwd"
	echo '127.0.0.1 localhost lab' >"$tree.new/etc/hosts"
	tree_program "$tree.new" sbin/depmod -b "$tree.new" "$kernel"
}

# tree_program TREE PROGRAM ARGUMENT...: a program of the tree, on this machine. Its own
# loader and libraries are named, so nothing has to be installed here and no root changed.
tree_program() {
	t=$1 p=$2
	shift 2
	"$t/usr/lib64/ld-linux-x86-64.so.2" --library-path "$t/usr/lib/x86_64-linux-gnu" "$t/usr/$p" "$@"
}

# tree_enter COMMAND...: a command with the tree as its root directory and the project at
# /src. A user namespace makes this user root in there, and only in there.
tree_enter() {
	unshare --map-root-user --mount true 2>/dev/null ||
		die_machine "this user may not make user namespaces, which the build in the guest's tree needs" \
			"allow them (sysctl kernel.unprivileged_userns_clone=1 on Debian)"
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --map-root-user --mount sh -ec '
		root=$1 project=$2
		shift 2
		mount --rbind /proc "$root/proc"
		mount --rbind /dev "$root/dev"
		mount --bind "$project" "$root/src"
		exec setpriv --pdeathsig KILL chroot "$root" \
			/usr/bin/env -i PATH=/usr/sbin:/usr/bin HOME=/tmp LC_ALL=C.UTF-8 "$@"
	' - "$tree" "$project" "$@" 9>&-
}
