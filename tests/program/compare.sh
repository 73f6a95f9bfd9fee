#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# compare, show, export, list runs, expect: as a user and as a CI job run them.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$1
export XDG_STATE_HOME="$tmp/state" # a noise floor of this machine is none of the made-up devices

# made DIR RUN_ID FACTOR [EVIDENCE [FLOOR]]: a run with known numbers: 4 points of 12 rounds, spread 1 %
made() {
	mkdir -p "$1"
	awk -v id="$2" -v f="$3" -v ev="${4:-hardware}" 'BEGIN {
		print "schema,run_id,setup_id,round,seq,point_id,cell_id,measure,op,nic,target,tph,size_bytes,evidence,tool,route,bw_gbyte_s,lat_p50_us,status"
		for (r = 0; r <= 12; r++) for (p = 1; p <= 4; p++) {
			v = (10 + p) * (p == 4 ? 1 / f : f) * (1 + ((r * 5 + p) % 12 - 5.5) / 1000)
			printf "1,%s,1,%d,%d,p%d,c%d,%s,write,nic0,accel,none,%d,%s,p2pbench,switch,%s,%s,%s\n", id, r, ++s, p, p,
				p == 4 ? "lat" : "bw", 64 * p, ev, p == 4 ? "" : v, p == 4 ? v : "", r ? "ok" : "warmup"
		} }' >"$1/rounds.csv"
	[ "${5:-}" = none ] || printf '{"schema": 1, "complete": true, "run_id": "%s", "name": "%s", "points": 4, "tags": {"driver": "%s"},
		"nics": [{"name": "nic0", "device": "mlx5_0", "fw": "28.1"}],
		"noise_floor": {"mlx5_0": {"bw": 0.004, "lat": 0.01}}, "env": {"kernel": "%s", "cpu_model": "a cpu"}}' \
		"$2" "$1" "${6:-6.1}" "${6:-6.1}" >"$1/run.json"
}
verdicts() { column compare.csv verdict | sort | uniq -c | awk '{ printf "%s%s %s", (NR > 1 ? ", " : ""), $1, $2 }'; }
want() { # the verdicts of compare.csv
	is=$(verdicts)
	[ "$is" = "$1" ] || die "verdicts are '$is', wanted '$1'"
}

made base r1 1
made again r2 1.001
made slower r3 0.95 hardware "" 6.12
made faster r4 1.06

# The table, the CSV, the status.
expect 0 "$bin" compare base again
want "4 same"
says out "4 points: 4 same"
says out "margin of bw: 2 %"
says err "compare.csv"
expect 5 "$bin" compare base slower
want "4 worse"
says out "differs  kernel      6.1 -> 6.12"
says compare.csv "kernel 6.1 -> 6.12"
[ "$(awk 'length($0) > 80' out | wc -l)" = 0 ] || die "wider than 80 columns"
expect 0 "$bin" compare slower base -o up.csv
[ "$(column up.csv verdict | grep -c better)" = 4 ] || die "the mirror of worse is better"
[ "$(column up.csv point_id | wc -l)" = 4 ] || die "not a row per point"
expect 0 "$bin" compare base faster
want "4 better"

# What fails: the whole interval beyond 3 % or 9 %, undecided points, nothing at all.
expect 5 "$bin" compare base slower --fail-on worse:3%
expect 0 "$bin" compare base slower --fail-on worse:9%
expect 0 "$bin" compare base slower --fail-on none
made near r13 0.981
expect 0 "$bin" compare base near
want "3 inconclusive, 1 same"
says out "rounds a side would tell"
expect 4 "$bin" compare base near --fail-on inconclusive
expect 5 "$bin" compare base slower --fail-on inconclusive
expect 2 "$bin" compare base slower --fail-on worst
says err "worse:3%"
expect 2 "$bin" compare base slower --fail-on worse:x

# JSON is one document, also when something is worse.
expect 5 "$bin" compare base slower --json --quiet
[ "$(head -c 1 out)" = "{" ] || die "not JSON"
[ ! -s err ] || die "--quiet is not"
says out '"verdict": "worse"'

# Several runs a side; sides and their order.
expect 0 "$bin" compare base again -- faster
says out "     again: 4 points"
for i in 1 2 3 4; do made "b$i" "rb$i" "1.00$i" hardware none && made "n$i" "rn$i" "0.95$i" hardware none; done
expect 5 "$bin" compare b1 b2 b3 b4 -- n1 n2 n3 n4 -o runs.csv --quiet
mv runs.csv compare.csv
[ "$(column compare.csv unit | sort -u)" = run ] || die "four runs a side are units"
expect 2 "$bin" compare base again faster
says err "-- between the two sides"
expect 2 "$bin" compare base --
expect 2 "$bin" compare base again --qd 4
says err "compare does not use --qd"

# Without a noise floor a single run a side is not enough, unless asked.
rm slower/run.json
expect 0 "$bin" compare base slower
want "4 inconclusive"
says out "no run.json"
says out "selftest"
expect 5 "$bin" compare base slower --within-run-only
want "4 worse"
made slower r3 0.95 hardware "" 6.12

# Evidence is never mixed.
made soft r5 0.5 software
expect 3 "$bin" compare base soft
want "4 incomparable"
says out "evidence classes differ: hardware|software"
expect 0 "$bin" compare base soft --mixed
want "4 none"
says out "no verdict"

# Another CPU forbids a verdict, until waived.
made other r6 0.9
sed -i 's/a cpu/b cpu/' other/run.json
expect 3 "$bin" compare base other
says out "cpu_model: a cpu -> b cpu"
expect 5 "$bin" compare base other --waive cpu
expect 2 "$bin" compare base other --waive colour

# Points on one side only.
made half r7 1
grep -v ',p3,' half/rounds.csv >t && mv t half/rounds.csv
expect 0 "$bin" compare base half
want "1 missing, 3 same"
expect 3 "$bin" compare base half --fail-on missing

# A spreadsheet has been at it: BOM, CRLF, quotes, columns turned round, one more, a decimal comma.
made sheet r8 1
awk -F, 'BEGIN { printf "\xef\xbb\xbf" } { for (i = NF; i > 0; i--) printf "\"%s\",", $i; printf "\"my, note\"\r\n" }' \
	sheet/rounds.csv | sed '1s/my, note/note/' >t && mv t sheet/rounds.csv
expect 0 "$bin" compare base sheet
want "4 same"
made comma r9 1
awk -F, -v OFS=, 'NR > 20 && $17 != "" { sub(/\./, ",", $17); $17 = "\"" $17 "\"" } { print }' comma/rounds.csv >t && mv t comma/rounds.csv
expect 3 "$bin" compare base comma --fail-on missing
says out "ok without a number"

# Not runs, and runs that are broken.
expect 2 "$bin" compare base nowhere
says err "nowhere: not the directory of a run"
mkdir empty
expect 2 "$bin" compare base empty
says err "empty"
expect 2 "$bin" compare base base
says err "the same run"
cp -r base copy
expect 2 "$bin" compare base copy
says err "the same run: r1"
ln -s base link
expect 2 "$bin" compare base link
bad() { # NAME TEXT: rounds.csv of a run that cannot be read
	mkdir -p "bad$1"
	printf '%b' "$2" >"bad$1/rounds.csv"
	expect 2 "$bin" compare base "bad$1"
	says err "bad$1/rounds.csv"
}
bad nothing ''
bad header 'a,b,c\n1,2,3\n'
bad semicolons 'schema;round;point_id;status\n1;1;p1;ok\n'
bad schema 'schema,round,point_id,status\n2,1,p1,ok\n'
bad twice 'schema,round,point_id,status,status\n'
mkdir badbin && head -c 70000 /dev/urandom >badbin/rounds.csv
expect 2 "$bin" compare base badbin
made json r10 1
printf '{"env": {' >json/run.json
expect 2 "$bin" compare base json
says err "json/run.json:1:"
# Torn at the end, a number twice, other keys under one id: told, and left out.
made torn r11 1
printf '1,r11,1,1,99,p1,c1,bw,write,nic0,accel,none,64,hardware,p2pbench,switch,7,,ok\n1,r11,1,2,99,p1,c1,bw,read,nic0,accel,none,64,hardware,p2pbench,switch,7,,ok\n1,r11,1,13,9' >>torn/rounds.csv
expect 0 "$bin" compare base torn
says out "ignored rows: 1 malformed, 1 a second time in one round, 1 with other key columns"
expect 3 "$bin" compare base again -o /nonexistent/x.csv
says err "/nonexistent"

# Real runs. The same config twice is never called different; tags in one run are held against no tag.
tags() { # DIR
	expect 0 "$bin" run --quiet -d soft0 --op write --size 4K --rounds 6 -D 1ms --tag driver=new --tag slot=3 -o "$1"
}
tags one
tags two
expect 0 "$bin" compare one two
! column compare.csv verdict | grep -qE 'better|worse' || die "equal runs called different"
cat >tags.yaml <<-'END'
	version: 1
	nics: {n: {device: soft0}}
	memory: {acc: {kind: memfd, length: 1M}}
	sweeps:
	  - {name: s, nic: n, op: write, target: acc, size: 4K, rounds: 6, window: 1ms,
	     cases: [{tph: none}, {tph: exporter, st: [16, 32], ph: 0}]}
	expect:
	  - {metric: bw, max: 900000Gb/s}
	  - {when: {tph: exporter}, metric: bw, min: 1%, of: {tph: none}}
END
expect 0 "$bin" run --quiet tags.yaml -o tags
says out "ok     rule 1, line 8: bw <= 900000Gb/s: 4 of 4 points hold"
says out "bw >= 1% of {tph: none}: 2 of 2 points hold"
expect 0 "$bin" compare --within tags --axis tph
grep -q "A/A: " out || die "no control"
[ "$(column compare.csv control | head -n 1)" = 1 ] || die "the control is not first"
[ "$(column compare.csv unit | sort -u)" = pair ] || die "rounds of one run are pairs"
expect 3 "$bin" compare --within tags --axis qd
expect 2 "$bin" compare --within tags --axis depth
expect 2 "$bin" compare --within tags
expect 2 "$bin" compare --within tags --axis tph base
expect 2 "$bin" compare base again --axis tph

# A rule that is missed is told and ends in 5; one that is about nothing passes, but not with --strict.
sed 's/max: 900000Gb/min: 9000000Gb/' tags.yaml >missed.yaml
expect 5 "$bin" run --quiet missed.yaml -o missed
says out "FAIL   rule 1"
grep -q "write.*GB/s (+-" out || die "the points that miss are not named"
sed 's/{metric: bw, max: 900000Gb.s}/{when: {size: 1M}, metric: bw, min: 1GB\/s}/' tags.yaml >about.yaml
expect 0 "$bin" run --quiet about.yaml -o about
says out "no point is meant by it"

# Looking at runs that are over.
expect 0 "$bin" show tags
says out "bandwidth"
expect 0 "$bin" show tags --matrix st,size --value bw_gbyte_s
says out "bw_gbyte_s: st down, size across"
expect 2 "$bin" show tags --matrix st,colour
expect 2 "$bin" show tags --value bw_gbyte_s
expect 2 "$bin" show
expect 2 "$bin" show nowhere
expect 0 "$bin" export tags
[ "$(head -n 1 out)" = "$(head -n 1 tags/summary.csv)" ] || die "not the summary"
expect 0 "$bin" export tags --format md
says out "| op |"
expect 0 "$bin" export tags --format json
says out '"points"'
expect 2 "$bin" export tags --format xml
expect 0 "$bin" list runs .
says out "driver=new slot=3"
says out "./base"
expect 0 "$bin" list runs . --where driver=new --where slot=3
[ "$(wc -l <out)" = 3 ] || die "not the two runs with these tags"
expect 0 "$bin" list runs . --where driver=old
[ ! -s out ] || die "runs that are not asked for"
expect 2 "$bin" list runs . --where driver
expect 2 "$bin" list runs nowhere
says one/run.json '"driver": "new"'
