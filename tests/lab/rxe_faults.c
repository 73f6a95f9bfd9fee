// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * rxe_faults DEVICE: whole sweeps on a real RDMA device, each with one fault put in between two windows
 * through the sweep's own setup: a wrong key, an address outside the target, a queue pair in ERR. Every
 * fault must end as one error row with the completion's name, and the next window, on a new setup, must
 * be ok. tests/soft/run_test.c does the same on the software device. Prints TAP.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "ops/ops.h"
#include "result/rounds.h"
#include "run/run.h"
#include "run/station.h"

enum { POINTS = 3, ROUNDS = 3, VISITS = POINTS * (ROUNDS + 1), FAULT_AFTER = 5 };

#define SWEEP                                                                                                \
	"version: 1\n"                                                                                       \
	"nics: {n: {device: %s}}\n"                                                                          \
	"defaults: {nic: n, target: host, rounds: 3, window: 20ms, verify: full}\n"                          \
	"sweeps:\n"                                                                                          \
	"  - {name: bw, op: [write, read], size: 4K, qd: 4}\n"                                               \
	"  - {name: lat, measure: lat, op: write_fence, size: 64}\n"

/* One fault: what it changes in an open setup, and the completions it may end in. */
struct fault {
	const char *name;
	void (*inject)(struct station *s);
	const char *reason, *or_reason;
};

static void wrong_rkey(struct station *s)
{
	s->setup.target[0].rkey ^= 0x55;
}

static void out_of_range(struct station *s)
{
	s->setup.target[0].addr += s->setup.target[0].bytes;
}

static void wrong_lkey(struct station *s)
{
	s->setup.source[0].mr->lkey ^= 0x55;
}

static void qp_to_err(struct station *s)
{
	for (uint32_t i = 0; i < s->setup.n_qps; i++)
		nic_qp_flush(s->nic, s->setup.qp[i]);
}

static const struct fault faults[] = {
	{"wrong rkey", wrong_rkey, "REM_ACCESS_ERR", NULL},
	{"access out of range", out_of_range, "REM_ACCESS_ERR", NULL},
	{"wrong lkey", wrong_lkey, "LOC_PROT_ERR", "WR_FLUSH_ERR"}, /* rxe gives the second */
	{"queue pair in ERR", qp_to_err, "WR_FLUSH_ERR", NULL},
};

/* What the rows of a sweep say. */
struct tally {
	unsigned int good, bad, rows, setups, first_bad;
	bool emulated;
	char reason[64];
	char text[512];
};

/* A sweep under test. */
struct bench {
	const struct fault *fault;
	struct diags *d;
	struct config *config;
	struct plan *plan;
	struct clock clock;
	struct run *run;
	struct rounds *rounds;
	struct resume done;
	struct run_outcome out;
	atomic_int interrupt;
	char dir[256];
};

static int n_failed;

static void check(bool good, const char *fault, const char *what)
{
	printf("%sok - %s: %s\n", good ? "" : "not ", fault, what);
	n_failed += !good;
}

static void between_windows(void *arg, const struct run_progress *p)
{
	struct bench *b = arg;

	if (p->visit == FAULT_AFTER)
		b->fault->inject(&b->run->station[0]);
}

static int bench_open(struct bench *b, const char *device, struct err *e)
{
	struct run_input in = {.ops = ops, .sys = &sys_real, .progress = between_windows, .arg = b};
	const struct mark *where;
	char text[sizeof(SWEEP) + 64];
	int rc;

	snprintf(text, sizeof(text), SWEEP, device);
	b->d = diags_open("rxe_faults", text, strlen(text));
	rc = config_load("rxe_faults", text, strlen(text), NULL, 0, b->d, &b->config);
	if (!rc)
		rc = plan_build(b->config, b->d, &b->plan);
	if (rc) {
		diags_print(b->d, stdout);
		return err_set(e, rc, "the sweep is no config");
	}
	clock_open(&b->clock);
	in.config = b->config;
	in.plan = b->plan;
	in.clock = &b->clock;
	in.interrupt = &b->interrupt;
	rc = run_open(&in, &b->run, &where, e);
	if (!rc)
		rc = rounds_create(b->dir, &sys_real, &b->rounds, e);
	return rc ? rc : resume_open(b->plan, ROUNDS, NULL, &b->done, e);
}

static void bench_close(struct bench *b)
{
	resume_close(&b->done);
	rounds_close(b->rounds);
	run_close(b->run);
	plan_free(b->plan);
	config_free(b->config);
	diags_close(b->d);
}

static int count_row(const struct row *row, void *arg)
{
	struct tally *t = arg;
	const char *status = row_get(row, COL_STATUS);
	unsigned int setup = (unsigned int)strtoul(row_get(row, COL_SETUP_ID), NULL, 10);

	t->rows++;
	t->setups = setup > t->setups ? setup : t->setups;
	t->emulated = t->emulated && !strcmp(row_get(row, COL_EVIDENCE), "emulated");
	if (!strcmp(status, "ok") || !strcmp(status, "warmup")) {
		t->good++;
		return 0;
	}
	t->bad++;
	t->first_bad = t->first_bad ? t->first_bad : t->rows;
	snprintf(t->reason, sizeof(t->reason), "%s", row_get(row, COL_REASON));
	snprintf(t->text, sizeof(t->text), "%s", row_get(row, COL_ERR_TEXT));
	return 0;
}

static void judge(const struct fault *f, const struct tally *t)
{
	printf("# %s: %u good rows, %u bad, %u setups; %s: %s\n", f->name, t->good, t->bad, t->setups,
	       t->reason, t->text);
	check(t->bad == 1 && t->first_bad == FAULT_AFTER + 1, f->name, "one error row, where the fault was");
	check(!strcmp(t->reason, f->reason) || (f->or_reason && !strcmp(t->reason, f->or_reason)), f->name,
	      t->reason);
	check(strstr(t->text, "now in ERR") != NULL, f->name, "the row has the queue pair's state");
	check(t->good == VISITS - 1, f->name, "all other rows are ok");
	check(t->setups == 2, f->name, "the setup was built anew");
	check(t->emulated, f->name, "evidence is emulated");
}

static void try_fault(const struct fault *f, const char *tmp, const char *device)
{
	struct bench b = {.fault = f};
	struct tally t = {.emulated = true};
	struct err e = {0};
	uint64_t ignored = 0;
	int rc;

	snprintf(b.dir, sizeof(b.dir), "%s/%s", tmp, f->name);
	rc = bench_open(&b, device, &e);
	if (!rc)
		rc = run_sweep(b.run, b.rounds, "r20260101T000000Z000000", &b.done, &b.out, &e);
	if (!rc)
		rc = rounds_each(b.dir, count_row, &t, &ignored, &e);
	if (rc) {
		printf("# %s %s\n", e.text, e.hint);
		check(false, f->name, "the sweep ends by itself");
	} else {
		judge(f, &t);
	}
	bench_close(&b);
}

int main(int argc, char **argv)
{
	char tmp[] = "/tmp/rxe_faults-XXXXXX";

	if (argc != 2 || !mkdtemp(tmp)) {
		fprintf(stderr, "usage: rxe_faults DEVICE\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		try_fault(&faults[i], tmp, argv[1]);
	return n_failed ? 1 : 0;
}
