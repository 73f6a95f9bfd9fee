// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What may be locked here, and huge pages of each node. */
#include <inttypes.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "doctor_parts.h"
#include "run/gates_parts.h"

#define GROUP "memory"

enum { NODES = 64, HUGE_2M_KIB = 2048, ASK_PAGES = 512 };

/* Two ends of a run with buffers of 64 MiB: the verdict is the gate's. */
#define LOCKED_BYTES (UINT64_C(128) << 20)

static void look_at_memlock(struct doctor *d)
{
	const struct clock none = {0};
	const struct gates all = {.in = {.root = d->ask.root, .clock = &none, .locked_bytes = LOCKED_BYTES}};
	struct gate g = {0};
	struct doctor_check *c;

	if (!d->ask.live) {
		doctor_skip(d, GROUP, "memlock", "");
		return;
	}
	gate_memlock(&all, &g);
	c = doctor_add(d, GROUP, "memlock",
		       g.verdict == GATE_OK	   ? DOCTOR_OK
		       : g.verdict == GATE_UNKNOWN ? DOCTOR_SKIP
						   : DOCTOR_WARN,
		       "%s, as seen here", g.value);
	doctor_why(c, "memory registered by address is locked (ENOMEM); dma-bufs are not counted. A launcher "
		      "(srun, systemd, sudo) may set another limit: run doctor through it");
	if (g.verdict == GATE_OK || g.verdict == GATE_UNKNOWN)
		return;
	doctor_fix(c, FIX_COMMAND | FIX_ROOT,
		   "echo '* - memlock unlimited' >/etc/security/limits.d/90-p2pbench.conf");
	doctor_undo(c, "rm /etc/security/limits.d/90-p2pbench.conf");
}

static uint64_t pages(const struct doctor *d, int node, const char *file)
{
	return doctor_number(d, "sys/devices/system/node/node%d/hugepages/hugepages-%dkB/%s", node,
			     HUGE_2M_KIB, file);
}

/* The node whose memory a run near the NIC takes, -1 = any. */
static int near_node(const struct doctor *d)
{
	return doctor_nic(d) < 0 ? -1 : topo_fn(d->ask.t, (size_t)doctor_nic(d))->numa_node;
}

static void look_at_huge(struct doctor *d)
{
	char list[160] = "";
	size_t len = 0;
	int first = -1, near = near_node(d);
	uint64_t total = 0;
	struct doctor_check *c;
	bool used; /* by the target of a pair */

	for (int node = 0; node < NODES; node++) {
		uint64_t all = pages(d, node, "nr_hugepages"), free = pages(d, node, "free_hugepages");

		if (all == DOCTOR_NONE)
			continue;
		first = first < 0 ? node : first;
		total += near < 0 || near == node ? all : 0;
		if (len < sizeof(list))
			len += (size_t)snprintf(list + len, sizeof(list) - len,
						"%snode %d: %" PRIu64 " of %" PRIu64, len ? ", " : "", node,
						free == DOCTOR_NONE ? 0 : free, all);
	}
	if (first < 0) {
		doctor_skip(d, GROUP, "huge_pages", "no reserved 2M pages on any node of this kernel");
		return;
	}
	used = d->ask.ends && d->ask.ends->memory.kind != MEM_VFIO && doctor_nic(d) >= 0;
	c = doctor_add(d, GROUP, "huge_pages", used && !total ? DOCTOR_WARN : DOCTOR_OK, "2M pages free, %s",
		       list);
	if (total || !used)
		return;
	near = near < 0 ? first : near;
	doctor_why(c, "`pages: 2M` needs them, nothing else does; 4K pages cost host memory and udmabuf more "
		      "translation");
	doctor_fix(c, FIX_COMMAND | FIX_ROOT,
		   "echo %d >/sys/devices/system/node/node%d/hugepages/hugepages-%dkB/nr_hugepages",
		   ASK_PAGES, near, HUGE_2M_KIB);
	doctor_undo(c, "echo 0 >/sys/devices/system/node/node%d/hugepages/hugepages-%dkB/nr_hugepages", near,
		    HUGE_2M_KIB);
}

void doctor_memory(struct doctor *d)
{
	if (doctor_wants(d, NEED_NIC))
		look_at_memlock(d);
	look_at_huge(d);
}
