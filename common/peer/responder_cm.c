// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Sets of responder queue pairs that rdma_cm connects: the listener's steps of nic_cm.h. */
#include <errno.h>

#include "base/err.h"
#include "nic/nic_cm.h"
#include "peer/channel.h"
#include "peer/responder_priv.h"

int responder_cm_listen(struct responder *r, const struct peer_link_spec *spec,
			const struct nic_qp_addr *remote, struct nic_qp_addr *local, uint32_t *link,
			struct nic_cm_where *where, struct err *e)
{
	struct nic_cm_set set = {
		.n = spec->n, .local = local, .remote = remote, .access = responder_rights(r)};
	struct link *l;
	int rc = link_make(r, spec, local, &l, e);

	if (rc)
		return rc;
	set.qp = l->qp;
	rc = nic_cm_listen(r->nic, &set, &l->cm, where, e);
	if (!rc)
		rc = responder_table_add(&r->links, l, link, e);
	if (rc)
		link_free(r, l, NULL);
	return rc;
}

static int step(struct responder *r, uint32_t link, int64_t timeout_ns, struct err *e,
		int (*f)(struct nic_cm *cm, int64_t deadline_ns, struct err *e))
{
	struct link *l = responder_table_find(&r->links, link);

	if (!l || !l->cm)
		return err_set(e, -EINVAL, "peer: no link %u that rdma_cm connects", link);
	return f(l->cm, channel_now() + timeout_ns, e);
}

int responder_cm_accept(struct responder *r, uint32_t link, int64_t timeout_ns, struct err *e)
{
	return step(r, link, timeout_ns, e, nic_cm_accept);
}

int responder_cm_finish(struct responder *r, uint32_t link, int64_t timeout_ns, struct err *e)
{
	return step(r, link, timeout_ns, e, nic_cm_finish);
}
