// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* run [FILE]: the pipeline, top to bottom: config -> plan -> open -> rounds -> summary -> table. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "document.h"
#include "plan_document.h"
#include "run_events.h"
#include "session.h"

static void note_time(const struct session *s)
{
	char least[DURATION_TEXT], most[DURATION_TEXT];

	duration_text(s->need.least_ns, least);
	duration_text(s->need.most_ns, most);
	if (s->need.most_ns > s->need.least_ns)
		fprintf(stderr, "%s to %s, as soon as every point is precise enough", least, most);
	else
		fprintf(stderr, "about %s", least);
	if (s->need.window_ns)
		fprintf(stderr, "; windows shortened to %.0f ms to fit budget.time",
			(double)s->need.window_ns / 1e6);
	fputc('\n', stderr);
}

static void notes_before(const struct session *s)
{
	const struct config *c = s->loaded.config;

	if (s->opt->quiet)
		return;
	fprintf(stderr, "%s: %zu point%s, seed %llu, results in %s\n", c->name, plan_points(s->loaded.plan),
		plan_points(s->loaded.plan) == 1 ? "" : "s", (unsigned long long)c->seed, s->dir);
	note_time(s);
	if (s->done.rows)
		fprintf(stderr, "resuming after %llu rows\n", (unsigned long long)s->done.rows);
}

static int measure(struct session *s)
{
	struct err e = {0};
	int rc;

	notes_before(s);
	run_events_start(s);
	progress_open(&s->progress, s->loaded.config, s->opt->quiet);
	rc = run_sweep(s->run, s->rounds, s->run_id, &s->done, &s->out, &e);
	progress_close(&s->progress);
	s->swept = !rc;
	if (!rc)
		return session_end(s);
	if (s->host && (rc == -ENOTCONN || rc == -EPIPE || rc == -ETIMEDOUT))
		run_peer_died(s->loaded.config, &e);
	fail_with(&e, EXIT_MACHINE);
	fprintf(stderr, "          rows so far are in %s; go on with: p2pbench run --resume %s\n", s->dir,
		s->dir);
	return EXIT_MACHINE;
}

static int run_all(struct session *s)
{
	int status = session_open(s);

	if (!status)
		status = session_results(s);
	return status ? status : measure(s);
}

/* First of all, so that whoever reads them learns of every end. */
static int open_events(struct session *s)
{
	const struct opt *o = s->opt;
	struct err e = {0};
	int rc;

	if (o->events && o->print_config) {
		err_set(&e, -EINVAL, "run --print-config does not use --events: nothing is run");
		return fail_with(&e, EXIT_USAGE);
	}
	if (o->events && o->json && !strcmp(o->events, "-")) {
		err_set(&e, -EINVAL, "run: one of --json and --events - can have standard output");
		return fail_with(&e, EXIT_USAGE);
	}
	rc = events_open(&s->events, o->events, &e);
	if (!rc)
		return EXIT_OK;
	return fail_with(&e, rc == -ENOENT || rc == -EISDIR || rc == -ENOTDIR ? EXIT_USAGE : EXIT_MACHINE);
}

int cmd_run(const struct opt *o)
{
	struct session s = {.opt = o};
	int status = open_events(&s);

	if (status)
		return status;
	status = session_load(&s);
	if (!status && o->print_config && o->json)
		status = document_print(config_document(s.loaded.config));
	else if (!status && o->print_config)
		config_print(s.loaded.config, stdout, true);
	else if (!status)
		status = run_all(&s);
	run_events_end(&s, status);
	session_close(&s);
	return status;
}
