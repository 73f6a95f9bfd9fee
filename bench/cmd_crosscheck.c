// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* crosscheck CONFIG|RUN: the run of that config with perftest taking turns at the same points. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "crosscheck.h"
#include "ops/ops.h"
#include "result/runjson.h"

/* The config of an earlier run, or a file as `run` takes it. */
static int load(struct crosscheck *x)
{
	const struct opt *o = x->s.opt;
	const char *what = o->n_args ? o->arg[0] : NULL;
	struct err e = {0};
	struct stat st;
	json_t *root;
	int status;

	if (!what || stat(what, &st) || !S_ISDIR(st.st_mode))
		return session_load(&x->s);
	if (runjson_read(what, &root, &e))
		return fail_no_run(&e);
	if (run_json_config(root)) {
		status = load_text(o, what, run_json_config(root), &x->s.loaded);
	} else {
		err_set(&e, -EINVAL, "%s/run.json: holds no config", what);
		status = fail_with(&e, EXIT_USAGE);
	}
	json_decref(root);
	if (!status)
		x->s.need = budget_need(x->s.loaded.config, x->s.loaded.plan, ops);
	return status;
}

static int nothing_to_do(const struct crosscheck *x)
{
	struct err e = {0};

	err_set(&e, -ENOTSUP,
		"none of the %zu planned points can be expressed by perftest; the first: %.200s", x->n,
		x->point[0].why);
	err_hint(&e, -ENOTSUP, "docs/crosscheck.md lists what can be");
	return fail_with(&e, EXIT_MACHINE);
}

static int plan(struct crosscheck *x)
{
	size_t can = crosscheck_plan(x);

	if (!x->point)
		return fail_with(&(struct err){.text = "out of memory"}, EXIT_INTERNAL);
	return can ? EXIT_OK : nothing_to_do(x);
}

static int measure(struct crosscheck *x)
{
	struct session *s = &x->s;
	struct err e = {0};
	int rc;

	json_object_set_new(s->json, "crosscheck",
			    json_pack("{s:s, s:s}", "tool", "perftest", "version", x->version->reported));
	if (!s->opt->quiet)
		fprintf(stderr,
			"%s: %zu points, perftest %s of %s takes a turn in each round, seed %llu, results in "
			"%s\n",
			s->loaded.config->name, x->n, x->version->reported, x->dir,
			(unsigned long long)s->loaded.config->seed, s->dir);
	progress_open(&s->progress, s->loaded.config, s->opt->quiet);
	rc = run_sweep(s->run, s->rounds, s->run_id, &s->done, &s->out, &e);
	progress_close(&s->progress);
	s->swept = !rc;
	if (rc)
		return fail_with(&e, EXIT_MACHINE);
	return crosscheck_end(x, session_end(s));
}

static int all(struct crosscheck *x)
{
	int status = load(x);

	if (!status)
		status = crosscheck_tool(x, x->s.opt->tool);
	if (!status)
		status = plan(x);
	if (!status)
		status = session_open(&x->s);
	if (!status)
		status = session_results(&x->s);
	return status ? status : measure(x);
}

int cmd_crosscheck(const struct opt *o)
{
	struct crosscheck *x = calloc(1, sizeof(*x));
	int status;

	if (!x)
		return EXIT_INTERNAL;
	x->s.opt = o;
	x->s.beside = crosscheck_turn;
	x->s.leave_out = crosscheck_leave_out;
	x->s.beside_arg = x;
	sched_getaffinity(0, sizeof(x->all), &x->all);
	status = all(x);
	session_close(&x->s);
	free(x->point);
	free(x);
	return status;
}
