// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * rxe_faults DEVICE: whole sweeps on a real RDMA device, each with one fault put in between two windows
 * through the sweep's own setup: a wrong key, an address outside the target or off an atomic's alignment, a
 * queue pair in ERR. Every fault must end as one error row with the completion's name, and the next window,
 * on a new setup, must be ok. Last, SENDs to a responder that posts no receives: its RNR NAKs never end, so
 * the window's timeout has to. tests/soft/run_fault_test.c does the same on the software device. Prints TAP.
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

enum { POINTS = 3, ROUNDS = 3, VISITS = POINTS * (ROUNDS + 1), FAULT_AFTER = 5, GIVEN_UP_AFTER = 3 };

#define HEAD                                                                                                 \
	"version: 1\n"                                                                                       \
	"nics: {n: {device: %s}}\n"                                                                          \
	"memory: {u: {kind: udmabuf, length: 1M}}\n"                                                         \
	"defaults: {nic: n, target: host, rounds: 3, window: 20ms, verify: full}\n"                          \
	"order: {canary: 0}\n"                                                                               \
	"sweeps:\n"

/* Each with POINTS points, all on one set of queue pairs. */
#define COPIES                                                                                               \
	"  - {name: bw, op: [write, read], size: 4K, qd: 4}\n"                                               \
	"  - {name: lat, measure: lat, op: write_fence, size: 64}\n"
#define TO_DMABUF                                                                                            \
	"  - {name: bw, op: [write, read], size: 4K, qd: 4, target: u}\n"                                    \
	"  - {name: lat, measure: lat, op: write_fence, size: 64, target: u}\n"
#define BY_WR                                                                                                \
	"  - {name: bw, op: [write, read], size: 4K, qd: 4, post: wr}\n"                                     \
	"  - {name: lat, measure: lat, op: write_fence, size: 64, post: wr}\n"
#define ATOMICS                                                                                              \
	"  - {name: rate, measure: rate, op: [fetch_add, cmp_swap], size: 8, qd: 4}\n"                       \
	"  - {name: lat, measure: lat, op: fetch_add, size: 8}\n"
#define SENDS "  - {name: bw, op: send, size: 4K, qd: 4}\n"

/* One fault: in which sweeps, what it changes in an open setup, and the completions it may end in. */
struct fault {
	const char *name;
	const char *sweeps;
	void (*inject)(struct station *s);
	const char *reason, *or_reason;
	const char *also; /* what else the row says */
};

static void wrong_rkey(struct station *s)
{
	s->setup.target[0].at.rkey ^= 0x55;
}

static void out_of_range(struct station *s)
{
	s->setup.target[0].at.addr += s->setup.target[0].at.bytes;
}

static void off_alignment(struct station *s)
{
	s->setup.target[0].at.addr += 4;
}

static void wrong_lkey(struct station *s)
{
	for (size_t i = 0; i < s->setup.config->n_memory; i++)
		if (s->setup.source[i].mr)
			s->setup.source[i].mr->lkey ^= 0x55;
}

static void qp_to_err(struct station *s)
{
	const struct setup_link *l = &s->setup.link[0];

	for (uint32_t i = 0; i < l->lanes * l->per_lane; i++)
		nic_qp_flush(s->here.nic, l->qp[i]);
}

static const struct fault faults[] = {
	{"wrong rkey", COPIES, wrong_rkey, "REM_ACCESS_ERR", NULL, "device: QP_ACCESS_ERR on QP 0x"},
	{"wrong rkey, ibv_wr", BY_WR, wrong_rkey, "REM_ACCESS_ERR", NULL, "now in ERR"},
	/* asked whether the exporter has revoked it: it has not */
	{"wrong rkey, dma-buf", TO_DMABUF, wrong_rkey, "REM_ACCESS_ERR", NULL, "now in ERR"},
	{"access out of range", COPIES, out_of_range, "REM_ACCESS_ERR", NULL, "now in ERR"},
	{"atomic out of range", ATOMICS, out_of_range, "REM_ACCESS_ERR", NULL, "now in ERR"},
	/* rxe's provider refuses it itself, others leave it to the responder */
	{"atomic off its alignment", ATOMICS, off_alignment, "REM_INV_REQ_ERR", "post refused",
	 "message 0 of QP 0x"},
	{"wrong lkey", COPIES, wrong_lkey, "LOC_PROT_ERR", "WR_FLUSH_ERR",
	 "now in ERR"}, /* rxe: the second */
	{"queue pair in ERR", COPIES, qp_to_err, "WR_FLUSH_ERR", NULL, "now in ERR"},
};

/* What the rows of a sweep say. */
struct tally {
	unsigned int good, bad, skipped, rows, setups, first_bad;
	bool emulated;
	char reason[64];
	char text[512];
};

/* A sweep under test. @fault: to put in, NULL = none. */
struct bench {
	const struct fault *fault;
	const struct op *const *ops;
	const char *sweeps;
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

	if (b->fault && p->visit == FAULT_AFTER)
		b->fault->inject(b->run->station[0]);
}

static int bench_open(struct bench *b, const char *device, struct err *e)
{
	struct run_input in = {.ops = b->ops, .sys = &sys_real, .progress = between_windows, .arg = b};
	const struct mark *where;
	char text[1024];
	int rc, len = snprintf(text, sizeof(text), HEAD, device);

	snprintf(text + len, sizeof(text) - (size_t)len, "%s", b->sweeps);
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
	return rc ? rc : resume_open(b->plan, NULL, &b->done, e);
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
	if (!strcmp(status, "void") && strstr(row_get(row, COL_REASON), "drift"))
		return 0; /* taken again */
	if (!strcmp(status, "skipped")) {
		t->skipped++;
		return 0;
	}
	t->bad++;
	t->first_bad = t->first_bad ? t->first_bad : t->rows;
	snprintf(t->reason, sizeof(t->reason), "%s", row_get(row, COL_REASON));
	snprintf(t->text, sizeof(t->text), "%s", row_get(row, COL_ERR_TEXT));
	return 0;
}

/* One sweep to its end. Return: 0 and @t. */
static int sweep(struct bench *b, const char *name, const char *tmp, const char *device, struct tally *t)
{
	struct err e = {0};
	uint64_t ignored = 0;
	int rc;

	snprintf(b->dir, sizeof(b->dir), "%s/%s", tmp, name);
	rc = bench_open(b, device, &e);
	if (!rc)
		rc = run_sweep(b->run, b->rounds, "r20260101T000000Z000000", &b->done, &b->out, &e);
	if (!rc)
		rc = rounds_each(b->dir, count_row, t, &ignored, &e);
	bench_close(b);
	if (rc) {
		printf("# %s %s\n", e.text, e.hint);
		check(false, name, "the sweep ends by itself");
		return rc;
	}
	printf("# %s: %u good rows, %u bad, %u setups; %s: %s\n", name, t->good, t->bad, t->setups, t->reason,
	       t->text);
	return 0;
}

static void try_fault(const struct fault *f, const char *tmp, const char *device)
{
	struct bench b = {.fault = f, .ops = ops, .sweeps = f->sweeps};
	struct tally t = {.emulated = true};

	if (sweep(&b, f->name, tmp, device, &t))
		return;
	check(t.bad == 1 && t.first_bad == FAULT_AFTER + 1, f->name, "one error row, where the fault was");
	check(!strcmp(t.reason, f->reason) || (f->or_reason && !strcmp(t.reason, f->or_reason)), f->name,
	      t.reason);
	check(strstr(t.text, f->also) != NULL, f->name, f->also);
	check(t.good == VISITS - 1, f->name, "all other rows are ok");
	check(t.setups == 2, f->name, "the setup was built anew");
	check(t.emulated, f->name, "evidence is emulated");
}

static void try_no_receives(const char *tmp, const char *device)
{
	static const char name[] = "no receives";
	struct op lonely = op_send_bw;
	const struct op *const table[] = {&lonely, NULL};
	struct bench b = {.ops = table, .sweeps = SENDS};
	struct tally t = {.emulated = true};

	lonely.peer = OP_ALONE;
	if (sweep(&b, name, tmp, device, &t))
		return;
	check(t.bad == GIVEN_UP_AFTER && t.skipped == 1 && !t.good, name,
	      "timeouts, then the point is given up");
	check(!strcmp(t.reason, "completions stopped"), name, t.reason);
	check(strstr(t.text, "in RTS") != NULL, name, "the row has the queue pair's state");
	check(t.setups == GIVEN_UP_AFTER, name, "each time the setup was built anew");
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
	try_no_receives(tmp, argv[1]);
	return n_failed ? 1 : 0;
}
