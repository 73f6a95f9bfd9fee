#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# run_two_nics.sh FAKE MACHINES: NIC to NIC on one host, between fakes and between software devices, with host memory or a
# BAR at either end and at both: everything is verified, also a source that no CPU may read.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$1
export FAKE_MACHINE="$2/made-group.json" FAKE_SYSFS="$tmp/sysfs" FAKE_KERNEL=tables,20=v9 FAKE_NICS="mlx5_0=mlx5 mlx5_1=mlx5"

# config DEVICE DEVICE: NICs a and b, and two slices of one BAR
config() {
	cat <<EOF
version: 1
nics: {a: {device: $1}, b: {device: $2}}
memory:
  theirs: {kind: vfio, device: "pci/0000:1a:00.0", bar: 0, ranges: [{offset: 0, length: 64K}]}
  ours: {kind: vfio, device: "pci/0000:1a:00.0", bar: 0, ranges: [{offset: 64K, length: 64K}]}
defaults: {nic: a, size: 4K, rounds: 1, window: 1ms}
EOF
}

# values DIR COLUMN: those of its rows that were measured
values() {
	awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
		$c["status"] ~ /^(ok|warmup)$/ { print $c[name] }' "$1/rounds.csv" | sort -u | tr '\n' ' '
}

good() { # DIR: no row but good ones and those whose window a busy machine spoilt
	column "$1/rounds.csv" status | grep -v -x -e ok -e warmup -e void -e skipped >bad &&
		die "$1: rows with status $(sort -u bad | tr '\n' ' ')"
	column "$1/rounds.csv" flags | grep -q unverified && die "$1: rows are not verified"
	:
}

{
	config mlx5_0 mlx5_1
	cat <<EOF
sweeps:
  - {name: bw, peer_nic: b, op: [write, read, send], target: [host, theirs], source: [host, ours]}
  - {name: both, peer_nic: b, op: write, qps: 2, dir: bidi, target: [host, theirs], source: [host, ours]}
  - {name: atomic, peer_nic: b, op: [fetch_add, cmp_swap], size: 8, target: [host, theirs], source: [host, ours]}
  - {name: lat, peer_nic: b, measure: lat, op: [read, write_fence], target: theirs, source: ours}
  - {name: echo, peer_nic: b, measure: lat, op: pingpong, target: host}
  - {name: back, nic: b, peer_nic: a, op: write, target: theirs, source: ours}
  - {name: loop, op: [write, read], target: theirs, source: ours}
  - {name: same, peer_nic: a, op: [write, read], target: theirs, source: ours}
  - {name: detour, peer_nic: b, op: write, target: theirs, interconnect: bounce}
  - {name: reg, peer_nic: b, measure: reg, target: theirs}
EOF
} >two.yaml
expect 0 "$bin" run two.yaml -o two
says err "mlx5_0 port 1, GID"
says err " -> mlx5_1 port 1, GID"
good two
[ "$(values two peer_nic)" = " a b " ] || die "peer_nic: $(values two peer_nic)"
[ "$(values two net)" = "none roce " ] || die "net: $(values two net)"
[ "$(values two evidence)" = "emulated " ] || die "evidence: $(values two evidence)"
[ "$(values two source)" = "host ours " ] || [ "$(values two source)" = " host ours " ] || die "source: $(values two source)"
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
	($c["peer_nic"] == "" || $c["peer_nic"] == $c["nic"]) != ($c["net"] == "none") { exit 1 }' two/rounds.csv ||
	die "traffic inside a NIC and between two are taken for each other"
[ "$(column two/canary.csv nic | sort -u | tr '\n' ' ')" = "a a:b b:a " ] || die "the canary watches each pair"
says two/run.json '"peer": null'

# What the CPU would have to read or write there, and what is one and the same memory.
{
	config mlx5_0 mlx5_1
	cat <<EOF
sweeps:
  - {name: ok, op: write, target: host}
  - {name: echo, measure: lat, op: pingpong, target: host, source: ours}
  - {name: inline, op: write, inline: 1, size: 64, target: host, source: ours}
  - {name: same, op: write, target: theirs, source: theirs}
  - {name: detour, op: write, target: theirs, source: ours, interconnect: bounce}
EOF
} >not.yaml
expect 0 "$bin" run not.yaml --quiet -o not
for why in "cannot poll a source of kind vfio" "the CPU would read the source" "source and target are the same bytes" \
	"bounce with a source of kind vfio"; do
	says not/rounds.csv "$why"
done

# A device that is the software's own at one end only is no pair.
{
	config soft0 mlx5_1
	echo 'sweeps: [{name: s, peer_nic: b, op: write, target: host}]'
} >mixed.yaml
expect 3 "$bin" run mixed.yaml -o never

# Two software devices.
{
	config soft0 soft0
	cat <<EOF
sweeps:
  - {name: bw, peer_nic: b, op: [write, read, send, write_imm], target: host, qps: 2}
  - {name: atomic, peer_nic: b, op: [fetch_add, cmp_swap], size: 8, target: host}
  - {name: lat, peer_nic: b, measure: lat, op: [read, write_fence], target: host}
  - {name: source, peer_nic: [a, b], op: [write, read], target: host, source: ours}
EOF
} >soft.yaml
expect 0 "$bin" run soft.yaml --quiet -o soft
good soft
[ "$(values soft net)" = "none " ] || die "net of software devices: $(values soft net)"
[ "$(values soft evidence)" = "software " ] || die "evidence of software devices"
