# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh disable=SC2034 # used by the scripts that read this
# Shared by the scripts: where the project is, and having the packages a step needs.
#
#   need PACKAGE...   installs what is missing, or prints the one line that would and exits 3

top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }

missing() {
	for p in "$@"; do
		dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || printf '%s ' "$p"
	done
}

install() { # "PACKAGE ..."
	# shellcheck disable=SC2086 # a list of words
	$as env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $1
}

need() {
	want=$(missing "$@")
	want=${want% }
	[ -n "$want" ] || return 0
	if [ "$(id -u)" = 0 ]; then
		as=
	elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
		as=sudo
	else
		say "missing packages; run this as root, then this script again:"
		say "  apt-get update && apt-get install --no-install-recommends $want"
		exit 3
	fi
	say "installing: apt-get install --no-install-recommends $want"
	# A new machine may have no package lists yet.
	install "$want" >/dev/null 2>&1 && return 0
	apt_log=$(mktemp)
	if ! { $as apt-get update -qq && install "$want"; } >"$apt_log" 2>&1; then
		cat "$apt_log" >&2
		rm -f "$apt_log"
		say "apt-get failed; is the machine online? needed: $want"
		exit 3
	fi
	rm -f "$apt_log"
}

build_packages="gcc libc6-dev cmake ninja-build pkg-config git libibverbs-dev librdmacm-dev libyaml-dev libjansson-dev libhwloc-dev nettle-dev"
package_packages="dpkg-dev"
test_packages="libcmocka-dev clang clang-tidy clang-format libclang-rt-14-dev valgrind shellcheck codespell mandoc perftest gnuplot-nox mmdebstrap python3-pandas python3-jsonschema python3-yaml"
