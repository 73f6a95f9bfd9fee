// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How far apart are two measurements of the same thing? A short sweep is run several times in this process;
 * in it every point stands twice, as variants a and b, interleaved in each round. a against b is what differs
 * within a run, the same point in two runs is what differs between runs. The 95th percentile of |ln ratio| of
 * the latter is the noise floor: `compare` must not call anything below it a difference.
 */
#include <errno.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "ops/ops.h"
#include "result/summary.h"
#include "selftest.h"

enum { RUNS = 3, POINTS = 32, RATIOS = POINTS * RUNS * RUNS, PATH = 256 };
#define QUANTILE 0.95

static const char sweep[] = "version: 1\n"
			    "name: selftest\n"
			    "nics: {dut: {device: soft0}}\n"
			    "memory: {host: {kind: host, length: 1M}}\n"
			    "defaults: {nic: dut, target: host, variant: [a, b], rounds: 8, window: 10ms}\n"
			    "order: {canary: 0}\n"
			    "sweeps:\n"
			    "  - {name: bw, measure: bw, op: [write, read], size: [64, 4K, 64K], qd: 32}\n"
			    "  - {name: lat, measure: lat, op: [read, write_fence], size: [8, 4K]}\n";

/* Medians of one run's points, in the order of the key columns: a and b of a point stand together. */
struct aa_run {
	double value[POINTS];
	bool lat[POINTS];
	size_t n;
};

/* |ln ratio| of pairs that should be equal. */
struct aa_ratios {
	double v[RATIOS];
	size_t n;
};

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int take_values(const char *dir, struct aa_run *out, struct err *e)
{
	struct summary sum;
	int rc = summary_load(dir, &sum, e);

	out->n = 0;
	for (size_t i = 0; !rc && i < sum.n && i < POINTS; i++) {
		const struct summary_point *p = &sum.point[i];
		const struct median_ci *m = summary_main(p);

		out->lat[i] = !strcmp(row_get(p->key, COL_KEY + AX_MEASURE), "lat");
		out->value[i] = m->n ? m->median : (double)NAN;
		out->n++;
	}
	if (!rc)
		summary_free(&sum);
	return rc;
}

static int measure(struct selftest *s, const struct loaded *l, const char *dir, struct err *e)
{
	struct run_input in = {
		.config = l->config,
		.plan = l->plan,
		.ops = ops,
		.sys = &sys_real,
		.clock = &s->clock,
		.interrupt = s->interrupt,
	};
	struct run *run = NULL;
	struct rounds *rounds = NULL;
	struct resume done = {0};
	struct run_outcome out;
	const struct mark *where;
	int rc = run_open(&in, &run, &where, e);

	if (!rc)
		rc = rounds_create(dir, &sys_real, &rounds, e);
	if (!rc)
		rc = resume_open(l->plan, NULL, &done, e);
	if (!rc)
		rc = run_sweep(run, rounds, "selftest", &done, &out, e);
	resume_close(&done);
	rounds_close(rounds);
	run_close(run);
	return rc;
}

/* One run in a directory that goes away again. */
static int one_run(struct selftest *s, const struct loaded *l, struct aa_run *out, struct err *e)
{
	const char *tmp = getenv("TMPDIR");
	char top[PATH], dir[PATH + 8];
	int rc;

	snprintf(top, sizeof(top), "%s/p2pbench-selftest-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(top))
		return err_set(e, -errno, "%s: cannot make a directory for the runs: %s", top,
			       err_name(errno));
	snprintf(dir, sizeof(dir), "%s/run", top);
	rc = measure(s, l, dir, e);
	if (!rc)
		rc = take_values(dir, out, e);
	nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return rc;
}

static void add_ratio(struct aa_ratios *r, double a, double b)
{
	if (a > 0 && b > 0 && r->n < RATIOS)
		r->v[r->n++] = fabs(log(b / a));
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Nearest rank; NaN without any. */
static double quantile(struct aa_ratios *r)
{
	if (!r->n)
		return NAN;
	qsort(r->v, r->n, sizeof(r->v[0]), ascending);
	return r->v[(size_t)ceil(QUANTILE * (double)r->n) - 1];
}

/* 95th percentile of |ln ratio| of the points of one metric: between runs, or of a against b within each. */
static double floor_of(const struct aa_run *run, bool lat, bool between)
{
	struct aa_ratios r = {.n = 0};

	for (size_t k = 0; k < RUNS; k++) {
		for (size_t i = 0; i < run[k].n; i++) {
			if (run[k].lat[i] != lat)
				continue;
			if (!between && !(i & 1) && i + 1 < run[k].n)
				add_ratio(&r, run[k].value[i], run[k].value[i + 1]);
			for (size_t m = k + 1; between && m < RUNS; m++)
				add_ratio(&r, run[k].value[i], run[m].value[i]);
		}
	}
	return quantile(&r);
}

static void report(struct selftest *s, const struct aa_run *run)
{
	static const char *const metric[] = {"bw", "lat"};
	json_t *between = json_object(), *within = json_object();

	for (int lat = 0; lat < 2; lat++) {
		double apart = floor_of(run, lat, true), inside = floor_of(run, lat, false);
		bool known = !isnan(apart) && !isnan(inside);
		char name[32];

		snprintf(name, sizeof(name), "noise.%s", metric[lat]);
		if (known)
			selftest_line(
				s, name, SELFTEST_OK, apart, "ln_ratio",
				"%s (%s): 95 %% of equal points differ by at most %.2f %% between runs, "
				"%.2f %% within one",
				s->device, s->evidence, 100 * expm1(apart), 100 * expm1(inside));
		else
			selftest_line(s, name, SELFTEST_FAIL, (double)NAN, "ln_ratio",
				      "no point was measured; see: p2pbench run -d %s --op write,read "
				      "--size 4K",
				      s->device);
		json_object_set_new(between, metric[lat], known ? json_real(apart) : json_null());
		json_object_set_new(within, metric[lat], known ? json_real(inside) : json_null());
	}
	s->floor = json_pack("{s:i, s:i, s:o, s:o}", "runs", RUNS, "points", (int)run[0].n, "between_runs",
			     between, "within_run", within);
}

static int measure_all(struct selftest *s, struct opt *flags, struct aa_run *run, struct err *e)
{
	struct loaded l = {0};
	int rc = 0;

	flags->quiet = true;
	flags->over[0] = (struct config_override){.path = "nics.dut.device", .text = s->device, .flag = "-d"};
	flags->n_over = 1;
	/* The text is this program's own: only the device's name can be wrong. */
	if (load_text(flags, "selftest", sweep, &l))
		return err_set(e, -EINVAL, "-d %s: not a device's name", s->device);
	for (size_t k = 0; !rc && k < RUNS && !atomic_load(s->interrupt); k++)
		rc = one_run(s, &l, &run[k], e);
	if (!rc && !atomic_load(s->interrupt))
		report(s, run);
	load_free(&l);
	return rc;
}

int selftest_noise(struct selftest *s, struct err *e)
{
	struct opt *flags = calloc(1, sizeof(*flags));
	struct aa_run *run = calloc(RUNS, sizeof(*run));
	int rc = -ENOMEM;

	if (flags && run)
		rc = measure_all(s, flags, run, e);
	else
		err_set(e, rc, "selftest: out of memory");
	free(flags);
	free(run);
	return rc;
}
