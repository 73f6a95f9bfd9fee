// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "limit/path.h"

#include "base/cleanup.h"

/* What an endpoint is taken to have when its config space cannot be read: the defaults of the specification.
 */
enum { MPS_ASSUMED = 128, MRRS_ASSUMED = 512, RCB_ASSUMED = 64, MRRS_MOST = 4096 };

/* Completion boundary of an endpoint's own memory; the one in config space is the Root Port's. */
enum { RCB_DEVICE = 128 };

const char *path_source_name(enum path_source s)
{
	static const char *const name[] = {"cfg", "sysfs", "user", "assumed"};

	return name[s];
}

/* Tenths of GT/s to generation. */
static unsigned int gen_of(unsigned int speed)
{
	static const unsigned int tenths[] = {25, 50, 80, 160, 320, 640};

	for (unsigned int i = 0; i < ARRAY_LEN(tenths); i++)
		if (tenths[i] == speed)
			return i + 1;
	return 0;
}

static unsigned int min_u32(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

bool path_link(const struct topo *t, int i, struct limit_link *out, enum path_source *source)
{
	/* A VF's own link and device registers are reserved. */
	const struct topo_fn *f = topo_fn(t, (size_t)topo_pf(t, i));
	const struct topo_fn *up = f->up < 0 ? NULL : topo_fn(t, (size_t)f->up);
	const struct config_space *c = &f->cfg;

	*out = (struct limit_link){
		.gen = c->exp.has ? c->exp.gen : gen_of(f->speed),
		.width = c->exp.has ? c->exp.width : f->width,
		.mps = MPS_ASSUMED,
		.mrrs = MRRS_ASSUMED,
		.rcb = RCB_ASSUMED,
		.addr64 = true,
	};
	*source = PATH_ASSUMED;
	if (!up || !route_has_link(t, i) || !out->gen || out->gen > 6 || !out->width || out->width > 32)
		return false;
	if (!c->exp.has || !up->cfg.exp.has)
		return true;
	*source = PATH_CFG;
	out->flit = c->exp.flit;
	out->mps = min_u32(c->exp.mps, up->cfg.exp.mps);
	out->mrrs = min_u32(c->exp.mrrs, MRRS_MOST);
	out->rcb = c->exp.rcb;
	out->ecrc = c->aer.has && c->aer.ecrc;
	return out->mps <= MRRS_MOST;
}

/* Place of @fn in @hop, -1 = not there. */
static int place(const int *hop, int n, int fn)
{
	for (int i = 0; i < n; i++)
		if (hop[i] == fn)
			return i;
	return -1;
}

static struct limit_ledger load_of(const struct limit_link *l, const struct limit_message *m,
				   enum limit_op op)
{
	struct limit_message one = *m;

	one.op = op;
	return limit_message_load(l, &one);
}

static enum limit_op other_end(enum limit_op op)
{
	return op == LIMIT_WRITE ? LIMIT_READ : op == LIMIT_READ ? LIMIT_WRITE : LIMIT_BOTH;
}

/* Below the CPU: by a switch, or by what is known of the way. */
static bool turns_below(const struct route *r)
{
	return r->common >= 0 && (r->way == ROUTE_WAY_SWITCH || r->way == ROUTE_WAY_UNKNOWN);
}

/* What crosses the link above @fn between NIC and target; @l: as that traffic is cut. */
static struct limit_ledger peer_load(const struct limit_link *l, const struct route *r,
				     const struct limit_message *m, int fn)
{
	bool on_way = place(r->hop, r->n_hops, fn) >= 0;
	int above = place(r->nic_up, r->n_nic_up, fn);
	struct limit_ledger one = load_of(l, m, m->op), sum = {0}, down;

	if (r->way == ROUTE_WAY_SELF || (turns_below(r) && fn == r->common))
		return sum;
	/* Sent up past where both sides meet, it comes down the same links: each direction has both. */
	if (r->common >= 0 && !turns_below(r) && above >= r->turn) {
		down = (struct limit_ledger){one.back, one.fwd, one.n_back, one.n_fwd};
		sum = one;
		limit_ledger_add(&sum, &down);
	} else if (on_way) {
		sum = one;
	}
	return sum;
}

/* What ends in host memory: the target, and the other end of the data when the NIC is initiator too. */
static struct limit_ledger host_load(const struct limit_link *l, const struct route *r,
				     const struct path_ask *ask, int fn)
{
	struct limit_message host = ask->message;
	struct limit_ledger sum = {0}, one;

	if (place(r->nic_up, r->n_nic_up, fn) < 0)
		return sum;
	if (r->way == ROUTE_WAY_HOST)
		sum = load_of(l, &ask->message, ask->message.op);
	if (!ask->loopback)
		return sum;
	host.tph = 0;
	host.addr = 0;
	one = load_of(l, &host, other_end(ask->message.op));
	limit_ledger_add(&sum, &one);
	return sum;
}

struct sum {
	struct path_limit best;
	unsigned int way_mps; /* of the smallest on a way below the CPU, where nothing splits packets */
	unsigned int mrrs;    /* of the NIC, who makes the requests; 0 unknown */
};

static void consider(const struct topo *t, const struct route *r, const struct path_ask *ask, int fn,
		     struct sum *s)
{
	struct path_limit *best = &s->best;
	struct limit_ledger load, host;
	struct limit_link link, peer;
	enum path_source source;
	struct limit hard;

	if (!path_link(t, fn, &link, &source)) {
		if (route_has_link(t, fn))
			best->source = PATH_ASSUMED;
		return;
	}
	link.mrrs = s->mrrs ? s->mrrs : link.mrrs;
	peer = link;
	peer.rcb = RCB_DEVICE;
	peer.mps = turns_below(r) ? min_u32(link.mps, s->way_mps) : link.mps;
	load = peer_load(&peer, r, &ask->message, fn);
	host = host_load(&link, r, ask, fn);
	limit_ledger_add(&load, &host);
	if (!load.fwd && !load.back)
		return;
	best->source = source > best->source ? source : best->source;
	hard = limit_of_load(&link, &load, ask->message.size, false);
	if (best->hop >= 0 && hard.gbyte_s >= best->hard.gbyte_s)
		return;
	best->hard = hard;
	best->expected = limit_of_load(&link, &load, ask->message.size, true);
	best->hop = fn;
}

struct path_limit path_limit(const struct topo *t, const struct route *r, const struct path_ask *ask)
{
	const struct config_space *nic = &topo_fn(t, (size_t)topo_pf(t, r->nic))->cfg;
	struct sum s = {.best = {.hop = -1, .source = PATH_CFG},
			.way_mps = MRRS_MOST,
			.mrrs = nic->exp.has ? min_u32(nic->exp.mrrs, MRRS_MOST) : 0};
	enum path_source source;
	struct limit_link link;

	for (int i = 0; i < r->n_hops; i++)
		if (r->hop[i] != r->common && path_link(t, r->hop[i], &link, &source))
			s.way_mps = min_u32(s.way_mps, link.mps);
	for (int i = 0; i < r->n_hops; i++)
		consider(t, r, ask, r->hop[i], &s);
	for (int i = 0; i < r->n_nic_up; i++)
		if (place(r->hop, r->n_hops, r->nic_up[i]) < 0)
			consider(t, r, ask, r->nic_up[i], &s);
	return s.best;
}
