// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The links of a way: which is the slowest, which runs below its means, who takes the smallest packets. */
#include <linux/pci_regs.h>

#include "base/cleanup.h"
#include "topo/route_priv.h"

/* A link as one end sees it; speeds in tenths of GT/s, 0 = unknown. */
struct end {
	unsigned int speed, width, max_speed, max_width;
};

static struct end end_of(const struct topo_fn *f)
{
	static const unsigned int by_gen[] = {0, 25, 50, 80, 160, 320, 640};
	const struct config_space *c = &f->cfg;

	if (!c->exp.has || !c->exp.gen || c->exp.gen >= ARRAY_LEN(by_gen))
		return (struct end){f->speed, f->width, f->max_speed, f->max_width};
	return (struct end){by_gen[c->exp.gen], c->exp.width,
			    c->exp.gen_max < ARRAY_LEN(by_gen) ? by_gen[c->exp.gen_max] : 0,
			    c->exp.width_max};
}

double route_link_rate(const struct topo_fn *f)
{
	struct end end = end_of(f);
	double gt = end.speed / 10.0;
	double coding = gt < 6 ? 0.8 : gt < 64 ? 128.0 / 130 : 1;
	double flits = gt >= 64 || f->cfg.exp.flit ? 236.0 / 256 : 1;

	return gt * coding * flits * end.width / 8;
}

static int depth(const struct topo *t, int fn)
{
	int n = 0;

	for (fn = topo_fn(t, (size_t)fn)->up; fn >= 0; fn = topo_fn(t, (size_t)fn)->up)
		n++;
	return n;
}

bool route_has_link(const struct topo *t, int fn)
{
	const struct topo_fn *f = topo_fn(t, (size_t)fn), *up = f->up < 0 ? NULL : topo_fn(t, (size_t)f->up);

	if (!up)
		return false;
	if (up->cfg.exp.has)
		return up->cfg.exp.type == PCI_EXP_TYPE_ROOT_PORT ||
		       up->cfg.exp.type == PCI_EXP_TYPE_DOWNSTREAM ||
		       up->cfg.exp.type == PCI_EXP_TYPE_PCIE_BRIDGE;
	/* Unreadable: links and insides of switches take turns from the Root Port down. */
	return up->cfg.bytes <= CONFIG_UNPRIVILEGED && depth(t, fn) % 2;
}

static bool below(unsigned int now, unsigned int a, unsigned int b)
{
	return now && now < a && now < b;
}

bool route_degraded(const struct topo *t, int fn)
{
	int pf = topo_pf(t, fn), up = topo_fn(t, (size_t)pf)->up;
	struct end a, b;

	if (up < 0 || !route_has_link(t, pf))
		return false;
	a = end_of(topo_fn(t, (size_t)pf));
	b = end_of(topo_fn(t, (size_t)up));
	return below(a.speed, a.max_speed, b.max_speed) || below(a.width, a.max_width, b.max_width);
}

struct survey {
	double slowest;
	unsigned int mps, mps_max;
};

/* @fn may be a VF, whose own link and device registers are reserved. */
static void survey_one(const struct topo *t, struct route *r, int fn, struct survey *s)
{
	const struct topo_fn *f = topo_fn(t, (size_t)topo_pf(t, fn));
	double rate = route_has_link(t, fn) ? route_link_rate(f) : 0;

	if (rate > 0 && (r->slowest < 0 || rate < s->slowest)) {
		r->slowest = fn;
		s->slowest = rate;
	}
	if (r->degraded < 0 && route_degraded(t, fn))
		r->degraded = fn;
	if (!f->cfg.exp.has)
		return;
	if (!s->mps || f->cfg.exp.mps < s->mps) {
		r->mps_low = fn;
		s->mps = f->cfg.exp.mps;
	}
	if (f->cfg.exp.mps > s->mps_max)
		s->mps_max = f->cfg.exp.mps;
}

void route_survey_links(const struct topo *t, struct route *r)
{
	bool up = r->common >= 0 && r->way != ROUTE_WAY_HOST_BRIDGE && r->way != ROUTE_WAY_NONE;
	struct survey s = {0};

	/* Traffic that turns below the CPU does not use the link of the port where it turns. */
	for (int i = 0; i < r->n_hops; i++)
		if (!(up && i == r->turn && r->n_hops > 1))
			survey_one(t, r, r->hop[i], &s);
	/* Sent up by ACS, it passes everything above as well; without common function the hops hold that. */
	for (int i = r->turn + 1; !up && r->common >= 0 && i < r->n_nic_up; i++)
		survey_one(t, r, r->nic_up[i], &s);
	if (s.mps == s.mps_max)
		r->mps_low = -1;
}
