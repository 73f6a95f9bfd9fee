# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh
#
# From what boots left in $out to a verdict: the number of checks that passed, failed and
# were skipped.

modules_do_not_load=76	# guest/rc
passed=0 failed=0 skipped=0

# count_checks: adds those of the last boot. A guest status that no failed check explains
# is a failure of its own.
count_checks() {
	{ bar_checks && bar_bytes; } >>"$out/tap"
	boot_skipped=$(grep -c '^ok.*# SKIP' "$out/tap" || :)
	boot_failed=$(grep -c '^not ok' "$out/tap" || :)
	boot_passed=$(($(grep -c '^ok' "$out/tap" || :) - boot_skipped))
	status=$(cat "$out/exit")
	[ "$status" != $modules_do_not_load ] || kernel_blame "the lab's modules do not load"
	[ "$boot_failed" = 0 ] || return 0
	[ "$status" = 0 ] || boot_fails "a job ended with status $status without a failed check"
	[ "$boot_passed" != 0 ] || boot_fails "the boot made no check"
}

boot_fails() {
	echo "not ok - $1" | tee -a "$out/tap"
	boot_failed=1
}

# Texts that a job says it left in a BAR: they must be in the file behind it.
bar_checks() {
	[ -e "$out/in-bar" ] || return 0
	while read -r file at text; do
		found=$(dd if="$LAB/run/$file" bs=1 skip="$at" count=${#text} status=none)
		if [ "$found" = "$text" ]; then
			echo "ok - this machine sees $text in $file, behind the BAR"
		else
			echo "not ok - this machine sees \"$found\" in $file, not $text"
		fi
	done <"$out/in-bar"
}

# Parts of a BAR that a job says it wrote, or left as they were when the VM began: all zero.
bar_bytes() {
	[ -e "$out/in-bar-bytes" ] || return 0
	while read -r file at length what; do
		found=untouched
		[ "$(dd if="$LAB/run/$file" bs=4096 skip=$((at / 4096)) count=$((length / 4096)) status=none |
			tr -d '\0' | wc -c)" = 0 ] || found=written
		[ "$found" = "$what" ] && printf ok || printf 'not ok'
		echo " - this machine sees bytes $at to $((at + length)) of $file, behind the BAR, $found, expected $what"
	done <"$out/in-bar-bytes"
}

add_checks() {
	passed=$((passed + boot_passed))
	failed=$((failed + boot_failed))
	skipped=$((skipped + boot_skipped))
}

# A boot that has to fail is one check: that it did, by the check named last.
add_expected_failure() {
	if [ "$boot_failed" -gt 0 ]; then
		echo "ok - boot $1 failed, as it must"
		passed=$((passed + 1))
	else
		echo "not ok - boot $1 passed, but must fail"
		failed=$((failed + 1))
	fi
}

# The last line of a test; skipped checks are named only where there are some.
summary() {
	line="$passed passed, $failed failed"
	[ $skipped = 0 ] || line="$line, $skipped skipped"
	echo "$line"
	[ $failed = 0 ] && [ $passed -gt 0 ]
}

verdict_one() {
	count_checks
	add_checks
	summary
}

# verdict_suite [NAME...]: the boots of tests/lab/suite, all or those named
verdict_suite() {
	suite_check "$@"
	# not from the standard input of the loop: boots have one of their own
	while read -r name boot_topology jobs verdict <&7; do
		suite_wants "$name" "$@" || continue
		vm_run "$boot_topology" "$jobs"
		count_checks
		case $verdict in
		passes) add_checks ;;
		fails) add_expected_failure "$name" ;;
		esac
		suite_keep "$name"
	done 7<<-END
	$(suite_lines)
	END
	summary
}

suite_lines() { grep -v '^#' "$here/suite"; }

suite_check() {
	for name; do
		suite_lines | grep -q "^$name " ||
			die_usage "no boot \"$name\" in tests/lab/suite; there are: $(suite_lines | cut -d' ' -f1 | tr '\n' ' ')"
	done
}

suite_wants() {
	wanted=$1
	shift
	[ $# = 0 ] && return
	for name; do
		[ "$name" = "$wanted" ] && return
	done
	return 1
}

# The boots' outputs side by side, for whoever has to find out why.
suite_keep() {
	rm -rf "$LAB/suite-$1"
	mv "$out" "$LAB/suite-$1"
}
