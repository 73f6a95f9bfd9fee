#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# crosscheck on this project's device, preloaded for both programs: with perftest itself where it is installed, and with
# a stand-in that misbehaves. No time is judged: figures are finite and above 0, and no process is left.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
p2pbench=$1 preload=$2 fake=$(dirname "$1")/tests/fakeperftest
crosscheck() { env LD_PRELOAD="$preload" "$p2pbench" crosscheck "$@"; }

cat >small.yaml <<'END'
version: 1
name: small
nics: {nic0: {device: preload1}}
defaults: {nic: nic0, target: host, rounds: 2, window: 2ms}
order: {canary: 0}
sweeps:
  - {name: bw, op: [write, read], size: 64K, qd: 4, pattern: same}
  - {name: rate, measure: rate, op: fetch_add, size: 8, qd: 4}
  - {name: lat, measure: lat, op: [read, pingpong, write_fence], size: 8}
END

# ---- a stand-in: what goes wrong becomes rows, with the reason ----
mkdir tools
for t in ib_write_bw ib_write_lat ib_read_bw ib_read_lat ib_send_bw ib_atomic_bw ib_atomic_lat; do cp "$fake" tools/$t; done
# What was killed but is no child of p2pbench may take a moment to be gone.
nothing_left() { # AFTER WHAT
	tries=600
	while pgrep -f "^$tmp/tools/" >/dev/null; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || die "$1: a process is left"
		sleep 0.1
	done
}

launch() { # MODE STATUS TEXT: one point, two launches
	rm -rf bad
	export FAKE_PERFTEST="$1"
	expect "$2" crosscheck --tool "$tmp/tools" -d preload1 --op write --size 64K --qd 4 --rounds 1 --window 2ms -o bad --set order.canary=0
	unset FAKE_PERFTEST
	cat out err >>told
	says bad/rounds.csv "$3"
	[ "$2" = 0 ] || says out "perftest failed"
	nothing_left "$1"
	[ ! -e perftest_out.json ] || die "$1: a file is left"
}
launch status 3 "ended with status 9: Failed status 12"
launch signal 3 "killed by signal 11 (SIGSEGV)"
launch inf 3 "prints inf as a result"
launch other 3 "messages, asked for"
launch json 3 "its table and its JSON report different results"
launch server 3 "Couldn't allocate MR with error=14"
launch dies 3 "killed by signal 9 (SIGKILL)"
launch flood 3 "prints more than 256 KiB"
launch warn 0 "perftest 6.06"
launch stay 0 "perftest 6.06"
launch child 0 "perftest 6.06"
settled bad/rounds.csv >rows
[ "$(column rows variant | grep -cx perftest)" = 2 ] || die "not a warm-up and one round of perftest"
[ "$(column rows point_id | sort -u | wc -l)" = 2 ] || die "rows of two programs share a point"

# Interrupted while both of a pair run: they go too, and the status says so.
env LD_PRELOAD="$preload" FAKE_PERFTEST=hang "$p2pbench" crosscheck --tool "$tmp/tools" -d preload1 --op write --size 64K \
	--qd 4 --rounds 1 --window 2ms -o cut >out 2>err &
pid=$!
tries=600
until [ "$(pgrep -c -f "^$tmp/tools/" || true)" -ge 2 ]; do
	tries=$((tries - 1))
	[ $tries -gt 0 ] || die "the pair never ran"
	sleep 0.1
done
kill -TERM $pid
got=0
wait $pid || got=$?
[ $got = 143 ] || die "status $got after SIGTERM"
nothing_left SIGTERM

# ---- perftest ----
command -v ib_write_bw >/dev/null || { echo "SKIP: perftest is not installed" && exit 77; }
got=0
crosscheck small.yaml -o real >out 2>err || got=$?
if grep -qE 'too old|unknown version' err; then echo "SKIP: $(head -n 1 err)" && exit 77; fi
if grep -q 'Operation not permitted\|post send' real/rounds.csv 2>/dev/null; then
	echo "SKIP: processes may not write each other's memory here" && exit 77
fi
[ $got = 0 ] || die "status $got"
says out "lat write_fence host 8 q1: write_fence: perftest has no READ behind its WRITE"
says out "too_few"
awk '/^point .*verdict$/ { end = index($0, "p2pbench") + 7 }
	/too_few$/ { n++; if (substr($0, end, 2) !~ /^[0-9] $/) bad = 1 }
	END { exit bad || n != 5 }' out || die "figures do not stand below their heading"
awk -F, '
	NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
	$c["variant"] == "perftest" && ($c["status"] == "ok" || $c["status"] == "warmup") {
		v = $c["measure"] == "lat" ? $c["lat_p50_us"] : $c["msg_mops"]
		if (!(v > 0 && v < 1e9)) { print "row " NR ": " v; bad = 1 }
		n++
	}
	END { exit bad || n != 5 * 3 }' real/rounds.csv || die "perftest's rows"
[ "$(grep -c '"ratio": ' real/crosscheck.json)" = 5 ] || die "not five ratios"
grep -q '"version": "6' real/crosscheck.json || die "no version"

# Readers take its rows for what they are; the run can be asked for again by its directory.
expect 0 "$p2pbench" show real
says out "perftest"
expect 0 "$p2pbench" compare --within real --axis variant --within-run-only --fail-on none
says out "perftest"
expect 0 "$p2pbench" report real -o real/page.html
# Best and worst say whose they are; a program that keeps no samples has no distribution.
says real/page.html "variant perftest"
! grep -q 'At least 0 samples' real/page.html || die "a line of no samples"
expect 0 "$p2pbench" export real
expect 0 crosscheck --json real --rounds 1 -o again
grep -q '"verdict": "too_few"' out || die "no verdict in the document"
