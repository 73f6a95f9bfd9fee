# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The schemas that the program prints are right (draft 7), know every key and column, and agree with the program:
what `check` takes they take, what is on the list of mistakes both refuse; runs made here and the samples pass.

schema.py PROGRAM CONFIGS SAMPLES GOLDEN
"""
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import jsonschema
    import yaml
except ImportError as e:
    print(f"SKIP: no python module {e.name} (packages python3-jsonschema, python3-yaml)")
    sys.exit(77)

program, configs, samples, golden = sys.argv[1:]

HEAD = "version: 1\nnics: {n: {device: soft0}}\n"
SWEEP = "sweeps: [{name: a, nic: n, op: write, target: host, size: 64%s}]\n"
# Each is wrong in one place that a schema can see.
MISTAKES = {
    "no version": "nics: {n: {device: soft0}}\n" + SWEEP % "",
    "version 2": HEAD.replace("1", "2", 1) + SWEEP % "",
    "no sweeps": HEAD,
    "sweeps are empty": HEAD + "sweeps: []\n",
    "sweeps are a map": HEAD + "sweeps: {name: a}\n",
    "no name": HEAD + "sweeps: [{nic: n, op: write, target: host, size: 64}]\n",
    "a name that is a path": HEAD + (SWEEP % "").replace("name: a", "name: ../a"),
    "unknown key at the top": HEAD + "sweep: []\n" + SWEEP % "",
    "unknown key of a sweep": HEAD + SWEEP % ", qpss: 1",
    "unknown word": HEAD + (SWEEP % "").replace("write", "raed"),
    "unknown word in a list": HEAD + (SWEEP % "").replace("write", "[write, raed]"),
    "number too large": HEAD + SWEEP % ", qd: 65537",
    "number too small": HEAD + SWEEP % ", ph: -1",
    "no number": HEAD + SWEEP % ", qd: many",
    "size with KB": HEAD + (SWEEP % "").replace("64", "64KB"),
    "range with a strange step": HEAD + (SWEEP % "").replace("64", "64..1M y4"),
    "range that is open": HEAD + (SWEEP % "").replace("64", "64K.."),
    "step in a rule": HEAD + SWEEP % ", exclude: [{size: 64..1M x2}]",
    "empty list": HEAD + SWEEP % ", qps: []",
    "map for an axis": HEAD + SWEEP % ", qps: {a: 1}",
    "time without a unit": HEAD + SWEEP % ", window: 30",
    "unknown verify": HEAD + SWEEP % ", verify: everything",
    "rounds that are words": HEAD + SWEEP % ", rounds: many",
    "prefer names nothing": HEAD + SWEEP % ", prefer: [near]",
    "empty case": HEAD + SWEEP % ", cases: [{}]",
    "cases are a map": HEAD + SWEEP % ", cases: {tph: none}",
    "setting in a case": HEAD + SWEEP % ", cases: [{verify: none}]",
    "unknown key in a rule": HEAD + SWEEP % ", exclude: [{colour: red}]",
    "empty rule": HEAD + SWEEP % ", exclude: [{}]",
    "unknown key of a nic": HEAD.replace("soft0", "soft0, prot: 1") + SWEEP % "",
    "port 0": HEAD.replace("soft0", "soft0, port: 0") + SWEEP % "",
    "unknown kind": HEAD + "memory: {m: {kind: gpu}}\n" + SWEEP % "",
    "no kind": HEAD + "memory: {m: {length: 1M}}\n" + SWEEP % "",
    "memory by no name": HEAD + "memory: {'a b': {kind: host}}\n" + SWEEP % "",
    "bar 6": HEAD + "memory: {m: {kind: vfio, device: pci/0000:41:00.0, bar: 6, length: 4K}}\n" + SWEEP % "",
    "range without a length": HEAD
    + "memory: {m: {kind: vfio, device: pci/0000:41:00.0, bar: 0, ranges: [{offset: 0}]}}\n" + SWEEP % "",
    "unknown key of the budget": HEAD + "budget: {times: 3m}\n" + SWEEP % "",
    "budget of no points": HEAD + "budget: {points: 0}\n" + SWEEP % "",
    "when_over never": HEAD + "budget: {when_over: never}\n" + SWEEP % "",
    "canary 2": HEAD + "order: {canary: 2}\n" + SWEEP % "",
    "expect without a metric": HEAD + "expect: [{min: 80%, of: limit}]\n" + SWEEP % "",
    "expect without a bound": HEAD + "expect: [{metric: bw}]\n" + SWEEP % "",
    "expect of nothing": HEAD + "expect: [{metric: bw, min: 80%, of: all}]\n" + SWEEP % "",
}

faults = []


def run(*args, status=0):
    p = subprocess.run([program, *args], capture_output=True, text=True)
    if p.returncode != status:
        sys.exit(f"FAIL: status {p.returncode}, wanted {status}: {' '.join(args)}\n{p.stderr}")
    return p.stdout


def complain(what, validator, document):
    for e in list(validator.iter_errors(document))[:3]:
        faults.append(f"{what}: {'/'.join(map(str, e.absolute_path))}: {e.message[:200]}")


def validator(name):
    schema = json.loads(run("schema", name))
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def accepted(path):
    return subprocess.run([program, "check", str(path)], capture_output=True).returncode == 0


def typed(row, properties):
    """A row of CSV as its schema wants it: numbers as numbers, empty cells left out."""
    out = {}
    for name, text in row.items():
        kind = properties[name]["type"] if name in properties else "string"
        if text:
            out[name] = {"integer": int, "number": float}.get(kind, str)(text)
    return out


def check_run(directory, rounds, run_json):
    with open(directory / "rounds.csv", newline="") as f:
        reader = csv.DictReader(f)
        properties = rounds.schema["properties"]
        if list(properties) != reader.fieldnames and directory.parent != pathlib.Path(samples):
            faults.append(f"rounds: other columns than the file: {set(properties) ^ set(reader.fieldnames)}")
        rows = [typed(r, properties) for r in reader]
    if not rows:
        faults.append(f"{directory}: no rows")
    for number, row in enumerate(rows, 2):
        complain(f"{directory}/rounds.csv:{number}", rounds, row)
    complain(f"{directory}/run.json", run_json, json.load(open(directory / "run.json")))
    return rows


def check_keys(config):
    """Every key of the option table is there, described, and says what its value may be."""
    place = {"": config.schema}
    place.update({"sweeps[]": "sweep", "nics.NAME": "nic", "memory.NAME": "memory", "expect[]": "expect",
                  "budget": "budget", "order": "order", "output": "output", "memory.NAME.ranges[]": "range",
                  "memory.NAME.init[]": "init", "memory.NAME.tph_feature": "tph_feature", "tph_notes[]": "tph_note",
                  "peer_options": "peer_options"})
    for key in json.loads(run("help", "--json"))["keys"]:
        if not key["in"]:
            faults.append(f"help --json does not say where {key['name']} stands")
        for where in key["in"]:
            of = place[where]
            of = of if isinstance(of, dict) else config.schema["definitions"][of]
            found = of["properties"].get(key["name"], {})
            if found.get("description") != key["help"] or len(set(found) - {"description", "default"}) == 0:
                faults.append(f"schema config: key '{key['name']}' of {where or 'the top'} is missing or says nothing: "
                              "NODE keys need a line in bench/schema_config.c")


config, rounds, run_json = (validator(n) for n in ("config", "rounds", "run"))
check_keys(config)

with tempfile.TemporaryDirectory() as tmp:
    tmp = pathlib.Path(tmp)
    files = sorted(pathlib.Path(configs).glob("*.yaml"))
    if not files:
        faults.append("no configs")
    for f in files:
        complain(f, config, yaml.safe_load(f.read_text()))
        complain(f"{f} --print-config --json", config, json.loads(run("run", str(f), "--print-config", "--json"))["config"])

    # What the program takes the schema takes, as far as a YAML reader takes it.
    taken = 0
    for f in sorted(pathlib.Path(golden).glob("*.yaml")):
        try:
            document = yaml.safe_load(f.read_bytes())
        except (yaml.YAMLError, ValueError, RecursionError):
            continue
        if accepted(f):
            taken += 1
            complain(f, config, document)
    if taken < 3:
        faults.append(f"only {taken} golden configs are taken")

    for what, text in MISTAKES.items():
        (tmp / "bad.yaml").write_text(text)
        if accepted(tmp / "bad.yaml"):
            faults.append(f"check takes: {what}")
        if config.is_valid(yaml.safe_load(text)):
            faults.append(f"the schema takes: {what}")
    (tmp / "good.yaml").write_text(HEAD + "x-note: mine\n" + SWEEP % "")
    if not accepted(tmp / "good.yaml"):
        faults.append("what the mistakes are made of is wrong itself")
    complain("without a mistake", config, yaml.safe_load((tmp / "good.yaml").read_text()))

    (tmp / "all.yaml").write_text(HEAD + """
defaults: {nic: n, target: host, rounds: 2, window: 1ms}
tags: {driver: 6.12}
sweeps:
  - {name: bw, op: [write, read, send, fetch_add], size: 8, interconnect: [main, bounce]}
  - {name: lat, measure: lat, op: [write_fence, write_cqe, pingpong], size: 64}
  - {name: rate, measure: rate, op: write, size: 64, rate: 1K}
  - {name: reg, measure: reg, size: 64K}
  - {name: skipped, op: write, size: 64, connect: cm}
""")
    run("run", str(tmp / "all.yaml"), "--quiet", "-o", str(tmp / "made"))
    rows = check_run(tmp / "made", rounds, run_json)
    if not {"ok", "warmup", "skipped"} <= {r["status"] for r in rows}:
        faults.append("the run has not the rows it was made for")
    # Rows and documents that are wrong.
    for name, value in (("status", "fine"), ("size_bytes", -1), ("size_bytes", "64"), ("point_id", "p1"), ("schema", 2),
                        ("op", "raed"), ("bw_gbyte_s", "fast")):
        if rounds.is_valid({**rows[0], name: value}):
            faults.append(f"schema rounds takes {name} {value!r}")
    if rounds.is_valid({k: v for k, v in rows[0].items() if k != "status"}):
        faults.append("schema rounds takes a row without status")
    good = json.load(open(tmp / "made" / "run.json"))
    for name in ("complete", "same", "processes", "env"):
        if run_json.is_valid({k: v for k, v in good.items() if k != name}):
            faults.append(f"schema run takes a run.json without {name}")
    if run_json.is_valid({**good, "points": "many"}):
        faults.append("schema run takes points that are text")

for directory in sorted(pathlib.Path(samples).glob("*/run.json")):
    check_run(directory.parent, rounds, run_json)

for fault in faults[:40]:
    print("FAIL:", fault)
sys.exit(1 if faults else 0)
