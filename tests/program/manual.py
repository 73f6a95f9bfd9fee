# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The manual pages, made by the program from the templates, have every verb, flag, key, column and exit code, and so
has help; no example names a flag that its verb does not take; mandoc finds nothing to say.

manual.py PROGRAM TEMPLATES SCHEMA.md
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

program, templates, columns = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
faults = []


def run(*args, status=0):
    p = subprocess.run([program, *args], capture_output=True, text=True)
    if p.returncode != status:
        sys.exit(f"FAIL: status {p.returncode}, wanted {status}: {' '.join(args)}\n{p.stderr}")
    return p.stdout + p.stderr


def wants(where, text, *patterns):
    for what, pattern in patterns:
        if not re.search(pattern, text, re.M):
            faults.append(f"{where} lacks {what}")


def section(page, title):
    return re.search(rf"^\.S[sh] {re.escape(title)}\n(.*?)(?=^\.S[sh] |\Z)", page, re.M | re.S).group(1)


pages = {t.name[:-3]: run("manual", str(t)) for t in sorted(templates.glob("p2pbench*.[15].in"))}
if len(pages) != 3:
    sys.exit(f"FAIL: templates of {sorted(pages)}")
page = pages["p2pbench.1"]
tables = json.loads(run("help", "--json"))
usage = run("help")
flag_page, key_page, code_page = run("help", "flags"), run("help", "keys"), run("help", "exit-codes")

for v in tables["verbs"]:
    name = v["name"]
    wants("help", usage, (f"verb {name}", rf"^  {name} +\S"))
    wants("p2pbench.1.in: the list of verbs (DESCRIPTION)", section(page, "DESCRIPTION"), (name, rf"^\.It Cm {name}( |$)"))
    wants("p2pbench.1: SYNOPSIS", section(page, "SYNOPSIS"), (name, rf"^\.Cm {name}( |$)"))
    own = run(name, "--help")
    # Words with brackets of their own, as ADDR[:PORT], stay whole.
    for word in re.findall(r"[A-Z]+\[\S+", own.split("flags, [default]")[0]):
        wants("p2pbench.1: SYNOPSIS", section(page, "SYNOPSIS"), (word, re.escape(word)))
    if run("help", name) != own:
        faults.append(f"help {name} and {name} --help differ")
    wants(f"help {name}", own, *[(f"flag {f}", rf"^  .. --{f}( |$)") for f in v["flags"] if f != "version"])
    if not v["examples"]:
        faults.append(f"{name} has no example")
    for line in v["examples"]:
        wants(f"help {name}", own, (f"example {line}", re.escape(line)))
        # What goes with it may be an example of another verb.
        shown = next((x for x in tables["verbs"] if x["name"] == line.split()[0]), None)
        if not shown:
            faults.append(f"example of {name}: no verb: {line}")
            continue
        letters = {x["letter"]: x["name"] for x in tables["flags"] + tables["keys"] if "letter" in x}
        for flag in re.findall(r"(?<= )--?[a-z][a-z-]*(?=[ =]|$)", line.split("|")[0]):
            full = flag[2:] if flag.startswith("--") else letters.get(flag[1:])
            if full not in shown["flags"] and (full or "").replace("-", "_") not in shown["keys"]:
                faults.append(f"example of {name}: {shown['name']} does not take {flag}")
    for line in own.splitlines():
        if len(line) > 80 and not line.lstrip().startswith("p2pbench"):
            faults.append(f"help {name}: {len(line)} columns: {line}")
    if len(own.splitlines()) > 64:
        faults.append(f"help {name} is {len(own.splitlines())} lines long")
if len(usage.splitlines()) > 40:
    faults.append(f"help is {len(usage.splitlines())} lines long")

description = section(page, "DESCRIPTION")
for f in tables["flags"]:
    wants("help flags", flag_page, (f["name"], rf"^  .. --{f['name']}( |$)"))
    wants("p2pbench.1", description, (f"flag {f['name']}", rf"^\.It .*Fl \\-{f['name']}( |$)"))
    for verb in f.get("verbs", []):
        if verb not in [v["name"] for v in tables["verbs"]]:
            faults.append(f"bench/opt.c: --{f['name']} belongs to '{verb}', which is no verb")
yaml_page = pages["p2pbench.yaml.5"]
for k in tables["keys"]:
    flag = k["name"].replace("_", "-")
    if "sweeps[]" in k["in"] and k["name"] not in ("cases", "exclude", "include", "name", "extends"):
        wants("help keys", key_page, (k["name"], rf"^  .. --{flag} "))
        wants("p2pbench.1", description, (f"key {k['name']}", rf"^\.It .*Fl \\-{flag} Ar"))
    # The same name stands in several places of a file.
    words = re.escape(k["help"][:40].split(". ")[0])
    for where in k["in"]:
        wants("p2pbench.yaml.5.in", yaml_page,
              (f"key {k['name']} of {where or 'the top'}", rf"^\.It Cm {k['name']} : Ar .*\n(\\&)?{words}"))
for c in tables["exit_codes"]:
    wants("help exit-codes", code_page, (str(c["status"]), rf"^  {c['status']} "))
    wants("p2pbench.1: EXIT STATUS", section(page, "EXIT STATUS"), (str(c["status"]), rf"^\.It {c['status']}$"))

of = None
counted = 0
for line in columns.read_text().splitlines():
    if line.startswith("## "):
        of = line[3:]
    m = re.match(r"\| `(\w+)` \|.*?\|.*?\| *(`?)(\w*)", line)
    if m:
        counted += 1
        # Words of a file stand as they are in it, so no line begins with a capital of the page's own.
        wants("p2pbench-csv.5.in", section(pages["p2pbench-csv.5"], of.upper()),
              (f"{m[1]} of {of}: {m[3]}", rf"^\.It Va {m[1]} .*\n(\\&)?{m[3]}"))
if counted < 100:
    faults.append(f"only {counted} columns in {columns}")

run("manual", str(columns.parent / "no-such-template"), status=2)
with tempfile.TemporaryDirectory() as tmp:
    for bad in ("@nothing", "@keys nowhere", "@columns no.csv"):
        (pathlib.Path(tmp) / "bad.in").write_text(bad + "\n")
        run("manual", f"{tmp}/bad.in", status=2)
    for word in ("sze", "dcotor"):
        if "did you mean" not in run("help", word, status=2):
            faults.append(f"help {word}: no word of what was meant")
    for name, text in pages.items():
        (pathlib.Path(tmp) / name).write_text(text)
    mandoc = shutil.which("mandoc")
    if mandoc:
        p = subprocess.run([mandoc, "-Tlint", "-Wwarning", *sorted(pages)], cwd=tmp, capture_output=True, text=True)
        faults += p.stdout.splitlines()

for fault in faults[:40]:
    print("FAIL:", fault)
if not faults and not mandoc:
    print("SKIP: no mandoc; all else is right")
    sys.exit(77)
sys.exit(1 if faults else 0)
