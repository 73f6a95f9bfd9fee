// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What would change the answer of --route, and at what price. Explained in docs/topology.md. */
#include "topo_view.h"

#include <linux/pci_regs.h>

#include "base/cleanup.h"
#include "wrap.h"

static void advise(FILE *out, const char *change, const char *price)
{
	wrap(out, "  change ", "%s", change);
	if (price)
		wrap(out, "  price  ", "%s", price);
}

/* Functions of the way that redirect, as pci=disable_acs_redir= wants them. */
static const char *list_redirects(const struct view *v, const struct route *r, char *buf, size_t size)
{
	char addr[TOPO_ADDR];
	size_t len = 0;

	buf[0] = '\0';
	for (int i = 0; i < r->n_hops; i++) {
		const struct topo_fn *f = topo_fn(v->t, (size_t)r->hop[i]);

		if (len < size && f->cfg.acs.ctrl & (PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_EC))
			len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? ";" : "",
						topo_addr_text(addr, f->addr));
	}
	return buf;
}

static void advise_clear(const struct view *v, const struct route *r, FILE *out)
{
	const struct route then = route_unredirected(v->t, r);
	const struct path_limit l = view_limit(v, &then, LIMIT_WRITE);
	char a[VIEW_TEXT], b[VIEW_TEXT], ports[ROUTE_HOPS_MAX * TOPO_ADDR];

	wrap(out, "  change ",
	     "`scripts/p2p-acs clear %s %s --apply`: ACS redirect off at run time, the kernel asked anew",
	     view_name(v, r->nic, a), view_name(v, r->target, b));
	if (l.hop >= 0)
		wrap(out, "         then: ", "through the switch, 64K writes at most %s%.4g GB/s",
		     l.source == PATH_ASSUMED ? "~" : "", l.hard.gbyte_s);
	wrap(out, "         tags: ", "%s: %s", then.tph >= ROUTE_TPH_8 ? "yes" : view_tph(then.tph),
	     then.tph_why);
	wrap(out, "  price  ",
	     "devices below that switch reach each other unchecked by the IOMMU; a reset of a port undoes "
	     "it");
	wrap(out, "  or     ", "boot with `pci=disable_acs_redir=%s`: the same, kept over resets",
	     list_redirects(v, r, ports, sizeof(ports)));
	wrap(out, "  price  ",
	     "NIC and target may share an IOMMU group: VFIO refuses the target (EPERM) while the NIC has its "
	     "driver");
}

static void advise_groups(const struct view *v, const struct route *r, FILE *out)
{
	const struct topo_fn *a = topo_fn(v->t, (size_t)r->nic), *b = topo_fn(v->t, (size_t)r->target);

	if (r->way != ROUTE_WAY_SWITCH || !a->cfg.bytes || view_kind(v, r->target) == VIEW_NIC)
		return;
	if (a->iommu_group >= 0 && a->iommu_group == b->iommu_group)
		advise(out,
		       "to use VFIO: boot with the kernel's own ACS settings, so that the groups are apart, "
		       "then `scripts/p2p-acs clear`",
		       "VFIO refuses the target (EPERM) as it is; after the change devices below the switch "
		       "are "
		       "not isolated");
	else if (a->iommu_group < 0 && b->iommu_group < 0 && view_kind(v, r->target) == VIEW_VFIO)
		advise(out,
		       "for VFIO with an IOMMU: boot with it on, then "
		       "`scripts/p2p-acs clear`",
		       "the kernel then sets ACS redirect at boot; without an IOMMU VFIO works in its "
		       "no-IOMMU "
		       "mode only");
}

static void advise_way(const struct view *v, const struct route *r, FILE *out)
{
	const struct topo_fn *nic = topo_fn(v->t, (size_t)r->nic);

	if (r->way == ROUTE_WAY_SELF || r->way == ROUTE_WAY_SWITCH)
		return;
	if (r->redirect >= 0 && r->common >= 0)
		advise_clear(v, r, out);
	else if (r->common < 0)
		advise(out, "put both cards below one PCIe switch: then the CPU is not on the way",
		       r->way == ROUTE_WAY_NONE
			       ? "a free slot there; nothing in software makes the kernel accept this pair"
			       : "a free slot there");
	if (r->redirect >= 0 && nic->cfg.ats.enabled &&
	    topo_fn(v->t, (size_t)r->redirect)->cfg.acs.ctrl & PCI_ACS_DT)
		advise(out,
		       "nothing: ATS is on and ACS direct translated (DT) too; the switch may turn the "
		       "traffic "
		       "all the same",
		       NULL);
}

/* Largest MPS that all functions of the way can. */
static unsigned int mps_possible(const struct view *v, const struct route *r)
{
	unsigned int most = LIMIT_PAGE;

	for (int i = 0; i < r->n_hops; i++) {
		const struct config_space *c = &topo_fn(v->t, (size_t)topo_pf(v->t, r->hop[i]))->cfg;

		if (!c->exp.has)
			return 0;
		most = c->exp.mps_max < most ? c->exp.mps_max : most;
	}
	return most;
}

/* One end sends packets that a function of the way does not take. */
static void advise_mismatch(const struct view *v, const struct route *r, FILE *out)
{
	const struct config_space *nic = &topo_fn(v->t, (size_t)topo_pf(v->t, r->nic))->cfg;
	const struct config_space *target = &topo_fn(v->t, (size_t)topo_pf(v->t, r->target))->cfg;
	char name[VIEW_TEXT], text[200];
	unsigned int low;

	if (r->mps_low < 0)
		return;
	low = topo_fn(v->t, (size_t)topo_pf(v->t, r->mps_low))->cfg.exp.mps;
	if (nic->exp.mps <= low && target->exp.mps <= low)
		return;
	snprintf(text, sizeof(text),
		 "MPS differs: %s takes %u bytes and can be sent more, a fatal error; boot with "
		 "pci=pcie_bus_safe",
		 view_name(v, r->mps_low, name), low);
	advise(out, text, NULL);
}

static void advise_mps(const struct view *v, const struct route *r, int narrow, FILE *out)
{
	const struct limit_message m = {.op = LIMIT_WRITE, .size = 65536};
	unsigned int most = mps_possible(v, r);
	enum path_source source;
	struct limit_link link;
	char text[200];

	if (narrow < 0 || !path_link(v->t, narrow, &link, &source) || source != PATH_CFG || most <= link.mps)
		return;
	link.mps = most;
	snprintf(text, sizeof(text),
		 "boot with pci=pcie_bus_safe: MPS %u on the way, 64K writes up to %.4g GB/s", most,
		 limit_of_link(&link, &m, false).gbyte_s);
	advise(out, text,
	       "all below the same Root Port must take it; a lesser card plugged in later does not work");
}

static void advise_links(const struct view *v, const struct route *r, FILE *out)
{
	char name[VIEW_TEXT], now[VIEW_TEXT], text[3 * VIEW_TEXT];

	for (int i = 0; i < r->n_hops; i++) {
		const struct topo_fn *f = topo_fn(v->t, (size_t)r->hop[i]);

		if (!route_degraded(v->t, r->hop[i]) || (r->common >= 0 && i == r->turn))
			continue;
		snprintf(text, sizeof(text),
			 "the link above %s runs at %s below what both ends can: reseat, try another slot",
			 view_name(v, r->hop[i], name), view_link_now(v, r->hop[i], now));
		advise(out, text,
		       f->cfg.exp.width < f->cfg.exp.width_max ? "downtime"
							       : "downtime, or firmware settings");
	}
}

void topo_advice(const struct view *v, const struct route *r, FILE *out)
{
	const struct path_limit narrow = view_limit(v, r, LIMIT_WRITE);

	if (r->way == ROUTE_WAY_UNKNOWN)
		advise(out, "unknown (run as root): the kernel shows the capabilities to root only", NULL);
	advise_mismatch(v, r, out);
	advise_way(v, r, out);
	advise_groups(v, r, out);
	advise_links(v, r, out);
	if (r->way != ROUTE_WAY_NONE)
		advise_mps(v, r, narrow.hop, out);
}
