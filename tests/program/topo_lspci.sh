#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# topo_lspci.sh PYTHON BINARY EXPAND MACHINES: registers are read as lspci reads them: of the lab's machines, of those
# written from facts, and of this one.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
python=$1 bin=$2 expand=$3 machines=$4
as_lspci=$(dirname -- "$0")/as_lspci.py

# compare LSPCI MACHINE LEAST: so many facts at least must have been found to compare
compare() {
	expect 0 "$bin" topo --json ${2:+--from "$2"}
	mv out ours.json
	"$python" "$as_lspci" compare "$1" ours.json >facts || { cat facts && die "${2:-this machine}: not as lspci has it"; }
	[ "$(cat facts)" -ge "$3" ] || die "${2:-this machine}: only $(cat facts) facts compared"
	echo "${2:-this machine}: $(cat facts) facts"
}

for m in lab-switch lab-cxl-switch lab-cxl-switch+acs lab-numa lab-numa+acs lab-nvme-pmr+tph lab-nvme-pmr+tph-ext; do
	mkdir "$m"
	"$expand" "$machines/$m" "$m" || die "cannot expand $m"
	compare "$machines/$m/lspci.txt" "$m" 30
done

command -v lspci >/dev/null || { echo "SKIP: of made machines and this one: no lspci here" && exit 0; }
for m in pix pix+acs pix+egress tags vfs gen6 two-sockets domains; do
	"$python" "$as_lspci" dump "$machines/made-$m.json" >dump.txt
	lspci -F dump.txt -D -vvv >lspci.txt 2>err || die "lspci -F of made-$m.json: $(cat err)"
	compare lspci.txt "$machines/made-$m.json" 20
done

if [ "$(id -u)" = 0 ] && lspci -D -vvv >lspci.txt 2>err && [ -s lspci.txt ]; then
	compare lspci.txt "" 0
else
	echo "SKIP: this machine: lspci shows nothing, or not as root"
fi
