// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Links: queue pairs with a CQ for each lane, connected to as many at the responder. */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "nic/nic_cm.h"
#include "run/setup_parts.h"

enum { ECHO_WRS = 16 }; /* what the responder may post itself: answers go out one at a time */

static size_t place_of(const struct setup_link *l, uint32_t i)
{
	return (size_t)(i % l->lanes) * l->per_lane + i / l->lanes;
}

static int create_qps(const struct setup *s, const struct link_need *need, struct setup_link *l,
		      const struct mark **where, struct err *e)
{
	for (uint32_t i = 0; i < l->lanes; i++) {
		int rc = nic_cq_create(s->nic, need->cqes, &l->cq[i], e);

		if (rc)
			return rc;
	}
	for (uint32_t i = 0; i < need->qps; i++) {
		struct ibv_cq *cq = l->cq[i % l->lanes];
		struct nic_qp_spec spec = {
			.send_cq = cq,
			.recv_cq = cq,
			.send_wrs = need->wrs[i],
			.inline_bytes = need->inline_bytes,
			.wr_api = need->key.wr_api,
		};
		size_t at = place_of(l, i);
		int rc = nic_qp_create(s->nic, &spec, &l->qp[at], e);

		*where = need->inline_bytes ? need->inlined : need->widest;
		if (rc)
			return rc;
		l->qpx[at] = spec.wr_api ? nic_qp_ex(s->nic, l->qp[at]) : NULL;
	}
	return 0;
}

/* Both ends take the smaller value, so asking for less is said once, in the address handed over. */
static void lower(struct nic_qp_addr *a, const struct link_key *k)
{
	if (k->mtu != AXIS_EMPTY && (uint64_t)k->mtu < a->mtu)
		a->mtu = (uint32_t)k->mtu;
	if (k->rd_atomic == AXIS_EMPTY)
		return;
	if ((uint64_t)k->rd_atomic < a->rd_atomic)
		a->rd_atomic = (uint32_t)k->rd_atomic;
	if ((uint64_t)k->rd_atomic < a->rd_init)
		a->rd_init = (uint32_t)k->rd_atomic;
}

/* The responder writes its echoes to the source. */
enum { LINK_ACCESS = IBV_ACCESS_REMOTE_WRITE };

static int connect_oob(const struct setup *s, const struct peer_link_spec *spec, struct setup_link *l,
		       struct nic_qp_addr *local, struct err *e)
{
	struct nic_qp_addr *remote = local + spec->n;
	int rc = peer_connect(s->peer, spec, local, remote, &l->peer, e);

	l->connected = !rc;
	for (uint32_t i = 0; !rc && i < spec->n; i++)
		rc = nic_qp_connect(s->nic, l->qp[place_of(l, i)], &local[i], &remote[i], LINK_ACCESS, e);
	return rc;
}

static int connect_cm(const struct setup *s, const struct peer_link_spec *spec, struct setup_link *l,
		      const struct nic_qp_addr *local, struct err *e)
{
	CLEANUP_FREE struct ibv_qp **qp = calloc(spec->n, sizeof(struct ibv_qp *));
	const struct nic_cm_set set = {.n = spec->n, .qp = qp, .local = local, .access = LINK_ACCESS};
	int rc;

	if (!qp)
		return err_set(e, -ENOMEM, "setup: out of memory for %u queue pairs", spec->n);
	for (uint32_t i = 0; i < spec->n; i++)
		qp[i] = l->qp[place_of(l, i)];
	rc = peer_connect_cm(s->peer, spec, s->nic, &set, &l->cm, &l->peer, e);
	l->connected = !rc;
	return rc;
}

static int connect_qps(const struct setup *s, const struct link_need *need, uint32_t recv_wrs,
		       struct setup_link *l, struct nic_qp_addr *addr, struct err *e)
{
	struct peer_link_spec spec = {
		.n = need->qps,
		.lanes = l->lanes,
		.recv_wrs = recv_wrs,
		.send_wrs = ECHO_WRS,
	};

	for (uint32_t i = 0; i < need->qps; i++) {
		nic_qp_addr(s->nic, l->qp[place_of(l, i)], &addr[i]);
		lower(&addr[i], &need->key);
	}
	return need->key.cm ? connect_cm(s, &spec, l, addr, e) : connect_oob(s, &spec, l, addr, e);
}

static int allocate(struct setup_link *l)
{
	size_t places = (size_t)l->lanes * l->per_lane;

	l->cq = calloc(l->lanes, sizeof(struct ibv_cq *));
	l->qp = calloc(places, sizeof(struct ibv_qp *));
	l->qpx = calloc(places, sizeof(struct ibv_qp_ex *));
	return l->cq && l->qp && l->qpx ? 0 : -ENOMEM;
}

int setup_link_make(const struct setup *s, const struct link_need *need, uint32_t recv_wrs,
		    struct setup_link *out, const struct mark **where, struct err *e)
{
	uint32_t lanes = need->key.lanes > 1 ? (uint32_t)need->key.lanes : 1;
	struct nic_qp_addr *addr = calloc(2 * (size_t)need->qps, sizeof(*addr));
	int rc;

	*where = need->widest;
	*out = (struct setup_link){
		.key = need->key,
		.lanes = lanes,
		.per_lane = (need->qps + lanes - 1) / lanes,
	};
	rc = allocate(out);
	if (rc || !addr) {
		free(addr);
		err_set(e, -ENOMEM, "setup: out of memory for %u queue pairs", need->qps);
		return -ENOMEM;
	}
	rc = create_qps(s, need, out, where, e);
	if (!rc)
		rc = connect_qps(s, need, recv_wrs, out, addr, e);
	free(addr);
	return rc;
}

void setup_link_close(const struct setup *s, struct setup_link *l)
{
	nic_cm_close(l->cm);
	for (size_t i = 0; l->qp && i < (size_t)l->lanes * l->per_lane; i++)
		if (l->qp[i])
			nic_qp_destroy(s->nic, l->qp[i], NULL);
	if (l->connected)
		peer_disconnect(s->peer, l->peer, NULL);
	for (uint32_t i = 0; l->cq && i < l->lanes; i++)
		if (l->cq[i])
			nic_cq_destroy(s->nic, l->cq[i], NULL);
	free(l->qp);
	free(l->qpx);
	free(l->cq);
	*l = (struct setup_link){0};
}

/* Twice what can be in flight, so that a responder that posts them anew in bursts is not the bottleneck. */
static uint32_t receives(const struct setup *s, const struct link_need *need)
{
	const struct nic_attr *a = peer_nic_attr(s->peer);
	uint32_t lanes = (uint32_t)need->key.lanes, per_lane = (need->qps + lanes - 1) / lanes;
	uint64_t wrs = 2 * (uint64_t)need->wrs[0];

	wrs = wrs < a->max_qp_wr ? wrs : a->max_qp_wr;
	return (uint32_t)((wrs + ECHO_WRS) * per_lane < a->max_cqe ? wrs : a->max_cqe / per_lane - ECHO_WRS);
}

int setup_link_open(const struct setup *s, const struct point *pt, const struct op *op,
		    struct setup_link *link, struct err *e)
{
	struct link_need need = {.key = setup_link_key(s->wr_api, pt)};
	const struct mark *where;
	int rc = setup_link_need_add(&need, s->config, pt, op);

	*link = (struct setup_link){0};
	if (rc)
		return err_set(e, rc, "setup: out of memory");
	setup_link_need_done(&need);
	rc = setup_link_make(s, &need, receives(s, &need), link, &where, e);
	if (rc)
		setup_link_close(s, link);
	free(need.wrs);
	return rc;
}
