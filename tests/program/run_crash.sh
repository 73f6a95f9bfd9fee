#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Nothing is lost: kill -9 at random moments, SIGINT, a full disk, a torn line; every time the run goes on
# where it was, and in the end each (point, round) has exactly one row.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$1
set -- -d soft0 --op write,read --size 64,4K --rounds 40 --window 2ms

# Wait until a file has at least N lines (or the process is gone).
await_lines() { # FILE N PID
	while kill -0 "$3" 2>/dev/null && [ "$( (wc -l <"$1") 2>/dev/null || echo 0)" -lt "$2" ]; do sleep 0.02; done
}

whole() { # DIR
	[ "$(tail -c 1 "$1/rounds.csv" | od -An -c | tr -d ' ')" = '\n' ] || die "torn last line"
	pairs=$(settled "$1/rounds.csv" | awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next } { print $c["point_id"], $c["round"] }')
	[ "$(printf '%s\n' "$pairs" | wc -l)" = 164 ] || die "$(printf '%s\n' "$pairs" | wc -l) rows, wanted 164"
	[ "$(printf '%s\n' "$pairs" | sort -u | wc -l)" = 164 ] || die "a (point, round) twice"
	[ "$(column "$1/rounds.csv" seq | sort -nu | wc -l)" = "$(column "$1/rounds.csv" seq | wc -l)" ] || die "a seq twice"
	[ "$(column "$1/rounds.csv" run_id | sort -u | wc -l)" = 1 ] || die "more than one run_id"
}

# kill -9 after 10, 30, 60, 100 lines or so; resume each time.
"$bin" run --quiet "$@" -o killed >out 2>err &
for lines in 10 30 60 100; do
	pid=$!
	await_lines killed/rounds.csv $lines $pid
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
	before=$(wc -l <killed/rounds.csv)
	"$bin" run --quiet --resume killed >out 2>err &
	sleep 0.1
	[ "$(wc -l <killed/rounds.csv)" -ge "$before" ] || die "rows lost by a resume"
done
wait $! || die "the last resume failed"
whole killed

# A torn line, as a power cut may leave it, is cut and taken again.
size=$(wc -c <killed/rounds.csv)
truncate -s $((size - 20)) killed/rounds.csv
expect 0 "$bin" run --resume killed
says err "cut 1 torn line"
whole killed

# SIGINT: the window is finished, the summary written, the way on printed.
"$bin" run "$@" -o stopped >out 2>err &
pid=$!
await_lines stopped/rounds.csv 30 $pid
kill -INT $pid
wait $pid
[ $? = 130 ] || die "SIGINT does not end with 130"
says err "p2pbench run --resume stopped"
[ -s stopped/summary.csv ] || die "no summary after SIGINT"
says stopped/run.json '"complete": false'
expect 0 "$bin" run --quiet --resume stopped
whole stopped
says stopped/run.json '"complete": true'
"$bin" run "$@" -o term >out 2>err &
pid=$!
await_lines term/rounds.csv 20 $pid
kill -TERM $pid
wait $pid
[ $? = 143 ] || die "SIGTERM does not end with 143"

# Adaptive rounds: where they stopped and what they knew is in the rows; the resumed run goes on from there.
"$bin" run -d soft0 --measure lat --op read,write_fence --size 8,4K --rounds 6..34 --window 2ms -o adapt >out 2>err &
pid=$!
await_lines adapt/rounds.csv 20 $pid
kill -INT $pid
wait $pid
[ $? = 130 ] || die "SIGINT does not end an adaptive run with 130"
says err "interrupted: go on with: p2pbench run --resume adapt"
expect 0 "$bin" run --quiet --resume adapt
says adapt/run.json '"complete": true'
settled adapt/rounds.csv >adapt.csv
pairs=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next } { print $c["point_id"], $c["round"] }' adapt.csv)
[ "$(printf '%s\n' "$pairs" | wc -l)" = "$(printf '%s\n' "$pairs" | sort -u | wc -l)" ] || die "a (point, round) twice"
[ "$(column adapt/summary.csv stop_reason | grep -c -e precision -e max_rounds)" = 4 ] || die "a point without a reason to stop"
column adapt/summary.csv n | awk '$1 < 6 || $1 > 34 { exit 1 }' || die "rounds outside 6..34"

# A different config, device or binary is refused, with what differs.
expect 2 "$bin" run --resume term "$@" --qd 32
says err "differs"
says err "config"
expect 2 "$bin" run --resume term -d null0 --op write,read --size 64,4K --rounds 40 --window 2ms
says err "null0"
cp "$bin" other && printf 'x' >>other
expect 2 ./other run --resume term
says err "binary"
expect 2 "$bin" run --resume nothere
says err "nothere"

# Two writers.
"$bin" run "$@" -o two >out 2>err &
pid=$!
await_lines two/rounds.csv 10 $pid
expect 3 "$bin" run --resume two
says err "two"
kill -9 $pid
wait $pid 2>/dev/null

# No more room: rows so far stay whole, and the run can go on once there is some.
expect 3 sh -c 'ulimit -f 40; exec "$@"' sh "$bin" run --quiet "$@" -o full
says err "rounds.csv"
says err "--resume full"
rows=$(wc -l <full/rounds.csv)
[ "$rows" -gt 5 ] || die "no rows before the disk was full"
[ "$(tail -c 1 full/rounds.csv | od -An -c | tr -d ' ')" = '\n' ] || die "a torn row was left"
expect 0 "$bin" run --quiet --resume full
whole full
