// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Gates about the whole machine. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "run/gates_parts.h"

enum { GROUPS_MAX = 1024, CAP_IPC_LOCK_BIT = 14 };
#define COARSE_NS 200.0 /* a clock that costs more is a system call or a slow device */

/* CPUs in "0-3,8"; 1 when the text is no such list. */
static unsigned int count_list(const char *list)
{
	unsigned int n = 0;
	const char *p = list;
	char *end;

	while (*p >= '0' && *p <= '9') {
		unsigned long lo = strtoul(p, &end, 10), hi = lo;

		if (*end == '-')
			hi = strtoul(end + 1, &end, 10);
		if (hi < lo || hi - lo > 65535)
			break;
		n += (unsigned int)(hi - lo) + 1;
		if (*end != ',')
			break;
		p = end + 1;
	}
	return n ? n : 1;
}

/* Up to a quarter of the CPUs, and one in any case, may be busy with other things. */
void gate_load(const struct gates *all, struct gate *g)
{
	const char *root = all->in.root;
	char text[128], online[GATE_TEXT];
	unsigned long running;
	double load, most;
	char *p;
	bool junk;

	gate_read(root, online, sizeof(online), "sys/devices/system/cpu/online");
	most = count_list(online) / 4.0;
	most = most < 1 ? 1 : most;
	if (!gate_read(root, text, sizeof(text), "proc/loadavg")) {
		gate_say(g, GATE_UNKNOWN, "/proc/loadavg cannot be read");
		return;
	}
	load = strtod(text, &p);
	junk = p == text || !(load >= 0);
	for (int field = 0; field < 3 && *p; p++)
		field += *p == ' ';
	running = strtoul(p, NULL, 10);
	running -= running > 0; /* this process */
	if (junk) {
		gate_say(g, GATE_UNKNOWN, "/proc/loadavg says '%.40s'", text);
		return;
	}
	gate_say(g, load > most || (double)running > most ? GATE_WARN : GATE_OK,
		 "load %.2f, %lu other tasks running, %u CPUs", load, running, count_list(online));
	if (g->verdict == GATE_WARN)
		gate_fix(g, "see what runs: top; start again when it is gone");
}

void gate_thp(const struct gates *all, struct gate *g)
{
	char text[128];

	if (!gate_read(all->in.root, text, sizeof(text), "sys/kernel/mm/transparent_hugepage/enabled")) {
		gate_say(g, GATE_UNKNOWN, "not in this kernel");
	} else if (strstr(text, "[always]")) {
		gate_say(g, GATE_WARN, "always");
		gate_fix(g, "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled");
	} else if (strstr(text, "[madvise]") || strstr(text, "[never]")) {
		gate_say(g, GATE_OK, "%s", strstr(text, "[never]") ? "never" : "madvise");
	} else {
		gate_say(g, GATE_UNKNOWN, "'%.40s'", text);
	}
}

void gate_numa_balancing(const struct gates *all, struct gate *g)
{
	uint64_t on = gate_number(all->in.root, "proc/sys/kernel/numa_balancing");
	char nodes[GATE_TEXT];

	gate_read(all->in.root, nodes, sizeof(nodes), "sys/devices/system/node/online");
	if (on == 0 || (nodes[0] && count_list(nodes) == 1)) {
		gate_say(g, GATE_OK, "%s", on == 0 ? "off" : "one node");
	} else if (on == GATE_NONE) {
		gate_say(g, GATE_UNKNOWN, "not in this kernel");
	} else {
		gate_say(g, GATE_WARN, "on");
		gate_fix(g, "sudo sysctl kernel.numa_balancing=0");
	}
}

void gate_iommu(const struct gates *all, struct gate *g)
{
	unsigned int translated = 0, direct = 0;
	char type[32];

	for (int i = 0; i < GROUPS_MAX; i++) {
		if (!gate_read(all->in.root, type, sizeof(type), "sys/kernel/iommu_groups/%d/type", i))
			break;
		direct += !strcmp(type, "identity");
		translated += !strncmp(type, "DMA", 3);
	}
	if (!translated && !direct) {
		gate_say(g, GATE_OK, "none: DMA is not translated");
	} else if (!translated) {
		gate_say(g, GATE_OK, "pass-through for all %u groups", direct);
	} else {
		gate_say(g, GATE_WARN, "translates DMA of %u of %u groups", translated, translated + direct);
		gate_fix(g, "boot with iommu=pt");
	}
}

void gate_clock(const struct gates *all, struct gate *g)
{
	const struct clock *c = all->in.clock;
	char kernel[32];

	gate_read(all->in.root, kernel, sizeof(kernel),
		  "sys/devices/system/clocksource/clocksource0/current_clocksource");
	if (!c->raw) {
		gate_say(g, GATE_OK, "%s, calibrated to %.1f ppm, %.0f ns a reading", c->source, c->err_ppm,
			 c->overhead_ns);
		return;
	}
	gate_say(g, c->overhead_ns > COARSE_NS ? GATE_FAIL : GATE_WARN,
		 "the CPU's counter is not trusted; %s over clocksource %s, %.0f ns a reading", c->source,
		 kernel[0] ? kernel : "unknown", c->overhead_ns);
	gate_fix(g, "see dmesg for why tsc is not the clocksource; boot with tsc=reliable only if it is");
}

static bool may_lock(const char *root)
{
	char status[GATE_TEXT];
	const char *cap = gate_read(root, status, sizeof(status), "proc/self/status")
				  ? strstr(status, "CapEff:")
				  : NULL;

	return cap && strtoull(cap + strlen("CapEff:"), NULL, 16) >> CAP_IPC_LOCK_BIT & 1;
}

void gate_memlock(const struct gates *all, struct gate *g)
{
	uint64_t need = all->in.locked_bytes;
	struct rlimit lock;

	if (!need) {
		gate_say(g, GATE_OK, "software devices lock nothing");
	} else if (getrlimit(RLIMIT_MEMLOCK, &lock)) {
		gate_say(g, GATE_UNKNOWN, "the limit cannot be read");
	} else if (lock.rlim_cur == RLIM_INFINITY || may_lock(all->in.root)) {
		gate_say(g, GATE_OK, "unlimited");
	} else if (lock.rlim_cur >= need) {
		gate_say(g, GATE_OK, "%" PRIu64 " KiB of at most %" PRIu64, need >> 10,
			 (uint64_t)lock.rlim_cur >> 10);
	} else {
		gate_say(g, GATE_WARN, "%" PRIu64 " KiB asked, at most %" PRIu64 " may be locked", need >> 10,
			 (uint64_t)lock.rlim_cur >> 10);
		gate_fix(g, "ulimit -l unlimited, or a line 'memlock unlimited' in /etc/security/limits.d");
	}
}
