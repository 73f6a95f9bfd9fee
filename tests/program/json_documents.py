# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""--json: one document on stdout of every verb that prints data, with numbers as numbers, also of one that fails or is
interrupted. A verb that is missing here, or that has no --json, fails the test.

json_documents.py PROGRAM SOURCE
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

program, source = sys.argv[1], pathlib.Path(sys.argv[2])
SMALL = ["-d", "soft0", "--target", "host", "--op", "write", "-s", "64,4K", "--rounds", "6", "--window", "1ms"]
SOFT = str(source / "configs" / "tph-soft.yaml")

# What they print is no data, or is JSON without the flag.
NO_JSON = {"schema", "completion", "agent", "serve"}

# For each verb: command lines, and the statuses that are right (3: this machine lacks what it asks for).
COMMANDS = {
    "run": [(["run", *SMALL, "--quiet", "-o", "one"], {0}),
            (["run", *SMALL, "--quiet", "--set", "expect=[{metric: bw, min: 9000000GB/s}]", "-o", "two"], {5}),
            (["run", "--print-config"], {0})],
    "plan": [(["plan", SOFT], {0}), (["plan", "--print-config"], {0}),
             (["plan", "--set", "budget.time=1s", "--set", "budget.when_over=refuse"], {2})],
    "check": [(["check", SOFT, "bad.yaml"], {2}), (["check", SOFT], {0})],
    "list": [(["list", "devices"], {0}), (["list", "memory"], {0}), (["list", "ops"], {0}),
             (["list", "runs", "."], {0})],
    "compare": [(["compare", "one", "two", "--within-run-only"], {0, 3, 4, 5}), (["compare", "--within", "one", "--axis", "size"], {0, 3})],
    "show": [(["show", "one"], {0}), (["show", "one", "--matrix", "size,op"], {0})],
    "export": [(["export", "one"], {0}), (["export", "one", "--format", "json"], {0})],
    "report": [(["report", "one", "-o", "page.html"], {0}), (["report", "one", "--md"], {0})],
    "crosscheck": [(["crosscheck", "--tool", "nowhere", *SMALL], {2, 3})],
    # 20 s of measuring are for selftest.sh; here it is one that fails, and one that is interrupted.
    "selftest": [(["selftest", "-d", "nosuch0", "-o", "floor.json"], {3})],
    "topo": [(["topo"], {0})],
    "match": [(["match", "soft0", "host"], {0, 3})],
    "doctor": [(["doctor"], {0, 3}), (["doctor", "--need", "hardware"], {0, 3})],
    "tph-expect": [(["tph-expect", SOFT], {0})],
    "limit": [(["limit", "op=read", "gen=4", "gbit=200", "mtu=4K"], {0}), (["limit", "--csv", "cases.csv"], {0})],
    "help": [(["help"], {0}), (["help", "size"], {0})],
}

# Mistakes: usage, missing files, bad configs.
ERRORS = [["run", "no.yaml"], ["run", "bad.yaml"], ["run", "--nosuch"], ["run", *SMALL, "-o", "one"], ["plan", "bad.yaml"],
          ["plan", "--qd", "many"], ["check"], ["list"], ["list", "nothing"], ["list", "runs", "nowhere"],
          ["list", "memory", "--from", "no.json"], ["compare"], ["compare", "one", "nowhere"], ["compare", "one", "one"], ["show", "nowhere"],
          ["show", "one", "--matrix", "size"], ["export", "nowhere"], ["export", "one", "--format", "csv"],
          ["report", "nowhere"], ["report", "one", "-o", "one/rounds.csv"], ["topo", "--route", "nic"],
          ["topo", "--tree"], ["match", "soft0"], ["match", "nosuch0", "host"], ["tph-expect"], ["tph-expect", "bad.yaml"], ["limit", "colour=red"], ["limit", "--csv", "no.csv"],
          ["limit", "--route", "a", "b"], ["selftest", "word"], ["schema", "config"], ["nosuch"], ["run", "--resume", "no"]]

# Members that carry a figure have its unit in their name.
FIGURE = re.compile(r"(_(s|us|ns|ppm|gbyte_s|mops|pct|bytes)|^(bytes|points|cells|sweeps|n|ratio|median_[ab]))$")
WORDS_ANYWAY = {"memlock_bytes"}

faults = []


def once(pairs):
    names = [k for k, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError(f"a member twice: {sorted(n for n in set(names) if names.count(n) > 1)}")
    return dict(pairs)


def no_constant(text):
    raise ValueError(f"{text} is no number of JSON")


def figures(value, path=""):
    if isinstance(value, list):
        for v in value:
            figures(v, path)
    if not isinstance(value, dict):
        return
    for k, v in value.items():
        if isinstance(v, str) and FIGURE.search(k) and k not in WORDS_ANYWAY:
            faults.append(f"{path}: {k} is text: {v!r}")
        figures(v, path)


def parse(args, text, status, error):
    what = " ".join(map(str, args))
    try:
        d = json.loads(text, object_pairs_hook=once, parse_constant=no_constant)
    except ValueError as e:
        faults.append(f"{what}: stdout is no JSON: {e}: {text[:200]!r}")
        return {}
    if not isinstance(d, dict) or not isinstance(d.get("schema", d.get("schema_version")), int):
        faults.append(f"{what}: no member schema with a number")
        return {}
    if error and (d.get("error", {}).get("status") != status or not d["error"].get("text")):
        faults.append(f"{what}: status {status}, the document says {d.get('error')}")
    if not error and "error" in d:
        faults.append(f"{what}: an error with status {status}: {d['error']}")
    figures(d, what)
    return d


def run(args):
    p = subprocess.run([program, *args], capture_output=True, text=True, errors="replace")
    return p.returncode, p.stdout, p.stderr


def catches(pid, sig):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("SigCgt:"):
            return bool(int(line.split()[1], 16) >> (sig - 1) & 1)
    return False


def wait_until(p, ready):
    """Generous: it ends as soon as it is so."""
    end = time.monotonic() + 120
    while not ready() and p.poll() is None:
        if time.monotonic() > end:
            p.kill()
            sys.exit("FAIL: waited for two minutes")
        time.sleep(0.01)


def interrupted(args, ready, times):
    """Once @ready a signal is sent @times. An end that is orderly has the verb's own document."""
    for sig in (signal.SIGINT, signal.SIGTERM):
        p = subprocess.Popen([program, *args, "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        wait_until(p, lambda: catches(p.pid, sig) and ready())
        for _ in range(times):
            p.send_signal(sig)
        text = p.communicate()[0]
        if p.returncode != 128 + sig:
            faults.append(f"{' '.join(args)}: signal {sig} x{times}: status {p.returncode}")
        d = parse([*args, "signal", sig, times], text, p.returncode, error="points" not in text)
        if times == 1 and args[0] == "run" and d.get("status") != 128 + sig:
            faults.append(f"run: interrupted, the document says status {d.get('status')}")
        pathlib.Path("fresh").exists() and os.rename("fresh", f"old{sig}{times}")


os.environ["XDG_STATE_HOME"] = os.path.join(tempfile.gettempdir(), "nowhere")
with tempfile.TemporaryDirectory() as tmp:
    os.chdir(tmp)
    os.environ["XDG_STATE_HOME"] = tmp
    pathlib.Path("bad.yaml").write_text("version: 1\nsweeps: [{name: a, op: raed}]\n")
    pathlib.Path("cases.csv").write_text("id,op,size\na,write,4K\nb,read,64\n")

    _, text, _ = run(["help", "--json"])
    tables = parse(["help"], text, 0, error=False)
    verbs = {v["name"]: v for v in tables["verbs"]}
    for name, verb in verbs.items():
        if name in NO_JSON:
            continue
        if "json" not in verb["flags"]:
            faults.append(f"{name} has no --json: give it one (bench/opt.c), or say here that it prints no data")
        if name not in COMMANDS:
            faults.append(f"{name}: this test has no command for it")
        for args, statuses in COMMANDS.get(name, []):
            status, text, err = run([*args, "--json"])
            if status not in statuses:
                faults.append(f"{' '.join(args)}: status {status}, wanted {statuses}: {err[:300]}")
            d = parse(args, text, status, error="\"error\": {" in text and status != 0)
            if args[0] == "run" and "-o" in args and (d.get("status") != status or len(d.get("points", [])) != 2):
                faults.append(f"{' '.join(args)}: status {d.get('status')} and {len(d.get('points', []))} points")
    for name in set(COMMANDS) - set(verbs):
        faults.append(f"there is no verb {name}")

    # Wrong data is told of with its place.
    _, text, _ = run(["check", "bad.yaml", "--json"])
    problems = json.loads(text)["files"][0]["problems"]
    if not any(p["level"] == "error" and p.get("line") == 2 and "raed" in p["text"] for p in problems):
        faults.append(f"check: the problem is not in the document: {problems}")

    for args in ERRORS:
        status, text, err = run([*args, "--json"])
        if status not in (2, 3):
            faults.append(f"{' '.join(args)}: status {status}")
        if not err:
            faults.append(f"{' '.join(args)}: nothing on stderr")
        d = parse(args, text, status, error="files" not in text)

    def rows():
        return os.path.exists("fresh/rounds.csv") and os.path.getsize("fresh/rounds.csv") > 0

    endless = ["run", *SMALL[:-4], "--rounds", "10000", "--window", "20ms", "--quiet", "-o", "fresh"]
    interrupted(endless, rows, 1)
    interrupted(endless, rows, 2)
    interrupted(["selftest", "-o", "floor.json"], lambda: True, 1)
    # A pipe that nobody writes holds it for ever.
    os.mkdir("held")
    os.mkfifo("held/run.json")
    interrupted(["list", "runs", "held"], lambda: True, 1)

for fault in faults[:40]:
    print("FAIL:", fault)
sys.exit(1 if faults else 0)
