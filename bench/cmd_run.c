// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* run [FILE]: the pipeline, top to bottom: config -> plan -> open -> rounds -> summary -> table. */
#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "ops/ops.h"
#include "report/table.h"
#include "result/runjson.h"
#include "result/summary.h"
#include "run_json.h"

enum { DIR_LEN = 4096, ID_LEN = 32, DRIFT_PPM = 50 };

/* One run from loading to summary; every pointer is closed by session_close(). */
struct session {
	const struct opt *opt;
	struct loaded loaded;
	struct clock clock;
	struct run *run;
	struct rounds *rounds;
	struct resume done;
	struct progress progress;
	const atomic_int *interrupt;
	json_t *old; /* run.json of the run to resume */
	json_t *json;
	char dir[DIR_LEN];
	char run_id[ID_LEN];
	char started_utc[ID_LEN];
};

static void session_close(struct session *s)
{
	json_decref(s->json);
	json_decref(s->old);
	resume_close(&s->done);
	rounds_close(s->rounds);
	run_close(s->run);
	load_free(&s->loaded);
}

/* A resumed run takes its config from run.json unless one is given again, which must then be the same. */
static int load_session(struct session *s)
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

static json_t *describe(const struct session *s, int argc, char **argv)
{
	struct run_facts facts = {
		.run_id = s->run_id,
		.started_utc = s->started_utc,
		.argc = argc,
		.argv = argv,
		.loaded = &s->loaded,
		.run = s->run,
		.clock = &s->clock,
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

static int64_t most_rounds(const struct config *c)
{
	int64_t most = 0;

	for (size_t i = 0; i < c->n_sweeps; i++)
		most = c->sweeps[i].set.rounds_min > most ? c->sweeps[i].set.rounds_min : most;
	return most;
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
		.progress = progress_row,
		.arg = &s->progress,
	};

	clock_open(&s->clock);
	return run_open(&in, &s->run, where, e);
}

static int open_results(struct session *s, int argc, char **argv, struct err *e)
{
	int rc;

	name_run(s);
	s->json = describe(s, argc, argv);
	if (!s->json)
		return err_set(e, -ENOMEM, "run.json: out of memory");
	rc = s->opt->resume ? resume_directory(s, e) : start_directory(s, e);
	if (!rc)
		rc = resume_open(s->loaded.plan, (uint64_t)most_rounds(s->loaded.config), s->opt->resume,
				 &s->done, e);
	return rc ? rc : runjson_write(s->dir, s->json, e);
}

static void notes_before(const struct session *s)
{
	const struct config *c = s->loaded.config;

	if (s->opt->quiet)
		return;
	fprintf(stderr, "%s: %zu points, seed %llu, results in %s\n", c->name, plan_points(s->loaded.plan),
		(unsigned long long)c->seed, s->dir);
	if (c->n_expect)
		fprintf(stderr,
			"note: %zu expect rules are checked as text but not evaluated by this version\n",
			c->n_expect);
	if (s->done.rows)
		fprintf(stderr, "resuming after %llu rows\n", (unsigned long long)s->done.rows);
}

static void print_results(const struct session *s, const struct summary *sum)
{
	struct winsize w = {0};

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &w))
		w.ws_col = 0;
	table_print(sum, w.ws_col, stdout);
	printf("\n%s/rounds.csv  a row per window\n%s/summary.csv  a row per point\n", s->dir, s->dir);
}

/* Rows that are faults, also those of earlier processes of this run. */
static bool any_fault(const struct summary *sum)
{
	for (size_t i = 0; i < sum->n; i++)
		if (sum->point[i].n_void)
			return true;
	return false;
}

static int finish(struct session *s, const struct run_outcome *out, bool *faults, struct err *e)
{
	static const char *const stop[] = {"rounds", "interrupted", "budget"};
	double drift = clock_drift_ppm(&s->clock);
	struct summary sum;
	int rc = summary_load(s->dir, &sum, e);

	if (rc)
		return rc;
	rc = summary_write(s->dir, &sum, stop[out->stop], e);
	run_json_end(s->json, out, drift);
	if (!rc)
		rc = runjson_write(s->dir, s->json, e);
	if (!rc)
		print_results(s, &sum);
	*faults = any_fault(&sum);
	summary_free(&sum);
	if (drift > DRIFT_PPM || drift < -DRIFT_PPM)
		fprintf(stderr,
			"warning: the clock drifted by %.0f ppm during the run: its times are in doubt\n",
			drift);
	if (out->stop != RUN_COMPLETE)
		fprintf(stderr, "%s: go on with: p2pbench run --resume %s\n", stop[out->stop], s->dir);
	return rc;
}

static int measure(struct session *s)
{
	struct run_outcome out;
	struct err e = {0};
	bool faults = false;
	int rc, sig;

	notes_before(s);
	progress_open(&s->progress, s->loaded.config, s->opt->quiet);
	rc = run_sweep(s->run, s->rounds, s->run_id, &s->done, &out, &e);
	progress_close(&s->progress);
	if (rc) {
		fail_with(&e, EXIT_MACHINE);
		fprintf(stderr, "          rows so far are in %s; go on with: p2pbench run --resume %s\n",
			s->dir, s->dir);
		return EXIT_MACHINE;
	}
	if (finish(s, &out, &faults, &e))
		return fail_with(&e, EXIT_MACHINE);
	sig = atomic_load(s->interrupt);
	return sig ? 128 + sig : faults ? EXIT_POINTS : EXIT_OK;
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
		fprintf(stderr, "%s\n", e->hint);
	return EXIT_MACHINE;
}

/* A directory that cannot be used is the user's to choose again; rights, room and locks are the machine's. */
static int results_status(int rc)
{
	return rc == -EINVAL || rc == -EEXIST || rc == -ENOENT ? EXIT_USAGE : EXIT_MACHINE;
}

int cmd_run(const struct opt *o, int argc, char **argv)
{
	struct session s = {.opt = o};
	const struct mark *where;
	struct err e = {0};
	int status = load_session(&s), rc;

	if (status) {
		json_decref(s.old);
		return status;
	}
	if (o->print_config) {
		config_print(s.loaded.config, stdout, true);
		session_close(&s);
		return EXIT_OK;
	}
	s.interrupt = interrupt_install();
	rc = open_devices(&s, &where, &e);
	status = rc ? lacking(&s.loaded, where, &e) : EXIT_OK;
	if (!rc) {
		rc = open_results(&s, argc, argv, &e);
		status = rc ? fail_with(&e, results_status(rc)) : measure(&s);
	}
	session_close(&s);
	return status;
}
