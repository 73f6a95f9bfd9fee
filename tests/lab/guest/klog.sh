# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh
#
# The kernel log as part of the verdict: a check that a job left no complaint in it. The
# log is read from a mark that is written into it, because jobs may clear the ring and
# /dev/kmsg is the only place that both sides see in order.

klog_complaints='WARNING:|BUG:|kernel BUG|Oops|general protection|unable to handle|Call Trace'
klog_complaints="$klog_complaints|rcu: .*stall|INFO: task .* blocked|soft lockup|hard LOCKUP"
klog_complaints="$klog_complaints|possible (circular|recursive) locking|inconsistent lock state|suspicious RCU usage"
klog_complaints="$klog_complaints|PCIe Bus Error|AER: .*[Ee]rror|DMAR: .*[Ff]ault|AMD-Vi: Event logged|DMA-API:"
klog_complaints="$klog_complaints|KASAN:|UBSAN:|refcount_t:|list_(add|del) corruption|scheduling while atomic"

klog_mark() {
	klog_text="p2plab: job $JOB begins"
	echo "$klog_text" >/dev/kmsg
}

# What was logged since the mark; /lab/dmesg is complete even where the ring is not.
klog_new() {
	sleep 0.2
	grep -q "$klog_text" /lab/dmesg || echo "BUG: the kernel log was not followed"
	sed "1,/$klog_text/d" /lab/dmesg
}

klog_check() {
	complaints=$(klog_new | grep -E "$klog_complaints")
	if [ -z "$complaints" ]; then
		ok "$JOB: the kernel log has no complaint"
		return 0
	fi
	not_ok "$JOB: the kernel log has complaints"
	echo "$complaints" | head -n 20 | sed 's/^/#   /'
	return 1
}
