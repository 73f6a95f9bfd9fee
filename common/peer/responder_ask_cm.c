// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Requests that connect queue pairs by rdma_cm, in the steps of nic_cm.h. */
#include <stdlib.h>

#include "nic/nic_cm.h"
#include "peer/message_types.h"
#include "peer/responder_ask.h"

int ask_cm_listen(struct responder *r, struct message_in *in, json_t **out, struct err *e)
{
	struct nic_cm_where where;
	struct ask_link ask;
	uint32_t n, link;
	int rc = ask_link_read(in, &ask);

	n = ask.spec.n;
	if (!rc)
		rc = responder_cm_listen(r, &ask.spec, ask.addr, ask.addr + n, &link, &where, e);
	if (!rc) {
		message_put_int(out, "link", link);
		put_addrs(out, "local", ask.addr + n, n);
		put_where(out, "where", &where);
	}
	free(ask.addr);
	return rc;
}

static int step(struct responder *r, struct message_in *in, struct err *e,
		int (*f)(struct responder *r, uint32_t link, int64_t timeout_ns, struct err *e))
{
	uint32_t link = message_u32(in, "link");
	int64_t ns = message_int(in, "timeout_ns", 0, RESPONDER_CM_NS);
	int rc = message_done(in);

	return rc ? rc : f(r, link, ns, e);
}

int ask_cm_accept(struct responder *r, struct message_in *in, json_t **out, struct err *e)
{
	(void)out;
	return step(r, in, e, responder_cm_accept);
}

int ask_cm_finish(struct responder *r, struct message_in *in, json_t **out, struct err *e)
{
	(void)out;
	return step(r, in, e, responder_cm_finish);
}
