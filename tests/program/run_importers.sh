#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Whole runs with the importing drivers of fakes/fakeverbs.h on a BAR of the fake kernel's: who moves data, who
# refuses with which word, what the driver is known to have switched on, and DMA handles on host memory.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$1
export FAKE_MACHINE="$2/made-group.json" FAKE_SYSFS="$tmp/sysfs" FAKE_KERNEL=tables,20=v9

cat >tags.yaml <<'EOF'
version: 1
nics: {n: {device: mlx5_0}}
memory:
  bar: {kind: vfio, device: pci/0000:1a:00.0, bar: 0, ranges: [{offset: 0, length: 1M}], tph_feature: {index: 20, layout: v6}}
sweeps: [{name: s, nic: n, op: write, target: bar, size: 64, cases: [{tph: none}, {tph: exporter, st: [0x10, 0xf0], ph: 2}]}]
EOF

# importer DRIVER CONFIG DIRECTORY STATUS: run it
importer() {
	rm -rf "$FAKE_SYSFS"
	FAKE_NICS="mlx5_0=$1" expect "$4" "$bin" run --quiet "$2" --rounds 6 -D 1ms -o "$3"
}

# evidence DIRECTORY TPH: words of tph_evidence in the settled rows with tph TPH
evidence() {
	settled "$1/rounds.csv" >"$1.csv"
	column "$1.csv" tph >"$1.tph"
	column "$1.csv" tph_evidence | paste -d' ' "$1.tph" - | sed -n "s/^$2 //p" | sort -u
}

importer mlx5 tags.yaml mlx5 0
[ "$(evidence mlx5 exporter)" = driver ] || die "mlx5: the dump shows the tags"
[ "$(evidence mlx5 none)" = none ] || die "mlx5: no tag, no evidence"

# What the user saw on an analyzer, and only that.
printf '# of the 17th\n[{when: {target: bar, st: 0xf0, ph: 2}, note: capture 17}]\n' >seen
rm -rf "$FAKE_SYSFS"
FAKE_NICS=mlx5_0=mlx5 expect 0 "$bin" run --quiet tags.yaml --tph-note seen --rounds 6 -D 1ms -o noted
[ "$(evidence noted exporter | tr '\n' ' ')" = "analyzer driver " ] || die "noted: $(evidence noted exporter)"
[ "$(evidence noted none)" = none ] || die "no tag was seen on plain points"
says noted/run.json 'capture 17'
expect 2 "$bin" run --quiet tags.yaml --tph-note tags.yaml
says err 'list in brackets'
expect 2 "$bin" run --quiet tags.yaml --tph-note none-such
printf '[{when: {st: 0xf0}}]' >half
expect 2 "$bin" check tags.yaml --tph-note half
says err 'what was seen'
importer irdma tags.yaml irdma 0
[ "$(evidence irdma exporter)" = none ] || die "irdma: has no tags and says nothing"
importer mlx5,unreachable tags.yaml path 3
says err EINVAL
for driver in efa bnxt_re rxe; do
	importer $driver tags.yaml $driver 3
	says err EOPNOTSUPP
done

printf 'version: 1\nnics: {n: {device: mlx5_0}}\nmemory: {m: {kind: host}}\nsweeps: [{name: s, nic: n, op: write, target: m, size: 64, cases: [{tph: none}, {tph: dmah, ph: 1}, {tph: dmah, ph: 2, tph_cpu: 0, tph_mem: vm}]}]\n' >dmah.yaml
importer mlx5 dmah.yaml dmah 0
[ "$(evidence dmah dmah)" = driver ] || die "dmah: the dump shows the handle's"
importer irdma dmah.yaml no-dmah 0
says no-dmah/rounds.csv skipped
says no-dmah/rounds.csv ibv_alloc_dmah
