// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Requests about queue pairs and what they serve. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/err.h"
#include "peer/host.h"
#include "peer/peer_priv.h"

/* Remember how many queue pairs link @id has: so many slots its services have. */
static int remember(struct peer *p, uint32_t id, uint32_t n, struct err *e)
{
	uint32_t *grown;

	if (id >= p->links) {
		grown = id < MESSAGE_QPS ? reallocarray(p->qps, (size_t)id + 1, sizeof(*grown)) : NULL;
		if (!grown)
			return err_set(e, -ENOMEM, "peer: out of memory for link %u", id);
		while (p->links <= id)
			grown[p->links++] = 0;
		p->qps = grown;
	}
	p->qps[id] = n;
	return 0;
}

int peer_take_link(struct peer *p, struct message_in *in, uint32_t n, struct nic_qp_addr *local,
		   uint32_t *link, struct err *e)
{
	*link = message_u32(in, "link");
	take_addrs(in, "local", local, n);
	return in->rc ? in->rc : remember(p, *link, n, e);
}

json_t *peer_of_link(const struct peer_link_spec *spec, const struct nic_qp_addr *remote)
{
	json_t *with = json_object();

	message_put_int(&with, "n", spec->n);
	message_put_int(&with, "lanes", spec->lanes);
	message_put_int(&with, "recv_wrs", spec->recv_wrs);
	message_put_int(&with, "send_wrs", spec->send_wrs);
	put_addrs(&with, "remote", remote, spec->n);
	return with;
}

int peer_connect(struct peer *p, const struct peer_link_spec *spec, const struct nic_qp_addr *remote,
		 struct nic_qp_addr *local, uint32_t *link, struct err *e)
{
	struct peer_reply reply;
	int rc = peer_ask(p, "connect", peer_of_link(spec, remote), 0, 0, &reply, e);

	if (!rc)
		rc = peer_take_link(p, &reply.in, spec->n, local, link, e);
	return peer_end(&reply, rc);
}

int peer_disconnect(struct peer *p, uint32_t link, struct err *e)
{
	json_t *with = json_object();

	message_put_int(&with, "link", link);
	return peer_tell(p, "disconnect", with, 0, e);
}

/* CPUs of another machine have nothing to do with those here; another process of this one knows the same. */
static bool same_cpus(const struct peer *p)
{
	struct utsname u;

	return p->here || (!uname(&u) && !strcmp(u.nodename, peer_host_about(p->host)->hostname));
}

static void put_avoid(json_t **with, const struct peer *p, const int *avoid, uint32_t n)
{
	uint32_t told = n && same_cpus(p) ? n : 0;
	json_t *list = json_array();

	for (uint32_t i = 0; i < told; i++)
		message_push(&list, json_integer(avoid[i] < 0 ? -1 : avoid[i]));
	message_put(with, "avoid", list);
}

/* None where nobody looks at them, or for more queue pairs than there are, which is refused. */
static void put_service_slots(json_t **with, const struct peer *p, const struct peer_service *s)
{
	if (s->work == PEER_RECEIVE && s->imm)
		return;
	if (s->slots && s->link < p->links && s->qps <= p->qps[s->link])
		put_slots(with, "slots", s->slots, s->qps);
}

int peer_serve(struct peer *p, const struct peer_service *s, const int *avoid, uint32_t n_avoid,
	       struct err *e)
{
	json_t *with = json_object();

	message_put_int(&with, "work", (int64_t)s->work);
	message_put_int(&with, "link", s->link);
	message_put_int(&with, "target", s->target);
	message_put_int(&with, "qps", s->qps);
	message_put_bool(&with, "imm", s->imm);
	message_put_u64(&with, "reply_addr", s->reply_addr);
	message_put_int(&with, "reply_rkey", s->reply_rkey);
	message_put_int(&with, "consume", s->consume);
	message_put_bool(&with, "clock_raw",
			 s->clock_raw || !p->here); /* other ticks are worth what nobody here knows */
	put_avoid(&with, p, avoid, n_avoid);
	put_service_slots(&with, p, s);
	return peer_tell(p, "serve", with, 0, e);
}

int peer_serve_stop(struct peer *p, struct peer_served *out, struct err *e)
{
	bool timed = out && out->consume;
	json_t *with = json_object();
	struct peer_reply reply;
	int rc;

	if (out)
		out->messages = 0;
	if (timed)
		hist_clear(out->consume);
	message_put_bool(&with, "consume", timed);
	rc = peer_ask(p, "serve_stop", with, 0, 0, &reply, e);
	if (out && message_has(&reply.in, "messages"))
		out->messages = message_u64(&reply.in, "messages");
	if (timed && message_has(&reply.in, "consume"))
		take_hist(&reply.in, "consume", out->consume);
	return peer_end(&reply, rc);
}
