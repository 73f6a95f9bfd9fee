#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What `doctor` prints about the machines of the fixtures, to the letter; its script, with stand-ins for what it would
# run; this machine, and this machine with less and less of it visible; bad input.
# `doctor.sh BINARY EXPAND MACHINES GOLDEN --update` writes the golden texts instead.
# shellcheck disable=SC2016
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$1 expand=$2 machines=$3 golden=$4 update=${5-}

narrow() {
	awk 'length > 80 { print FILENAME ": " $0; exit 1 }' out || die "$1: a line is longer than 80 columns"
	! grep -q "$(printf '\033')" out || die "$1: colour, but no terminal"
}

# golden NAME STATUS ARGUMENT...: the output of the program must be NAME.txt
golden() {
	name=$1 want_status=$2
	shift 2
	expect "$want_status" "$bin" doctor "$@"
	narrow "$name"
	[ -z "$update" ] || cp out "$golden/$name.txt"
	diff -u "$golden/$name.txt" out >diff.txt || { cat diff.txt && die "$name: differs from $golden/$name.txt: $*"; }
}

cp "$machines"/made-*.json .
golden pair-group 0 mlx5_0 1a:00.0 --from made-group.json
golden pair-acs 3 mlx5_0 1a:00.0 --from made-pix+acs.json
golden pair-unbound 3 mlx5_0 1b:00.0 --from made-group.json
golden pair-refused 3 mlx5_0 84:00.0 --from made-two-sockets-other.json
golden pair-user 3 mlx5_0 1a:00.0 --from made-user.json
golden pair-host 0 mlx5_0 host --from made-pix.json
golden machine 0 --from made-group.json
golden script-unbound 0 mlx5_0 1b:00.0 --fix-script --from made-group.json

# A copied tree holds more than the PCI functions.
mkdir lab
"$expand" "$machines/lab-numa+acs" lab || die "cannot expand lab-numa+acs"
mkdir -p lab/proc/sys/kernel lab/boot lab/sys/module/vfio_pci
echo 6.12.3 >lab/proc/sys/kernel/osrelease
printf 'CONFIG_PCI_P2PDMA=y\nCONFIG_VFIO_PCI=m\n' >lab/boot/config-6.12.3
expect 3 "$bin" doctor eth0 24:00.0 --from lab
narrow lab
says out "CONFIG_PCI_P2PDMA=y"
says out "CONFIG_VFIO_PCI_DMABUF is not set"
grep -q "^  ok    vfio_pci *loaded" out || die "module vfio_pci is in the tree"
says out "not in the capture"

# All pairs of a config: what two have in common is said once. An end that is not there is told of, the others judged.
cat >pairs.yaml <<'EOF'
version: 1
name: pairs
nics:
  nic0: {device: mlx5_0}
  soft: {device: soft0}
memory:
  good: {kind: vfio, device: pci/0000:1a:00.0, bar: 0, ranges: [{offset: 0, length: 1M}]}
  unbound: {kind: vfio, device: pci/0000:1b:00.0, bar: 0, ranges: [{offset: 0, length: 1M}]}
  unused: {kind: memfd, length: 1M}
defaults: {rounds: 6, op: write, size: 64, measure: bw}
sweeps:
  - {name: a, nic: nic0, target: [good, unbound]}
  - {name: b, nic: soft, target: host}
EOF
golden config 3 --config pairs.yaml --from made-group.json
[ "$(grep -c '^  ok    ats' out)" = 1 ] || die "what two pairs have in common is said twice"
says out "nic0 -> good: yes, P2P"
says out "nic0 -> unbound: not yet"
says out "soft -> host: yes"
! grep -q unused out || die "looks at a pair that no sweep uses"
expect 0 "$bin" doctor nic0 good --config pairs.yaml --from made-group.json
says out "nic0 -> good: yes, P2P"
expect 2 "$bin" doctor nic0 nobody --config pairs.yaml --from made-group.json
sed 's/mlx5_0/mlx5_9/' pairs.yaml >gone.yaml
expect 3 "$bin" doctor --config gone.yaml --from made-group.json
says err "no device 'mlx5_9'"
says out "soft -> host: yes"
[ "$(grep -c '^next' out)" = 1 ] || die "the steps are said twice"
expect 2 "$bin" doctor --config wrong.yaml
expect 2 "$bin" doctor --config pairs.yaml --fix-script --from made-group.json
says err "--fix-script is for one pair"
expect 0 "$bin" doctor nic0 good --config pairs.yaml --fix-script --from made-group.json
sh -n out || die "the script of a pair of a config is no shell script"

# --bar: the one that would be exported.
expect 0 "$bin" doctor mlx5_0 1a:00.0 --bar 0 --from made-group.json
says out "BAR 0"
expect 3 "$bin" doctor mlx5_0 1a:00.0 --bar 5 --from made-group.json
grep -q '^  FAIL  bars' out || die "a BAR that is not there is no failure"
expect 2 "$bin" doctor mlx5_0 1a:00.0 --bar 6 --from made-group.json
expect 2 "$bin" doctor mlx5_0 host --bar 0 --from made-group.json
expect 2 "$bin" doctor --bar 2
says err "--bar belongs to"

# The script: read by a shell, run with stand-ins, undone last first.
expect 0 "$bin" doctor mlx5_0 1b:00.0 --fix-script --from made-group.json
cp out fix.sh
sh -n fix.sh || die "the script is no shell script"
mkdir -p stub scripts
for tool in vfio-bind p2p-acs; do
	printf '#!/bin/sh\necho "%s $*" >>"$LOG"\n' $tool >scripts/$tool
	chmod +x scripts/$tool
done
printf '#!/bin/sh\necho 0\n' >stub/id
chmod +x stub/id
LOG=$tmp/log expect 0 env PATH="$tmp/stub:$PATH" LOG="$tmp/log" sh fix.sh apply
says log "vfio-bind bind 0000:1b:00.0 --apply"
expect 0 env PATH="$tmp/stub:$PATH" LOG="$tmp/log" sh fix.sh undo
says log "vfio-bind restore 0000:1b:00.0 --apply"
expect 2 sh fix.sh
printf '#!/bin/sh\necho 1000\n' >stub/id
expect 1 env PATH="$tmp/stub:$PATH" LOG="$tmp/log" sh fix.sh apply
says err "run it as root"
! command -v shellcheck >/dev/null || shellcheck fix.sh || die "shellcheck of the script"

# This machine, whatever it is.
expect 0 "$bin" doctor
narrow "this machine"
says out "p2pbench run"
tail -n 3 out | tr '\n' ' ' | grep -q 'works as it is' || die "no last sentence"
expect 0 "$bin" doctor --fix-script
sh -n out || die "the script of this machine is no shell script"
expect 0 "$bin" doctor soft0 memfd
says out "soft0 -> memfd: yes"
if command -v python3 >/dev/null; then
	expect 3 "$bin" doctor mlx5_0 1b:00.0 --json --from made-group.json
	python3 - <<'PY' || die "doctor --json of a pair"
import json
j = json.load(open("out"))
c = {(c["group"], c["name"]): c for c in j["checks"]}
assert j["schema"] == 1 and j["pair"] == {"nic": "mlx5_0", "target": "1b:00.0", "p2p": "not_yet"} and j["missing"]
b = c["target", "binding"]
assert b["status"] == "fail" and b["command"] and b["root"] and not b["reboot"]
assert b["fix"].startswith("scripts/vfio-bind bind") and b["undo"].startswith("scripts/vfio-bind restore")
assert c["kernel", "release"]["status"] == "skip" and c["kernel", "release"]["fix"] is None
assert len(c) == len(j["checks"]), "two checks of one name"
assert sum(j["counts"].values()) == len(j["checks"]) and j["next"] == []
PY
	expect 3 "$bin" doctor --config pairs.yaml --json --from made-group.json
	python3 -c 'import json
j = json.load(open("out"))
assert j["config"] == "pairs.yaml" and [p["pair"]["target"] for p in j["pairs"]] == ["good", "unbound", "host"]
assert [p["pair"]["p2p"] for p in j["pairs"]] == ["yes", "not_yet", "yes"]
assert j["pairs"][0]["checks"]' || die "doctor --config --json"
	expect 0 "$bin" doctor --json
	python3 -c 'import json
j = json.load(open("out"))
assert j["pair"] is None and j["next"][0]["do"] == "p2pbench run"' || die "doctor --json of this machine"
fi

# Hardware asked of a machine that has none.
if [ ! -d /sys/class/infiniband ]; then
	expect 3 "$bin" doctor --need hardware
	says out "FAIL  device"
	expect 3 "$bin" doctor mlx5_0 1a:00.0
	says err "no device 'mlx5_0'"
	says out "FAIL  device"
fi

# Less and less of the machine: a container's view, in namespaces of our own.
mkdir empty
if unshare -r -m mount --bind empty /sys/bus 2>/dev/null; then
	for hide in /sys/bus /sys/module "/proc/sys" "/sys /proc/sys" /dev; do
		# shellcheck disable=SC2086
		expect 0 unshare -r -m sh -c 'for d in $1; do mount --bind empty "$d" || exit 1; done; exec "$2" doctor' sh "$hide" "$bin"
		narrow "without $hide"
		says out "works as it is"
	done
	expect 0 unshare -r -m sh -c 'mount -o bind,ro /sys /sys 2>/dev/null; exec "$1" doctor' sh "$bin"
	says out "user namespace"
	expect 3 unshare -r -m sh -c 'mount --bind empty /sys; exec "$1" doctor --need hardware' sh "$bin"
	says out "FAIL  sysfs"
else
	echo "no user namespaces here: the view of a container is not tested"
fi
# As a user who is nobody.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null && setpriv --reuid=65534 --clear-groups test -x "$bin"; then
	expect 0 setpriv --reuid=65534 --clear-groups "$bin" doctor
	says out "uid 65534, not root"
fi

expect 2 "$bin" doctor mlx5_0
says err "wants a NIC and a target, or neither"
expect 2 "$bin" doctor a b c
expect 2 "$bin" doctor --need software
says err "one word: hardware"
expect 2 "$bin" doctor --json --fix-script
says err "one of --json and --fix-script"
expect 2 "$bin" doctor --from nowhere.json
says err "No such file"
expect 2 "$bin" doctor --qd 4
says err "doctor does not use --qd"
expect 2 "$bin" run --fix-script
says err "run does not use --fix-script"
expect 3 "$bin" doctor mlx5_9 1a:00.0 --from made-pix.json
says err "did you mean 'mlx5_0'?"
expect 3 "$bin" doctor mlx5_0 not-a-device --from made-pix.json
says err "no device 'not-a-device'"
says out "works as it is"
exit 0
