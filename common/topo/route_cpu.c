// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* cpu_supports_p2pdma() and host_bridge_whitelist() of drivers/pci/p2pdma.c. */
#include <inttypes.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "base/cleanup.h"
#include "topo/route_priv.h"

/* Host bridges between which the kernel trusts peer traffic (pci_p2pdma_whitelist). */
static const struct {
	uint16_t vendor, device;
	bool same_only;
} allowed[] = {
	{0x8086, 0x3c00, true},	 {0x8086, 0x3c01, true},  {0x8086, 0x2f00, true},  {0x8086, 0x2f01, true},
	{0x8086, 0x2030, false}, {0x8086, 0x2031, false}, {0x8086, 0x2032, false}, {0x8086, 0x2033, false},
	{0x8086, 0x2020, false}, {0x8086, 0x09a2, false}, {0x8086, 0x0b25, false}, {0x8086, 0x0cfe, false},
	{0x8086, 0x11fb, false}, {0x8086, 0x1212, false}, {0x8086, 0x1216, false}, {0x8086, 0x4940, false},
	{0x8086, 0x4942, false}, {0x8086, 0x4944, false}, {0x8086, 0x4946, false}, {0x8086, 0x4948, false},
	{0x10de, 0x2f95, false}, {0x10de, 0x2f96, false}, {0x10de, 0x2f97, false}, {0x10de, 0x2f98, false},
};

enum { VENDOR_GOOGLE = 0x1ae0, FAMILY_ZEN = 0x17 };

static bool listed(const struct topo_fn *f, bool same)
{
	if (f->vendor == VENDOR_GOOGLE)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(allowed); i++)
		if (allowed[i].vendor == f->vendor && allowed[i].device == f->device)
			return same || !allowed[i].same_only;
	return false;
}

enum answer { NO, YES, MAYBE };

/**
 * struct bridge - a host bridge as the kernel sees it
 * @fn: the first function on the root bus when it is 00.0 or a Root Port, else NULL
 */
struct bridge {
	uint64_t root_bus;
	const struct topo_fn *fn;
	enum answer allowed;
};

/* @same: both peers are below it. MAYBE: what stands first could not be read or, in hwloc's XML, is not
 * there.
 */
static struct bridge ask_bridge(const struct topo *t, uint64_t root_bus, bool same)
{
	int first = topo_first_on(t, root_bus);
	const struct topo_fn *f = first < 0 ? NULL : topo_fn(t, (size_t)first);
	struct bridge b = {.root_bus = root_bus, .fn = f, .allowed = NO};

	if (!f || !f->cfg.bytes) {
		b.allowed = MAYBE;
	} else if ((!f->addr.dev && !f->addr.fn) ||
		   (f->cfg.exp.has && f->cfg.exp.type == PCI_EXP_TYPE_ROOT_PORT)) {
		b.allowed = listed(f, same) ? YES : NO;
	} else if (f->cfg.bytes <= CONFIG_UNPRIVILEGED && f->cfg.bridge) {
		b.allowed = listed(f, same) ? MAYBE : NO; /* a Root Port, or not */
	} else {
		b.fn = NULL;
	}
	return b;
}

static void explain_refusal(struct route *r, const struct bridge *b, bool same)
{
	if (!b->fn)
		snprintf(
			r->why, sizeof(r->why),
			"the kernel refuses: root bus %04x:%02x begins with neither a host bridge (00.0) nor "
			"a Root Port",
			(unsigned int)(b->root_bus >> 8), (unsigned int)(b->root_bus & 0xff));
	else
		snprintf(r->why, sizeof(r->why),
			 "the kernel refuses: host bridge %04x:%04x is not in its allow list%s",
			 b->fn->vendor, b->fn->device,
			 !same && listed(b->fn, true) ? " for peers on two of them" : "");
}

enum route_way route_across_cpu(const struct topo *t, struct route *r)
{
	const struct topo_fn *nic = topo_fn(t, (size_t)r->nic), *target = topo_fn(t, (size_t)r->target);
	const struct topo_cpu *cpu = topo_cpu(t);
	bool same = nic->root_bus == target->root_bus;
	struct bridge a = ask_bridge(t, nic->root_bus, same), b = ask_bridge(t, target->root_bus, same);

	if (!strcmp(cpu->vendor, "AuthenticAMD") && cpu->family >= FAMILY_ZEN) {
		snprintf(r->why, sizeof(r->why), "through the CPU: AMD since family 0x17 is allowed");
		return ROUTE_WAY_HOST_BRIDGE;
	}
	if (a.allowed == YES && b.allowed == YES) {
		snprintf(r->why, sizeof(r->why),
			 "through the CPU: host bridge %04x:%04x is in the kernel's allow list", a.fn->vendor,
			 a.fn->device);
		return ROUTE_WAY_HOST_BRIDGE;
	}
	if (!cpu->vendor[0]) {
		snprintf(r->why, sizeof(r->why), "through the CPU, whose vendor and family are unknown here");
		return ROUTE_WAY_UNKNOWN;
	}
	if (a.allowed != NO && b.allowed != NO) {
		snprintf(r->why, sizeof(r->why),
			 "through the CPU; which host bridge it has is unknown (run as root)");
		return ROUTE_WAY_UNKNOWN;
	}
	explain_refusal(r, a.allowed == NO ? &a : &b, same);
	return ROUTE_WAY_NONE;
}
