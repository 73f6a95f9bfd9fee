// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Requests to a responder: read every key, do it, put what came of it. One table. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "config/config.h"
#include "peer/message_types.h"
#include "peer/responder_ask.h"

static int ask_nic(struct responder *r, struct message_in *in, json_t **out, struct err *e)
{
	(void)e;
	if (!message_done(in))
		put_nic_attr(out, "nic", responder_nic_attr(r));
	return in->rc;
}

static int ask_hint_counts(struct responder *r, struct message_in *in, json_t **out, struct err *e)
{
	uint32_t max = (uint32_t)message_int(in, "max", 0, MESSAGE_HINTS);
	CLEANUP_FREE struct nic_hint_count *c = calloc((size_t)max + 1, sizeof(*c));
	int rc = message_done(in);

	if (!rc && !c)
		rc = err_set(e, -ENOMEM, "peer: out of memory for %u counts", max);
	if (!rc)
		rc = responder_hint_counts(r, c, (int)max, e);
	if (rc >= 0) {
		message_put_int(out, "n", rc);
		put_hint_counts(out, "counts", c, rc < (int)max ? (size_t)rc : max);
	}
	return rc < 0 ? rc : 0; /* NOLINT(clang-analyzer-unix.Malloc): freed by its attribute */
}

static int ask_async(struct responder *r, struct message_in *in, json_t **out, struct err *e)
{
	struct nic_event ev = {0};
	int rc = message_done(in);

	if (!rc)
		rc = responder_async(r, &ev, e);
	if (rc < 0)
		return rc;
	message_put_bool(out, "event", rc);
	message_put_bool(out, "fatal", ev.fatal);
	message_put_int(out, "qp_num", ev.qp_num);
	message_put_text(out, "text", ev.text);
	return 0;
}

static int ask_memory_open(struct responder *r, struct message_in *in, json_t **out, struct err *e)
{
	struct config *owner;
	const struct config_memory *m = take_memory(in, "memory", &owner);
	uint32_t id;
	int rc = message_done(in);

	if (rc) {
		config_free(owner);
		return rc;
	}
	rc = responder_memory_open(r, m, owner, &id, e);
	if (!rc)
		message_put_int(out, "memory", id);
	return rc;
}

static int ask_memory_tph(struct responder *r, struct message_in *in, json_t **out, struct err *e)
{
	uint32_t id = message_u32(in, "memory");
	struct mem_tph tph;
	int rc = message_done(in);

	if (!rc)
		rc = responder_memory_tph(r, id, &tph, e);
	if (!rc)
		put_tph(out, &tph);
	return rc;
}

static int ask_target_open(struct responder *r, struct message_in *in, json_t **out, struct err *e)
{
	struct config_memory staging;
	char name[STAGING_NAME];
	struct mem_hint hint;
	struct peer_target_spec spec = {
		.memory = message_u32(in, "memory"),
		.hint = &hint,
		.ro = message_bool(in, "ro"),
		.interconnect = message_int(in, "interconnect", INT64_MIN, INT64_MAX),
	};
	struct peer_target t;
	int rc;

	take_hint(in, "hint", &hint);
	if (take_staging(in, "staging", &staging, name))
		spec.staging = &staging;
	rc = message_done(in);
	if (!rc)
		rc = responder_target_open(r, &spec, &t, e);
	if (!rc)
		put_target(out, &t);
	return rc;
}

/* Requests of a target and nothing else. */
static int of_target(struct responder *r, struct message_in *in, struct err *e,
		     int (*f)(struct responder *r, uint32_t id, struct err *e))
{
	uint32_t id = message_u32(in, "target");
	int rc = message_done(in);

	return rc ? rc : f(r, id, e);
}

static int ask_target_close(struct responder *r, struct message_in *in, json_t **out, struct err *e)
{
	(void)out;
	return of_target(r, in, e, responder_target_close);
}

static int ask_target_restore(struct responder *r, struct message_in *in, json_t **out, struct err *e)
{
	(void)out;
	return of_target(r, in, e, responder_target_restore);
}

static int ask_target_alive(struct responder *r, struct message_in *in, json_t **out, struct err *e)
{
	(void)out;
	return of_target(r, in, e, responder_target_alive);
}

static int ask_target_revoke(struct responder *r, struct message_in *in, json_t **out, struct err *e)
{
	uint32_t id = message_u32(in, "target");
	enum mem_revoke how = (enum mem_revoke)message_int(in, "how", MEM_REVOKE_NONE, MEM_REVOKE_CLOSE);
	int rc = message_done(in);

	(void)out;
	return rc ? rc : responder_target_revoke(r, id, how, e);
}

static int ask_target_health(struct responder *r, struct message_in *in, json_t **out, struct err *e)
{
	uint32_t id = message_u32(in, "target");
	struct mem_health h;
	int rc = message_done(in);

	if (!rc)
		rc = responder_target_health(r, id, &h, e);
	if (rc)
		return rc;
	message_put_int(out, "devsta", h.devsta);
	message_put_int(out, "uncorrectable", h.uncorrectable);
	message_put_int(out, "correctable", h.correctable);
	return 0;
}

static int ask_target_shows_tph(struct responder *r, struct message_in *in, json_t **out, struct err *e)
{
	uint32_t id = message_u32(in, "target");
	struct nic_mr_tph tph = {0};
	int rc = message_done(in);

	if (!rc)
		rc = responder_target_shows_tph(r, id, &tph, e);
	if (rc < 0)
		return rc;
	message_put_bool(out, "on", rc);
	message_put_int(out, "ph", tph.ph);
	message_put_int(out, "st_index", tph.st_index);
	return 0;
}

/* What was timed before a failure is told too. */
static int ask_target_reg(struct responder *r, struct message_in *in, json_t **out, struct err *e)
{
	struct hist *h = malloc(2 * sizeof(*h));
	uint32_t id = message_u32(in, "target");
	uint64_t bytes = message_u64(in, "bytes");
	int64_t ns = message_int(in, "ns", INT64_MIN, RESPONDER_REG_NS);
	uint64_t least = (uint64_t)message_int(in, "least", 0, RESPONDER_REG_LEAST);
	int rc = message_done(in);

	if (!rc && !h)
		rc = err_set(e, -ENOMEM, "peer: out of memory for histograms");
	if (!rc) {
		hist_clear(&h[0]);
		hist_clear(&h[1]);
		rc = responder_target_reg(r, id, bytes, ns, least, &(struct peer_reg){&h[0], &h[1]}, e);
		put_hist(out, "reg", &h[0]);
		put_hist(out, "dereg", &h[1]);
	}
	free(h);
	return rc;
}

int ask_link_read(struct message_in *in, struct ask_link *out)
{
	uint32_t n;

	out->spec = (struct peer_link_spec){
		.n = message_u32(in, "n"),
		.lanes = message_u32(in, "lanes"),
		.recv_wrs = message_u32(in, "recv_wrs"),
		.send_wrs = message_u32(in, "send_wrs"),
	};
	n = out->spec.n <= MESSAGE_QPS ? out->spec.n : 0;
	out->addr = calloc(2 * (size_t)n + 1, sizeof(*out->addr));
	if (out->spec.n > MESSAGE_QPS)
		message_wrong(in, -EINVAL, "%u queue pairs, %d at most", out->spec.n, MESSAGE_QPS);
	if (!out->addr)
		message_wrong(in, -ENOMEM, "out of memory for %u addresses", n);
	take_addrs(in, "remote", out->addr, n);
	return message_done(in);
}

static int ask_connect(struct responder *r, struct message_in *in, json_t **out, struct err *e)
{
	struct ask_link ask;
	uint32_t n, link;
	int rc = ask_link_read(in, &ask);

	n = ask.spec.n;
	if (!rc)
		rc = responder_connect(r, &ask.spec, ask.addr, ask.addr + n, &link, e);
	if (!rc) {
		message_put_int(out, "link", link);
		put_addrs(out, "local", ask.addr + n, n);
	}
	free(ask.addr);
	return rc;
}

static int ask_disconnect(struct responder *r, struct message_in *in, json_t **out, struct err *e)
{
	uint32_t link = message_u32(in, "link");
	int rc = message_done(in);

	(void)out;
	return rc ? rc : responder_disconnect(r, link, e);
}

const struct responder_request responder_requests[] = {
	{"nic", ask_nic},
	{"hint_counts", ask_hint_counts},
	{"async", ask_async},
	{"memory_open", ask_memory_open},
	{"memory_tph", ask_memory_tph},
	{"target_open", ask_target_open},
	{"target_close", ask_target_close},
	{"target_revoke", ask_target_revoke},
	{"target_restore", ask_target_restore},
	{"target_health", ask_target_health},
	{"target_shows_tph", ask_target_shows_tph},
	{"target_alive", ask_target_alive},
	{"target_reg", ask_target_reg},
	{"connect", ask_connect},
	{"cm_listen", ask_cm_listen},
	{"cm_accept", ask_cm_accept},
	{"cm_finish", ask_cm_finish},
	{"disconnect", ask_disconnect},
	{"serve", ask_serve},
	{"serve_stop", ask_serve_stop},
	{"target_poison", ask_target_poison},
	{"target_zero", ask_target_zero},
	{"target_fill", ask_target_fill},
	{"target_check", ask_target_check},
	{"target_spot", ask_target_spot},
	{"target_sum", ask_target_sum},
	{NULL, NULL},
};

int responder_ask(struct responder *r, const char *ask, const json_t *with, json_t **answer, struct err *e)
{
	struct message_in in = message_open(with, ask, e);

	for (const struct responder_request *q = responder_requests; q->name; q++) {
		if (!strcmp(q->name, ask)) {
			in.what = q->name;
			return q->handle(r, &in, answer, e);
		}
	}
	return err_set(e, -EOPNOTSUPP, "there is no request of that name");
}
