// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A server and its client, from start to end. */
#include "crosscheck/child.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "crosscheck/child_priv.h"

enum { TICK_MS = 10, SERVER_ENDS_MS = 5000 };

struct pair {
	const struct child_spec *spec;
	struct proc server, client;
	struct proc *proc[2];
	int64_t began;
};

static int signalled(const struct pair *p)
{
	return p->spec->interrupt ? atomic_load(p->spec->interrupt) : 0;
}

static int late(const struct proc *p, const char *what, int64_t limit_ns, struct err *e)
{
	char words[160];

	proc_last_words(p, words, sizeof(words));
	err_set(e, -ETIMEDOUT, "%s (%s) %s within %.3g s%s%s", p->name, p->what, what, (double)limit_ns / 1e9,
		*words ? ": " : "", words);
	return err_hint(e, -ETIMEDOUT, "it was ended; run it by hand to see where it waits");
}

/* One step of waiting. Return: 0 go on. */
static int tick(struct pair *p, struct err *e)
{
	int rc = proc_pump(p->proc, 2, TICK_MS, e);

	if (!rc && signalled(p))
		rc = err_set(e, -EINTR, "interrupted while %s was running",
			     p->client.name ? p->client.name : "perftest");
	return rc;
}

static int await_server(struct pair *p, struct err *e)
{
	int64_t until = clock_raw_ns() + p->spec->start_ns;

	for (;;) {
		bool listening = port_taken(p->spec->port);
		int rc = tick(p, e);

		if (rc)
			return rc;
		if (p->server.ended) {
			rc = proc_verdict(&p->server, e);
			if (!rc)
				rc = err_set(e, -EPROTO, "%s (server) ended without waiting for a client",
					     p->server.name);
			return listening ? err_hint(e, -EADDRINUSE, "port %d was taken by another program",
						    p->spec->port)
					 : rc;
		}
		if (listening)
			return 0;
		if (clock_raw_ns() > until)
			return late(&p->server, "does not listen", p->spec->start_ns, e);
	}
}

/* A server that dies takes its client's peer away: say what the server said. */
static int await_client(struct pair *p, struct err *e)
{
	int64_t until = clock_raw_ns() + p->spec->run_ns;

	while (!p->client.ended) {
		int rc = tick(p, e);

		if (!rc && p->server.ended)
			rc = proc_verdict(&p->server, e);
		if (rc)
			return rc;
		if (clock_raw_ns() > until)
			return late(&p->client, "does not end", p->spec->run_ns, e);
	}
	return proc_verdict(&p->client, e);
}

/* It ends by itself when its client has; one that does not is ended, which is no fault of the measurement. */
static int await_end(struct pair *p, struct err *e)
{
	int64_t until = clock_raw_ns() + SERVER_ENDS_MS * 1000000ll;

	while (p->server.pid && !p->server.ended && clock_raw_ns() < until) {
		int rc = tick(p, e);

		if (rc)
			return rc;
	}
	return proc_verdict(&p->server, e);
}

static void take(struct child_text *to, struct proc *from, int i)
{
	*to = from->text[i];
	from->text[i] = (struct child_text){0};
}

static int run(struct pair *p, struct err *e)
{
	const struct child_spec *s = p->spec;
	int rc = 0;

	if (s->server) {
		rc = proc_start(&p->server, s->server, s->server_cpus, -1, e);
		if (!rc)
			rc = await_server(p, e);
	}
	if (!rc)
		rc = proc_start(&p->client, s->client, s->client_cpus, s->inherit, e);
	if (!rc)
		rc = await_client(p, e);
	return rc;
}

int child_run(const struct child_spec *spec, struct child_output *out, struct err *e)
{
	struct pair p = {
		.spec = spec,
		.server = {.what = "server", .fd = {-1, -1}},
		.client = {.what = "client", .fd = {-1, -1}},
		.began = clock_raw_ns(),
	};
	int rc, sig;

	p.proc[0] = &p.server;
	p.proc[1] = &p.client;
	rc = run(&p, e);
	out->took_ns = clock_raw_ns() - p.began;
	if (!rc)
		rc = await_end(&p, e);
	sig = signalled(&p);
	proc_end(&p.client, sig ? sig : SIGTERM);
	proc_end(&p.server, sig ? sig : SIGTERM);
	take(&out->out, &p.client, 0);
	take(&out->err, &p.client, 1);
	take(&out->server_out, &p.server, 0);
	take(&out->server_err, &p.server, 1);
	return rc;
}

void child_output_free(struct child_output *o)
{
	free(o->out.text);
	free(o->err.text);
	free(o->server_out.text);
	free(o->server_err.text);
	*o = (struct child_output){0};
}
