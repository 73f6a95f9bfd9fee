// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The way of a pair: route, ACS, packet sizes, links, power, errors. */
#include <linux/pci_regs.h>
#include <string.h>

#include "doctor_parts.h"
#include "topo_view.h"

#define GROUP "path"

enum { MPS_LEAST = 128, MRRS_LEAST = 512 };

static const struct topo_fn *hop(const struct doctor *d, const struct route *r, int i)
{
	return topo_fn(d->ask.t, (size_t)r->hop[i]);
}

static void look_at_route(struct doctor *d, const struct route *r, bool acs)
{
	struct doctor_check *c;

	c = doctor_add(d, GROUP, "route",
		       r->way == ROUTE_WAY_NONE	     ? DOCTOR_FAIL
		       : r->way == ROUTE_WAY_UNKNOWN ? DOCTOR_WARN
						     : DOCTOR_OK,
		       "%s, %s", route_class_name(r->class),
		       r->way == ROUTE_WAY_UNKNOWN ? "way unknown" : view_way_about(r->way));
	doctor_why(c, "%s", r->why);
	if (r->way == ROUTE_WAY_NONE && acs)
		doctor_fix(c, 0, "clear ACS redirect: see acs");
	else if (r->way == ROUTE_WAY_NONE)
		doctor_fix(c, 0,
			   "put both cards below one PCIe switch; nothing in software makes the kernel "
			   "accept this pair as it is");
	else if (r->way == ROUTE_WAY_UNKNOWN)
		doctor_fix(
			c, 0,
			"the kernel shows ACS to root only: run doctor as root, or save the machine as root");
}

/* Can what was not changed yet be better without redirect? */
static void look_at_acs(struct doctor *d, const struct route *r)
{
	const struct route then = route_unredirected(d->ask.t, r);
	char nic[TOPO_ADDR], target[TOPO_ADDR], at[TOPO_ADDR], bits[VIEW_TEXT];
	struct doctor_check *c;

	if (r->common < 0) {
		doctor_add(d, GROUP, "acs", DOCTOR_OK, "makes no difference: the CPU lies between both");
		return;
	}
	if (r->redirect < 0) {
		if (r->acs_unknown)
			doctor_unknown(d, GROUP, "acs", "config space is not readable (run as root)");
		else
			doctor_add(d, GROUP, "acs", DOCTOR_OK, "no port on the way redirects");
		return;
	}
	topo_addr_text(nic, topo_fn(d->ask.t, (size_t)r->nic)->addr);
	topo_addr_text(target, topo_fn(d->ask.t, (size_t)r->target)->addr);
	topo_addr_text(at, topo_fn(d->ask.t, (size_t)r->redirect)->addr);
	c = doctor_add(d, GROUP, "acs", DOCTOR_WARN, "%s: %s", at,
		       view_acs(topo_fn(d->ask.t, (size_t)r->redirect), bits));
	doctor_why(
		c,
		"redirect sends this pair up to the CPU%s; without: %s, tags: %s. The price: devices below "
		"that switch reach each other unchecked by the IOMMU",
		r->way == ROUTE_WAY_NONE ? ", which the kernel refuses" : "", view_way_about(then.way),
		view_tph(then.tph));
	doctor_fix(c, FIX_COMMAND | FIX_ROOT, "scripts/p2p-acs clear %s %s --apply", nic, target);
	doctor_undo(c, "scripts/p2p-acs restore %s %s --apply", nic, target);
}

/* A translated request is sent on by a port that redirects others, when direct translation is on there. */
static void look_at_ats(struct doctor *d, const struct route *r)
{
	const struct topo_fn *f = topo_fn(d->ask.t, (size_t)r->nic);
	char addr[TOPO_ADDR];

	if (view_blind(f)) {
		doctor_unknown(d, GROUP, "ats", "config space is not readable (run as root)");
		return;
	}
	if (!f->cfg.ats.has || !f->cfg.ats.enabled) {
		doctor_add(d, GROUP, "ats", DOCTOR_OK, "%s: the NIC sends no translated requests",
			   f->cfg.ats.has ? "off" : "the NIC has none");
		return;
	}
	for (int i = 0; r->redirect >= 0 && i < r->n_hops; i++) {
		const struct topo_fn *port = hop(d, r, i);

		if (!(port->cfg.acs.ctrl & (PCI_ACS_RR | PCI_ACS_CR)) || port->cfg.acs.ctrl & PCI_ACS_DT)
			continue;
		doctor_add(d, GROUP, "ats", DOCTOR_OK,
			   "on; %s redirects translated requests too (no direct translation)",
			   topo_addr_text(addr, port->addr));
		return;
	}
	doctor_add(d, GROUP, "ats", DOCTOR_OK,
		   r->redirect < 0 ? "on; no port on the way redirects"
				   : "on, and every port that redirects lets translated requests pass (ACS "
				     "DT): they may turn at the switch whatever the route says");
}

/* One size on all of the way: is it the least there is, without need? */
static void say_equal(struct doctor *d, const struct config_space *nic, const struct config_space *target)
{
	const unsigned int most =
		nic->exp.mps_max < target->exp.mps_max ? nic->exp.mps_max : target->exp.mps_max;
	const bool low = nic->exp.mps <= MPS_LEAST && most > nic->exp.mps;
	struct doctor_check *c = doctor_add(d, GROUP, "mps", low ? DOCTOR_WARN : DOCTOR_OK,
					    "%u bytes on all of the way, NIC can %u, target %u", nic->exp.mps,
					    nic->exp.mps_max, target->exp.mps_max);

	if (!low)
		return;
	doctor_why(c, "a header for every %d bytes", MPS_LEAST);
	doctor_fix(c, FIX_ROOT | FIX_REBOOT, "boot with pci=pcie_bus_safe");
	doctor_undo(c, "boot without it");
}

static void look_at_mps(struct doctor *d, const struct route *r)
{
	const struct config_space *a = &topo_fn(d->ask.t, (size_t)topo_pf(d->ask.t, r->nic))->cfg;
	const struct config_space *b = &topo_fn(d->ask.t, (size_t)topo_pf(d->ask.t, r->target))->cfg;
	struct doctor_check *c;
	char addr[TOPO_ADDR];
	unsigned int low;

	if (!a->exp.has || !b->exp.has) {
		doctor_unknown(d, GROUP, "mps", "config space is not readable (run as root)");
		return;
	}
	if (r->mps_low < 0) {
		say_equal(d, a, b);
		return;
	}
	low = topo_fn(d->ask.t, (size_t)topo_pf(d->ask.t, r->mps_low))->cfg.exp.mps;
	topo_addr_text(addr, topo_fn(d->ask.t, (size_t)r->mps_low)->addr);
	if (a->exp.mps <= low && b->exp.mps <= low) {
		doctor_add(d, GROUP, "mps", DOCTOR_OK, "both ends send at most %u bytes", low);
		return;
	}
	c = doctor_add(d, GROUP, "mps", DOCTOR_FAIL, "NIC %u, target %u, %s takes %u bytes", a->exp.mps,
		       b->exp.mps, addr, low);
	doctor_why(c, "nobody cuts packets on the way: one that is too long is malformed, a fatal error");
	doctor_fix(c, FIX_ROOT | FIX_REBOOT, "boot with pci=pcie_bus_safe");
	doctor_undo(c, "boot without it");
}

/* Reads of the target by the NIC. */
static void look_at_mrrs(struct doctor *d, int nic)
{
	const struct topo_fn *f = topo_fn(d->ask.t, (size_t)topo_pf(d->ask.t, nic));
	unsigned int now = f->cfg.exp.mrrs, field = 0;
	struct doctor_check *c;
	char addr[TOPO_ADDR];

	if (!f->cfg.exp.has) {
		doctor_unknown(d, GROUP, "mrrs", "config space is not readable (run as root)");
		return;
	}
	c = doctor_add(d, GROUP, "mrrs", now < MRRS_LEAST ? DOCTOR_WARN : DOCTOR_OK, "NIC: %u bytes", now);
	if (now >= MRRS_LEAST)
		return;
	while (128u << field < now)
		field++;
	topo_addr_text(addr, f->addr);
	doctor_why(c, "every read of the target by the NIC asks for that much at most: reads get slower");
	doctor_fix(c, FIX_COMMAND | FIX_ROOT, "setpci -s %s CAP_EXP+8.w=2000:7000", addr);
	doctor_undo(c, "setpci -s %s CAP_EXP+8.w=%u000:7000", addr, field);
}

static void look_at_links(struct doctor *d, const struct view *v, const struct route *r)
{
	char name[VIEW_TEXT], now[VIEW_TEXT], most[VIEW_TEXT];
	struct doctor_check *c;

	for (int i = 0; i < r->n_hops; i++) {
		if (!route_degraded(d->ask.t, r->hop[i]) || (r->common >= 0 && i == r->turn))
			continue;
		c = doctor_add(d, GROUP, "link", DOCTOR_WARN, "above %s: %s of %s",
			       view_name(v, r->hop[i], name), view_link_now(v, r->hop[i], now),
			       view_link_max(v, r->hop[i], most));
		doctor_why(c,
			   "it runs below what both its ends can; the way is as wide as its narrowest link");
		doctor_fix(c, FIX_REBOOT,
			   "reseat the card, try another slot, look at the slot's settings in the "
			   "firmware; a link that saves power may widen under load");
		return;
	}
	if (r->slowest < 0)
		doctor_unknown(d, GROUP, "link", "speeds and widths are not known");
	else
		doctor_add(d, GROUP, "link", DOCTOR_OK, "none degraded; narrowest: above %s, %s",
			   view_name(v, r->slowest, name), view_link_now(v, r->slowest, now));
}

/* Errors since boot that were no mere corrections. */
static void look_at_errors(struct doctor *d, const struct route *r)
{
	bool known = false;
	char addr[TOPO_ADDR];
	struct doctor_check *c;

	for (int i = 0; i < r->n_hops; i++) {
		const struct topo_fn *f = hop(d, r, i);

		known = known || f->errors[TOPO_FATAL] >= 0;
		if (f->errors[TOPO_FATAL] <= 0 && f->errors[TOPO_NONFATAL] <= 0)
			continue;
		c = doctor_add(d, GROUP, "errors", DOCTOR_WARN, "%s: %lld fatal, %lld other uncorrected",
			       topo_addr_text(addr, f->addr), f->errors[TOPO_FATAL],
			       f->errors[TOPO_NONFATAL]);
		doctor_why(
			c,
			"AER counts since boot: unsupported requests and timeouts of peer traffic land here");
		doctor_fix(c, 0,
			   "dmesg has the address and kind; look again after a run: `p2pbench topo --route`");
		return;
	}
	if (known)
		doctor_add(d, GROUP, "errors", DOCTOR_OK, "AER: none but corrected ones");
	else
		doctor_unknown(d, GROUP, "errors", "no AER counters");
}

/* The NIC and the ports; of the target the group `target` speaks. */
static void look_at_power(struct doctor *d, const struct route *r)
{
	bool known = false;
	char addr[TOPO_ADDR];
	struct doctor_check *c;

	for (int i = 0; i < r->n_hops; i++) {
		const struct topo_fn *f = hop(d, r, i);

		if (r->hop[i] == r->target || !f->power_state[0] || !strcmp(f->power_state, "unknown"))
			continue;
		known = true;
		if (!strcmp(f->power_state, "D0"))
			continue;
		topo_addr_text(addr, f->addr);
		c = doctor_add(d, GROUP, "power", DOCTOR_WARN, "%s is in %s", addr, f->power_state);
		doctor_why(c, "waking up takes milliseconds and changes the first results");
		doctor_fix(c, FIX_COMMAND | FIX_ROOT, "echo on >/sys/bus/pci/devices/%s/power/control", addr);
		doctor_undo(c, "echo auto >/sys/bus/pci/devices/%s/power/control", addr);
		return;
	}
	if (known)
		doctor_add(d, GROUP, "power", DOCTOR_OK, "D0 from NIC to target's port");
	else
		doctor_unknown(d, GROUP, "power", "states are not known");
}

void doctor_path(struct doctor *d)
{
	const struct match_cell *cell = doctor_direct(d);
	struct route r;
	struct view v;

	if (doctor_nic(d) < 0 || doctor_target(d) < 0 || !cell)
		return;
	/* Of the function that does the DMA, which may be the data-direct one. */
	r = cell->has_route ? cell->route : route_find(d->ask.t, doctor_nic(d), doctor_target(d));
	if (view_open(d->ask.t, &v))
		return;
	look_at_route(d, &r, doctor_acs_helps(d, cell));
	look_at_acs(d, &r);
	look_at_ats(d, &r);
	look_at_mps(d, &r);
	look_at_mrrs(d, r.nic);
	look_at_links(d, &v, &r);
	look_at_power(d, &r);
	look_at_errors(d, &r);
	view_close(&v);
}
