# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh
#
# Result files of p2pbench, for jobs that judge them.

# column FILE NAME: its cells. Quoted cells may have commas in them, but no line ends.
column() {
	awk -v name="$2" '
		function split_row(line, cell,    n, quoted, i, c) {
			n = 1
			cell[1] = ""
			for (i = 1; i <= length(line); i++) {
				c = substr(line, i, 1)
				if (c == "\"") quoted = !quoted
				else if (c == "," && !quoted) cell[++n] = ""
				else cell[n] = cell[n] c
			}
			return n
		}
		NR == 1 { n = split_row($0, head); for (i = 1; i <= n; i++) if (head[i] == name) at = i; next }
		{ split_row($0, cell); print cell[at] }' "$1"
}

# rows FILE STATUS...: how many have one of these
rows() {
	of=$1
	shift
	column "$of" status | grep -cxE "$(echo "$*" | tr ' ' '|')"
}

# windows FILE: how many (point, round) pairs have a row of their own. One that was void may have several.
windows() {
	column "$1" status >/tmp/windows.status
	column "$1" round >/tmp/windows.round
	column "$1" point_id | paste -d ' ' /tmp/windows.status - /tmp/windows.round |
		grep -v '^skipped' | cut -d ' ' -f 2- | sort -u | wc -l
}

# wait_rows FILE N [STATUS...]: until there are N such rows, for at most a minute
wait_rows() {
	file=$1 wanted=$2
	shift 2
	[ $# -gt 0 ] || set -- ok warmup
	tries=300
	until [ "$(rows "$file" "$@" 2>/dev/null || :)" -ge "$wanted" ] 2>/dev/null; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.2
	done
}
