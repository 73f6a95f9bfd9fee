#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Whole runs in which the way to a BAR is not a matter of course: chosen, fallen back from, taken away in mid-window. The
# kernel and the NIC's driver are the fakes'.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$1
export FAKE_MACHINE="$2/made-group.json" FAKE_SYSFS="$tmp/sysfs" FAKE_KERNEL=tables

config() { # SWEEPS
	cat >c.yaml <<YAML
version: 1
nics: {n: {device: mlx5_0}}
memory:
  bar: {kind: vfio, device: pci/0000:1a:00.0, bar: 0, ranges: [{offset: 0, length: 256K}]}
defaults: {nic: n, target: bar, op: write, size: 64, rounds: 2, window: 1ms}
sweeps: $1
YAML
}

importer() { # DRIVER STATUS DIRECTORY [OPTIONS]
	driver=$1 status=$2 dir=$3
	shift 3
	rm -rf "$FAKE_SYSFS"
	FAKE_NICS="mlx5_0=$driver" expect "$status" "$bin" run --quiet c.yaml -o "$dir" "$@"
}

# values DIRECTORY STATUS NAME: the distinct values of a column in the rows of a status
values() {
	awk -F, -v status="$2" -v name="$3" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["status"] == status { print $at[name] }' "$1/rounds.csv" | sort -u | tr '\n' ' '
}

# What was asked stays in the key, what was used stands beside it.
config '[{name: a, interconnect: [auto, main, bounce]}]'
importer mlx5 0 auto
[ "$(values auto ok interconnect)" = "auto bounce main " ] || die "asked: $(values auto ok interconnect)"
[ "$(values auto ok interconnect_used)" = "bounce main " ] || die "used: $(values auto ok interconnect_used)"
says auto/run.json '"outcome": "worked"'

# A driver that imports no dma-bufs: skipped with the class, or by the bounce where that is allowed.
importer rxe 0 rxe
[ "$(values rxe ok interconnect)" = "bounce " ] || die "rxe: $(values rxe ok interconnect)"
case $(grep ,skipped, rxe/rounds.csv) in
*"ineligible"*) ;;
*) die "rxe: skipped $(grep ,skipped, rxe/rounds.csv)" ;;
esac
importer rxe 4 rxe-strict --strict
config '[{name: a, interconnect: auto, fallback: bounce}]'
importer rxe 0 back
[ "$(values back ok interconnect_used)" = "bounce " ] || die "fallback: $(values back ok interconnect_used)"
case $(values back ok flags) in
*fallback*) ;;
*) die "fallback: flags $(values back ok flags)" ;;
esac
config '[{name: a, interconnect: auto}]'
importer rxe 3 none
says err ineligible
importer mlx5,unreachable 3 unreachable
says err EINVAL

# Taken away in mid-window, as asked: no failure. What it takes to go on is the importer's.
for how in reset memory_off close; do
	config "[{name: r, revoke: $how, window: 5ms}]"
	importer mlx5 0 "mlx5-$how"
	importer irdma 0 "irdma-$how"
	for d in mlx5 irdma; do
		[ "$(column "$d-$how/rounds.csv" status | sort | uniq -c | tr -s ' ')" = " 3 revoked" ] ||
			die "$d $how: $(column "$d-$how/rounds.csv" status)"
		case $how-$d-$(values "$d-$how" revoked reason) in
		close-*"opened anew"* | *-mlx5-*"same MR"* | *-irdma-*"re-registration"*) ;;
		*) die "$d $how: $(values "$d-$how" revoked reason)" ;;
		esac
	done
done
