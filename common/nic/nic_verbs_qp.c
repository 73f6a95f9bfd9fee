// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Completion queues, and the states of queue pairs, by libibverbs. The values of a connection come from
 * nic_connect.c; here is only what the device answers to them. Queue pairs are made in nic_verbs_create.c.
 */
#include "nic/nic_verbs.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/err.h"
#include "nic/nic_state.h"

const struct verbs_hint verbs_create_hints[] = {
	{ENOMEM, "the device or the machine is out of memory for queues: ask for less depth or fewer queue "
		 "pairs; some "
		 "providers also count queue memory against `ulimit -l`"},
	{EOPNOTSUPP, "the device has no RC queue pairs (efa has SRD and UD only)"},
	{EINVAL, "the device does not take this depth: limits hold for the most favourable case only; try a "
		 "smaller one"},
	{0, NULL},
};

int verbs_cq_create(struct nic *n, uint32_t depth, struct ibv_cq **cq, struct err *e)
{
	int rc;

	errno = 0;
	*cq = ibv_create_cq(n->ctx, (int)depth, NULL, NULL, 0);
	if (*cq)
		return 0;
	rc = verbs_ptr_error();
	err_set(e, rc, "%s: completion queue of %" PRIu32 " entries (ibv_create_cq): %s", n->attr.name, depth,
		err_name(rc));
	verbs_hint_add(e, rc, verbs_create_hints);
	return rc;
}

int verbs_cq_destroy(struct nic *n, struct ibv_cq *cq, struct err *e)
{
	int rc = verbs_rc_error(ibv_destroy_cq(cq));

	return rc ? err_set(e, rc, "%s: destroying a completion queue (ibv_destroy_cq): %s", n->attr.name,
			    err_name(rc))
		  : 0;
}

int verbs_qp_destroy(struct nic *n, struct ibv_qp *qp, struct err *e)
{
	uint32_t num = qp->qp_num;
	int rc = verbs_rc_error(ibv_destroy_qp(qp));

	return rc ? err_set(e, rc, "%s: destroying queue pair 0x%" PRIx32 " (ibv_destroy_qp): %s",
			    n->attr.name, num, err_name(rc))
		  : 0;
}

static void rtr_error(const struct nic *n, const struct ibv_qp *qp, const struct ibv_qp_attr *attr, int rc,
		      struct err *e)
{
	static const struct verbs_hint hints[] = {
		{ENETUNREACH,
		 "no route to that GID: wrong gid_index, or both ends are not in one subnet; compare the "
		 "addresses of both network devices, then `ip route get ADDRESS`"},
		{ETIMEDOUT,
		 "the neighbour did not answer ARP or ND: wrong gid_index or VLAN, or the link is down; "
		 "`ping` the address from the network device of this port"},
		{EINVAL, "the device does not take one of these values: gid_index of another type than the "
			 "far end's, "
			 "MTU above the port's, or rd_atomic above max_qp_rd_atom"},
		{0, NULL},
	};
	char route[96], gid[INET6_ADDRSTRLEN] = "";

	if (attr->ah_attr.is_global) {
		inet_ntop(AF_INET6, attr->ah_attr.grh.dgid.raw, gid, sizeof(gid));
		snprintf(route, sizeof(route), "GID %s by gid_index %u", gid, attr->ah_attr.grh.sgid_index);
	} else {
		snprintf(route, sizeof(route), "LID %u", attr->ah_attr.dlid);
	}
	err_set(e, rc,
		"%s: connecting queue pair 0x%" PRIx32 " (INIT -> RTR) to 0x%" PRIx32
		" at %s, MTU %u, rd_atomic %u: %s",
		n->attr.name, qp->qp_num, attr->dest_qp_num, route, 128u << attr->path_mtu,
		attr->max_dest_rd_atomic, err_name(rc));
	verbs_hint_add(e, rc, hints);
}

static void step_error(const struct nic *n, const struct ibv_qp *qp, enum ibv_qp_state to, int rc,
		       struct err *e)
{
	static const struct verbs_hint hints[] = {
		{EINVAL,
		 "the device does not take a value of this step (port, access rights, retry counts) or has "
		 "left the state it started from; look at dmesg"},
		{0, NULL},
	};

	err_set(e, rc, "%s: moving queue pair 0x%" PRIx32 " to %s (ibv_modify_qp): %s", n->attr.name,
		qp->qp_num, nic_state_name((int)to), err_name(rc));
	verbs_hint_add(e, rc, hints);
}

int verbs_qp_modify(struct nic *n, struct ibv_qp *qp, struct ibv_qp_attr *attr, int mask, struct err *e)
{
	int rc = verbs_rc_error(ibv_modify_qp(qp, attr, mask));

	if (!rc)
		return 0;
	if (attr->qp_state == IBV_QPS_RTR)
		rtr_error(n, qp, attr, rc, e);
	else
		step_error(n, qp, attr->qp_state, rc, e);
	return rc;
}

int verbs_qp_state(struct nic *n, struct ibv_qp *qp)
{
	struct ibv_qp_init_attr init;
	struct ibv_qp_attr attr;
	int rc = verbs_rc_error(ibv_query_qp(qp, &attr, IBV_QP_STATE, &init));

	(void)n;
	return rc ? rc : (int)attr.qp_state;
}
