# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh disable=SC2034
# For the program tests: a directory that goes away, and assertions that name what they asked.
set -u
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1

die() {
	printf 'FAIL: %s\n' "$*" >&2
	for f in out err; do [ ! -s "$tmp/$f" ] || { echo "--- $f" && head -n 40 "$tmp/$f"; } >&2; done
	exit 1
}

# expect STATUS COMMAND...: run it, keep stdout in out and stderr in err
expect() {
	want=$1
	shift
	got=0
	"$@" >"$tmp/out" 2>"$tmp/err" || got=$?
	[ "$got" = "$want" ] || die "status $got, wanted $want: $*"
}

# says FILE TEXT: FILE (out, err or a path) contains TEXT
says() {
	grep -qF -- "$2" "$1" || die "$1 does not say: $2"
}

# column FILE NAME: the values of a CSV column. Our own test data has no quoted commas before it.
column() {
	awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i; next } { print $c }' "$1"
}

# settled FILE: rounds.csv without the tries that were repeated after drift. Status is a column of its own.
settled() {
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "status") c = i } $c != "void"' "$1"
}
