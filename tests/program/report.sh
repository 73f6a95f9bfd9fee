#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# report: of real runs of the software device, with pieces missing, too large, nowhere to write.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$1
export XDG_STATE_HOME="$tmp/state"

lacks() { # FILE TEXT
	! grep -qF -- "$2" "$1" || die "$1 says: $2"
}

cat >sweep.yaml <<'EOF'
version: 1
name: page
nics:
  nic0: {device: soft0}
memory:
  accel: {kind: memfd, length: 1M}
defaults: {nic: nic0, target: accel, rounds: 6, window: 10ms}
sweeps:
  - {name: bw, measure: bw, op: write, size: [64, 4K]}
  - {name: rate, measure: rate, op: write, size: [64, 4K]}
  - {name: lat, measure: lat, op: read, size: [64, 4K]}
  - {name: tags, measure: bw, op: read, size: 64, cases: [{tph: none}, {tph: exporter, st: 0x10, ph: [0, 2]}]}
expect:
  - {when: {measure: bw}, metric: bw, max: 9000GB/s}
EOF
expect 0 "$bin" run sweep.yaml -o a --quiet
expect 0 "$bin" run sweep.yaml -o b --quiet

# One page, next to the data, that loads nothing.
expect 0 "$bin" report a
says err "a/report.html"
says a/report.html "SOFTWARE:"
says a/report.html "sweep.yaml"
says a/report.html "What to try next"
says a/report.html "How far from the limit"
says a/report.html "Expectations: none missed"
says a/report.html "# sweep.yaml:"
lacks a/report.html "<script"
lacks a/report.html "href=\"http"
lacks a/report.html "@import"
if command -v gnuplot >gnuplot.path; then
	[ "$(grep -c '<figure>' a/report.html)" -ge 5 ] || die "fewer than 5 plots"
	says a/report.html "Steering tags"
	grep -F "Message rate against size" a/report.html >rate || die "no plot of the message rate"
	lacks rate "Limit from" # a limit is a bandwidth
	lacks a/report.html "plot could not be made"
	grep -o ' id="[^"]*"' a/report.html | sort | uniq -d >twice
	[ ! -s twice ] || die "ids that two pictures share: $(head -n 3 twice | tr '\n' ' ')"
fi
expect 0 "$bin" report a --quiet
[ ! -s err ] || die "--quiet says something"

# Without gnuplot, and where it is broken.
mkdir none broken
expect 0 env PATH="$tmp/none" "$bin" report a -o plain.html
says plain.html "apt install gnuplot-nox"
says plain.html "<table"
lacks plain.html "<figure>"
printf '#!/bin/sh\nexit 1\n' >broken/gnuplot
chmod +x broken/gnuplot
expect 0 env PATH="$tmp/broken" "$bin" report a -o plain.html
says plain.html "A plot could not be made"

# Markdown, two runs, some points.
expect 0 "$bin" report a --md
says a/report.md "| op |"
lacks a/report.md "<svg"
expect 0 "$bin" report a b
says report.html "Comparison"
says report.html "Run 2: b"
expect 2 "$bin" report a a
expect 0 "$bin" report a --where measure=lat -o lat.html
lacks lat.html "Steering tags"
expect 2 "$bin" report a --where colour=red
says err "not an axis"
expect 2 "$bin" report a --where size=7
says err "no point is left"

# Pieces missing.
cp -r a part
rm part/hist.csv part/run.json part/summary.csv
printf '1,r1,1' >>part/rounds.csv
expect 0 "$bin" report part
says part/report.html "there is no run.json"
says part/report.html "1 rows of rounds.csv could not be read"

# Nowhere to write, or not there.
expect 3 "$bin" report a -o no/such/dir/page.html
says err "no/such/dir/page.html.tmp"
says err "ENOENT"
expect 2 "$bin" report a -o a/rounds.csv
expect 2 "$bin" report a -o none
expect 2 "$bin" report none
expect 2 "$bin" report
expect 2 "$bin" report a --qps 2

# More than anybody reads.
mkdir big
awk 'BEGIN { print "schema,run_id,round,point_id,measure,op,size_bytes,qd,bw_gbyte_s,status"
	for (i = 0; i < 100000; i++) printf "1,r1,1,p%d,bw,%s,%d,%d,1,ok\n", i, i % 2 ? "read" : "write", 64 + i % 500, i / 1000 }' >big/rounds.csv
expect 2 "$bin" report big
says err "100000 points are too many for one page"
says err "--where op="
[ ! -e big/report.html ] || die "a page was written all the same"
