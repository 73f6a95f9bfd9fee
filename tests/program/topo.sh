#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What `topo` and `limit --route` print about the machines of the fixtures, to the letter; and bad input.
# `topo.sh BINARY EXPAND MACHINES GOLDEN --update` writes the golden texts instead, to be reviewed as a diff.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$1 expand=$2 machines=$3 golden=$4 update=${5-}

# golden NAME ARGUMENT...: the output of the program must be NAME.txt; of a plan what it says of the machine
golden() {
	name=$1
	shift
	expect 0 "$bin" "$@"
	[ "$1" != plan ] || { sed -n '/^machine/,/^points/p' out >part && mv part out; }
	[ -z "$update" ] || cp out "$golden/$name.txt"
	diff -u "$golden/$name.txt" out >diff.txt || { cat diff.txt && die "$name: differs from $golden/$name.txt: $*"; }
}

cp "$machines"/made-*.json .
for m in lab-switch lab-cxl-switch lab-numa lab-numa+acs lab-numa+acs+zen lab-nvme-pmr+tph-ext; do
	mkdir "$m"
	"$expand" "$machines/$m" "$m" || die "cannot expand $m"
done
cp "$machines/lab-numa/lstopo.xml" lab-numa.xml
cp -R lab-numa+acs user
find user -name config | while read -r f; do head -c 64 "$f" >short && cp short "$f"; done

for m in lab-switch lab-cxl-switch lab-numa lab-numa+acs lab-numa+acs+zen lab-nvme-pmr+tph-ext user lab-numa.xml; do
	golden "matrix-$m" topo --from "$m"
done
golden tree-lab-numa+acs topo --tree --from lab-numa+acs
golden tree-user topo --tree --from user
golden tree-lab-numa.xml topo --tree --from lab-numa.xml
for target in 24:00.0 27:00.0 28:00.0 41:00.0 81:00.0; do
	for m in lab-numa lab-numa+acs lab-numa+acs+zen; do
		golden "route-$m-${target%%:*}" topo --from "$m" --route eth0 "$target"
	done
done
golden route-user-24 topo --from user --route eth0 pci/0000:24:00.0
golden route-user-28 topo --from user --route eth0 28:00.0
golden route-xml-24 topo --from lab-numa.xml --route eth0 24:00.0
golden route-self topo --from lab-numa --route eth0 eth0
golden route-lab-switch topo --from lab-switch --route eth0 "$(awk 'NR == 1 { print $3 }' "$machines/lab-switch/reach.txt")"
golden limit-write limit --explain --from lab-numa --route eth0 24:00.0 size=1M tph=16
golden limit-zen limit --explain --from lab-numa+acs+zen --route eth0 24:00.0 op=read typical=1
golden limit-user limit --from user --route eth0 24:00.0

for m in pix pix+egress degraded; do
	golden "route-$m" topo --from "made-$m.json" --route mlx5_0 19:00.0
done
for m in pix+acs gen6 no-prefix root-port-8; do
	golden "route-$m" topo --from "made-$m.json" --route mlx5_0 1a:00.0
done
golden route-vf topo --from made-vfs.json --route mlx5_1 44:00.2
golden route-data-direct topo --from made-data-direct.json --route mlx5_0 0002:04:00.0
golden matrix-data-direct topo --from made-data-direct.json
golden tree-data-direct topo --tree --from made-data-direct.json
golden route-ports topo --from made-ports.json --route rxe0 19:00.0
says err "rxe0 is an emulated NIC (software) above ens4, 0000:34:00.0"
golden route-port topo --from made-ports.json --route mlx5_0 19:00.0
golden route-two-sockets-zen topo --from made-two-sockets-zen.json --route mlx5_0 84:00.0
golden route-two-sockets-haswell topo --from made-two-sockets-haswell.json --route mlx5_0 31:00.0
for m in two-sockets domains no-numa degraded vfs; do
	golden "matrix-$m" topo --from "made-$m.json"
	golden "tree-$m" topo --tree --from "made-$m.json"
done

# What a plan is worth on a machine that is not here.
cat >p2p.yaml <<'YAML'
version: 1
name: p2p
nics:
  nic0: {device: mlx5_0}
  nic1: {device: mlx5_1}
  soft: {device: soft0}
memory:
  accel: {kind: vfio, device: pci/0000:19:00.0, bar: 0, ranges: [{offset: 0, length: 16M}]}
  gone: {kind: vfio, device: pci/0000:f9:00.0, bar: 0, ranges: [{offset: 0, length: 16M}]}
  host: {kind: host, numa: near, length: 16M}
sweeps:
  - {name: bw, measure: bw, nic: [nic0, nic1], op: [write, read, fetch_add], target: [accel, host, gone], size: 8, qps: 9,
     threads: [1, 9]}
  - {name: big, measure: bw, nic: nic0, op: write, target: [accel, host], size: 1M, dir: [uni, bidi], qps: 2,
     interconnect: [main, data_direct], cpu: [near, far, 3]}
  - {name: peers, measure: bw, nic: nic0, peer_nic: nic1, op: [write, read], target: [accel, host], size: 1M}
  - {name: soft, measure: bw, nic: soft, op: write, target: host, size: 1M}
YAML
for m in ports pix+acs two-sockets user; do
	golden "plan-$m" plan -v --from "made-$m.json" p2p.yaml
done
sed 's/mlx5_0/eth0/; s/0000:19:00.0/0000:24:00.0/' p2p.yaml >xml.yaml
golden plan-lab-numa.xml plan -v --from lab-numa.xml xml.yaml
expect 2 "$bin" plan --from nowhere.json p2p.yaml
says err "No such file"
expect 2 "$bin" run --from made-pix.json p2p.yaml
says err "run does not use --from"

# A saved machine answers as the machine; without names it has none.
expect 0 "$bin" topo --from lab-numa+acs --save machine.json
says err "machine.json: 26 PCI functions"
expect 0 "$bin" topo --from machine.json --route eth0 24:00.0
diff out "$golden/route-lab-numa+acs-24.txt" || die "the saved machine differs"
expect 2 "$bin" topo --from lab-numa --save machine.json
says err "never written to"
expect 0 "$bin" topo --from lab-numa --save nameless.json --no-names
grep -q eth0 nameless.json && die "--no-names kept a name"
expect 0 "$bin" topo --from nameless.json
says out "23:00.0  X "
expect 0 "$bin" topo --from user --save user.json
says err "save it as root"

sed 's/"iommu_group": "[0-9]*"/"iommu_group": "9"/' nameless.json >group.json
golden route-same-group topo --from group.json --route 23:00.0 24:00.0

# Errors that AER counted.
cp -R lab-numa errors
port=errors/sys/devices/pci0000:20/0000:20:00.0/0000:21:00.0/0000:22:00.0
printf 'BadTLP 3\nTOTAL_ERR_COR 12\n' >$port/aer_dev_correctable
expect 0 "$bin" topo --from errors --route eth0 24:00.0
says out "12 corrected errors"
expect 0 "$bin" topo --from errors --save errors.json --quiet
printf 'TOTAL_ERR_FATAL 1\n' >$port/aer_dev_fatal
expect 0 "$bin" topo --from errors --route eth0 24:00.0
says out "1 fatal errors"
expect 0 "$bin" topo --from errors.json --route eth0 24:00.0
says out "12 corrected errors"

# Documents.
expect 0 "$bin" topo --from lab-numa+acs --json
if command -v python3 >/dev/null; then
	python3 - out <<'PY' || die "JSON is not what was meant"
import json, sys
j = json.load(open(sys.argv[1]))
assert j["schema"] == 1 and len(j["functions"]) == 26 and len(j["pairs"]) == 6
p = [p for p in j["pairs"] if p["target"] == "0000:24:00.0"][0]
assert (p["class"], p["route"], p["tph_bits"]) == ("PIX", "none", 0)
f = {f["address"]: f for f in j["functions"]}
assert f["0000:22:00.0"]["acs"]["control"] == 0x1d and f["0000:22:00.0"]["link"] is None
assert f["0000:21:00.0"]["acs"] is False and f["0000:21:00.0"]["link"]["now"] == "2.5 GT/s x1"
assert f["0000:23:00.0"]["express"]["mps"] == 128 and f["0000:23:00.0"]["iommu_group"] == 15
PY
	expect 0 "$bin" topo --from user --json
	python3 -c 'import json; f = json.load(open("out"))["functions"][16]; assert f["acs"] is f["tph"] is f["express"] is None' ||
		die "unknown facts are not null"
	expect 0 "$bin" topo --from lab-numa --json --route eth0 27:00.0
	python3 -c 'import json,sys; p = json.load(open("out"))["pairs"]; assert len(p) == 1 and p[0]["write"]["limit_source"] == "cfg"' ||
		die "JSON of a route"
	expect 0 "$bin" topo --from lab-numa --svg --route eth0 27:00.0
	python3 -c 'import xml.dom.minidom as m; t = m.parse("out"); assert len(t.getElementsByTagName("polyline")) > 10' ||
		die "SVG is not XML"
	says out 'class="way narrow"'
	sed 's/"net": "eth0"/"net": "<\&\\"e"/' machine.json >hostile.json
	expect 0 "$bin" topo --from hostile.json --svg
	python3 -c 'import xml.dom.minidom as m; m.parse("out")' || die "SVG does not escape names"
fi

# Product data, ports, emulated RDMA devices, the node of VFIO: sysfs has them where the saved file does.
if command -v python3 >/dev/null; then
	for m in ports data-direct vfs; do
		python3 "$machines/../make_machines.py" tree "made-$m.json" "tree-$m" || die "no tree of made-$m.json"
		"$bin" topo --json --from "made-$m.json" >file.json || die "--json of made-$m.json"
		"$bin" topo --json --from "tree-$m" >tree.json || die "--json of its tree"
		python3 -c 'import json, sys
a, b = (json.load(open(p)) for p in sys.argv[1:])
sys.exit(a["functions"] != b["functions"] or a["pairs"] != b["pairs"])' file.json tree.json || die "made-$m.json: the tree differs"
	done
	expect 0 "$bin" topo --from tree-ports --route siw0 19:00.0
	says err "siw0 is an emulated NIC"
fi

# What hwloc lists must hang where ours does and be of the same class.
as_hwloc() { # OURS.json HWLOC.json
	python3 -c 'import json, sys
a, b = ({f["address"]: f for f in json.load(open(p))["functions"]} for p in sys.argv[1:])
bad = [x for x in b if x not in a or a[x]["above"] != b[x]["above"] or a[x]["class"] >> 8 != b[x]["class"] >> 8]
print(bad or len(b))
sys.exit(bool(bad))' "$1" "$2" || die "not as hwloc has it"
}
if command -v python3 >/dev/null; then
	for m in lab-switch lab-cxl-switch lab-numa lab-nvme-pmr+tph-ext; do
		"$bin" topo --json --from "$m" >ours.json || die "--json of $m"
		"$bin" topo --json --from "$machines/$m/lstopo.xml" >hwloc.json || die "--json of its XML"
		as_hwloc ours.json hwloc.json
	done
	if command -v lstopo-no-graphics >/dev/null && lstopo-no-graphics --of xml --whole-io here.xml; then
		"$bin" topo --json >ours.json || die "--json of this machine"
		"$bin" topo --json --from here.xml >hwloc.json || die "--json of its XML"
		as_hwloc ours.json hwloc.json
	else
		echo "this machine: no lstopo to compare with"
	fi
fi

# Machines with little in them.
mkdir -p vm/sys empty
expect 0 "$bin" topo --from vm
says out "no PCI functions"
expect 0 "$bin" topo --tree --from vm
expect 0 "$bin" topo --svg --from vm
expect 0 "$bin" topo --json --from vm
expect 3 "$bin" topo --from vm --route eth0 24:00.0
says err "it has no NIC and no target"

expect 3 "$bin" topo --from lab-numa --route eth1 24:00.0
says err "did you mean 'eth0'?"
expect 3 "$bin" topo --from lab-numa --route eth0 accel
says err "there are: eth0, 24:00.0"
expect 3 "$bin" limit --from lab-numa --route eth0 28:00.0
says err "the kernel refuses"
expect 2 "$bin" topo --from nowhere.json
says err "nowhere.json: No such file"
expect 2 "$bin" topo --from empty
says err "has no directory sys"
echo '{"functions": [}' >junk.json
expect 2 "$bin" topo --from junk.json
says err "junk.json:1:"
expect 2 "$bin" topo --route eth0
says err "wants a NIC and one target"
expect 2 "$bin" topo eth0 24:00.0
says err "--route NIC TARGET"
expect 2 "$bin" topo --tree --svg
says err "one of --tree"
expect 2 "$bin" topo --no-names
says err "belongs to --save"
expect 2 "$bin" run --tree
says err "run does not use --tree"
expect 2 "$bin" limit --from lab-numa gen=5
says err "--from belongs to --route"
expect 2 "$bin" limit --from lab-numa --route eth0 24:00.0 gen=5
says err "gen is read from the machine"
expect 2 "$bin" limit --from lab-numa --route eth0
says err "wants a NIC and a target"
exit 0
