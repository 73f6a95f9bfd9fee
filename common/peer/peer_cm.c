// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Both ends of nic_cm.h in step: the responder's by requests, the initiator's by calls between them. While a
 * request is under way the kernels of both ends go on by themselves, so nothing waits for anything that could
 * not come.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/err.h"
#include "nic/nic_cm.h"
#include "peer/channel.h"
#include "peer/peer_priv.h"

/* Longest time of a step. An address that nobody answers for takes the kernel some seconds. */
static const int64_t step_ns = 15000000000;

static int64_t soon(void)
{
	return channel_now() + step_ns;
}

static int ask_listen(struct peer *p, const struct peer_link_spec *spec, const struct nic_cm_set *set,
		      struct nic_qp_addr *there, struct nic_cm_where *where, uint32_t *link, struct err *e)
{
	struct peer_reply reply;
	int rc = peer_ask(p, "cm_listen", peer_of_link(spec, set->local), 0, 0, &reply, e);

	if (!rc)
		rc = peer_take_link(p, &reply.in, spec->n, there, link, e);
	if (!rc)
		take_where(&reply.in, "where", where);
	return peer_end(&reply, rc);
}

static int ask_step(struct peer *p, const char *ask, uint32_t link, struct err *e)
{
	json_t *with = json_object();
	struct peer_reply reply;

	message_put_int(&with, "link", link);
	message_put_int(&with, "timeout_ns", step_ns);
	return peer_end(&reply, peer_ask(p, ask, with, 0, step_ns, &reply, e));
}

/* From the responder's being ready on. @set has both ends' addresses. */
static int meet(struct peer *p, struct nic *nic, const struct nic_cm_set *set,
		const struct nic_cm_where *where, uint32_t link, struct nic_cm **cm, struct err *e)
{
	int rc = nic_cm_call(nic, set, where, soon(), cm, e);

	if (!rc)
		rc = ask_step(p, "cm_accept", link, e);
	if (!rc)
		rc = nic_cm_finish(*cm, soon(), e);
	if (!rc)
		rc = ask_step(p, "cm_finish", link, e);
	if (!rc)
		return 0;
	nic_cm_close(*cm);
	*cm = NULL;
	peer_disconnect(p, link, NULL);
	return rc;
}

int peer_connect_cm(struct peer *p, const struct peer_link_spec *spec, struct nic *nic,
		    const struct nic_cm_set *set, struct nic_cm **cm, uint32_t *link, struct err *e)
{
	struct nic_qp_addr *there = calloc((size_t)spec->n + 1, sizeof(*there));
	struct nic_cm_set both = *set;
	struct nic_cm_where where;
	int rc;

	*cm = NULL;
	if (!there)
		return err_set(e, -ENOMEM, "peer: out of memory for %u addresses", spec->n);
	both.remote = there;
	rc = ask_listen(p, spec, set, there, &where, link, e);
	if (!rc)
		rc = meet(p, nic, &both, &where, *link, cm, e);
	free(there);
	return rc;
}
