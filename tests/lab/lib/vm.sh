# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh
#
# One boot of the VM: QEMU of the guest's tree (or P2PBENCH_LAB_QEMU), with KVM where it
# really works. What the guest writes to /lab is in $out: tap (the checks), dmesg,
# console, exit (status of the last job) and the jobs' own files. QEMU dies with this
# process however that ends.

out=$LAB/out
memory_mb=2048
qemu_oldest=7.2
default_limit=600	# the longest boot takes 2 minutes on two idle cores

# vm_run TOPOLOGY JOB[,JOB...] [FILE...]: boots, runs the jobs, powers off. The files are
# in /lab. Fails only when the guest did not reach its end.
vm_run() {
	topology=$1 jobs=$2
	shift 2
	limit=${limit:-$default_limit}
	vm_boot "$@"
	# An assertion of the emulator (SIGABRT) says nothing of the guest: once more, and that is said.
	if [ ! -e "$out/exit" ] && [ "$vm_status" = 134 ]; then
		say "QEMU aborted ($(grep -a '^qemu-system' "$out/console" | tail -n 1)); booting once more"
		vm_boot "$@"
	fi
	[ -e "$out/exit" ] || vm_no_end "$vm_status"
}

vm_boot() {
	vm_prepare "$topology" "$jobs" "$@"
	say "boot: topology $topology, job $jobs, $accel"
	vm_start "$topology" "$jobs" 8</dev/null >"$out/console" 2>&1
	touch "$out/tap"
	# in the background: a shell that waits for a command sees no signal meanwhile
	tail -s 0.2 --pid="$qemu_pid" -n +1 -f "$out/tap" 9>&- &
	tail_pid=$!
	vm_wait
	wait "$tail_pid" || :
}

# The same with the terminal as the guest's console.
vm_shell() {
	[ -t 0 ] || die_usage "shell: needs a terminal; for commands from a file write a job (tests/lab/jobs)"
	limit=${limit:-86400}
	vm_prepare "$1" shell
	say "boot: a shell in the guest; exit ends it, Ctrl-A x kills it"
	vm_start "$1" shell 8<&0
	vm_wait
	[ -e "$out/exit" ] || die 1 "the guest was not left by exit (QEMU's status: $vm_status)"
}

vm_prepare() {
	kernel_image=$tree/usr/lib/modules/$(tree_kernel)/vmlinuz
	qemu_find
	accel_find
	topology_needs_qemu "$1"
	rm -rf "$out" "$LAB"/run
	mkdir -p "$out" "$LAB/run"
	shift 2
	[ $# = 0 ] || cp -- "$@" "$out/"
}

# vm_start TOPOLOGY JOBS 8<CONSOLE: sets qemu_pid. (A shell gives its background commands
# /dev/null for stdin unless told otherwise.)
vm_start() {
	topology_lines "$1" >"$LAB/run/topology"
	# A periodic tick (nohz, highres): on a busy machine the emulated one-shot timer of a CPU
	# was seen to stop, and with it every sleep on that CPU. Without ibt=off, ftrace could
	# not redirect on hardware that has it. Without no_timer_check a host too busy to deliver some
	# ticks in time ends the boot in a panic of the kernel's first look at its timer.
	words="no_timer_check console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off ibt=off nokaslr nohz=off highres=off"
	words="$words lab.limit=$limit lab.jobs=$2 $(topology_words "$1" | tr '\n' ' ')"
	cpu=$(topology_get "$1" cpu max) smp=$(topology_get "$1" smp 2)
	set -- -machine q35,kernel-irqchip=split -accel "$accel" -cpu "$cpu" -smp "$smp" -m "$memory_mb" \
		-display none -no-reboot -vga none -nodefaults -serial mon:stdio \
		-device intel-iommu,intremap=on \
		-kernel "$kernel_image" -initrd "$initrd.cpio" -append "$words" \
		-virtfs "local,path=$tree,mount_tag=root,security_model=none,readonly=on" \
		-virtfs "local,path=$here,mount_tag=src,security_model=none,readonly=on" \
		-virtfs "local,path=$project/scripts,mount_tag=scripts,security_model=none,readonly=on" \
		-virtfs "local,path=$project/configs,mount_tag=configs,security_model=none,readonly=on" \
		-virtfs "local,path=$out,mount_tag=lab,security_model=none"
	while read -r option value; do
		case $option in
		cpu | smp | kernel | classes | qemu) ;;
		*) set -- "$@" "-$option" "$value" ;;
		esac
	done <"$LAB/run/topology"
	# the BARs' backing files are relative to that directory
	bound timeout --foreground -k 5 "$limit" \
		setpriv --pdeathsig KILL env -C "$LAB/run" "$qemu" "$@" <&8 &
	qemu_pid=$!
	trap 'vm_kill; trap - INT; kill -INT $$' INT
	trap 'vm_kill; exit 143' TERM HUP
}

vm_kill() {
	kill "$qemu_pid" 2>/dev/null || :
	wait "$qemu_pid" 2>/dev/null || :
}

# Sets vm_status, QEMU's.
vm_wait() {
	vm_status=0
	wait "$qemu_pid" || vm_status=$?
	trap - INT TERM HUP
}

# The guest ended without a verdict: hung, crashed, or never came up.
vm_no_end() {
	case $1 in
	124 | 137) why="it did not end within $limit s and was stopped" ;;
	*) why="QEMU ended with status $1" ;;
	esac
	printf 'lab: the end of the console:\n' >&2
	tail -n 20 "$out/console" 2>/dev/null | tr -d '\r' | sed 's/^/lab: | /' >&2
	printf 'lab: the end of the kernel log:\n' >&2
	tail -n 20 "$out/dmesg" 2>/dev/null | sed 's/^/lab: | /' >&2
	die 1 "the guest gave no verdict: $why" "all it wrote is in $out; --limit S gives a slow machine more time"
}

# The tree's QEMU runs through a script, so that it is one word wherever it is called.
qemu_find() {
	qemu=${P2PBENCH_LAB_QEMU:-$LAB/qemu}
	[ -n "${P2PBENCH_LAB_QEMU:-}" ] || qemu_wrap
	version=$("$qemu" --version 2>/dev/null | sed -n '1s/^QEMU emulator version \([0-9]*\.[0-9]*\).*/\1/p')
	[ -n "$version" ] || die_machine "$qemu is no QEMU that runs here" \
		"unset P2PBENCH_LAB_QEMU to take the one of the guest's tree"
	version_at_least "$version" "$qemu_oldest" ||
		die_machine "$qemu is QEMU $version, the lab needs $qemu_oldest or newer" \
			"unset P2PBENCH_LAB_QEMU to take the one of the guest's tree"
}

qemu_wrap() {
	cat >"$qemu" <<-END
	#!/bin/sh
	exec "$tree/usr/lib64/ld-linux-x86-64.so.2" --library-path "$tree/usr/lib/x86_64-linux-gnu" \
		"$tree/usr/bin/qemu-system-x86_64" -L "$tree/usr/share/qemu" -L "$tree/usr/share/seabios" "\$@"
	END
	chmod +x "$qemu"
}

version_at_least() { [ "$(printf '%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

topology_needs_qemu() {
	needs=$(topology_get "$1" qemu "$qemu_oldest")
	version_at_least "$version" "$needs" ||
		skip "topology $1 needs QEMU $needs, $qemu is $version"
}

# KVM is used where it really boots this kernel: a device node, even a successful
# KVM_CREATE_VM, proves nothing (paravirtual hosts have both and then cannot emulate some
# instruction). So the initrd is booted once; the answer is kept as long as the tree.
accel_find() {
	[ -e "$build/accel" ] || accel_probe >"$build/accel"
	accel=$(cat "$build/accel")
}

accel_probe() {
	if [ -w /dev/kvm ] && kvm_boots; then
		echo kvm
	else
		echo tcg,thread=multi
	fi
}

kvm_boots() {
	rm -f "$LAB/probe"
	bound "$qemu" -accel kvm -machine q35 -cpu max -m 512 -display none -nodefaults \
		-no-reboot -serial "file:$LAB/probe" -kernel "$kernel_image" -initrd "$initrd.cpio" \
		-append "console=ttyS0 quiet panic=-1 lab.probe" </dev/null >"$LAB/probe.log" 2>&1 &
	qemu_pid=$!
	tries=50
	until [ "$tries" = 0 ] || grep -qs 'internal error' "$LAB/probe.log" || ! kill -0 "$qemu_pid" 2>/dev/null; do
		sleep 0.1
		tries=$((tries - 1))
	done
	vm_kill
	grep -qs '^p2plab: probe' "$LAB/probe"
}
