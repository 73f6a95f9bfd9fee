// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The responder in this process. A target is a buffer and its MR; a connection is a responder QP per
 * initiator QP. Requests carry handles, addresses and keys only, as a transport will need them.
 */
#include "peer/peer.h"

#include <errno.h>
#include <stdlib.h>

#include "base/err.h"

enum {
	PEER_ACCESS = IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_REMOTE_READ,
	PEER_SEND_DEPTH = 1, /* the responder never posts; a QP needs room for one all the same */
};

struct target {
	struct mem_buf buf;
	struct nic_mr mr;
};

struct peer {
	struct nic *nic;
	const struct sys *sys;
	struct target **target; /* by id; NULL = closed */
	uint32_t n_targets;
	struct ibv_cq *cq;
	struct ibv_qp **qp;
	uint32_t n_qps;
};

int peer_open(struct nic *nic, const struct sys *sys, struct peer **out, struct err *e)
{
	struct peer *p = calloc(1, sizeof(*p));

	if (!p)
		return err_set(e, -ENOMEM, "peer: out of memory");
	p->nic = nic;
	p->sys = sys;
	*out = p;
	return 0;
}

static int target_free(struct peer *p, struct target *t, struct err *e)
{
	int rc = nic_mr_dereg(p->nic, &t->mr, e);

	mem_close(&t->buf);
	free(t);
	return rc;
}

void peer_close(struct peer *p)
{
	if (!p)
		return;
	peer_disconnect(p, NULL);
	for (uint32_t i = 0; i < p->n_targets; i++)
		if (p->target[i])
			target_free(p, p->target[i], NULL);
	free(p->target);
	free(p);
}

static int add_target(struct peer *p, struct target *t, struct err *e)
{
	struct target **grown = reallocarray(p->target, p->n_targets + 1, sizeof(struct target *));

	if (!grown)
		return err_set(e, -ENOMEM, "peer: out of memory for a target");
	p->target = grown;
	p->target[p->n_targets++] = t;
	return 0;
}

int peer_target_open(struct peer *p, const struct config_memory *m, struct peer_target *out, struct err *e)
{
	struct target *t = calloc(1, sizeof(*t));
	int rc;

	if (!t)
		return err_set(e, -ENOMEM, "peer: out of memory for a target");
	rc = mem_open(m, p->sys, &t->buf, e);
	if (!rc)
		rc = nic_mr_reg(p->nic, &t->buf, 0, t->buf.bytes, PEER_ACCESS | IBV_ACCESS_LOCAL_WRITE,
				&t->mr, e);
	if (!rc)
		rc = add_target(p, t, e);
	if (rc) {
		target_free(p, t, NULL);
		return rc;
	}
	*out = (struct peer_target){
		.id = p->n_targets - 1,
		.addr = t->mr.addr,
		.rkey = t->mr.mr->rkey,
		.bytes = t->mr.bytes,
		.kind = t->buf.kind,
		.reg_ns = t->mr.reg_ns,
	};
	return 0;
}

/* The target, when @id names an open one that [offset, offset+bytes) lies in and the CPU can reach. */
static struct target *find_target(struct peer *p, uint32_t id, uint64_t offset, uint64_t bytes, struct err *e)
{
	struct target *t = id < p->n_targets ? p->target[id] : NULL;

	if (!t || offset > t->buf.bytes || bytes > t->buf.bytes - offset) {
		err_set(e, -EINVAL, "peer: no target %u with %llu bytes at offset %llu", id,
			(unsigned long long)bytes, (unsigned long long)offset);
		return NULL;
	}
	if (!t->buf.va) {
		err_set(e, -EINVAL, "peer: target %u (%s) has no CPU mapping", id,
			mem_kind_name(t->buf.kind));
		return NULL;
	}
	return t;
}

int peer_target_close(struct peer *p, uint32_t id, struct err *e)
{
	struct target *t = id < p->n_targets ? p->target[id] : NULL;

	if (!t)
		return err_set(e, -EINVAL, "peer: no target %u", id);
	p->target[id] = NULL;
	return target_free(p, t, e);
}

static int connect_one(struct peer *p, const struct nic_qp_addr *remote, struct nic_qp_addr *local,
		       struct err *e)
{
	struct ibv_qp **qp = &p->qp[p->n_qps];
	int rc = nic_qp_create(p->nic, p->cq, PEER_SEND_DEPTH, qp, e);

	if (rc)
		return rc;
	p->n_qps++;
	nic_qp_addr(p->nic, *qp, local);
	return nic_qp_connect(p->nic, *qp, local, remote, PEER_ACCESS, e);
}

int peer_connect(struct peer *p, const struct nic_qp_addr *remote, struct nic_qp_addr *local, uint32_t n,
		 struct err *e)
{
	int rc = peer_disconnect(p, e);

	if (rc)
		return rc;
	p->qp = calloc(n, sizeof(struct ibv_qp *));
	if (!p->qp)
		return err_set(e, -ENOMEM, "peer: out of memory for %u queue pairs", n);
	rc = nic_cq_create(p->nic, n, &p->cq, e);
	for (uint32_t i = 0; !rc && i < n; i++)
		rc = connect_one(p, &remote[i], &local[i], e);
	if (rc)
		peer_disconnect(p, NULL);
	return rc;
}

int peer_disconnect(struct peer *p, struct err *e)
{
	int rc = 0, first = 0;

	for (uint32_t i = 0; i < p->n_qps; i++) {
		rc = nic_qp_destroy(p->nic, p->qp[i], first ? NULL : e);
		first = first ? first : rc;
	}
	if (p->cq) {
		rc = nic_cq_destroy(p->nic, p->cq, first ? NULL : e);
		first = first ? first : rc;
	}
	free(p->qp);
	p->qp = NULL;
	p->cq = NULL;
	p->n_qps = 0;
	return first;
}

int peer_target_poison(struct peer *p, uint32_t id, uint64_t offset, uint64_t bytes, struct err *e)
{
	struct target *t = find_target(p, id, offset, bytes, e);

	if (!t)
		return -EINVAL;
	pattern_poison(t->buf.va, offset, bytes);
	return 0;
}

int peer_target_fill(struct peer *p, uint32_t id, uint64_t offset, uint64_t bytes, uint64_t key,
		     struct err *e)
{
	struct target *t = find_target(p, id, offset, bytes, e);

	if (!t)
		return -EINVAL;
	pattern_fill(t->buf.va, offset, bytes, key);
	return 0;
}

int peer_target_check(struct peer *p, uint32_t id, const struct pattern_slots *s, uint64_t key, bool full,
		      uint64_t *bad, struct err *e)
{
	uint64_t bytes = s->count ? (s->count - 1) * s->stride + s->size : 0;
	struct target *t = find_target(p, id, s->offset, bytes, e);

	return t ? pattern_check(t->buf.va, s, key, full, bad, e) : -EINVAL;
}
