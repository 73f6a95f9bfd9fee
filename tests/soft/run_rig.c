// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "soft/run_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nic/backend.h"
#include "ops/ops.h"
#include "run/station.h"

struct ibv_context *bench_ctx(const struct bench *b)
{
	return b->run->station[0]->here.nic->ctx;
}

static void between_windows(void *arg, const struct run_progress *p)
{
	struct bench *b = arg;

	b->seen++;
	if (b->stop_at && b->seen == b->stop_at)
		atomic_store(&b->interrupt, 2);
	if (b->each)
		b->each(b, p->row);
	/* A stuck device is well again afterwards. */
	if (b->fault && b->seen >= b->fault_at && b->run->station[0]->here.nic)
		soft_fault_set(bench_ctx(b), b->seen < b->fault_at + b->fault_for ? b->fault : NULL);
}

struct bench *bench_new(const char *tmp, const char *name)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct err e = {0};

	snprintf(b->dir, sizeof(b->dir), "%s/%s", tmp, name);
	if (rounds_create(b->dir, &sys_real, &b->rounds, &e))
		fail_msg("%s", e.text);
	b->fault_for = 1;
	return b;
}

struct run_input bench_plan(struct bench *b, const char *text)
{
	b->d = diags_open("test", text, strlen(text));
	if (config_load("test", text, strlen(text), NULL, 0, b->d, &b->config) ||
	    plan_build(b->config, b->d, &b->plan)) {
		diags_print(b->d, stderr);
		fail();
	}
	b->clock = (struct clock){.raw = true, .ns_per_tick = 1.0};
	return (struct run_input){
		.config = b->config,
		.plan = b->plan,
		.ops = ops,
		.sys = b->sys ? b->sys : &sys_real,
		.clock = &b->clock,
		.interrupt = &b->interrupt,
		.progress = between_windows,
		.arg = b,
	};
}

void bench_open(struct bench *b, const char *text, const char *resume_dir)
{
	struct run_input in = bench_plan(b, text);
	const struct mark *where;
	struct err e = {0};

	if (run_open(&in, &b->run, &where, &e))
		fail_msg("%s", e.text);
	assert_int_equal(resume_open(b->plan, resume_dir, &b->done, &e), 0);
}

int bench_refused(struct bench *b, const char *text, int *line, struct err *e)
{
	struct run_input in = bench_plan(b, text);
	const struct mark *where = NULL;
	int rc = run_open(&in, &b->run, &where, e);

	if (!rc)
		fail_msg("run_open() took it");
	b->run = NULL;
	*line = where ? where->line : 0;
	return rc;
}

void bench_run(struct bench *b)
{
	struct err e = {0};

	if (run_sweep(b->run, b->rounds, "r20260101T000000Z000000", &b->done, &b->out, &e))
		fail_msg("%s", e.text);
}

struct bench *bench_sweep(const char *tmp, const char *name, const char *text)
{
	struct bench *b = bench_new(tmp, name);

	bench_open(b, text, NULL);
	bench_run(b);
	return b;
}

struct bench *bench_fault(const char *tmp, const char *name, const char *text, const struct soft_fault *fault,
			  uint64_t at)
{
	struct bench *b = bench_new(tmp, name);

	b->fault = fault;
	b->fault_at = at;
	bench_open(b, text, NULL);
	bench_run(b);
	return b;
}

void bench_finish(struct bench *b)
{
	if (b->done.done)
		resume_close(&b->done);
	rounds_close(b->rounds);
	run_close(b->run);
	plan_free(b->plan);
	config_free(b->config);
	diags_close(b->d);
	free(b);
}

double row_number(const struct row *row, enum column c)
{
	return strtod(row_get(row, c), NULL);
}

/* What any good row must satisfy, whatever the machine does meanwhile. */
static void check_good_row(const struct row *row)
{
	double done = row_number(row, COL_OPS), bytes = row_number(row, COL_BYTES);
	double s = row_number(row, COL_WINDOW_S), gbyte = row_number(row, COL_BW_GBYTE_S);
	const char *measure = row_get(row, COL_KEY + AX_MEASURE);

	assert_true(s >= 0.001);
	if (strcmp(measure, "reg")) {
		assert_true(row_number(row, COL_WARMUP_S) >= 0.005);
		assert_true(done >= 100);
		assert_true(bytes == done * row_number(row, COL_KEY + AX_SIZE));
	}
	if (!strcmp(measure, "bw"))
		assert_true(gbyte > 0.999 * bytes / s / 1e9 && gbyte < 1.001 * bytes / s / 1e9);
	if (strcmp(measure, "lat") && strcmp(measure, "reg"))
		return;
	assert_true(row_number(row, COL_LAT_N) > 0);
	assert_true(row_number(row, COL_LAT_MIN_US) <= row_number(row, COL_LAT_P50_US));
	assert_true(row_number(row, COL_LAT_P50_US) <= row_number(row, COL_LAT_MAX_US));
}

static void count_texts(struct tally *t, const struct row *row, const char *status)
{
	bool counts = !strcmp(status, "ok") || !strcmp(status, "warmup");

	/* Every row that does not count says why, and no other. */
	assert_int_equal(counts, !*row_get(row, COL_REASON));
	if (!strcmp(status, "skipped")) {
		snprintf(t->skipped, sizeof(t->skipped), "%s", row_get(row, COL_REASON));
		return;
	}
	assert_string_equal(row_get(row, COL_EVIDENCE), *row_get(row, COL_SETUP_ID) ? "software" : "");
	if (*row_get(row, COL_WINDOW_S))
		snprintf(t->flags, sizeof(t->flags), "%s", row_get(row, COL_FLAGS));
	if (!counts && strcmp(status, "void")) {
		snprintf(t->reason, sizeof(t->reason), "%s", row_get(row, COL_REASON));
		snprintf(t->text, sizeof(t->text), "%s", row_get(row, COL_ERR_TEXT));
	}
}

static int count_row(const struct row *row, void *arg)
{
	const char *status = row_get(row, COL_STATUS);
	struct tally *t = arg;
	uint64_t setup = strtoull(row_get(row, COL_SETUP_ID), NULL, 10);

	if (!strcmp(status, "ok")) {
		check_good_row(row);
		t->window_s += row_number(row, COL_WINDOW_S);
		t->lat_s += row_number(row, COL_LAT_MEAN_US) * row_number(row, COL_LAT_N) / 1e6;
	}
	for (int s = 0; s < ST_COUNT; s++)
		t->rows[s] += !strcmp(status, status_name(s));
	t->setups = setup > t->setups ? setup : t->setups;
	if (strcmp(status, "void"))
		t->order = t->order * 31 + strtoull(row_get(row, COL_POINT_ID) + 1, NULL, 16);
	count_texts(t, row, status);
	return 0;
}

struct tally tally(const char *dir)
{
	struct tally t = {0};
	struct err e = {0};
	uint64_t ignored = 0;

	assert_int_equal(rounds_each(dir, count_row, &t, &ignored, &e), 0);
	assert_int_equal(ignored, 0);
	return t;
}

int bench_tmp(void **state)
{
	char *dir = malloc(TEMP_PATH);

	*state = dir ? temp_make(dir) : NULL;
	return dir ? 0 : -1;
}

int bench_tmp_drop(void **state)
{
	temp_remove(*state);
	free(*state);
	return 0;
}
