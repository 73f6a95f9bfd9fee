# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh disable=SC2154,SC2086 # guest's words without blanks
#
# The VM's BARs as memory of a p2pbench config. Those of NVMe devices are persistent memory regions: BAR 4,
# switched on by PMRCTL, which every reset clears.

nth_bar() { echo $BARS | cut -d' ' -f$1; }

# bar_of FUNCTION: which BAR, and what has to be written after a reset
bar_of() {
	case $(cat /sys/bus/pci/devices/$1/device) in
	0x1110) echo "bar: 2" ;;
	*) echo "bar: 4, init: [{bar: 0, offset: 0xe04, bytes: 4, value: 1}]" ;;
	esac
}

# bar_memory FUNCTION OFFSET:LENGTH[,OFFSET:LENGTH...] [MORE]: a memory in YAML
bar_memory() {
	ranges=$(echo "$2" | sed 's/\([^:,]*\):\([^:,]*\)/{offset: \1, length: \2}/g')
	echo "{kind: vfio, device: pci/$1, $(bar_of $1), ranges: [$ranges]${3:+, $3}}"
}

# mrs FIELD...: those fields of every region p2pbench has had imported, as the analyzer has it
mrs() {
	awk -v fields="$*" '
		/comm=p2pbench/ {
			n = split(fields, f, " ")
			line = ""
			for (i = 1; i <= n; i++)
				for (j = 1; j <= NF; j++)
					if (index($j, f[i] "=") == 1) line = line (i > 1 ? " " : "") substr($j, length(f[i]) + 2)
			print line
		}' /sys/kernel/debug/p2plab_rxe/mrs
}
