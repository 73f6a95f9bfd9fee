// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a run opens before its first window. */
#include "session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "ops/ops.h"
#include "result/runjson.h"
#include "run_events.h"
#include "wrap.h"

void session_close(struct session *s)
{
	events_close(&s->events);
	json_decref(s->json);
	json_decref(s->old);
	resume_close(&s->done);
	rounds_close(s->rounds);
	run_gates_close(&s->gates);
	run_close(s->run);
	peer_host_close(s->host);
	load_free(&s->loaded);
}

/* A resumed run takes its config from run.json unless one is given again, which must then be the same. */
static int load_config(struct session *s)
{
	const struct opt *o = s->opt;
	const char *file = o->n_args ? o->arg[0] : NULL;
	const char *text;
	char name[DIR_LEN];
	struct err e = {0};

	if (!o->resume)
		return load_plan(o, file, &s->loaded);
	if (runjson_read(o->resume, &s->old, &e))
		return fail_with(&e, EXIT_USAGE);
	if (file || o->n_over)
		return load_plan(o, file, &s->loaded);
	snprintf(name, sizeof(name), "%s/run.json", o->resume);
	text = run_json_config(s->old);
	if (!text) {
		err_set(&e, -EINVAL, "%s: holds no config", name);
		return fail_with(&e, EXIT_USAGE);
	}
	return load_text(o, name, text, &s->loaded);
}

int session_load(struct session *s)
{
	struct err e = {0};
	int status = load_config(s);

	if (status || s->opt->print_config)
		return status;
	s->need = budget_need(s->loaded.config, s->loaded.plan, ops);
	return budget_check(s->loaded.config, &s->need, &e) ? fail_with(&e, EXIT_USAGE) : EXIT_OK;
}

/* What the machine lacks, shown where the config asked for it. */
static int lacking(const struct loaded *l, const struct mark *where, const struct err *e)
{
	struct diags *d = where && (where->line || where->flag) ? diags_open(l->name, l->text, l->len) : NULL;

	if (!d)
		return fail_with(e, EXIT_MACHINE);
	diags_add(d, DIAG_ERROR, where, "%s", e->text);
	diags_print(d, stderr);
	diags_close(d);
	if (e->hint[0])
		wrap(stderr, "  ", "%s", e->hint);
	return EXIT_MACHINE;
}

/* After every window, between two of them. */
static void on_window(void *arg, const struct run_progress *now)
{
	struct session *s = arg;

	progress_row(&s->progress, now);
	run_events_window(s, now);
}

static int open_devices(struct session *s, const struct mark **where, struct err *e)
{
	struct run_input in = {
		.config = s->loaded.config,
		.plan = s->loaded.plan,
		.ops = ops,
		.sys = &sys_real,
		.clock = &s->clock,
		.interrupt = s->interrupt,
		.progress = on_window,
		.arg = s,
		.beside = s->beside,
		.leave_out = s->leave_out,
		.beside_arg = s->beside_arg,
	};
	int rc;

	clock_open(&s->clock);
	*where = &s->loaded.config->peer.mark;
	rc = run_peer_open(s->loaded.config, &s->host, e);
	if (rc)
		return rc;
	in.host = s->host;
	return run_open(&in, &s->run, where, e);
}

/* Said once; run.json has it too. */
static void say_spills(const struct session *s)
{
	const struct config_nic *nics = s->loaded.config->nics;

	for (size_t i = 0; i < run_pairs(s->run); i++) {
		struct run_pair p;

		run_pair(s->run, i, &p);
		if (p.spilled)
			fprintf(stderr, "note: nic %s: threads run on %s\n", nics[p.nic].name, p.cpus);
	}
}

int session_open(struct session *s)
{
	const struct mark *where;
	struct err e = {0};

	s->interrupt = interrupt_install();
	if (open_devices(s, &where, &e))
		return lacking(&s->loaded, where, &e);
	if (!s->opt->quiet)
		run_peer_note(s->loaded.config, s->host, s->run);
	say_spills(s);
	if (run_gates_open(&s->gates, &s->loaded, s->run, &s->clock, &e))
		return fail_with(&e, EXIT_INTERNAL);
	return s->opt->strict && run_gates_refuse(&s->gates) ? EXIT_MACHINE : EXIT_OK;
}

static void name_run(struct session *s)
{
	unsigned int dice = 0;
	time_t now = time(NULL);
	struct tm tm;
	char stamp[ID_LEN - 8];

	gmtime_r(&now, &tm);
	if (getrandom(&dice, sizeof(dice), GRND_NONBLOCK) < 0)
		dice = (unsigned int)getpid();
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
	snprintf(s->run_id, sizeof(s->run_id), "r%s%06x", stamp, dice & 0xffffff);
	strftime(s->started_utc, sizeof(s->started_utc), "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static json_t *describe(const struct session *s)
{
	struct run_facts facts = {
		.run_id = s->run_id,
		.started_utc = s->started_utc,
		.argc = s->opt->argc,
		.argv = s->opt->argv,
		.loaded = &s->loaded,
		.run = s->run,
		.host = s->host,
		.clock = &s->clock,
		.gates = &s->gates,
	};

	return run_json_new(&facts);
}

static int start_directory(struct session *s, struct err *e)
{
	const struct config *c = s->loaded.config;
	int rc = rounds_dir_name(c->output_dir, c->name, time(NULL), s->dir, sizeof(s->dir), e);

	return rc ? rc : rounds_create(s->dir, &sys_real, &s->rounds, e);
}

/* Same config, binary and devices, or the rows would not belong together. */
static int resume_directory(struct session *s, struct err *e)
{
	const char *id = json_string_value(json_object_get(s->old, "run_id"));
	char text[400];
	json_t *both;
	int cut = 0, rc;

	snprintf(s->dir, sizeof(s->dir), "%s", s->opt->resume);
	if (runjson_differs(s->old, s->json, text, sizeof(text))) {
		err_set(e, -EINVAL, "%s: cannot be resumed, this run differs:\n%s", s->dir, text);
		return err_hint(e, -EINVAL, "start a new run, or go back to what it was started with");
	}
	snprintf(s->run_id, sizeof(s->run_id), "%s", id ? id : "");
	both = run_json_resume(s->old, s->json);
	json_decref(s->json);
	s->json = both;
	if (!both)
		return err_set(e, -ENOMEM, "run.json: out of memory");
	rc = rounds_resume(s->dir, &sys_real, &s->rounds, &cut, e);
	if (!rc && cut)
		fprintf(stderr, "%s: cut %d torn line%s\n", s->dir, cut, cut == 1 ? "" : "s");
	return rc;
}

/* A directory that cannot be used is the user's to choose again; rights, room and locks are the machine's. */
static int results_status(int rc)
{
	return rc == -EINVAL || rc == -EEXIST || rc == -ENOENT ? EXIT_USAGE : EXIT_MACHINE;
}

int session_results(struct session *s)
{
	struct err e = {0};
	int rc;

	name_run(s);
	s->json = describe(s);
	if (!s->json)
		return fail_with(&(struct err){.text = "run.json: out of memory"}, EXIT_INTERNAL);
	rc = s->opt->resume ? resume_directory(s, &e) : start_directory(s, &e);
	if (!rc)
		rc = resume_open(s->loaded.plan, s->opt->resume, &s->done, &e);
	if (!rc)
		rc = runjson_write(s->dir, s->json, &e);
	return rc ? fail_with(&e, results_status(rc)) : EXIT_OK;
}
