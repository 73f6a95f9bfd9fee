#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What is handed to other machines: the tarball runs from anywhere, the .deb installs into a new Debian that has nothing
# else, and there the program, its manual, completion and examples are found. The second stage of the Containerfile is
# run in that Debian, the first one's words are checked.
# `package.sh SOURCE BUILD`
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
source=$1 build=$2
export XDG_STATE_HOME="$tmp/state"

in_prefix() { # PREFIX: all that is promised is below it
	for f in bin/p2pbench share/p2pbench/scripts/vfio-bind share/p2pbench/scripts/p2p-acs share/p2pbench/configs/quickstart.yaml \
		share/doc/p2pbench/copyright share/doc/p2pbench/LICENSES/GPL-2.0-only.txt share/doc/p2pbench/README.md \
		share/doc/p2pbench/SCHEMA.md; do
		[ -e "$1/$f" ] || die "$1 has no $f"
	done
	[ -x "$1/share/p2pbench/scripts/vfio-bind" ] || die "vfio-bind cannot be run"
	for f in "$source"/configs/*.yaml; do
		cmp -s "$f" "$1/share/p2pbench/configs/$(basename "$f")" || die "configs/$(basename "$f") is not installed"
	done
	! grep -rqF "$source" "$1/share" || die "names where it was built: $(grep -rlF "$source" "$1/share" | head -n 3)"
	for f in $generated; do [ -e "$1/$f" ] || [ -e "$1/$f.gz" ] || die "$1 has no $f"; done
}
generated="share/man/man1/p2pbench.1 share/man/man5/p2pbench.yaml.5 share/man/man5/p2pbench-csv.5
	share/bash-completion/completions/p2pbench share/p2pbench/p2pbench-config.schema.json"

runs() { # COMMAND...: as a user would
	expect 0 "$@" --version
	says out "p2pbench $(sed -n 's/^project(p2pbench VERSION \([0-9.]*\).*/\1/p' "$source/CMakeLists.txt")"
}

# --- cmake --install
expect 0 env DESTDIR="$tmp/dest" cmake --install "$build" --prefix /usr
in_prefix dest/usr
runs "$tmp/dest/usr/bin/p2pbench"

# --- the tarball, unpacked somewhere else
expect 0 cpack --config "$build/CPackConfig.cmake" -G TGZ -B "$tmp/pack"
mkdir 'some where'
tar -xzf pack/p2pbench-*.tar.gz -C 'some where' || die "the tarball cannot be unpacked"
prefix=$(echo 'some where'/p2pbench-*)
in_prefix "$prefix"
runs "$prefix/bin/p2pbench"
(cd "$prefix/share/p2pbench" && "$tmp/$prefix/bin/p2pbench" run configs/quickstart.yaml --quiet -o "$tmp/tarball" \
	--rounds 6 --window 2ms >"$tmp/out" 2>"$tmp/err") || die "the example does not run"

# --- the Containerfile: what it copies and installs is there
recipe=$source/Containerfile
words=$(sed -n "s/.*need \(\$[^']*\)'.*/\1/p" "$recipe")
[ -n "$words" ] || die "Containerfile: the first stage needs no packages"
for word in $words; do
	grep -q "^${word#?}=\"[a-z]" "$source/scripts/common.sh" || die "Containerfile: scripts/common.sh has no $word"
done
grep -q '^COPY --from=build /build/p2pbench_\*.deb ' "$recipe" || die "Containerfile: the second stage takes no package"
[ "$(grep -c '^FROM debian:12' "$recipe")" = 2 ] || die "Containerfile: two stages of Debian 12"

# --- the .deb
command -v dpkg-shlibdeps >which || { echo "SKIP: no dpkg-shlibdeps (package dpkg-dev)" && exit 77; }
expect 0 cpack --config "$build/CPackConfig.cmake" -G DEB -B "$tmp/pack"
deb=$(echo "$tmp"/pack/p2pbench_*.deb)
dpkg-deb --info "$deb" >info || die "dpkg cannot read $deb"
for lib in libibverbs1 libyaml-0-2 libjansson4 libhwloc15 libc6; do
	grep -q "^ Depends:.*\<$lib\>" info || die "the package does not depend on $lib: $(grep Depends info)"
done
dpkg-deb --contents "$deb" | awk '$2 != "root/root" { print; bad = 1 } END { exit bad }' || die "files that are not root's"

# --- in a Debian that has nothing else
[ "$(id -u)" = 0 ] || { echo "SKIP: not root: the clean root is not tried" && exit 77; }
command -v mmdebstrap >which || { echo "SKIP: no mmdebstrap: the clean root is not tried" && exit 77; }
# shellcheck disable=SC1091
suite=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
# As root throughout: a user of apt's own gains nothing in here, and not every machine lets it use /dev/null.
mmdebstrap --quiet --variant=apt --aptopt='APT::Sandbox::User "root"' "$suite" root >debian.log 2>&1 ||
	{ echo "SKIP: no clean Debian could be made: $(tail -n 1 debian.log)" && exit 77; }
cp "$deb" root/tmp/
sed -n 's/^RUN \(apt-get .*\)/\1/p' "$recipe" | sed 's/ ibverbs-providers gnuplot-nox pciutils//' >root/tmp/install.sh
[ -s root/tmp/install.sh ] || die "Containerfile: the second stage installs nothing"
cp /etc/resolv.conf root/etc/ 2>>debian.log
echo 'Acquire::Retries "5";' >root/etc/apt/apt.conf.d/retries
# A mirror that cannot be reached any more is no fault of the package.
chroot root apt-get update >>debian.log 2>&1 || { echo "SKIP: no package lists in the clean root: $(tail -n 1 debian.log)" && exit 77; }
expect 0 chroot root env DEBIAN_FRONTEND=noninteractive sh -e /tmp/install.sh
runs chroot root p2pbench
expect 0 chroot root p2pbench run -d soft0 --op write --size 64,4K --rounds 6 --window 2ms -o /tmp/run
says out "GB/s"
says root/tmp/run/run.json '"complete": true'
expect 0 chroot root p2pbench doctor
says out "p2pbench run"
expect 0 chroot root sh -c 'cd /usr/share/p2pbench && p2pbench check configs/*.yaml'
in_prefix root/usr
expect 0 chroot root dpkg --verify p2pbench
expect 0 chroot root dpkg --purge p2pbench
[ ! -e root/usr/share/p2pbench ] || die "files are left after a purge"
exit 0
