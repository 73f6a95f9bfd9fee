// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Backend of the built-in devices. soft0 moves data by CPU copies and checks like an adapter; null0
 * completes at once, without a look at keys or memory: it measures the harness. The device is in soft/;
 * here is what struct nic_backend asks of it.
 */
#include "nic/backend.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "nic/soft/soft.h"

struct model {
	const char *name;
	const char *about;
	bool moves_data;
};

static const struct model models[] = {
	{"soft0", "software device: real data movement by CPU copies in the posting thread", true},
	{"null0", "software device: completes at once and moves nothing; measures the harness", false},
};

static const struct model *find_model(const char *device)
{
	for (size_t i = 0; i < ARRAY_LEN(models); i++) {
		if (strcmp(models[i].name, device) == 0)
			return &models[i];
	}
	return NULL;
}

static int soft_list(struct nic_entry *out, int max, struct err *e)
{
	int n = 0;

	(void)e;
	for (; n < max && n < (int)ARRAY_LEN(models); n++) {
		out[n].evidence = NIC_SOFTWARE;
		snprintf(out[n].name, sizeof(out[n].name), "%s", models[n].name);
		snprintf(out[n].about, sizeof(out[n].about), "%s", models[n].about);
	}
	return n;
}

static void fill_attr(struct nic_attr *a, const struct model *m)
{
	*a = (struct nic_attr){
		.driver = "software",
		.moves_data = m->moves_data,
		.atomics = true,
		.wr_api = true,
		.counts_hints = true,
		.dmah = true,
		.data_direct_why = "a software device has no second PCI function",
		.evidence = NIC_SOFTWARE,
		.port = 1,
		.link_layer = IBV_LINK_LAYER_UNSPECIFIED,
		.active_mtu = SOFT_MTU_BYTES,
		.max_qp = SOFT_MAX_QP,
		.max_qp_wr = SOFT_MAX_QP_WR,
		.max_cqe = SOFT_MAX_CQE,
		.max_rd_atomic_init = SOFT_MAX_RD_ATOMIC,
		.max_rd_atomic_dest = SOFT_MAX_RD_ATOMIC,
		.max_mr_size = SOFT_MAX_MR_BYTES,
		.max_msg_size = SOFT_MAX_MSG_BYTES,
		.gid_index = -1,
		.cm_why = "a software device has no IP address for rdma_cm to resolve",
		.gid_why = "no GID needed: a software device connects to its own kind, on this machine",
	};
	snprintf(a->name, sizeof(a->name), "%s", m->name);
}

static int check_address(const struct model *m, int port, int gid_index, struct err *e)
{
	if (port != 1)
		return err_set(e, -EINVAL, "%s: no port %d: a software device has port 1 only", m->name,
			       port);
	if (gid_index != -1)
		return err_set(e, -EINVAL, "%s: no GID index %d: a software device has no GIDs", m->name,
			       gid_index);
	return 0;
}

static int soft_open(struct nic *n, const char *device, int port, int gid_index, struct err *e)
{
	const struct model *m = find_model(device);
	struct soft_dev *d;
	int rc;

	if (!m)
		return err_set(e, -ENODEV, "%s: no such software device", device);
	rc = check_address(m, port, gid_index, e);
	if (rc)
		return rc;
	d = soft_dev_open(m->name, m->moves_data);
	n->pd = d ? soft_pd_alloc(d) : NULL;
	if (!n->pd) {
		if (d)
			soft_dev_close(d);
		return err_set(e, -ENOMEM, "%s: no memory to open it", m->name);
	}
	n->ctx = &d->ctx;
	fill_attr(&n->attr, m);
	return 0;
}

/* By contract nothing uses the PD any more; if something does, the device is left to it. */
static void soft_close(struct nic *n)
{
	if (soft_pd_dealloc(n->pd) == 0)
		soft_dev_close(soft_dev(n->ctx));
	n->ctx = NULL;
	n->pd = NULL;
}

static int mr_reg_va(struct nic *n, void *va, uint64_t bytes, int access, const struct mem_hint *hint,
		     struct ibv_mr **mr, struct err *e)
{
	return soft_mr_reg(n->pd, va, bytes, access, hint, mr, e);
}

static int mr_reg_dmabuf(struct nic *n, const struct nic_dmabuf *src, int access, const struct mem_hint *hint,
			 struct ibv_mr **mr, struct err *e)
{
	return soft_mr_reg_dmabuf(n->pd, src, access, hint, mr, e);
}

static void mr_behind(struct nic *n, struct ibv_mr *mr, int fd, uint64_t offset)
{
	(void)n;
	soft_mr_behind(mr, fd, offset);
}

static int mr_dereg(struct nic *n, struct ibv_mr *mr, struct err *e)
{
	(void)n;
	(void)e;
	soft_mr_dereg(mr);
	return 0;
}

static int mr_alive(struct nic *n, struct ibv_mr *mr, struct err *e)
{
	if (soft_mr_alive(mr))
		return 0;
	return err_set(e, -ENODEV, "%s: the memory behind key 0x%x has been revoked", n->attr.name, mr->rkey);
}

static int hint_counts(struct nic *n, struct nic_hint_count *out, int max)
{
	return soft_hint_counts(soft_dev(n->ctx), out, max);
}

static int cq_create(struct nic *n, uint32_t depth, struct ibv_cq **cq, struct err *e)
{
	return soft_cq_create(soft_dev(n->ctx), depth, cq, e);
}

static int cq_destroy(struct nic *n, struct ibv_cq *cq, struct err *e)
{
	(void)n;
	return soft_cq_destroy(cq, e);
}

static int qp_create(struct nic *n, const struct nic_qp_spec *spec, struct ibv_qp **qp, struct err *e)
{
	const struct ibv_qp_init_attr attr = {
		.send_cq = spec->send_cq,
		.recv_cq = spec->recv_cq,
		.cap = {.max_send_wr = spec->send_wrs,
			.max_recv_wr = spec->recv_wrs,
			.max_send_sge = 1,
			.max_recv_sge = 1,
			.max_inline_data = spec->inline_bytes},
		.qp_type = IBV_QPT_RC,
	};

	return soft_qp_create(n->pd, &attr, spec->wr_api, qp, e);
}

static struct ibv_qp_ex *qp_ex(struct nic *n, struct ibv_qp *qp)
{
	struct soft_qp *s = (struct soft_qp *)qp;

	(void)n;
	return s->wr_api ? &s->ex : NULL;
}

static int qp_destroy(struct nic *n, struct ibv_qp *qp, struct err *e)
{
	(void)n;
	(void)e;
	soft_qp_destroy(qp);
	return 0;
}

/* Who cannot be reached from other processes (no memfd, say) says so when one connects: its GID is zero. */
static void qp_gid(struct nic *n, struct ibv_qp *qp, uint8_t gid[16])
{
	const struct soft_dev *d = soft_dev(n->ctx);

	if (d->moves_data && !soft_share_qp((struct soft_qp *)qp, NULL))
		memcpy(gid, &d->gid, sizeof(d->gid));
}

static int qp_modify(struct nic *n, struct ibv_qp *qp, struct ibv_qp_attr *attr, int mask, struct err *e)
{
	(void)n;
	return soft_qp_modify(qp, attr, mask, e);
}

static int qp_state(struct nic *n, struct ibv_qp *qp)
{
	(void)n;
	return soft_qp_state(qp);
}

static int async(struct nic *n, struct nic_event *out)
{
	return soft_event_take(&soft_dev(n->ctx)->events, out);
}

const struct nic_backend nic_backend_soft = {
	.list = soft_list,
	.open = soft_open,
	.close = soft_close,
	.mr_reg_va = mr_reg_va,
	.mr_reg_dmabuf = mr_reg_dmabuf,
	.mr_behind = mr_behind,
	.mr_dereg = mr_dereg,
	.mr_alive = mr_alive,
	.hint_counts = hint_counts,
	.cq_create = cq_create,
	.cq_destroy = cq_destroy,
	.qp_create = qp_create,
	.qp_ex = qp_ex,
	.qp_destroy = qp_destroy,
	.qp_gid = qp_gid,
	.qp_modify = qp_modify,
	.qp_state = qp_state,
	.async = async,
};
