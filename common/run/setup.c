// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Building and tearing down a setup: memory before MRs before queue pairs, and back. */
#include "run/setup.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"

static int allocate(struct setup *s, const struct setup_need *need, size_t n_memory)
{
	s->source_buf = calloc(n_memory, sizeof(*s->source_buf));
	s->source = calloc(n_memory, sizeof(*s->source));
	s->target = calloc(n_memory, sizeof(*s->target));
	s->qp = calloc(need->qps, sizeof(struct ibv_qp *));
	for (size_t i = 0; s->source_buf && i < n_memory; i++)
		s->source_buf[i] = MEM_BUF_CLOSED;
	return s->source_buf && s->source && s->target && s->qp ? 0 : -ENOMEM;
}

static int open_memory(struct setup *s, const struct setup_need *need, const struct sys *sys, struct err *e)
{
	for (size_t i = 0; i < s->config->n_memory; i++) {
		const struct config_memory *m = &s->config->memory[i];
		int rc = 0;

		if (need->source[i]) {
			rc = mem_open(m, sys, &s->source_buf[i], e);
			if (!rc)
				rc = nic_mr_reg(s->nic, &s->source_buf[i], 0, s->source_buf[i].bytes,
						IBV_ACCESS_LOCAL_WRITE, &s->source[i], e);
		}
		if (!rc && need->target[i])
			rc = peer_target_open(s->peer, m, &s->target[i], e);
		if (rc) {
			s->blame = &m->mark;
			return rc;
		}
	}
	return 0;
}

static int connect_qps(struct setup *s, const struct setup_need *need, struct nic_qp_addr *local,
		       struct nic_qp_addr *remote, struct err *e)
{
	int rc = 0;

	for (; !rc && s->n_qps < need->qps; s->n_qps++) {
		rc = nic_qp_create(s->nic, s->cq, need->send_wrs, &s->qp[s->n_qps], e);
		if (rc)
			return rc;
		nic_qp_addr(s->nic, s->qp[s->n_qps], &local[s->n_qps]);
	}
	rc = peer_connect(s->peer, local, remote, need->qps, e);
	for (uint32_t i = 0; !rc && i < need->qps; i++)
		rc = nic_qp_connect(s->nic, s->qp[i], &local[i], &remote[i], 0, e);
	return rc;
}

static int open_qps(struct setup *s, const struct setup_need *need, struct err *e)
{
	struct nic_qp_addr *addr = calloc(2 * (size_t)need->qps, sizeof(*addr));
	int rc = addr ? nic_cq_create(s->nic, need->cqes, &s->cq, e)
		      : err_set(e, -ENOMEM, "setup: out of memory");

	if (!rc)
		rc = connect_qps(s, need, addr, addr + need->qps, e);
	free(addr);
	return rc;
}

int setup_open(struct nic *nic, const struct config *c, const struct setup_need *need, const struct sys *sys,
	       struct setup *out, struct err *e)
{
	int64_t t0 = clock_raw_ns();
	int rc;

	*out = (struct setup){.nic = nic, .config = c};
	rc = allocate(out, need, c->n_memory);
	if (rc)
		err_set(e, rc, "setup: out of memory");
	if (!rc)
		rc = peer_open(nic, sys, &out->peer, e);
	if (!rc)
		rc = open_memory(out, need, sys, e);
	if (!rc) {
		rc = open_qps(out, need, e);
		out->blame = rc == -EINVAL ? need->deepest : NULL;
	}
	if (rc) {
		const struct mark *blame = out->blame;

		setup_close(out);
		out->blame = blame;
	}
	out->took_ns = clock_raw_ns() - t0;
	return rc;
}

void setup_close(struct setup *s)
{
	for (uint32_t i = 0; i < s->n_qps; i++)
		nic_qp_destroy(s->nic, s->qp[i], NULL);
	peer_close(s->peer);
	if (s->cq)
		nic_cq_destroy(s->nic, s->cq, NULL);
	for (size_t i = 0; s->source_buf && s->source && i < s->config->n_memory; i++) {
		nic_mr_dereg(s->nic, &s->source[i], NULL);
		mem_close(&s->source_buf[i]);
	}
	free(s->source_buf);
	free(s->source);
	free(s->target);
	free(s->qp);
	*s = (struct setup){0};
}

struct lane_bed setup_bed(const struct setup *s, const struct point *pt)
{
	const struct nic_mr *source = &s->source[pt->v[AX_SOURCE]];
	const struct peer_target *target = &s->target[pt->v[AX_TARGET]];

	return (struct lane_bed){
		.qp = s->qp,
		.n_qp = (uint32_t)pt->v[AX_QPS],
		.cq = s->cq,
		.local_addr = source->addr,
		.lkey = source->mr->lkey,
		.remote_addr = target->addr,
		.rkey = target->rkey,
		.bytes = source->bytes < target->bytes ? source->bytes : target->bytes,
	};
}
