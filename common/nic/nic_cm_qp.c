// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A queue pair that rdma_cm connects, of an id that does not own it. rdma_cm says which values each state
 * takes (addresses, numbers, PSNs); those that nic_qp_connect() chooses replace its own: its ACK timeout for
 * RoCE is seconds, its RNR timer the longest there is, and both ends have agreed on MTU and reads beforehand.
 * An iWARP device moves the queue pair itself while the connection is made; rdma_cm then asks for nothing.
 */
#include "nic/nic_cm_priv.h"

#include <inttypes.h>
#include <string.h>

#include "base/err.h"
#include "nic/nic_connect.h"
#include "nic/nic_verbs.h"

/* Of the attributes that ibv_modify_qp() knows; older kernels add bits of their own for RoCE. */
enum { MASK_KNOWN = (IBV_QP_DEST_QPN << 1) - 1 };

/* What rdma_cm wants a queue pair to be given for @state. */
static int ask(struct nic_cm *c, const struct conn *k, enum ibv_qp_state state, struct ibv_qp_attr *attr,
	       int *mask, struct err *e)
{
	memset(attr, 0, sizeof(*attr));
	*mask = 0;
	attr->qp_state = state;
	if (rdma_init_qp_attr(k->id, attr, mask))
		return cm_call_error(c, "rdma_init_qp_attr", "what a queue pair is set to", cm_errno(), e);
	*mask &= MASK_KNOWN;
	return 0;
}

static int modify(const struct nic_cm *c, const struct conn *k, struct ibv_qp_attr *attr, int mask,
		  struct err *e)
{
	return mask ? c->nic->backend->qp_modify(c->nic, k->qp, attr, mask, e) : 0;
}

int cm_to_init(struct nic_cm *c, struct conn *k, struct err *e)
{
	struct ibv_qp_attr attr;
	int mask, rc = ask(c, k, IBV_QPS_INIT, &attr, &mask, e);

	attr.qp_access_flags = (unsigned int)c->access;
	return rc ? rc : modify(c, k, &attr, mask, e);
}

/* Of the first queue pair: all take the same way. */
static void keep_route(struct nic_cm *c, const struct conn *k, const struct ibv_qp_attr *attr, int mask)
{
	struct ibv_gid_entry g;

	if (k != c->conn || !(mask & IBV_QP_AV))
		return;
	c->route.mtu = 128u << attr->path_mtu;
	if (!attr->ah_attr.is_global)
		return;
	c->route.gid_index = attr->ah_attr.grh.sgid_index;
	c->route.dgid = attr->ah_attr.grh.dgid;
	if (verbs_gid_query(c->nic, c->route.gid_index, &g, NULL))
		return;
	c->route.gid = g.gid;
	c->route.family = verbs_gid_family(&g);
}

static int to_rtr(struct nic_cm *c, struct conn *k, struct err *e)
{
	unsigned int mtu = nic_path_mtu(c->nic, &k->local, &k->remote, e);
	struct ibv_qp_attr attr;
	int mask, rc = mtu ? ask(c, k, IBV_QPS_RTR, &attr, &mask, e) : -EINVAL;

	if (rc)
		return rc;
	if ((unsigned int)attr.path_mtu > mtu)
		attr.path_mtu = (enum ibv_mtu)mtu;
	attr.max_dest_rd_atomic = nic_rd_limit(k->remote.rd_init, k->local.rd_atomic);
	attr.min_rnr_timer = CONNECT_MIN_RNR_TIMER;
	rc = modify(c, k, &attr, mask, e);
	if (!rc)
		keep_route(c, k, &attr, mask);
	return rc;
}

int cm_to_rts(struct nic_cm *c, struct conn *k, struct err *e)
{
	struct ibv_qp_attr attr;
	int mask, rc = to_rtr(c, k, e);

	if (!rc)
		rc = ask(c, k, IBV_QPS_RTS, &attr, &mask, e);
	if (rc)
		return rc;
	attr.timeout = CONNECT_ACK_TIMEOUT;
	attr.retry_cnt = CONNECT_RETRIES;
	attr.rnr_retry = CONNECT_RNR_RETRIES;
	attr.max_rd_atomic = nic_rd_limit(k->local.rd_init, k->remote.rd_atomic);
	return modify(c, k, &attr, mask, e);
}

struct rdma_conn_param cm_param(const struct conn *k)
{
	return (struct rdma_conn_param){
		.responder_resources = nic_rd_limit(k->remote.rd_init, k->local.rd_atomic),
		.initiator_depth = nic_rd_limit(k->local.rd_init, k->remote.rd_atomic),
		.retry_count = CONNECT_RETRIES,
		.rnr_retry_count = CONNECT_RNR_RETRIES,
		.qp_num = k->qp->qp_num,
	};
}

int cm_check_device(const struct nic_cm *c, const struct conn *k, struct err *e)
{
	const struct nic_attr *a = &c->nic->attr;
	const char *device = k->id->verbs ? k->id->verbs->device->name : NULL;
	char at[CM_TEXT];

	if (device && !strcmp(device, a->name) && k->id->port_num == a->port)
		return 0;
	cm_where_text(at, &c->where);
	if (!device) {
		err_set(e, -ENODEV, "%s: rdma_cm found no device for %s", a->name, at);
		return err_hint(e, -ENODEV, "`ip route get ADDRESS` shows the network device it would take");
	}
	err_set(e, -EXDEV, "%s: the route to %s leads over %s port %d, not %s port %d", a->name, at, device,
		k->id->port_num, a->name, a->port);
	return err_hint(
		e, -EXDEV,
		"the kernel's routing table decides: `ip route get ADDRESS from OWN-ADDRESS`; two NICs "
		"in one subnet need source routing, or connect: oob");
}
