// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Does a steering tag arrive? The NIC must be let send it (drivers/pci/tph.c takes the lesser of the NIC's
 * capability and its Root Port's, also for traffic that never gets that far), the way must carry it, the
 * target must take it.
 */
#include <linux/pci_regs.h>

#include "topo/route_priv.h"

enum { COMPLETER_EXTENDED = 3 };

/* The NIC's Root Port; NULL for one on the root bus. */
static const struct topo_fn *root_port(const struct topo *t, const struct route *r)
{
	const struct topo_fn *top = topo_fn(t, (size_t)r->nic_up[r->n_nic_up - 1]);

	return r->n_nic_up > 1 ? top : NULL;
}

/* Part of the Root Complex: the kernel asks no Root Port. */
static bool integrated(const struct topo_fn *f)
{
	return f->cfg.exp.has && f->cfg.exp.type == PCI_EXP_TYPE_RC_END;
}

/* Why no tag arrives, whatever is not known; NULL = nothing speaks against it. */
static const char *refusal(const struct route *r, const struct topo_fn *nic, const struct topo_fn *target,
			   const struct topo_fn *root)
{
	if (r->way == ROUTE_WAY_NONE)
		return "there is no way";
	if (r->way == ROUTE_WAY_SELF)
		return "the traffic stays inside the function";
	if (r->way == ROUTE_WAY_HOST_BRIDGE)
		return "the CPU lies on the way and most likely drops the hint; a switch is needed";
	if (nic->cfg.bytes > 256 && !nic->cfg.tph.has)
		return "the NIC has no TPH requester capability";
	if (target->cfg.bytes > CONFIG_UNPRIVILEGED && !target->cfg.exp.tph_completer)
		return "the target is no TPH completer (DevCap2)";
	if (integrated(nic))
		return NULL;
	if (!root && nic->cfg.bytes > CONFIG_UNPRIVILEGED)
		return "the NIC has no Root Port above it: the kernel does not enable its TPH";
	if (root && root->cfg.bytes > CONFIG_UNPRIVILEGED && !root->cfg.exp.tph_completer)
		return "the NIC's Root Port is no TPH completer: the kernel does not enable the NIC's TPH";
	return NULL;
}

/*
 * Outside flit mode a 16-bit tag travels in an end-end prefix, which both ends of every link on the way must
 * carry. The function at the turn uses no link of its own. Return: the first that does not, -1 = none.
 */
static int no_prefix(const struct topo *t, const struct route *r)
{
	for (int i = 0; i < r->n_hops; i++) {
		const struct config_space *c = &topo_fn(t, (size_t)topo_pf(t, r->hop[i]))->cfg;

		if (!(r->common >= 0 && i == r->turn) && !c->exp.prefix && !c->exp.flit)
			return r->hop[i];
	}
	return -1;
}

/* All take 8 bits; do they take 16? */
static enum route_tph widest(const struct topo *t, struct route *r, const struct topo_fn *nic,
			     const struct topo_fn *target, const struct topo_fn *root)
{
	int stop = no_prefix(t, r);
	char name[TOPO_ADDR];
	const char *who = NULL;

	if (!nic->cfg.tph.extended)
		who = "the NIC";
	else if (root && root->cfg.exp.tph_completer != COMPLETER_EXTENDED)
		who = "the NIC's Root Port";
	else if (target->cfg.exp.tph_completer != COMPLETER_EXTENDED)
		who = "the target";
	if (who) {
		snprintf(r->tph_why, sizeof(r->tph_why), "8-bit tags; %s takes no 16-bit ones", who);
		return ROUTE_TPH_8;
	}
	if (stop >= 0) {
		topo_addr_text(name, topo_fn(t, (size_t)stop)->addr);
		snprintf(r->tph_why, sizeof(r->tph_why),
			 "8-bit tags; %s carries no end-end prefix, in which 16-bit ones travel", name);
		return ROUTE_TPH_8;
	}
	snprintf(r->tph_why, sizeof(r->tph_why), "NIC, Root Port and target take 16-bit tags");
	return ROUTE_TPH_16;
}

void route_find_tph(const struct topo *t, struct route *r)
{
	const struct topo_fn *nic = topo_fn(t, (size_t)r->nic), *target = topo_fn(t, (size_t)r->target);
	const struct topo_fn *root = integrated(nic) ? NULL : root_port(t, r);
	const char *why = refusal(r, nic, target, root);

	if (why) {
		snprintf(r->tph_why, sizeof(r->tph_why), "%s", why);
		r->tph = ROUTE_TPH_NO;
	} else if (nic->cfg.bytes <= 256 || target->cfg.bytes <= CONFIG_UNPRIVILEGED ||
		   (root && root->cfg.bytes <= CONFIG_UNPRIVILEGED)) {
		snprintf(r->tph_why, sizeof(r->tph_why), "config space is not readable (run as root)");
		r->tph = ROUTE_TPH_UNKNOWN;
	} else if (r->way == ROUTE_WAY_UNKNOWN) {
		snprintf(r->tph_why, sizeof(r->tph_why), "the way is not known");
		r->tph = ROUTE_TPH_UNKNOWN;
	} else {
		r->tph = widest(t, r, nic, target, root);
	}
}
