// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Brings a reliable connection up: RESET -> INIT -> RTR -> RTS with exactly the attributes each step
 * demands (qp_state_table, drivers/infiniband/core/verbs.c) and values both ends agree on. The same
 * for every backend.
 */
#include "nic/nic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/rng.h"
#include "nic/backend.h"
#include "nic/nic_connect.h"
#include "nic/nic_state.h"

enum {
	PSN_MASK = 0xffffff,
	RD_ATOMIC_MAX = UINT8_MAX, /* what the attribute of a QP can hold */
	/* For RoCE v2 the hop limit is the packet's TTL; the maximum is never why a routed path fails. */
	HOP_LIMIT = 255,
};

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

uint8_t nic_rd_limit(uint32_t sent, uint32_t taken)
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
	if (n->backend->qp_gid)
		n->backend->qp_gid(n, qp, out->gid);
	n->psn_seed = rng.state;
}

unsigned int nic_path_mtu(const struct nic *n, const struct nic_qp_addr *local,
			  const struct nic_qp_addr *remote, struct err *e)
{
	uint32_t bytes = min_u32(local->mtu, remote->mtu);
	unsigned int mtu = 0;

	for (unsigned int m = IBV_MTU_256; m <= IBV_MTU_4096 && (128u << m) <= bytes; m++)
		mtu = m;
	if (!mtu)
		err_set(e, -EINVAL,
			"%s: no path MTU fits both ends: this end carries %" PRIu32
			" bytes, the other %" PRIu32 ", the smallest InfiniBand MTU is 256",
			n->attr.name, local->mtu, remote->mtu);
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
		.path_mtu = (enum ibv_mtu)nic_path_mtu(n, local, remote, e),
		.dest_qp_num = remote->qp_num,
		.rq_psn = remote->psn,
		.max_dest_rd_atomic = nic_rd_limit(remote->rd_init, local->rd_atomic),
		.min_rnr_timer = CONNECT_MIN_RNR_TIMER,
		.ah_attr = {.dlid = remote->lid, .port_num = (uint8_t)n->attr.port},
	};

	if (!attr.path_mtu)
		return -EINVAL;
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
		.timeout = CONNECT_ACK_TIMEOUT,
		.retry_cnt = CONNECT_RETRIES,
		.rnr_retry = CONNECT_RNR_RETRIES,
		.max_rd_atomic = nic_rd_limit(local->rd_init, remote->rd_atomic),
	};

	return n->backend->qp_modify(n, qp, &attr,
				     IBV_QP_STATE | IBV_QP_SQ_PSN | IBV_QP_TIMEOUT | IBV_QP_RETRY_CNT |
					     IBV_QP_RNR_RETRY | IBV_QP_MAX_QP_RD_ATOMIC,
				     e);
}

static int cm_only(const struct nic *n, struct err *e)
{
	err_set(e, -EOPNOTSUPP, "%s: an iWARP device, its queue pairs are connected by rdma_cm only",
		n->attr.name);
	return err_hint(e, -EOPNOTSUPP, "connect: cm");
}

int nic_qp_connect(struct nic *n, struct ibv_qp *qp, const struct nic_qp_addr *local,
		   const struct nic_qp_addr *remote, int access, struct err *e)
{
	int rc = n->attr.cm_only ? cm_only(n, e) : to_init(n, qp, access, e);

	if (!rc)
		rc = to_rtr(n, qp, local, remote, e);
	if (!rc)
		rc = to_rts(n, qp, local, remote, e);
	return rc;
}

static const char *family_text(enum nic_gid_family f)
{
	static const char *const text[] = {
		[NIC_GID_NONE] = "no GID",
		[NIC_GID_V1] = "RoCE v1",
		[NIC_GID_V2_LINK_LOCAL] = "RoCE v2, link-local",
		[NIC_GID_V2_IPV6] = "RoCE v2, global IPv6",
		[NIC_GID_V2_IPV4] = "RoCE v2, IPv4-mapped",
	};

	return text[f];
}

enum { END_TEXT = 200 };

static const char *end_text(char buf[END_TEXT], const struct nic_attr *a)
{
	char gid[INET6_ADDRSTRLEN] = "";

	if (a->gid_index < 0) {
		snprintf(buf, END_TEXT, "%s with no GID", a->name);
		return buf;
	}
	inet_ntop(AF_INET6, a->gid.raw, gid, sizeof(gid));
	snprintf(buf, END_TEXT, "%s with GID %d, %s (%s)", a->name, a->gid_index, gid,
		 family_text(a->gid_family));
	return buf;
}

int nic_gid_agree(const struct nic_attr *a, const struct nic_attr *b, struct err *e)
{
	char here[END_TEXT], there[END_TEXT];

	if (a->gid_family == b->gid_family)
		return 0;
	err_set(e, -EPROTOTYPE, "GIDs of different families: %s here, %s at the other end", end_text(here, a),
		end_text(there, b));
	return err_hint(
		e, -EPROTOTYPE,
		"give the end that lacks one an address of the family of the other, or set gid_index of both "
		"NICs (nic, peer_nic) to entries of one family: `ibv_devinfo -v` lists them");
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
