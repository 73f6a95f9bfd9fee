#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# vfio_program.sh PROGRAM MACHINES: the whole program on a kernel that has devices bound to vfio-pci, on features that may
# be asked to take tags, and on what stands at the same number in other kernels. The program ends with 99 when
# one of those was told to do anything.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$1
export FAKE_MACHINE="$2/made-group.json"

tags="  - {name: tags, nic: n, op: write, target: accel, size: 64, rounds: 2, window: 1ms, tph: exporter, st: 240, ph: 2}"

config() { # DEVICE RANGES [SWEEPS]
	cat >v.yaml <<CONFIG
version: 1
nics: {n: {device: soft0}}
memory:
  accel:
    kind: vfio
    device: pci/0000:$1
    bar: 0
    ranges: [$2]
    tph_feature: {index: 20, layout: v6}
sweeps:
${3:-$tags}
CONFIG
}

run() { # STATUS KERNEL
	rm -rf o
	FAKE_KERNEL=$2 expect "$1" "$bin" run v.yaml --quiet -o o
}

# values FILE STATUS NAME: the distinct values of a column in the rows of a status; "-" = empty
values() {
	awk -F, -v status="$2" -v name="$3" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["status"] == status { print $at[name] == "" ? "-" : $at[name] }' "$1" | sort -u | tr '\n' ' '
}

# Plain and tagged, by group and container; what the device counted is what was asked for.
config 1a:00.0 "{offset: 0, length: 1M}, {offset: 4M, length: 1M}" \
	"  - {name: plain, nic: n, op: [write, read], target: accel, size: [64, 4K], rounds: 2, window: 1ms}
  - {name: tags, nic: n, op: write, target: accel, size: 64, rounds: 2, window: 1ms, tph: exporter, st: [1, 2, 240], ph: 2}"
run 0 20=v9,tables
[ "$(values o/rounds.csv ok st)" = "- 1 2 240 " ] || die "tags: $(values o/rounds.csv ok st)"
[ "$(values o/rounds.csv ok tph_evidence)" = "counter none " ] || die "evidence: $(values o/rounds.csv ok tph_evidence)"
[ -z "$(values o/rounds.csv skipped st)" ] || die "skipped: $(values o/rounds.csv skipped reason)"
config 1a:00.0 "{offset: 0, length: 64K}"
run 0 20=v7
[ "$(values o/rounds.csv ok st)" = "- 240 " ] || die "v7: tags $(values o/rounds.csv ok st)"

# What is not that feature gets no tags, and nothing happens to it; plain points go on.
# v6 asks whether the target is a requester of TPH; this one is not.
for other in unknown zpci-error revoke memattr v2 v3 v4 v5 v6; do
	run 0 "20=$other"
	[ "$(values o/rounds.csv ok st)" = "- " ] || die "$other: tags $(values o/rounds.csv ok st)"
	[ "$(values o/rounds.csv skipped st)" = "240 " ] || die "$other: skipped $(values o/rounds.csv skipped st)"
	case $(values o/rounds.csv skipped reason) in
	*"not DMA_BUF_TPH of layout v6"*) ;;
	*) die "$other: $(values o/rounds.csv skipped reason)" ;;
	esac
done
# A kernel that shows its symbols and has not this one is not even asked.
run 0 20=v9,no-symbol
[ "$(values o/rounds.csv ok st)" = "- " ] || die "no-symbol: tags $(values o/rounds.csv ok st)"

# What the kernel answers, and what to do about it
run 3 no-dmabuf
says err "Linux 6.19"
run 3 no-group
says err "/dev/vfio/vfio: ENOENT"
config 1a:00.0 "{offset: 64G, length: 4K}"
run 3 ""
says err "within the BAR"
config 19:00.0 "{offset: 0, length: 1M}"
run 3 ""
says err "IOMMU group 9"
says err "0000:18:00.0 (mlx5_core)"
config 1b:00.0 "{offset: 0, length: 4K}"
run 3 ""
says err "bound to nvme"
says err "scripts/vfio-bind bind 0000:1b:00.0"
config 99:00.0 "{offset: 0, length: 4K}"
run 3 ""
says err "99:00.0"
