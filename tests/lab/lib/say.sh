# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh
#
# What the lab tells its user: progress on stderr with the seconds since the start,
# and the ways to end. Every ending names what is wrong, why, and the next step.

started=$(date +%s)

say() { printf '# [%3d s] %s\n' $(($(date +%s) - started)) "$*" >&2; }

# die STATUS WHAT [WHY [NEXT STEP]]
die() {
	status=$1
	shift
	for line; do
		printf 'lab: %s\n' "$line" >&2
	done
	exit "$status"
}

die_usage() { die 2 "$1" 'see "scripts/lab help"'; }
die_machine() { die 3 "$@"; }	# the machine lacks something
skip() { die 77 "skipped: $1"; }

# bound COMMAND...: a command that does not outlive the lab, however the lab ends, and does
# not hold its lock. Takes the place of the shell that calls it, so only for "( bound ... )",
# "bound ... &" and pipelines: the signal comes when the parent ends, which must be the lab.
bound() { exec setpriv --pdeathsig KILL "$@" 9>&-; }
