#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# run --events: every line one whole JSON object, in order, and the last one says how it ended, also after Ctrl-C, a
# config that is wrong, a full disk; a reader that goes away ends no run.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$1
export XDG_STATE_HOME="$tmp/state"
command -v python3 >python.path || { echo "SKIP: python3 is needed to read JSON" && exit 77; }

cat >check.py <<'EOT'
import json, sys
name, complete, status, types = sys.argv[1:5]
lines = open(name, "rb").read()
assert lines.endswith(b"\n"), "the last line is torn"
seen = [json.loads(l) for l in lines.splitlines()]
assert [e["seq"] for e in seen] == list(range(len(seen))), "seq"
assert all(e["schema"] == 1 and e["t_s"] >= 0 for e in seen)
assert [e["t_s"] for e in seen] == sorted(e["t_s"] for e in seen), "time runs back"
assert {e["type"] for e in seen} - {"warning"} == set(types.split(",")), {e["type"] for e in seen}
end = seen[-1]
assert end["type"] == "end" and [e["type"] for e in seen].count("end") == 1
assert end["complete"] is (complete == "yes") and end["exit"] == int(status), end
if "start" in types.split(","):
    start = seen[0]
    assert start["type"] == "start" and start["run_id"] and start["points"] >= 1 and start["dir"]
    assert end["dir"] == start["dir"]
for e in seen:
    if e["type"] == "progress":
        assert 0 <= e["visit"] <= e["visits"] and e["point_id"][0] == "p" and e["status"] and e["point"]
        assert e["status"] != "ok" or e["bw_gbyte_s"] > 0
    if e["type"] == "point":
        assert e["op"] and e["n"] >= 1 and e["status"] == "ok" and e["bw_median_gbyte_s"] > 0 and e["stop_reason"]
    if e["type"] == "warning":
        assert e["about"] and e["name"] and e["value"]
if complete == "yes":
    last = [e for e in seen if e["type"] == "progress"][-1]
    assert last["visit"] == last["visits"] and last["eta_s"] == 0
    assert sum(e["type"] == "point" for e in seen) == start["points"]
    assert sum(end["rows"].values()) == sum(e["type"] == "progress" for e in seen)
    ids = {e["point_id"] for e in seen if e["type"] == "point"}
    assert ids == {e["point_id"] for e in seen if e["type"] == "progress"}
EOT
lines() { # FILE COMPLETE STATUS TYPES
	python3 check.py "$@" || die "events in $1"
}

set -- -d soft0 --op write,read --size 64,4K --rounds 6 --window 2ms
all=start,progress,point,end

# To a file the rest stays as it is; to stdout there is nothing else, and the table is on stderr.
expect 0 "$bin" run "$@" -o a --events a.jsonl
lines a.jsonl yes 0 $all
says out "GB/s"
expect 0 "$bin" run "$@" -o b --events -
cp out b.jsonl
lines b.jsonl yes 0 $all
says err "GB/s"
expect 0 "$bin" run "$@" -o c --events - --quiet
cp out c.jsonl
lines c.jsonl yes 0 $all
# An old file is replaced.
expect 0 "$bin" run "$@" -o d --events a.jsonl --quiet
lines a.jsonl yes 0 $all
# What a name holds is data.
mkdir 'odd"dir'
expect 0 "$bin" run "$@" -o "$(printf 'odd"dir/\\n\303\244x')" --events odd.jsonl --quiet
lines odd.jsonl yes 0 $all

# Every end is told: Ctrl-C, and errors before anything was measured.
"$bin" run "$@" --set rounds=10000 -o stopped --events stopped.jsonl >out 2>err &
pid=$!
while kill -0 $pid 2>/dev/null && ! grep -q '"type":"progress"' stopped.jsonl 2>/dev/null; do sleep 0.02; done
kill -INT $pid
wait $pid
[ $? = 130 ] || die "SIGINT does not end with 130"
python3 - <<'EOT' || die "the end of an interrupted run"
import json
seen = [json.loads(l) for l in open("stopped.jsonl")]
end = seen[-1]
assert end["type"] == "end" and end["complete"] is False and end["exit"] == 130 and end["stop_reason"] == "interrupted"
EOT
expect 2 "$bin" run nothere.yaml --events bad.jsonl
lines bad.jsonl no 2 end
printf 'version: 1\nwrong: 1\n' >wrong.yaml
expect 2 "$bin" run wrong.yaml --events -
cp out bad.jsonl
lines bad.jsonl no 2 end
expect 3 "$bin" run -d nosuch0 --op write --size 64 --events bad.jsonl
lines bad.jsonl no 3 end
expect 3 sh -c 'ulimit -f 40; exec "$@"' sh "$bin" run --quiet "$@" --set rounds=4000 -o full --events /dev/stdout
tail -n 1 out >bad.jsonl
says bad.jsonl '"complete":false'
says bad.jsonl '"stop_reason":"error"'

# Nowhere to write: said before anything is measured.
expect 2 "$bin" run "$@" -o no1 --events no/such/dir/e.jsonl
says err "no/such/dir/e.jsonl"
expect 2 "$bin" run "$@" -o no1 --events .
expect 2 "$bin" run "$@" -o no1 --events -  --print-config
expect 2 "$bin" plan "$@" --events -
says err "--events"
[ ! -e no1 ] || die "a run began without its events"

# A full disk and a reader that goes away: said once, and the run goes on.
expect 0 "$bin" run "$@" -o e --events /dev/full
says err "no more events: /dev/full: No space left on device"
[ "$(grep -c 'no more events' err)" = 1 ] || die "said more than once"
says e/run.json '"complete": true'
# Nobody reads from the first line on; and somebody who reads one line.
python3 - "$bin" run "$@" -o f --events - <<'EOT' || die "a pipe that nobody reads ended the run"
import os, subprocess, sys
r, w = os.pipe()
os.close(r)
sys.exit(subprocess.run(sys.argv[1:], stdout=w, stderr=open("err", "w")).returncode)
EOT
says err "no more events: standard output: Broken pipe"
says err "GB/s"
says f/run.json '"complete": true'
mkfifo pipe
head -n 1 <pipe >first.jsonl &
reader=$!
expect 0 "$bin" run "$@" -o g --events pipe
wait $reader
says g/run.json '"complete": true'
says first.jsonl '"type":"start"'

# A file that has no more room ends with a whole line.
mkdir small
if unshare -r -m mount -t tmpfs -o size=8k none small 2>/dev/null; then
	# shellcheck disable=SC2016
	expect 0 unshare -r -m sh -c 'mount -t tmpfs -o size=8k none small && "$@" && cp small/e.jsonl full.jsonl' sh \
		"$bin" run --quiet "$@" --rounds 12 -o h --events small/e.jsonl
	says err "no more events: small/e.jsonl: No space left on device"
	python3 -c 'import json
seen = [json.loads(l) for l in open("full.jsonl")]
assert len(seen) > 5 and open("full.jsonl").read().endswith("\n")' || die "a torn line"
else
	echo "no user namespaces here: a file system that is full is not tested"
fi
exit 0
