# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh
#
# Checks in TAP (test anything protocol) without numbers, which the protocol allows:
# several programs write into one stream. A failed check is counted; the job goes on.

checks_failed=0

note() { echo "# $*"; }
ok() { echo "ok - $*"; }
not_ok() {
	echo "not ok - $*"
	checks_failed=$((checks_failed + 1))
}

# check WHAT COMMAND...: the command must succeed
check() {
	what=$1
	shift
	if "$@"; then
		ok "$what"
	else
		not_ok "$what"
	fi
}

# equal WHAT WANTED GOT
equal() {
	if [ "$2" = "$3" ]; then
		ok "$1: $3"
	else
		not_ok "$1: $3, expected $2"
	fi
}

# labtest BDF CASE...: prints its own checks; device rxe0 unless LABTEST_DEVICE is set.
# One that dies by a signal or bails out fails the job too.
labtest() {
	LD_PRELOAD=$SHIM /build/guest/labtest "${LABTEST_DEVICE:-rxe0}" "$@"
	case $? in
	0) ;;
	1 | 2) checks_failed=$((checks_failed + 1)) ;;
	*) not_ok "labtest $* ended with status $?" ;;
	esac
}
