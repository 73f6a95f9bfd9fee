// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Sets of responder queue pairs: one CQ a lane, filled round robin as the initiator's. */
#include <errno.h>
#include <stdlib.h>

#include "base/err.h"
#include "nic/nic_cm.h"
#include "peer/responder_priv.h"

int link_free(struct responder *r, struct link *l, struct err *e)
{
	int rc = 0, first = 0;

	if (!l)
		return 0;
	nic_cm_close(l->cm);
	for (uint32_t i = 0; l->qp && i < l->spec.n; i++) {
		rc = l->qp[i] ? nic_qp_destroy(r->nic, l->qp[i], first ? NULL : e) : 0;
		first = first ? first : rc;
	}
	for (uint32_t i = 0; l->cq && i < l->spec.lanes; i++) {
		rc = l->cq[i] ? nic_cq_destroy(r->nic, l->cq[i], first ? NULL : e) : 0;
		first = first ? first : rc;
	}
	free(l->qp);
	free(l->cq);
	free(l);
	return first;
}

static int check_spec(const struct peer_link_spec *s, struct err *e)
{
	uint64_t per_lane = s->lanes ? ((uint64_t)s->n + s->lanes - 1) / s->lanes : 0;
	uint64_t wrs = (uint64_t)s->recv_wrs + s->send_wrs;

	if (!s->n || !s->lanes || s->lanes > s->n || !s->send_wrs)
		return err_set(e, -EINVAL,
			       "peer: cannot connect %u queue pairs in %u lanes with %u sends each", s->n,
			       s->lanes, s->send_wrs);
	if (wrs > UINT32_MAX / per_lane)
		return err_set(e, -EINVAL, "peer: %llu work requests on each of %llu queue pairs of a lane",
			       (unsigned long long)wrs, (unsigned long long)per_lane);
	return 0;
}

/* Every work request of a lane's queue pairs may complete before one is polled. */
static int open_cqs(struct responder *r, struct link *l, struct err *e)
{
	const struct peer_link_spec *s = &l->spec;
	int rc = 0;

	for (uint32_t i = 0; !rc && i < s->lanes; i++) {
		uint32_t qps = (s->n - i + s->lanes - 1) / s->lanes;

		rc = nic_cq_create(r->nic, qps * (s->recv_wrs + s->send_wrs), &l->cq[i], e);
	}
	return rc;
}

static int create_one(struct responder *r, struct link *l, uint32_t i, struct nic_qp_addr *local,
		      struct err *e)
{
	struct ibv_cq *cq = l->cq[i % l->spec.lanes];
	struct nic_qp_spec spec = {
		.send_cq = cq,
		.recv_cq = cq,
		.send_wrs = l->spec.send_wrs,
		.recv_wrs = l->spec.recv_wrs,
	};
	int rc = nic_qp_create(r->nic, &spec, &l->qp[i], e);

	if (!rc)
		nic_qp_addr(r->nic, l->qp[i], local);
	return rc;
}

static struct link *link_alloc(const struct peer_link_spec *spec)
{
	struct link *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->spec = *spec;
	l->cq = calloc(spec->lanes, sizeof(struct ibv_cq *));
	l->qp = calloc(spec->n, sizeof(struct ibv_qp *));
	if (l->cq && l->qp)
		return l;
	free(l->cq);
	free(l->qp);
	free(l);
	return NULL;
}

int link_make(struct responder *r, const struct peer_link_spec *spec, struct nic_qp_addr *local,
	      struct link **out, struct err *e)
{
	int rc = check_spec(spec, e);
	struct link *l;

	*out = NULL;
	if (rc)
		return rc;
	l = link_alloc(spec);
	if (!l)
		return err_set(e, -ENOMEM, "peer: out of memory for %u queue pairs", spec->n);
	rc = open_cqs(r, l, e);
	for (uint32_t i = 0; !rc && i < spec->n; i++)
		rc = create_one(r, l, i, &local[i], e);
	if (rc) {
		link_free(r, l, NULL);
		return rc;
	}
	*out = l;
	return 0;
}

int responder_connect(struct responder *r, const struct peer_link_spec *spec,
		      const struct nic_qp_addr *remote, struct nic_qp_addr *local, uint32_t *link,
		      struct err *e)
{
	struct link *l;
	int rc = link_make(r, spec, local, &l, e);

	for (uint32_t i = 0; !rc && l && i < spec->n; i++)
		rc = nic_qp_connect(r->nic, l->qp[i], &local[i], &remote[i], responder_rights(r), e);
	if (!rc)
		rc = responder_table_add(&r->links, l, link, e);
	if (rc)
		link_free(r, l, NULL);
	return rc;
}

int responder_disconnect(struct responder *r, uint32_t link, struct err *e)
{
	struct link *l = responder_table_find(&r->links, link);

	if (!l)
		return err_set(e, -EINVAL, "peer: no link %u", link);
	if (responder_serves_link(r, l))
		return err_set(e, -EBUSY, "peer: link %u is serving", link);
	responder_table_drop(&r->links, link);
	return link_free(r, l, e);
}
