# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh
#
# One lab at a time in one directory. The lock is the kernel's (flock), so it is gone
# with its holder, however that ended; the pid in the file is only for the message.

lock_take() {
	case $LAB in
	*[,\"]*) die_usage "P2PBENCH_LAB: $LAB: QEMU and apt cannot have commas or quotes in it" ;;
	esac
	mkdir -p "$LAB" 2>/dev/null ||
		die_machine "cannot make the directory $LAB" "set P2PBENCH_LAB to one that you may write"
	exec 9>>"$LAB/lock"
	flock -n 9 ||
		die_machine "another lab is at work in $LAB (process $(cat "$LAB/lock"))" \
			"wait for it, or give this one its own directory with P2PBENCH_LAB"
	echo $$ >"$LAB/lock"
}
