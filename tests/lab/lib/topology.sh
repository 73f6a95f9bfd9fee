# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh
#
# Topologies are data: a name like numa+acs+zen is the file numa of tests/lab/topologies
# followed by the modifiers +acs and +zen. The format is described in the file "switch".

topology_files() { echo "$1" | sed 's/+/ +/g'; }

topology_check() {
	for file in $(topology_files "$1"); do
		[ -f "$here/topologies/$file" ] ||
			die_usage "no topology or modifier \"$file\"; there are: $(cd "$here/topologies" && echo *)"
	done
}

# topology_lines NAME: its lines without comments
topology_lines() {
	for file in $(topology_files "$1"); do
		grep -v '^#' "$here/topologies/$file"
	done
}

# topology_get NAME KEY DEFAULT: the last value of a key that is not a QEMU option
topology_get() {
	topology_lines "$1" | awk -v key="$2" -v value="$3" '$1 == key { value = $2 } END { print value }'
}

# Words for the guest's kernel command line.
topology_words() {
	topology_lines "$1" | awk '$1 == "kernel" { print $2 }
		$1 == "classes" { print "lab.classes=" $2 }'
}
