#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What `p2pbench topo --json` says against what lspci makes of the same config space.

  as_lspci.py compare LSPCI JSON   LSPCI: output of `lspci -D -vvv`. Prints how many facts were compared
  as_lspci.py dump MACHINE         config space of a saved machine as `lspci -F` reads it
"""
import json
import re
import sys

ACS = {"SrcValid": 1, "TransBlk": 2, "ReqRedir": 4, "CmpltRedir": 8, "UpstreamFwd": 0x10, "EgressCtrl": 0x20, "DirectTrans": 0x40}
TABLE = {"No steering table available": 0, "Steering table in TPH capability structure": 1, "Steering table in MSI-X table": 2}


def find(pattern, text):
    m = re.search(pattern, text)
    return m.groups() if m else None


def flag(name, text):
    m = find(r"\b%s([+-])" % re.escape(name), text)
    return m and m[0] == "+"


def section(text, name):
    """A line that begins with @name, with the deeper ones below it."""
    m = re.search(r"^(\s+)%s.*\n(?:\1\s.*\n)*" % name, text, re.M)
    return m.group(0) if m else ""


def facts(text):
    """Path in the JSON of a function -> value, of what lspci shows."""
    out = {}
    control, link, cap2 = section(text, "DevCtl:"), section(text, "LnkSta:"), section(text, "DevCap2:")
    express = re.search(r"\] Express \(v", text)
    if express:
        size = find(r"MaxPayload (\d+) bytes, MaxReadReq (\d+) bytes", control)
        out["express", "mps"], out["express", "mrrs"] = int(size[0]), int(size[1])
        out["express", "relaxed_ordering"] = flag("RlxdOrd", control)
        out["express", "ext_tag"] = flag("ExtTag", control)
        out["express", "mps_max"] = int(find(r"MaxPayload (\d+) bytes", section(text, "DevCap:"))[0])
    width = find(r"Speed ([\d.]+)GT/s.*?Width x(\d+)", link)
    if width and width[1] != "0":
        out["link", "now"] = "%g GT/s x%s" % (float(width[0]), width[1])
    if cap2 and flag("TPHComp", cap2) is not None:
        out["tph", "completer_bits"] = 16 if flag("ExtTPHComp", cap2) else 8 if flag("TPHComp", cap2) else 0
    if cap2 and flag("EETLPPrefix", cap2) is not None:
        out["express", "tlp_prefix"] = flag("EETLPPrefix", cap2)
    control = section(text, "ACSCtl:")
    if control:
        out["acs", "control"] = sum(bit for name, bit in ACS.items() if flag(name, control))
    control = section(text, "ATSCtl:")
    if control:
        out["ats",] = flag("Enable", control)
    hints = section(text, r"Capabilities: \[\w+ v1\] Transaction Processing Hints")
    for words, location in TABLE.items():
        if words in hints:
            out["tph", "table_location"] = location
            out["tph", "device_specific"] = "Device specific mode supported" in hints
    return out


def value(function, path):
    for key in path:
        function = function.get(key) if isinstance(function, dict) else None
    return function


def compare(lspci, machine):
    ours = {f["address"]: f for f in machine["functions"]}
    bad, n = [], 0
    for block in re.split(r"\n\s*\n", lspci):
        address = find(r"\A\s*([0-9a-f]+:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]) ", block)
        if not address:
            continue
        if address[0] not in ours:
            bad.append("%s: not there" % address)
            continue
        function = ours[address[0]]
        for path, want in facts(block + "\n").items():
            # The other end of a link says the same; ours stands at the lower one. Of a VF we show the PF's registers.
            if path[0] == "link" and function["link"] is None or path[0] in ("link", "express") and function["vf_of"]:
                continue
            n += 1
            if value(function, path) != want:
                bad.append("%s %s: %r, lspci has %r" % (address[0], "/".join(path), value(function, path), want))
    return bad, n


def dump(machine):
    for f in machine["functions"]:
        data = bytes.fromhex(f["config"]).ljust(f["config_bytes"], b"\0")
        print("%s Class 0000: 0000:0000" % f["path"].rsplit("/", 1)[-1])
        for at in range(0, len(data), 16):
            print("%02x: %s" % (at, data[at:at + 16].hex(" ")))
        print()


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "dump":
        with open(sys.argv[2], encoding="ascii") as f:
            dump(json.load(f))
    elif len(sys.argv) == 4 and sys.argv[1] == "compare":
        with open(sys.argv[2], encoding="utf-8", errors="replace") as a, open(sys.argv[3], encoding="utf-8") as b:
            bad, n = compare(a.read(), json.load(b))
        print("\n".join(bad) if bad else n)
        sys.exit(bool(bad))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
