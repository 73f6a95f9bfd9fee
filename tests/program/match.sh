#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What `match`, `list memory` and `tph-expect` print about the machines of the fixtures, to the letter; a real
# registration on soft0; and bad input.
# `match.sh BINARY EXPAND MACHINES GOLDEN CONFIGS --update` writes the golden texts instead.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$1 expand=$2 machines=$3 golden=$4 configs=$5 update=${6-}

# golden NAME ARGUMENT...: the output of the program must be NAME.txt, within 80 columns
golden() {
	name=$1
	shift
	expect 0 "$bin" "$@"
	[ -z "$update" ] || cp out "$golden/$name.txt"
	diff -u "$golden/$name.txt" out >diff.txt || { cat diff.txt && die "$name: differs from $golden/$name.txt: $*"; }
	awk 'length > 80 { exit 1 }' out || die "$name: a line is longer than 80 columns"
}

cp "$machines"/made-*.json .
for m in lab-numa lab-numa+acs lab-nvme-pmr+tph-ext; do
	mkdir "$m"
	"$expand" "$machines/$m" "$m" || die "cannot expand $m"
done

for m in pix pix+acs pix+egress group user two-sockets-other; do
	target=1a:00.0
	[ $m != two-sockets-other ] || target=84:00.0
	golden "match-$m" match mlx5_0 $target --bar 0 --from "made-$m.json"
done
golden match-data-direct match mlx5_0 0002:04:00.0 --from made-data-direct.json
golden match-data-direct-udmabuf match mlx5_0 udmabuf --from made-data-direct.json
golden match-lab-numa match eth0 24:00.0 --from lab-numa
golden match-lab-numa+acs match eth0 24:00.0 --from lab-numa+acs
golden match-config match nic0 accel --config "$configs/p2p-vfio.yaml" --from made-pix.json
golden match-soft match soft0 memfd --from made-pix.json

for m in group user vfs data-direct; do
	golden "list-$m" list memory --from "made-$m.json"
done
golden list-lab-nvme-pmr list memory --from lab-nvme-pmr+tph-ext

for m in pix pix+acs gen6 root-port-8 user; do
	golden "expect-$m" tph-expect "$configs/tph-analyzer.yaml" --from "made-$m.json" \
		--set memory.accel.device=pci/0000:1a:00.0 --set memory.accel.bar=0
done
golden expect-soft tph-expect "$configs/tph-soft.yaml" --from made-pix.json
golden expect-nowhere tph-expect "$configs/tph-analyzer.yaml" --from made-skylake.json

# Tried on the software device: a registration, and a refusal that is no failure of the program.
expect 0 "$bin" match soft0 memfd --try
says out "predicted and tried"
says out "worked"
expect 0 "$bin" match soft0 host --try
expect 0 "$bin" match null0 memfd --try --json
if command -v python3 >/dev/null; then
	python3 - <<'PY' || die "match --json"
import json
j = json.load(open("out"))
c = {c["interconnect"]: c for c in j["cells"]}
assert j["schema"] == 1 and j["tried"] and j["memory"]["kind"] == "memfd"
assert c["main"]["tried"]["class"] == "worked" and c["main"]["tried"]["reg_us"] >= 0 and not c["main"]["tried"]["surprise"]
PY
	expect 0 "$bin" match mlx5_0 1a:00.0 --json --from made-pix+egress.json
	python3 -c 'import json
c = {c["interconnect"]: c for c in json.load(open("out"))["cells"]}
assert c["main"]["works"] == "yes" and c["main"]["class"] == "PIX" and c["main"]["tph_bits"] is None
assert c["main"]["tried"] is None and c["bounce"]["quality"]["crosses_root"]' || die "JSON of a prediction"
	expect 0 "$bin" list memory --json --from made-group.json
	python3 -c 'import json
j = json.load(open("out"))
v = {v["address"]: v for v in j["vfio"]}
assert j["host"] is None and v["0000:19:00.0"]["opens"] == "no" and v["0000:1a:00.0"]["opens"] == "yes"
assert v["0000:1a:00.0"]["tph_completer_bits"] == 16 and v["0000:1a:00.0"]["bars"][0]["exports"] == "yes"
assert v["0000:1b:00.0"]["driver"] == "nvme"' || die "list memory --json"
	expect 0 "$bin" list memory --json
	python3 -c 'import json
k = {k["kind"]: k for k in json.load(open("out"))["host"]["kinds"]}
assert k["host"]["opens"] and k["memfd"]["opens"] and k["fd"]["opens"] is None' || die "list memory --json of this machine"
	expect 0 "$bin" tph-expect "$configs/tph-analyzer.yaml" --json --from made-root-port-8.json \
		--set memory.accel.device=pci/0000:19:00.0 --set memory.accel.bar=0
	python3 -c 'import json
j = json.load(open("out"))
r = [r for r in j["rows"] if r["st"] == "240"]
assert len(r) == 1 and (r[0]["expected_th"], r[0]["expected_ph"], r[0]["expected_st"], r[0]["last_length_dw"]) == (1, 2, 0xf0, 8)
assert j["ways"][0]["requester_id"] == 0x1800 and j["ways"][0]["addresses"]' || die "tph-expect --json"
fi
expect 0 "$bin" list memory
says out "host memory by address"
awk 'length > 80 { exit 1 }' out || die "list memory: a line is longer than 80 columns"

expect 2 "$bin" match soft0
says err "wants a NIC and a target"
expect 2 "$bin" match soft0 memfd --try --from made-pix.json
says err "--try is for this machine"
expect 2 "$bin" match mlx5_0 1a:00.0 --bar 6 --from made-pix.json
says err "a number from 0 to 5"
expect 2 "$bin" match mlx5_0 1a:00.0 --bar 0x --from made-pix.json
expect 2 "$bin" match soft0 host --bar 0
says err "--bar belongs to a PCI address"
expect 2 "$bin" match nic0 accel --bar 0 --config "$configs/p2p-vfio.yaml" --from made-pix.json
expect 2 "$bin" match soft0 00:00.0 --try
says err "wants --bar N"
expect 3 "$bin" match mlx5_9 1a:00.0 --from made-pix.json
says err "did you mean 'mlx5_0'?"
expect 3 "$bin" match mlx5_0 99:00.0 --from made-pix.json
says err "no device '99:00.0'"
expect 2 "$bin" match nic0 acel --config "$configs/p2p-vfio.yaml" --from made-pix.json
says err "did you mean 'accel'?"
expect 2 "$bin" match nic0 accel --config nowhere.yaml --from made-pix.json
expect 2 "$bin" match soft0 memfd --qd 4
says err "match does not use --qd"
expect 2 "$bin" run --try
says err "run does not use --try"
expect 2 "$bin" list memory --from nowhere.json
says err "No such file"
expect 2 "$bin" list devices --from made-pix.json
says err "--from belongs to list memory"
expect 2 "$bin" tph-expect
says err "of which config?"
expect 2 "$bin" tph-expect nowhere.yaml
expect 2 "$bin" tph-expect "$configs/tph-soft.yaml" "$configs/tph-soft.yaml"
says err "one file at a time"
exit 0
