// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Brings a reliable connection up: RESET -> INIT -> RTR -> RTS with exactly the attributes each step
 * demands (qp_state_table, drivers/infiniband/core/verbs.c) and values both ends agree on. The same
 * for every backend.
 */
#include "nic/nic.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/rng.h"
#include "nic/backend.h"
#include "nic/nic_state.h"

enum {
	PSN_MASK = 0xffffff,
	RD_ATOMIC_MAX = UINT8_MAX, /* what the attribute of a QP can hold */
	MIN_RNR_TIMER = 12,	   /* 0.64 ms */
	ACK_TIMEOUT = 14,	   /* 4.096 us * 2^14 = 67 ms */
	RETRY_COUNT = 7,
	RNR_RETRY = 7, /* for ever: see the contract */
	/* For RoCE v2 the hop limit is the packet's TTL; the maximum is never why a routed path fails. */
	HOP_LIMIT = 255,
};

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* READs and atomics in flight that one end sends and the other takes. */
static uint8_t rd_limit(uint32_t sent, uint32_t taken)
{
	return (uint8_t)min_u32(min_u32(sent, taken), RD_ATOMIC_MAX);
}

void nic_qp_addr(struct nic *n, struct ibv_qp *qp, struct nic_qp_addr *out)
{
	struct rng rng = {n->psn_seed};

	*out = (struct nic_qp_addr){
		.qp_num = qp->qp_num,
		.psn = (uint32_t)(rng_next(&rng) & PSN_MASK),
		.lid = n->attr.lid,
		.mtu = (uint32_t)n->attr.active_mtu,
		.rd_atomic = min_u32(n->attr.max_rd_atomic_dest, RD_ATOMIC_MAX),
		.rd_init = min_u32(n->attr.max_rd_atomic_init, RD_ATOMIC_MAX),
	};
	memcpy(out->gid, n->attr.gid.raw, sizeof(out->gid));
	n->psn_seed = rng.state;
}

/* Largest IBV_MTU_* of at most @bytes; 0 when there is none. */
static unsigned int path_mtu(uint32_t bytes)
{
	unsigned int mtu = 0;

	for (unsigned int m = IBV_MTU_256; m <= IBV_MTU_4096 && (128u << m) <= bytes; m++)
		mtu = m;
	return mtu;
}

static int to_init(struct nic *n, struct ibv_qp *qp, int access, struct err *e)
{
	struct ibv_qp_attr attr = {
		.qp_state = IBV_QPS_INIT,
		.pkey_index = 0,
		.port_num = (uint8_t)n->attr.port,
		.qp_access_flags = (unsigned int)access,
	};

	return n->backend->qp_modify(n, qp, &attr,
				     IBV_QP_STATE | IBV_QP_PKEY_INDEX | IBV_QP_PORT | IBV_QP_ACCESS_FLAGS, e);
}

/* Within one InfiniBand subnet the LID is enough; RoCE (a GID was chosen) and routed IB need a GRH. */
static bool needs_grh(const struct nic *n, const struct nic_qp_addr *remote)
{
	enum { SUBNET_PREFIX_BYTES = 8 };

	return n->attr.gid_index >= 0 || memcmp(n->attr.gid.raw, remote->gid, SUBNET_PREFIX_BYTES) != 0;
}

static int to_rtr(struct nic *n, struct ibv_qp *qp, const struct nic_qp_addr *local,
		  const struct nic_qp_addr *remote, struct err *e)
{
	struct ibv_qp_attr attr = {
		.qp_state = IBV_QPS_RTR,
		.path_mtu = (enum ibv_mtu)path_mtu(min_u32(local->mtu, remote->mtu)),
		.dest_qp_num = remote->qp_num,
		.rq_psn = remote->psn,
		.max_dest_rd_atomic = rd_limit(remote->rd_init, local->rd_atomic),
		.min_rnr_timer = MIN_RNR_TIMER,
		.ah_attr = {.dlid = remote->lid, .port_num = (uint8_t)n->attr.port},
	};

	if (!attr.path_mtu)
		return err_set(e, -EINVAL,
			       "%s: no path MTU fits both ends: this end carries %" PRIu32
			       " bytes, the other %" PRIu32 ", the smallest InfiniBand MTU is 256",
			       n->attr.name, local->mtu, remote->mtu);
	if (needs_grh(n, remote)) {
		attr.ah_attr.is_global = 1;
		attr.ah_attr.grh.hop_limit = HOP_LIMIT;
		attr.ah_attr.grh.sgid_index = (uint8_t)(n->attr.gid_index < 0 ? 0 : n->attr.gid_index);
		memcpy(attr.ah_attr.grh.dgid.raw, remote->gid, sizeof(remote->gid));
	}
	return n->backend->qp_modify(n, qp, &attr,
				     IBV_QP_STATE | IBV_QP_AV | IBV_QP_PATH_MTU | IBV_QP_DEST_QPN |
					     IBV_QP_RQ_PSN | IBV_QP_MAX_DEST_RD_ATOMIC | IBV_QP_MIN_RNR_TIMER,
				     e);
}

static int to_rts(struct nic *n, struct ibv_qp *qp, const struct nic_qp_addr *local,
		  const struct nic_qp_addr *remote, struct err *e)
{
	struct ibv_qp_attr attr = {
		.qp_state = IBV_QPS_RTS,
		.sq_psn = local->psn,
		.timeout = ACK_TIMEOUT,
		.retry_cnt = RETRY_COUNT,
		.rnr_retry = RNR_RETRY,
		.max_rd_atomic = rd_limit(local->rd_init, remote->rd_atomic),
	};

	return n->backend->qp_modify(n, qp, &attr,
				     IBV_QP_STATE | IBV_QP_SQ_PSN | IBV_QP_TIMEOUT | IBV_QP_RETRY_CNT |
					     IBV_QP_RNR_RETRY | IBV_QP_MAX_QP_RD_ATOMIC,
				     e);
}

int nic_qp_connect(struct nic *n, struct ibv_qp *qp, const struct nic_qp_addr *local,
		   const struct nic_qp_addr *remote, int access, struct err *e)
{
	int rc = to_init(n, qp, access, e);

	if (!rc)
		rc = to_rtr(n, qp, local, remote, e);
	if (!rc)
		rc = to_rts(n, qp, local, remote, e);
	return rc;
}

int nic_qp_flush(struct nic *n, struct ibv_qp *qp)
{
	struct ibv_qp_attr attr = {.qp_state = IBV_QPS_ERR};

	return n->backend->qp_modify(n, qp, &attr, IBV_QP_STATE, NULL);
}

const char *nic_state_name(int state)
{
	static const char *const name[] = {
		[IBV_QPS_RESET] = "RESET", [IBV_QPS_INIT] = "INIT", [IBV_QPS_RTR] = "RTR",
		[IBV_QPS_RTS] = "RTS",	   [IBV_QPS_SQD] = "SQD",   [IBV_QPS_SQE] = "SQE",
		[IBV_QPS_ERR] = "ERR",
	};

	return state >= 0 && (size_t)state < ARRAY_LEN(name) ? name[state] : "unknown";
}

const char *nic_qp_state(struct nic *n, struct ibv_qp *qp)
{
	return nic_state_name(n->backend->qp_state(n, qp));
}
