// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* run [FILE]: the pipeline, top to bottom: config -> plan -> open -> rounds -> summary -> table. */
#include <stdio.h>

#include "base/err.h"
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
	struct run_outcome out;
	struct err e = {0};
	int rc;

	notes_before(s);
	progress_open(&s->progress, s->loaded.config, s->opt->quiet);
	rc = run_sweep(s->run, s->rounds, s->run_id, &s->done, &out, &e);
	progress_close(&s->progress);
	if (!rc)
		return session_end(s, &out);
	fail_with(&e, EXIT_MACHINE);
	fprintf(stderr, "          rows so far are in %s; go on with: p2pbench run --resume %s\n", s->dir,
		s->dir);
	return EXIT_MACHINE;
}

int cmd_run(const struct opt *o, int argc, char **argv)
{
	struct session s = {.opt = o};
	int status = session_load(&s);

	if (!status && o->print_config) {
		config_print(s.loaded.config, stdout, true);
	} else if (!status) {
		status = session_open(&s);
		if (!status)
			status = session_results(&s, argc, argv);
		if (!status)
			status = measure(&s);
	}
	session_close(&s);
	return status;
}
