#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Good runs: the default sweep (shortened), flags alone, null0, --print-config, plan, list, help.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$1

expect 0 "$bin" run --rounds 6 --window 1ms -o res
says out "SOFTWARE"
says out "res/rounds.csv"
says err "results in res"
points=$(sed -n 's/^quickstart: \([0-9]*\) points.*/\1/p' err)
[ "$points" -gt 10 ] || die "no point count on stderr"
[ "$(column res/rounds.csv status | grep -c '^ok$')" = $((points * 6)) ] || die "rows that are ok"
[ "$(column res/rounds.csv status | grep -c '^warmup$')" = "$points" ] || die "one warm-up row a point"
[ "$(column res/rounds.csv evidence | sort -u)" = software ] || die "evidence is not software"
[ "$(column res/rounds.csv point_id | sort -u | wc -l)" = "$points" ] || die "point ids are not unique"
[ "$(column res/rounds.csv seq | sort -nu | wc -l)" = "$(column res/rounds.csv seq | wc -l)" ] || die "seq is not unique"
[ "$(column res/summary.csv point_id | wc -l)" = "$points" ] || die "a summary row a point"
! column res/rounds.csv flags | grep -q unverified || die "soft0 rows are not verified"
[ "$(head -c 7 res/rounds.csv)" = "schema," ] || die "header first"
[ -s res/hist.csv ] && [ -s res/run.json ] || die "hist.csv and run.json"
says res/run.json '"complete": true'

# The machine is described, and told of in one line at most.
for gate in governor idle_states smt isolation irqs load clock throttling context_switches canary clock_drift; do
	says res/run.json "\"name\": \"$gate\""
done
! grep -q "known at the end" res/run.json || die "gates were not judged at the end"
[ "$(grep -c 'noise gate' err)" -le 1 ] || die "more than one line of gates"
[ "$(column res/summary.csv stop_reason | grep -vc max_rounds)" = 0 ] || die "a fixed number of rounds ends by max_rounds"
grep -q '^about [0-9]* s' err || die "no estimate of the time before the start"

# A given directory is not overwritten.
expect 2 "$bin" run -o res
says err "res"
says err "--resume"

# Flags alone; stdout is data only, quiet leaves stderr empty.
expect 0 "$bin" run --quiet -d soft0 --op read -s 64,4K -q 1,2 -t 8 --rounds 6 -D 1ms -o flags
[ ! -s err ] || die "--quiet wrote to stderr"
[ "$(column flags/summary.csv size_bytes | sort -u | tr '\n' ' ')" = "4096 64 " ] || die "sizes of -s"
[ "$(column flags/summary.csv qps | sort -u | tr '\n' ' ')" = "1 2 " ] || die "qps of -q"

# -n: windows by count, at least that many.
expect 0 "$bin" run --quiet -d soft0 --op write -n 3000 --rounds 6 -o count
column count/rounds.csv ops | awk '$1 < 3000 { exit 1 }' || die "-n 3000: fewer completions"

# null0 moves nothing, and says so.
expect 0 "$bin" run -d null0 --op write,read --batch 1,16 --signal-every 16 --rounds 6 -D 1ms -o null
[ "$(column null/rounds.csv flags | grep -c unverified)" -ge 28 ] || die "null0 rows are not flagged unverified"

# The printed config is a config, and the same one.
expect 0 "$bin" run --print-config --rounds 7
says out "# --rounds"
cp out printed.yaml
expect 0 "$bin" check printed.yaml
expect 0 "$bin" plan printed.yaml
cp out plan1
expect 0 "$bin" plan --rounds 7
sed 1d plan1 >a && sed 1d out >b && cmp -s a b || die "printed config plans differently"

# What the budget does not hold is said before anything runs.
says out "time: about"
expect 0 "$bin" plan --rounds 6..12 --set budget.time=10m
says out "rounds 6..12"
says out "with the most"
says out "budget: 10 min: enough"
expect 2 "$bin" plan --set budget.time=1s --set budget.when_over=refuse
says err "budget.time"
expect 2 "$bin" run --set budget.time=1s --set budget.when_over=refuse -o never
[ ! -e never ] || die "a results directory without a run"

# Tags bring what they are compared with; skipped ones are counted per sweep.
cat >tph.yaml <<EOF
version: 1
nics: {n: {device: soft0}}
memory: {m: {kind: memfd, length: 1M}}
sweeps: [{name: tags, nic: n, op: write, target: m, size: 4K, cpu: 0, numa: 0, cases: [{tph: exporter, st: [1, 2], ph: 0}]}]
EOF
expect 0 "$bin" plan tph.yaml
says out "A/A controls"
says out "of them skipped: cpu and numa both"

expect 0 "$bin" list devices
says out soft0
says out null0
expect 0 "$bin" list memory
expect 0 "$bin" list ops
says out acceptance
[ "$(wc -l <out)" -ge 13 ] || die "fewer benchmarks than there are"
expect 0 "$bin" help
expect 0 "$bin" help exit-codes
expect 0 "$bin" help qd
expect 0 "$bin" --help
expect 0 "$bin" --version
