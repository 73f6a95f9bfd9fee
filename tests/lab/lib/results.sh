# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh
#
# What leaves the VM for the user: the results of a p2pbench run, and machines as fixtures.

# The machines that tests/fixtures/machines holds.
captured="switch nvme-pmr nvme-pmr+tph nvme-pmr+tph-ext cxl-switch cxl-switch+acs
	numa numa+zen numa+acs numa+acs+zen"

sweep_limit=7200	# seconds, for a whole sweep

# results_run TOPOLOGY CONFIG [ARGUMENT...]: p2pbench run in the VM, as if here. Ends with
# p2pbench's own status.
results_run() {
	run_topology=$1 config=$2
	shift 2
	[ -e "$build/p2pbench/p2pbench" ] ||
		die_machine "there is no p2pbench to run: the project has no CMakeLists.txt"
	printf '%s\n' run "/lab/$(basename "$config")" "$@" >"$LAB/args"
	limit=${limit:-$sweep_limit}
	vm_run "$run_topology" p2pbench "$config" "$LAB/args" >&2
	count_checks >&2
	[ -e "$out/p2pbench-exit" ] || die 1 "p2pbench did not run; all that was written is in $out"
	cat "$out/stdout"
	results_fetch
	[ "$boot_failed" = 0 ] || die 1 "the guest's kernel complained (above): do not trust this run"
	return "$(cat "$out/p2pbench-exit")"
}

results_fetch() {
	[ -n "$(ls -A "$out/cwd")" ] || return 0
	cp -R "$out/cwd/." .
	say "copied here: $(cd "$out/cwd" && find . -type f | sed 's,^\./,,' | tr '\n' ' ')"
}

# results_capture [TOPOLOGY...]: one boot a machine
results_capture() {
	if [ $# = 0 ]; then
		# shellcheck disable=SC2086 # words
		set -- $captured
	fi
	for captured_topology; do
		topology_check "$captured_topology"
		vm_run "$captured_topology" capture
		count_checks
		add_checks
		results_store "$project/tests/fixtures/machines/lab-$captured_topology"
	done
	summary
}

results_store() {
	rm -rf "$1"
	mkdir -p "$1"
	cp "$out"/machine/* "$1/"
	say "stored: $(du -sh "$1" | cut -f1) in $1"
}
