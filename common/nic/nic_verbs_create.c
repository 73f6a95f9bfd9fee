// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Making queue pairs by libibverbs. Two things can be had from no attribute of a device, only by asking
 * for a queue pair: how many bytes it takes inline with these depths, and whether its provider has
 * ibv_wr_*(). Throw-away queue pairs answer both.
 */
#include "nic/nic_verbs.h"

#include <inttypes.h>

#include "base/err.h"

enum {
	WR_OPCODES = IBV_QP_EX_WITH_RDMA_WRITE | IBV_QP_EX_WITH_RDMA_WRITE_WITH_IMM | IBV_QP_EX_WITH_SEND |
		     IBV_QP_EX_WITH_RDMA_READ,
	WR_ATOMICS = IBV_QP_EX_WITH_ATOMIC_CMP_AND_SWP | IBV_QP_EX_WITH_ATOMIC_FETCH_AND_ADD,
};

/*
 * Without wr_api the call is ibv_create_qp() under its newer name. Some providers take the flags of wr_api
 * and give a queue pair without, hence the second look.
 */
static int create(struct nic *n, const struct nic_qp_spec *s, uint32_t inline_bytes, struct ibv_qp **qp,
		  uint32_t *granted)
{
	struct ibv_qp_init_attr_ex init = {
		.send_cq = s->send_cq,
		.recv_cq = s->recv_cq,
		.cap = {.max_send_wr = s->send_wrs,
			/* 1 even when none is posted: keeps providers off their zero-length special cases */
			.max_recv_wr = s->recv_wrs ? s->recv_wrs : 1,
			.max_send_sge = 1,
			.max_recv_sge = 1,
			.max_inline_data = inline_bytes},
		.qp_type = IBV_QPT_RC,
		.comp_mask = IBV_QP_INIT_ATTR_PD,
		.pd = n->pd,
	};

	if (s->wr_api) {
		init.comp_mask |= IBV_QP_INIT_ATTR_SEND_OPS_FLAGS;
		init.send_ops_flags = WR_OPCODES | (n->attr.atomics ? WR_ATOMICS : 0);
	}
	errno = 0;
	*qp = ibv_create_qp_ex(n->ctx, &init);
	if (!*qp)
		return verbs_ptr_error();
	*granted = init.cap.max_inline_data;
	if (!s->wr_api || ibv_qp_to_qp_ex(*qp))
		return 0;
	ibv_destroy_qp(*qp);
	*qp = NULL;
	return -EOPNOTSUPP;
}

static bool try(struct nic *n, const struct nic_qp_spec *s, uint32_t inline_bytes, uint32_t *granted)
{
	struct ibv_qp *qp;

	if (create(n, s, inline_bytes, &qp, granted))
		return false;
	ibv_destroy_qp(qp);
	return true;
}

/*
 * The most that is granted below @s->inline_bytes, which was refused. A provider may also take a
 * request and grant less.
 */
static uint32_t most_inline(struct nic *n, const struct nic_qp_spec *s, uint32_t granted)
{
	uint32_t most = granted, refused = s->inline_bytes;

	while (most + 1 < refused) {
		uint32_t asked = most + (refused - most) / 2;

		if (!try(n, s, asked, &granted) || granted < asked)
			refused = asked;
		else
			most = granted;
	}
	return most;
}

static int inline_error(const struct nic *n, const struct nic_qp_spec *s, uint32_t most, struct err *e)
{
	err_set(e, -EINVAL,
		"%s: %" PRIu32 " bytes inline asked of a queue pair of depth %" PRIu32
		", the device grants at most %" PRIu32 " (max_inline_data)",
		n->attr.name, s->inline_bytes, s->send_wrs, most);
	return err_hint(e, -EINVAL, "inline: 0, or a smaller size; some devices grant more at a smaller qd");
}

static int no_wr_api(const struct nic *n, int rc, struct err *e)
{
	err_set(e, -EOPNOTSUPP,
		"%s: a queue pair for ibv_wr_*() asked, its provider has none (ibv_create_qp_ex with "
		"IBV_QP_INIT_ATTR_SEND_OPS_FLAGS): %s",
		n->attr.name, err_name(rc));
	return err_hint(e, -EOPNOTSUPP, "use post: classic (ibv_post_send), or auto");
}

int verbs_qp_create(struct nic *n, const struct nic_qp_spec *spec, struct ibv_qp **qp, struct err *e)
{
	uint32_t granted = 0;
	int rc = create(n, spec, spec->inline_bytes, qp, &granted);

	if (!rc && granted >= spec->inline_bytes)
		return 0;
	if (!rc) {
		ibv_destroy_qp(*qp);
		*qp = NULL;
		return inline_error(n, spec, granted, e);
	}
	if (spec->wr_api && !n->attr.wr_api)
		return no_wr_api(n, rc, e);
	if (spec->inline_bytes && (rc == -EINVAL || rc == -ENOMEM) && try(n, spec, 0, &granted))
		return inline_error(n, spec, most_inline(n, spec, granted), e);
	err_set(e, rc, "%s: RC queue pair of depth %" PRIu32 ", receive depth %" PRIu32 " (%s): %s",
		n->attr.name, spec->send_wrs, spec->recv_wrs,
		spec->wr_api ? "ibv_create_qp_ex" : "ibv_create_qp", err_name(rc));
	verbs_hint_add(e, rc, verbs_create_hints);
	return rc;
}

/* libibverbs looks behind struct ibv_qp, where a provider without ibv_wr_*() may have fields of its own. */
struct ibv_qp_ex *verbs_qp_ex(struct nic *n, struct ibv_qp *qp)
{
	return n->attr.wr_api ? ibv_qp_to_qp_ex(qp) : NULL;
}

/* Once at open, so that nic_attr() needs no call; two small objects, no traffic. */
bool verbs_has_wr_api(struct nic *n)
{
	struct nic_qp_spec spec = {.send_wrs = 1, .wr_api = true};
	uint32_t granted;
	bool has;

	spec.send_cq = spec.recv_cq = ibv_create_cq(n->ctx, 1, NULL, NULL, 0);
	if (!spec.send_cq)
		return false;
	has = try(n, &spec, 0, &granted);
	ibv_destroy_cq(spec.send_cq);
	return has;
}
