# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh disable=SC2154,SC2086,SC1091 # guest's words without blanks and paths
#
# p2pbench as a job's subject: that it ends as it must, says what it must, and measures all it was asked.
# IN: words before the command ("ip netns exec left").
. /src/guest/csv.sh

# in_directory NAME: an empty one to work in
in_directory() {
	mkdir -p "/tmp/$1"
	cd "/tmp/$1" || exit 1
}

# ends WHAT STATUS ARGUMENT...: p2pbench ends so; its output is in out and err
ends() {
	what=$1 wanted=$2
	shift 2
	LD_PRELOAD=$SHIM timeout 300 ${IN:-} p2pbench "$@" >out 2>err
	got=$?
	equal "$what: status" "$wanted" $got
	[ $got = "$wanted" ] || tail -n 5 err | sed 's/^/#  /'
}

# says FILE TEXT
says() {
	check "$2" grep -qF -e "$2" "$1"
	grep -qF -e "$2" "$1" || sed 's/^/#  /' "$1" | head -n 5
}

# refuses WHAT TEXT ARGUMENT...: a run that ends before its first window, and why
refuses() {
	refused=$1 text=$2
	shift 2
	ends "$refused" 3 run -d rxe0 -o none "$@"
	says err "$text"
	check "$refused: no results directory" [ ! -e none ]
	rm -rf none
}

# measured DIRECTORY POINTS: each in a warm-up and one round, nothing failed, the data was looked at. A
# window in which the load was not steady is taken again, which leaves a void row.
measured() {
	of=$1/rounds.csv
	equal "$1: rows that are ok" $2 "$(rows $of ok)"
	equal "$1: warm-up rows" $2 "$(rows $of warmup)"
	equal "$1: rows that failed" 0 "$(rows $of error timeout revoked overload skipped)"
	equal "$1: evidence" emulated "$(column $of evidence | sort -u)"
	check "$1: no row is unverified" sh -c "! grep -q unverified $of"
	equal "$1: rows of summary.csv" $2 "$(($(wc -l <$1/summary.csv) - 1))"
	column $of reason | grep . | sort | uniq -c | sed "s/^/# $1:/"
	column $of err_text | grep . | sort -u | sed "s/^/#  /"
	cp -R $1 /lab/
}

# values DIRECTORY COLUMN: the different ones of a column, sorted
values() {
	of=$1/rounds.csv
	column $of $2 | sort -u | tr '\n' ' ' | sed 's/^ *//; s/ *$//'
}
