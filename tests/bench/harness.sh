#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Instructions per message of the installed perftest and of p2pbench on one do-nothing provider, as CSV
# "shape,tool,instr_per_msg" on stdout; the version of perftest goes to stderr.
#
#   tests/bench/harness.sh BUILD     BUILD/tests/figures and BUILD/tests/libp2p_preload.so
#
# Both programs run under callgrind on the preloaded verbs device, which starts and stops the collection at the
# same two work requests of each: what the posting thread executes between them, outside the provider's
# object, is the loop and nothing else. latency_whole is what a sample costs from start to report: runs of N and
# 3N messages, their difference over 2N (a tool that stores samples sorts them after the loop).
# perftest's server runs beside it, uncounted, on a loopback port.
set -eu

build=$1
preload=$build/tests/libp2p_preload.so
tmp=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$tmp"' EXIT
say() { echo "harness: $*" >&2; }

for tool in ib_write_bw ib_read_lat valgrind callgrind_annotate; do
	command -v $tool >/dev/null || { say "$tool is missing: install perftest and valgrind" && exit 77; }
done

# Instructions of one thread outside the provider. Of a line that names no object its function tells.
outside() { # FILE
	callgrind_annotate --auto=no --threshold=100 --show-percs=no "$1" |
		awk '/^ *[0-9,]+ .*:/ && !/libp2p_preload|:soft_|:post_counted/ { gsub(",", "", $1); sum += $1 }
			END { printf "%.0f", sum }'
}

# The posting thread: the second one of p2pbench, whose first one only looks on; perftest has one.
counted() { # OUT
	for f in "$1-02" "$1-01" "$1"; do
		[ ! -s "$f" ] || ! grep -q '^events:' "$f" || { outside "$f" && return; }
	done
	say "callgrind left no counts" && exit 1
}

count() { # COMMAND...: run it, counted as $collect says
	rm -f "$tmp"/out*
	# shellcheck disable=SC2086
	LD_PRELOAD=$preload valgrind --fair-sched=yes --tool=callgrind $collect --separate-threads=yes \
		--callgrind-out-file="$tmp/out" "$@" >"$tmp/log" 2>&1 || {
		cat "$tmp/log" >&2
		exit 1
	}
	counted "$tmp/out"
}

listening() { # PORT: in state LISTEN (0A) of /proc/net/tcp
	grep -qE "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$1") [0-9A-F]+:0000 0A" /proc/net/tcp /proc/net/tcp6
}

free_port() {
	port=$((20000 + $$ % 10000))
	while listening $port; do port=$((port + 1)); done
	echo $port
}

perftest() { # MESSAGES TOOL ARGUMENT...: one counted client against a server
	n=$1 tool=$2 port=$(free_port)
	shift 2
	set -- -d preload0 -p "$port" -n "$n" -s 64 -F "$@"
	LD_PRELOAD=$preload "$tool" "$@" >"$tmp/server" 2>&1 &
	server=$!
	until listening "$port"; do
		kill -0 $server 2>/dev/null || { cat "$tmp/server" >&2 && exit 1; }
		sleep 0.05
	done
	count "$tool" "$@" 127.0.0.1
	wait $server
	server=
}

ours() { # MESSAGES SHAPE
	count "$build/tests/figures" lane "$2" "$1" 1 preload0
}

row() { # SHAPE TOOL INSTRUCTIONS MESSAGES
	awk -v s="$1" -v t="$2" -v i="$3" -v n="$4" 'BEGIN { printf "%s,%s,%.3g\n", s, t, i / n }'
}

loop() { # SHAPE TOOL KIND ARGUMENT...: between work requests N/4 and 3N/4
	shape=$1 tool=$2 kind=$3
	shift 3
	export P2P_PRELOAD_COUNT="$((n / 4)) $((3 * n / 4))"
	collect=--collect-atstart=no
	cost=$($kind $n "$@")
	row "$shape" "$tool" "$cost" $((n / 2))
}

whole() { # SHAPE TOOL KIND ARGUMENT...
	shape=$1 tool=$2 kind=$3
	shift 3
	unset P2P_PRELOAD_COUNT
	collect=
	small=$($kind $n "$@")
	large=$($kind $((3 * n)) "$@")
	row "$shape" "$tool" $((large - small)) $((2 * n))
}

n=96000
say "$(ib_write_bw --version 2>&1 | sed 's/^Version: /perftest /')"
echo "shape,tool,instr_per_msg"
for shape in single_signal1 single_signal64 list16 latency; do
	loop $shape p2pbench ours $shape
	case $shape in
	single_signal1) loop $shape perftest perftest ib_write_bw -Q 1 -l 1 ;;
	single_signal64) loop $shape perftest perftest ib_write_bw -Q 64 -l 1 ;;
	list16) loop $shape perftest perftest ib_write_bw -l 16 ;;
	latency) loop $shape perftest perftest ib_read_lat ;;
	esac
done
whole latency_whole p2pbench ours latency
whole latency_whole perftest perftest ib_read_lat
