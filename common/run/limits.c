// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* From a point to what crosses which link, and from there to cells. */
#include "run/limits.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char limits_memcpy[] = "memcpy";

int limits_nic(const struct topo *t, const struct nic_attr *a)
{
	int fn = t && a->evidence == NIC_HARDWARE ? topo_find(t, a->name) : -1;

	return fn < 0 ? -1 : fn;
}

int limits_target(const struct topo *t, const struct config_memory *m)
{
	int fn = t && m->device ? topo_find(t, m->device) : -1;

	if (m->device || m->kind == MEM_FD)
		return fn < 0 ? LIMITS_ELSEWHERE : fn;
	return LIMITS_HOST;
}

static bool is_atomic(const struct op *op)
{
	return op->opcode == IBV_WR_ATOMIC_FETCH_AND_ADD || op->opcode == IBV_WR_ATOMIC_CMP_AND_SWP;
}

bool limits_traffic(const struct point *pt, const struct op *op, unsigned int mtu, struct path_ask *out)
{
	const int64_t *v = pt->v;
	bool many = v[AX_MEASURE] == MEASURE_BW || v[AX_MEASURE] == MEASURE_RATE;

	if (!many || !op->run || is_atomic(op))
		return false;
	*out = (struct path_ask){
		.message = {.op = v[AX_DIR] == DIR_BIDI ? LIMIT_BOTH
				  : v[AX_OP] == OP_READ ? LIMIT_READ
							: LIMIT_WRITE,
			    .size = (uint64_t)v[AX_SIZE],
			    .addr = v[AX_OFFSET] > 0 ? (uint64_t)v[AX_OFFSET] : 0,
			    .mtu = v[AX_MTU] > 0 ? (unsigned int)v[AX_MTU] : mtu,
			    .tph = v[AX_ST_EXT] >= 0 ? 16
				   : v[AX_ST] >= 0   ? 8
						     : 0},
		/* Inline data comes with the work request, which the model does not count. */
		.loopback = v[AX_INLINE] != 1,
	};
	return !limit_message_check(&out->message, NULL);
}

/*
 * Does the model bound that traffic? In both directions at once it does where both ends are host memory: each
 * message then crosses both ways, whichever it is. Between device and NIC the mix is known only afterwards.
 */
static bool has_bound(const struct route *r, struct path_ask *ask)
{
	if (r->way == ROUTE_WAY_HOST && ask->loopback && ask->message.op == LIMIT_BOTH)
		ask->message.op = LIMIT_WRITE;
	return ask->message.op != LIMIT_BOTH &&
	       (r->way == ROUTE_WAY_HOST || r->way == ROUTE_WAY_SWITCH || r->way == ROUTE_WAY_HOST_BRIDGE);
}

struct bound limits_bound(const struct topo *t, int nic, int target, const struct path_ask *ask)
{
	struct bound b = BOUND_UNKNOWN;
	struct path_ask traffic;
	struct path_limit l;
	struct route r;

	if (!t || nic < 0 || target == LIMITS_ELSEWHERE)
		return b;
	r = target == LIMITS_HOST ? route_host(t, nic) : route_find(t, nic, target);
	b.route = route_way_name(r.way);
	b.class = target == LIMITS_HOST || r.class == ROUTE_SELF ? "" : route_class_name(r.class);
	if (!ask)
		return b;
	traffic = *ask;
	if (!has_bound(&r, &traffic))
		return b;
	l = path_limit(t, &r, &traffic);
	if (l.hop < 0 || !(l.hard.gbyte_s > 0))
		return b;
	b.hard = l.hard.gbyte_s;
	b.expected = l.expected.gbyte_s;
	b.by = limit_by_name(l.hard.by);
	b.source = path_source_name(l.source);
	b.certain = l.source == PATH_CFG;
	topo_addr_text(b.hop, topo_fn(t, (size_t)l.hop)->addr);
	return b;
}

struct limits_net limits_net(const struct limits_end *a, const struct limits_end *b)
{
	struct limits_net net = {.name = "none", .port = {.ip = 4}};
	bool known = a->t && b->t && a->nic >= 0 && b->nic >= 0;
	struct topo_port pa, pb;

	if (known && a->t == b->t && topo_pf(a->t, a->nic) == topo_pf(b->t, b->nic))
		return net;
	net.name = "";
	if (!known || topo_port(a->t, a->nic, a->port, &pa) || topo_port(b->t, b->nic, b->port, &pb) ||
	    pa.ethernet != pb.ethernet)
		return net;
	net.name = pa.ethernet ? "roce" : "ib";
	net.port.net = pa.ethernet ? LIMIT_ROCE : LIMIT_IB;
	net.number = pa.gbit <= pb.gbit ? a->port : b->port;
	/* Half of it known would be no more than the other half. */
	net.port.gbit = pa.gbit > 0 && pb.gbit > 0 ? fmin(pa.gbit, pb.gbit) : 0;
	return net;
}

/* 0 = unknown, which bounds nothing. */
static double lesser(double a, double b)
{
	return !(a > 0) || (b > 0 && b < a) ? b : a;
}

/* The side of @b that does not bind leaves no trace but its doubts. */
static void narrow(struct bound *b, const struct bound *by)
{
	if (!(by->hard > 0))
		return;
	b->expected = lesser(b->expected, by->expected);
	b->certain = b->hard > 0 ? b->certain && by->certain : by->certain;
	if (b->hard > 0 && b->hard <= by->hard)
		return;
	b->hard = by->hard;
	b->by = by->by;
	b->source = by->source;
	memcpy(b->hop, by->hop, sizeof(b->hop));
}

static struct bound wire_bound(const struct limits_net *net, const struct path_ask *ask)
{
	struct limit_message m = ask->message;
	struct bound b = BOUND_UNKNOWN;

	if (!(net->port.gbit > 0))
		return b;
	m.mtu = m.mtu ? m.mtu : LIMIT_PAGE; /* the longest packets have the fewest headers */
	b.hard = limit_of_port(&net->port, &m).gbyte_s;
	b.expected = b.hard;
	b.by = limit_by_name(LIMIT_WIRE);
	b.source = path_source_name(PATH_SYSFS);
	b.certain = true;
	snprintf(b.hop, sizeof(b.hop), "port %d", net->number);
	return b;
}

/* The same traffic seen from the end that posts. */
static struct path_ask reversed(const struct path_ask *ask)
{
	struct path_ask r = *ask;

	r.message.op = ask->message.op == LIMIT_WRITE  ? LIMIT_READ
		       : ask->message.op == LIMIT_READ ? LIMIT_WRITE
						       : LIMIT_BOTH;
	r.message.tph = 0;
	return r;
}

/* A hop of the other machine says so. */
static void mark_far(struct bound *b)
{
	char hop[sizeof(b->hop)];

	if (!b->hop[0])
		return;
	snprintf(hop, sizeof(hop), "peer %.*s", (int)sizeof(hop) - 6, b->hop);
	memcpy(b->hop, hop, sizeof(hop));
}

struct bound limits_between(const struct limits_end *here, const struct limits_end *there,
			    const struct limits_net *net, const struct path_ask *ask)
{
	struct path_ask to, from;
	struct bound b, side, wire;

	if (!ask)
		return limits_bound(there->t, there->nic, there->memory, NULL);
	to = *ask;
	to.loopback = false;
	from = reversed(&to);
	b = limits_bound(there->t, there->nic, there->memory, &to);
	if (here->t != there->t)
		mark_far(&b);
	side = limits_bound(here->t, here->nic, here->memory, &from);
	wire = wire_bound(net, ask);
	narrow(&b, &side);
	narrow(&b, &wire);
	return b;
}

/* The source that is less sure is told. */
static void in_turn(struct bound *a, const struct bound *b)
{
	const struct limit hard =
		limit_serial((struct limit){.gbyte_s = a->hard}, (struct limit){.gbyte_s = b->hard});

	if (a->expected > 0 && b->expected > 0)
		a->expected = 1 / (1 / a->expected + 1 / b->expected);
	else
		a->expected = 0;
	if (b->hard < a->hard)
		memcpy(a->hop, b->hop, sizeof(a->hop));
	a->hard = hard.gbyte_s;
	a->by = limit_by_name(hard.by);
	a->source = a->certain ? b->source : a->source;
	a->certain = a->certain && b->certain;
}

struct bound limits_bounce(const struct topo *t, int nic, int target, const struct path_ask *ask,
			   bool in_turns)
{
	struct bound b = limits_bound(t, nic, LIMITS_HOST, ask), copy;
	struct path_ask stores;

	if (!ask || target < 0)
		return b;
	stores = (struct path_ask){.message = {.op = LIMIT_WRITE, .size = ask->message.size}};
	copy = limits_bound(t, target, LIMITS_HOST, &stores);
	if (in_turns && b.hard > 0 && copy.hard > 0)
		in_turn(&b, &copy);
	else
		narrow(&b, &copy);
	return b;
}

enum limits_verdict limits_judge(const struct bound *b, double gbyte_s, bool blurred)
{
	if (!(gbyte_s > b->hard) || !(b->hard > 0) || b->by == limits_memcpy)
		return LIMITS_WITHIN;
	return b->certain && !blurred ? LIMITS_IMPOSSIBLE : LIMITS_ABOVE;
}

void limits_row(struct row *row, const struct bound *b)
{
	row_text(row, COL_ROUTE, b->route);
	row_text(row, COL_CLASS, b->class);
	if (!(b->hard > 0))
		return;
	row_num(row, COL_LIMIT_GBYTE_S, b->hard);
	if (b->expected > 0)
		row_num(row, COL_EXPECTED_GBYTE_S, b->expected);
	row_text(row, COL_LIMIT_BY, b->by);
	row_text(row, COL_LIMIT_HOP, b->hop);
	row_text(row, COL_LIMIT_SOURCE, b->source);
}
