// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The target: its driver, its IOMMU group, its BARs; and the mode of the IOMMU. */
#include <string.h>

#include "base/err.h"
#include "base/units.h"
#include "doctor_parts.h"
#include "interconnect/offers.h"
#include "mem/mem.h"
#include "topo_view.h"

#define GROUP "target"
#define IOMMU "iommu"

static const struct topo_fn *fn_of(const struct doctor *d, int fn)
{
	return topo_fn(d->ask.t, (size_t)fn);
}

static void look_at_binding(struct doctor *d, int fn)
{
	const struct topo_fn *f = fn_of(d, fn);
	char addr[TOPO_ADDR];
	struct doctor_check *c;

	topo_addr_text(addr, f->addr);
	if (!f->cfg.bytes) {
		doctor_unknown(d, GROUP, "binding", "its driver is not known");
		return;
	}
	if (f->cfg.bridge) {
		c = doctor_add(d, GROUP, "binding", DOCTOR_FAIL, "%s is a bridge", addr);
		doctor_why(c, "VFIO gives out endpoints only");
		doctor_fix(c, 0, "name an endpoint below it: `p2pbench topo --tree`");
		return;
	}
	if (strstr(f->driver, "vfio")) {
		doctor_add(d, GROUP, "binding", DOCTOR_OK, "%s is bound to %s", addr, f->driver);
		return;
	}
	c = doctor_add(d, GROUP, "binding", DOCTOR_FAIL, "%s is bound to %s", addr,
		       f->driver[0] ? f->driver : "no driver");
	doctor_why(c,
		   "only a VFIO driver exports its BARs; whoever uses the device now loses it: mounted disks "
		   "and networks first");
	doctor_fix(c, FIX_COMMAND | FIX_ROOT, "scripts/vfio-bind bind %s --apply", addr);
	doctor_undo(c, "scripts/vfio-bind restore %s --apply", addr);
}

/* Members of the group of @fn, but it: "0000:18:00.0 (mlx5_core)". */
static size_t list_members(const struct doctor *d, int fn, char *out, size_t len)
{
	size_t n = 0, at = 0;
	char addr[TOPO_ADDR];

	out[0] = '\0';
	for (size_t i = 0; i < topo_len(d->ask.t); i++) {
		const struct topo_fn *f = topo_fn(d->ask.t, i);

		if ((int)i == fn || f->iommu_group != fn_of(d, fn)->iommu_group)
			continue;
		n++;
		if (at < len)
			at += (size_t)snprintf(out + at, len - at, "%s%s (%s)", at ? ", " : "",
					       topo_addr_text(addr, f->addr),
					       f->driver[0] ? f->driver : "no driver");
	}
	return n;
}

static void say_off(struct doctor_check *c)
{
	doctor_why(c,
		   "without one VFIO has its no-IOMMU mode only (access: noiommu in a config), in which the "
		   "device can reach all memory");
	doctor_fix(c, FIX_ROOT | FIX_REBOOT,
		   "turn VT-d or AMD-Vi on in the firmware; on Intel boot with intel_iommu=on");
}

static void look_at_group(struct doctor *d, int fn)
{
	const struct topo_fn *f = fn_of(d, fn);
	char members[140], why[MATCH_WHY];
	struct doctor_check *c;
	bool refused;

	if (!f->cfg.bytes) {
		doctor_unknown(d, GROUP, "iommu_group", "not known");
		return;
	}
	if (f->iommu_group < 0) {
		say_off(doctor_add(d, GROUP, "iommu_group", DOCTOR_FAIL, "none: the IOMMU is off"));
		return;
	}
	/* Another driver is told by the binding; the group is judged as if that were mended. */
	refused = strstr(f->driver, "vfio") && offers_vfio(d->ask.t, fn, ACCESS_AUTO, why) == MATCH_NO;
	if (!list_members(d, fn, members, sizeof(members)))
		snprintf(members, sizeof(members), "nobody else");
	c = doctor_add(d, GROUP, "iommu_group", refused ? DOCTOR_FAIL : DOCTOR_OK, "%d, with %s",
		       f->iommu_group, members);
	if (!refused)
		return;
	doctor_why(c, "%s", why);
	doctor_fix(
		c, FIX_ROOT | FIX_REBOOT,
		"boot with the kernel's own ACS settings (no pci=disable_acs_redir=), then scripts/p2p-acs "
		"clear; or bind the others to vfio-pci");
}

static void look_at_bars(struct doctor *d, int fn)
{
	const struct topo_fn *f = fn_of(d, fn);
	const int64_t asked = d->ask.ends ? d->ask.ends->memory.bar : -1;
	char list[120] = "", size[UNITS_TEXT], why[MATCH_WHY];
	struct doctor_check *c;
	bool known = d->ask.live; /* a capture may lack the file that tells */
	size_t len = 0;

	for (int i = 0; i < TOPO_BARS; i++) {
		known = known || f->bar[i].bytes || f->bar[i].io;
		if ((asked < 0 || asked == i) && offers_bar(f, i, why) == MATCH_YES && len < sizeof(list))
			len += (size_t)snprintf(list + len, sizeof(list) - len, "%sBAR %d %s",
						len ? ", " : "", i,
						units_size_text(size, (int64_t)f->bar[i].bytes));
	}
	if (len) {
		doctor_add(d, GROUP, "bars", DOCTOR_OK, "%s", list);
	} else if (!known || !f->cfg.bytes) {
		doctor_unknown(d, GROUP, "bars", "no BAR is known of it");
	} else {
		if (asked >= 0)
			c = doctor_add(d, GROUP, "bars", DOCTOR_FAIL, "BAR %d is no memory of a page or more",
				       (int)asked);
		else
			c = doctor_add(d, GROUP, "bars", DOCTOR_FAIL, "no memory BAR of a page or more");
		doctor_why(c, "only whole pages of memory BARs can be exported");
		doctor_fix(c, 0,
			   "another target: `p2pbench list memory`; or the kernel could not place its BARs: "
			   "dmesg");
	}
}

static void look_at_power(struct doctor *d, int fn)
{
	const struct topo_fn *f = fn_of(d, fn);
	struct doctor_check *c;

	if (!f->power_state[0] || !strcmp(f->power_state, "unknown")) {
		doctor_unknown(d, GROUP, "power", "its state is not known");
	} else if (!strcmp(f->power_state, "D0")) {
		doctor_add(d, GROUP, "power", DOCTOR_OK, "D0");
	} else if (strstr(f->driver, "vfio")) {
		doctor_add(d, GROUP, "power", DOCTOR_OK, "%s: idle, VFIO wakes it when it is opened",
			   f->power_state);
	} else {
		c = doctor_add(d, GROUP, "power", DOCTOR_WARN, "%s", f->power_state);
		doctor_why(c, "a sleeping function answers nothing: its registers read as ones");
		doctor_fix(c, 0, "bind it to vfio-pci, which wakes it when it is opened");
	}
}

/* What opens a kind of this machine's own memory: the kind knows. */
static void look_at_host(struct doctor *d)
{
	struct mem_ctx *mem = NULL;
	struct err e = {0};
	struct doctor_check *c;
	const struct config_memory *m = &d->ask.ends->memory;

	if (!d->ask.devices) {
		doctor_skip(d, GROUP, "opens", "not tried");
		return;
	}
	if (mem_ctx_open(&sys_real, d->ask.t, &mem, &e) || mem_probe(mem, m, &e)) {
		c = doctor_add(d, GROUP, "opens", DOCTOR_FAIL, "%s", e.text);
		doctor_why(c, "the target of every message");
		doctor_fix(c, 0, "%s", e.hint);
	} else {
		doctor_add(d, GROUP, "opens", DOCTOR_OK, "%s", mem_kind_name(m->kind));
	}
	mem_ctx_close(mem);
}

/* Whose group tells the mode: the NIC's; without a pair the first that is in one. NULL = none. */
static const struct topo_fn *grouped(const struct doctor *d)
{
	if (d->ask.ends)
		return doctor_nic(d) < 0 ? NULL : fn_of(d, doctor_nic(d));
	for (size_t i = 0; i < topo_len(d->ask.t); i++)
		if (topo_fn(d->ask.t, i)->iommu_group >= 0)
			return topo_fn(d->ask.t, i);
	return NULL;
}

/* Translated DMA costs time; no IOMMU at all keeps VFIO out. */
static void look_at_mode(struct doctor *d)
{
	const struct topo_fn *f = grouped(d);
	struct doctor_check *c;

	if (!f && !d->ask.ends && topo_len(d->ask.t))
		say_off(doctor_add(d, IOMMU, "groups", DOCTOR_WARN, "none: the IOMMU is off"));
	if (!f)
		return;
	if (f->iommu_group < 0 && f->cfg.bytes) {
		doctor_add(d, IOMMU, "mode", DOCTOR_OK, "off: the NIC's DMA is not translated");
	} else if (!f->group_type[0]) {
		doctor_unknown(d, IOMMU, "mode", "the type of its group is not known");
	} else if (strncmp(f->group_type, "DMA", 3) != 0) {
		doctor_add(d, IOMMU, "mode", DOCTOR_OK, "%s", f->group_type);
	} else {
		c = doctor_add(d, IOMMU, "mode", DOCTOR_WARN, "%s: DMA is translated", f->group_type);
		doctor_why(
			c,
			"misses of the IOMMU's cache cost time on the way through the CPU; a way that turns "
			"at a switch uses no IOMMU");
		doctor_fix(c, FIX_ROOT | FIX_REBOOT, "boot with iommu=pt");
		doctor_undo(c, "boot without iommu=pt");
	}
}

void doctor_target_checks(struct doctor *d)
{
	int fn = doctor_target(d);

	if (fn >= 0) {
		look_at_binding(d, fn);
		look_at_group(d, fn);
		look_at_bars(d, fn);
		look_at_power(d, fn);
	} else if (d->ask.ends) {
		look_at_host(d);
	}
	look_at_mode(d);
}
