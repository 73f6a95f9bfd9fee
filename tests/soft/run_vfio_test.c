// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Whole sweeps on the BAR of a VFIO device: the kernel is fakevfio, the NIC soft0, which imports by mapping
 * and counts what it sees under each tag. The machine is a fixture, so that the device has a function in it.
 */
#include "soft/run_rig.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fakes/fakevfio.h"
#include "meas/window.h"
#include "nic/soft/soft.h"
#include "run/reach.h"
#include "run/station.h"
#include "run/visit.h"

int __real_topo_open(const char *from, struct topo **out, struct err *e);
int __wrap_topo_open(const char *from, struct topo **out, struct err *e);

int __wrap_topo_open(const char *from, struct topo **out, struct err *e)
{
	return __real_topo_open(from ? from : MACHINES "/made-group.json", out, e);
}

enum { BAR_BYTES = 1 << 20, TPH_INDEX = 20 };

#define TOP                                                                                                  \
	"version: 1\nnics: {n: {device: soft0}}\n"                                                           \
	"memory:\n"                                                                                          \
	"  bar: {kind: vfio, device: pci/0000:1a:00.0, bar: 0, ranges: [{offset: 64K, length: 256K}],\n"     \
	"        tph_feature: {index: 20, layout: v6}}\n"                                                    \
	"  m: {kind: memfd, length: 256K}\n"                                                                 \
	"  small: {kind: host, length: 64K}\n"                                                               \
	"defaults: {nic: n, op: write, target: bar, size: 64, rounds: 2, window: 1ms}\n"                     \
	"sweeps:\n"

static void machine(unsigned int completer)
{
	fakevfio_reset();
	fakevfio_kernel(&(struct fakevfio_kernel){.mmap_dmabuf = true, .tables = FAKEVFIO_TABLES_WITH});
	fakevfio_device_add(&(struct fakevfio_device){
		.bdf = "0000:1a:00.0", .group = 10, .bar = {BAR_BYTES}, .completer = completer});
	fakevfio_feature(TPH_INDEX, FAKEVFIO_TPH_V9);
}

static struct bench *sweep(const char *tmp, const char *name, const char *text)
{
	struct bench *b = bench_new(tmp, name);

	b->sys = &fakevfio_sys;
	bench_open(b, text, NULL);
	bench_run(b);
	return b;
}

static void finish(struct bench *b)
{
	bench_finish(b);
	assert_int_equal(fakevfio_open_fds(), 0);
	assert_int_equal(fakevfio_mappings(), 0);
	assert_int_equal(fakevfio_harm(), 0);
}

/* Data is carried to the BAR and back through the NIC, and looked at by the CPU. */
static void bar_is_verified(void **state)
{
	struct bench *b;
	struct tally t;

	machine(1);
	b = sweep(*state, "bar",
		  TOP "  - {name: a, op: [write, read], size: [64, 4K], qps: [1, 3]}\n"
		      "  - {name: l, measure: lat, op: [write_fence, fetch_add, cmp_swap, read], size: 8}\n"
		      "  - {name: r, measure: reg}\n");
	t = tally(b->dir);
	if (t.rows[ST_OK] != 2 * (8 + 4 + 1))
		fail_msg("%d rows: '%s': %s; skipped '%s'", (int)t.rows[ST_OK], t.reason, t.text, t.skipped);
	assert_null(strstr(t.flags, "unverified"));
	finish(b);
}

static uint64_t counted, unseen;

static void tag_row(struct bench *b, const struct row *row)
{
	bool tag = !strcmp(row_get(row, COL_KEY + AX_TPH), "exporter");

	(void)b;
	assert_string_equal(row_get(row, COL_TARGET_KIND), "vfio");
	assert_string_equal(row_get(row, COL_INTERCONNECT_USED), "main");
	if (!strcmp(row_get(row, COL_STATUS), "void"))
		return;
	counted += tag && !strcmp(row_get(row, COL_TPH_EVIDENCE), "counter");
	unseen += tag && strcmp(row_get(row, COL_TPH_EVIDENCE), "counter") != 0;
}

#define TAGS "  - {name: t, cases: [{tph: none}, {tph: exporter, st: [1, 0xf0], ph: [0, 2]}%s]}\n"

/* The analyzer's counts equal the plan's, tag by tag: a row that differs would be an error. */
static void tag_sweep(void **state)
{
	struct bench *b = bench_new(*state, "tags");
	char text[1024];
	struct tally t;

	counted = unseen = 0;
	machine(3);
	snprintf(text, sizeof(text), TOP TAGS, ", {tph: exporter, st_ext: 0x1234, ph: 1}");
	b->sys = &fakevfio_sys;
	b->each = tag_row;
	bench_open(b, text, NULL);
	bench_run(b);
	t = tally(b->dir);
	if (t.rows[ST_ERROR] || t.rows[ST_SKIPPED])
		fail_msg("'%s': %s; skipped '%s'", t.reason, t.text, t.skipped);
	assert_int_equal(t.rows[ST_OK], 2 * 7); /* with the A/A control */
	assert_int_equal(counted, 3 * 5);
	assert_int_equal(unseen, 0);
	finish(b);
}

/* Points that ask for what the target is not are skipped, each with its reason; the others run. */
static void completer_gates(void **state)
{
	static const struct {
		unsigned int completer;
		uint64_t skipped;
		const char *why;
	} rows[] = {{1, 1, "8-bit completer"}, {0, 5, "completer"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[1024], name[16];
		struct bench *b;
		struct tally t;

		machine(rows[i].completer);
		snprintf(text, sizeof(text), TOP TAGS, ", {tph: exporter, st_ext: 0x1234, ph: 1}");
		snprintf(name, sizeof(name), "gate%zu", i);
		b = sweep(*state, name, text);
		t = tally(b->dir);
		assert_int_equal(t.rows[ST_SKIPPED], rows[i].skipped);
		assert_non_null(strstr(t.skipped, rows[i].why));
		assert_int_equal(t.rows[ST_OK], 2 * (7 - rows[i].skipped));
		finish(b);
	}
}

/* Not room for all tags: each target lives for its visit only, those without a tag as well. */
static void tags_on_demand(void **state)
{
	struct bench *b = bench_new(*state, "demand");
	struct station *s;
	char text[1024];
	struct tally t;

	machine(3);
	snprintf(text, sizeof(text), TOP TAGS, "");
	b->sys = &fakevfio_sys;
	bench_open(b, text, NULL);
	s = b->run->station[0];
	assert_int_equal(setup_need_tags(&s->need), 2); /* one entry for both ph */
	s->need.on_demand = true;
	setup_close(&s->setup);
	s->open = false;
	bench_run(b);
	for (size_t i = 0; i < s->setup.n_targets; i++)
		assert_false(s->setup.target[i].open);
	t = tally(b->dir);
	if (t.rows[ST_ERROR])
		fail_msg("'%s': %s", t.reason, t.text);
	assert_int_equal(t.rows[ST_OK], 2 * 6);
	finish(b);
}

static const struct reach *reach_of(const struct bench *b, const char *memory)
{
	for (size_t i = 0; i < b->config->n_memory; i++)
		if (!strcmp(b->config->memory[i].name, memory))
			return run_reach(b->run, 0, i);
	return NULL;
}

static const enum match_outcome *outcome_of(const struct reach *r, int64_t interconnect)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->imp[r->cell[i].importer].interconnect == interconnect)
			return &r->outcome[i];
	return NULL;
}

/* The kernel exports nothing (ENOTTY): the memory cannot be had, and the run does not start. */
static void no_export_no_run(void **state)
{
	struct bench *b = bench_new(*state, "noexport");
	struct err e = {0};
	int line;

	machine(1);
	fakevfio_kernel(&(struct fakevfio_kernel){.no_dmabuf = true});
	b->sys = &fakevfio_sys;
	assert_int_equal(bench_refused(b, TOP "  - {name: a}\n", &line, &e), -ENOTTY);
	assert_int_equal(line, 4);
	finish(b);
}

/* `auto` takes what works and is best; a bounce is taken when it is asked for, and its copies are verified.
 */
static void auto_and_bounce(void **state)
{
	const struct reach *r;
	struct bench *b;
	struct tally t;

	machine(1);
	b = sweep(*state, "auto",
		  TOP "  - {name: a, interconnect: auto}\n"
		      "  - {name: b, interconnect: bounce, op: [write, read]}\n"
		      "  - {name: c, interconnect: bounce, overlap: 1, qps: 2}\n"
		      "  - {name: l, measure: lat, op: read, size: 8, interconnect: bounce, target: m}\n");
	t = tally(b->dir);
	if (t.rows[ST_ERROR] || t.rows[ST_SKIPPED])
		fail_msg("'%s': %s; skipped '%s'", t.reason, t.text, t.skipped);
	assert_int_equal(t.rows[ST_OK], 2 * 5);
	assert_null(strstr(t.flags, "unverified"));
	r = reach_of(b, "bar");
	assert_non_null(r);
	assert_true(r->tried);
	assert_int_equal(r->n, 2);
	assert_int_equal(*outcome_of(r, INTERCONNECT_MAIN), MATCH_WORKED);
	assert_int_equal(*outcome_of(r, INTERCONNECT_BOUNCE), MATCH_WORKED);
	finish(b);
}

/* What a NIC's driver answers for a BAR, and for the dma-buf of system memory that is the control. */
static struct {
	int bar, control;
	int64_t st; /* no registration under this tag */
} refuses;

int __real_mem_open(struct mem_ctx *c, const struct config_memory *m, struct mem_buf *out, struct err *e);
int __wrap_mem_open(struct mem_ctx *c, const struct config_memory *m, struct mem_buf *out, struct err *e);

/* A memfd stands in for the udmabuf that few build machines have. */
int __wrap_mem_open(struct mem_ctx *c, const struct config_memory *m, struct mem_buf *out, struct err *e)
{
	static struct config_memory control;

	if (m->kind != MEM_UDMABUF)
		return __real_mem_open(c, m, out, e);
	control = *m;
	control.kind = MEM_MEMFD;
	return __real_mem_open(c, &control, out, e);
}

int __real_nic_mr_reg(struct nic *n, const struct mem_buf *buf, const struct nic_mr_spec *spec,
		      struct nic_mr *out, struct err *e);
int __wrap_nic_mr_reg(struct nic *n, const struct mem_buf *buf, const struct nic_mr_spec *spec,
		      struct nic_mr *out, struct err *e);

int __wrap_nic_mr_reg(struct nic *n, const struct mem_buf *buf, const struct nic_mr_spec *spec,
		      struct nic_mr *out, struct err *e)
{
	int code = buf->kind == MEM_VFIO		   ? refuses.bar
		   : !strcmp(buf->memory->name, "control") ? refuses.control
							   : 0;

	if (refuses.st && spec->hint && spec->hint->st == refuses.st)
		code = -EOPNOTSUPP;
	*out = (struct nic_mr){0};
	return code ? err_set(e, code, "refused") : __real_nic_mr_reg(n, buf, spec, out, e);
}

/* A tag that the NIC does not take costs its points, also where targets live for a visit only. */
static void refuses_tag(void **state)
{
	for (int on_demand = 0; on_demand < 2; on_demand++) {
		char text[1024], name[16];
		struct station *s;
		struct bench *b;
		struct tally t;

		machine(3);
		snprintf(text, sizeof(text), TOP TAGS, "");
		snprintf(name, sizeof(name), "refuse%d", on_demand);
		b = bench_new(*state, name);
		b->sys = &fakevfio_sys;
		refuses.st = 0xf0;
		bench_open(b, text, NULL);
		s = b->run->station[0];
		s->need.on_demand = on_demand;
		setup_close(&s->setup);
		s->open = false;
		bench_run(b);
		refuses.st = 0;
		t = tally(b->dir);
		if (t.rows[ST_ERROR])
			fail_msg("'%s': %s", t.reason, t.text);
		assert_int_equal(t.rows[ST_SKIPPED], 2);
		assert_int_equal(t.rows[ST_OK], 2 * 4);
		finish(b);
	}
}

/* A BAR may be larger than all of RAM; no message lies beyond what the source has. */
static void mirror_is_no_longer_than_a_source(void **state)
{
	struct bench *b;
	struct setup *s;
	uint64_t most = 0;

	machine(1);
	b = sweep(*state, "mirror", TOP "  - {name: a, source: small}\norder: {canary: 0}\n");
	s = &b->run->station[0]->setup;
	for (size_t i = 0; i < b->config->n_memory; i++)
		most = s->mirror_buf[i].bytes > most ? s->mirror_buf[i].bytes : most;
	assert_int_equal(most, 64 << 10);
	finish(b);
}

/* Nothing that was asked works: with `fallback: bounce` that, marked; without it a reason. */
static void falls_back(void **state)
{
	static const struct {
		int code, control;
		const char *word;
	} rows[] = {
		{-EOPNOTSUPP, 0, "ineligible"},
		{-ENODEV, 0, "revoked"},
		{-EINVAL, 0, "unreachable"},
		{-EINVAL, -EINVAL, "bad_request"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct reach *r;
		enum match_outcome o;
		struct bench *b;
		struct tally t;
		char name[16];

		machine(1);
		refuses.bar = rows[i].code;
		refuses.control = rows[i].control;
		snprintf(name, sizeof(name), "back%zu", i);
		b = sweep(*state, name,
			  TOP "  - {name: a, op: write, fallback: bounce}\n"
			      "  - {name: b, op: read}\n");
		refuses.bar = refuses.control = 0;
		t = tally(b->dir);
		r = reach_of(b, "bar");
		o = *outcome_of(r, INTERCONNECT_MAIN);
		assert_int_equal(t.rows[ST_OK], 2);
		assert_non_null(strstr(t.flags, "fallback"));
		assert_int_equal(t.rows[ST_SKIPPED], 1);
		assert_string_equal(match_outcome_name(o), rows[i].word);
		assert_ptr_equal(strstr(t.skipped, match_outcome_about(o)), t.skipped);
		assert_non_null(strstr(t.skipped, rows[i].word));
		finish(b);
	}
}

/* What the importer makes of a revoke; kernel.md 1.5. */
static struct {
	struct bench *bench;
	bool refaults; /* as mlx5; else as irdma: its MR is dead */
	bool unaware;  /* nothing tells it */
	int revokes;
} importer;

static void each_target(bool alive)
{
	const struct setup *s = &importer.bench->run->station[0]->setup;
	struct soft_dev *dev = soft_dev(bench_ctx(importer.bench));

	for (size_t i = 0; i < s->n_targets; i++) {
		struct soft_mr *mr =
			s->target[i].open ? soft_table_find(&dev->mrs, s->target[i].at.rkey) : NULL;

		if (!mr || s->target[i].at.kind != MEM_VFIO)
			continue;
		if (alive)
			atomic_fetch_or(&mr->access, SOFT_ALIVE);
		else
			soft_mr_revoke(mr);
	}
}

int __real_mem_revoke(const struct mem_buf *b, enum mem_revoke how, struct err *e);
int __wrap_mem_revoke(const struct mem_buf *b, enum mem_revoke how, struct err *e);
int __real_mem_restore(const struct mem_buf *b, struct err *e);
int __wrap_mem_restore(const struct mem_buf *b, struct err *e);

int __wrap_mem_revoke(const struct mem_buf *b, enum mem_revoke how, struct err *e)
{
	importer.revokes++;
	if (!importer.unaware)
		each_target(false);
	return __real_mem_revoke(b, how, e);
}

int __wrap_mem_restore(const struct mem_buf *b, struct err *e)
{
	int rc = __real_mem_restore(b, e);

	if (!rc && importer.refaults)
		each_target(true);
	return rc;
}

/* In the middle of each window the target goes: the row says how, and what it took to use it again. */
static void revoked_as_asked(void **state)
{
	static const struct {
		const char *how, *words;
		bool refaults;
	} rows[] = {
		{"reset", "after the memory was back by the same MR", true},
		{"memory_off", "after the memory was back by the same MR", true},
		{"reset", "us after re-registration began", false},
		{"memory_off", "us after re-registration began", false},
		{"close", "the device is opened anew with the next setup", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[1024], name[16];
		struct bench *b;
		struct tally t;

		machine(1);
		snprintf(text, sizeof(text),
			 TOP "  - {name: a, op: write, revoke: %s, window: 5ms, rounds: 4}\n"
			     "  - {name: b, op: write, target: m, rounds: 4}\n",
			 rows[i].how);
		snprintf(name, sizeof(name), "revoke%zu", i);
		b = bench_new(*state, name);
		importer.bench = b;
		importer.refaults = rows[i].refaults;
		b->sys = &fakevfio_sys;
		bench_open(b, text, NULL);
		bench_run(b);
		t = tally(b->dir);
		assert_int_equal(t.rows[ST_REVOKED], 5); /* every round, the first included */
		assert_int_equal(t.rows[ST_OK], 4);
		assert_int_equal(t.rows[ST_ERROR] + t.rows[ST_SKIPPED], 0);
		assert_ptr_equal(strstr(t.reason, VISIT_REVOKED " by "), t.reason);
		assert_non_null(strstr(t.reason, rows[i].how));
		assert_non_null(strstr(t.reason, "REM_ACCESS_ERR"));
		if (!strstr(t.reason, rows[i].words))
			fail_msg("%s: '%s'", rows[i].how, t.reason);
		finish(b);
	}
}

static struct bench *revoking(const char *tmp, const char *name, const char *how, const char *rounds)
{
	struct bench *b = importer.bench = bench_new(tmp, name);
	char text[1024];

	machine(1);
	snprintf(text, sizeof(text), TOP "  - {name: a, op: write, revoke: %s, window: 5ms, rounds: %s}\n",
		 how, rounds);
	importer.revokes = 0;
	b->sys = &fakevfio_sys;
	bench_open(b, text, NULL);
	bench_run(b);
	return b;
}

/* A window that goes through all the same is no error, whatever lies in the memory now; and as there is no
 * figure to become precise the fewest rounds are enough. */
static void revoked_unnoticed(void **state)
{
	static const char *const how[] = {"reset", "memory_off", "close"};

	importer.unaware = true;
	for (size_t i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
		char name[16];
		struct bench *b;
		struct tally t;

		snprintf(name, sizeof(name), "unaware%zu", i);
		b = revoking(*state, name, how[i], "2..6");
		t = tally(b->dir);
		assert_int_equal(t.rows[ST_REVOKED], 3);
		assert_int_equal(importer.revokes, 3);
		if (!strstr(t.reason, "no error seen"))
			fail_msg("%s: '%s': %s", how[i], t.reason, t.text);
		assert_string_equal(t.text, "");
		assert_non_null(strstr(t.flags, "unverified"));
		finish(b);
	}
	importer.unaware = false;
}

int __real_window_run(struct lane *lanes, uint32_t n, const struct op *op, const struct window_rule *rule,
		      struct hist *lat, struct hist *lag, struct window *out, struct err *e);
int __wrap_window_run(struct lane *lanes, uint32_t n, const struct op *op, const struct window_rule *rule,
		      struct hist *lat, struct hist *lag, struct window *out, struct err *e);

/* The controlling thread looks once when the lane moves and then not before the window is over. */
static struct {
	bool on, looked;
	const struct window_rule *rule;
	struct lane *lane;
} sleepy;

static int look_once(void *arg)
{
	bool moved = atomic_load(&sleepy.lane->done) > 0;

	(void)arg;
	if (sleepy.looked)
		return 0;
	sleepy.looked = moved;
	return sleepy.rule->watch(sleepy.rule->watch_arg);
}

int __wrap_window_run(struct lane *lanes, uint32_t n, const struct op *op, const struct window_rule *rule,
		      struct hist *lat, struct hist *lag, struct window *out, struct err *e)
{
	struct window_rule once = *rule;

	sleepy.rule = rule;
	sleepy.lane = lanes;
	sleepy.looked = false;
	once.watch = look_once;
	return __real_window_run(lanes, n, op, sleepy.on ? &once : rule, lat, lag, out, e);
}

/* Too late is not at all: the memory stays, and the row does not count. */
static void middle_is_missed(void **state)
{
	struct bench *b;
	struct tally t;

	sleepy.on = true;
	b = revoking(*state, "missed", "reset", "1");
	sleepy.on = false;
	t = tally(b->dir);
	assert_int_equal(importer.revokes, 0);
	assert_int_equal(t.rows[ST_VOID], 2);
	assert_int_equal(t.rows[ST_REVOKED], 0);
	finish(b);
}

/* Whichever call to the kernel fails before the first window: an end with a message or none, and no leak. */
static void every_call_fails(void **state)
{
	unsigned int n = 0, calls = 0;

	while (n <= calls) {
		struct bench *b;
		struct run_input in;
		const struct mark *where;
		struct err e = {0};
		char name[32];
		int rc;

		machine(3);
		snprintf(name, sizeof(name), "call%u", n);
		b = bench_new(*state, name);
		in = bench_plan(b, TOP "  - {name: t, interconnect: [auto, bounce]}\n");
		in.sys = &fakevfio_sys;
		if (n)
			fakevfio_fail_at(n, EIO);
		rc = run_open(&in, &b->run, &where, &e);
		assert_true(!rc || e.text[0]);
		if (!n++) {
			assert_int_equal(rc, 0);
			calls = fakevfio_count();
		}
		if (rc)
			b->run = NULL;
		finish(b);
	}
	assert_true(calls > 10);
}

static uint64_t taken, by_bounce;

/* After the second row that counts somebody else takes the memory away, and the path with it. */
static void path_goes(struct bench *b, const struct row *row)
{
	(void)b;
	/* What was asked stays in the key. */
	assert_string_equal(row_get(row, COL_KEY + AX_INTERCONNECT), "main");
	if (!strcmp(row_get(row, COL_STATUS), "void"))
		return;
	by_bounce += !strcmp(row_get(row, COL_INTERCONNECT_USED), "bounce") &&
		     strstr(row_get(row, COL_FLAGS), "fallback") != NULL;
	if (++taken != 2)
		return;
	each_target(false);
	refuses.bar = -EINVAL;
}

/* With a fallback the sweep goes on by it. Without, what is left of the points is skipped, with the reason.
 */
static void path_gone_for_good(void **state)
{
	for (int back = 0; back < 2; back++) {
		char text[1024], name[16];
		struct bench *b;
		struct tally t;

		machine(1);
		snprintf(text, sizeof(text), TOP "  - {name: a, rounds: 6, fallback: %s}\n",
			 back ? "bounce" : "none");
		snprintf(name, sizeof(name), "gone%d", back);
		b = importer.bench = bench_new(*state, name);
		taken = by_bounce = 0;
		b->sys = &fakevfio_sys;
		b->each = path_goes;
		bench_open(b, text, NULL);
		bench_run(b);
		refuses.bar = 0;
		t = tally(b->dir);
		if (t.rows[ST_REVOKED] != 1 || t.rows[ST_ERROR])
			fail_msg("'%s': %s; skipped '%s'", t.reason, t.text, t.skipped);
		assert_string_equal(t.reason, "target revoked");
		assert_int_equal(t.rows[ST_OK], back ? 5 : 1);
		assert_int_equal(by_bounce, back ? 4 : 0);
		assert_int_equal(t.rows[ST_SKIPPED], back ? 0 : 1);
		if (!back)
			assert_non_null(strstr(t.skipped, "unreachable"));
		finish(b);
	}
}

int __real_mem_health(const struct mem_buf *b, struct mem_health *out, struct err *e);
int __wrap_mem_health(const struct mem_buf *b, struct mem_health *out, struct err *e);

static struct {
	int calls, at; /* the device notices an error before that call, -1 = never */
} health = {.at = -1};

int __wrap_mem_health(const struct mem_buf *b, struct mem_health *out, struct err *e)
{
	enum { DEVSTA = 0x40 + 0x0a, FATAL = 4 };

	if (health.calls++ == health.at)
		fakevfio_config("0000:1a:00.0")[DEVSTA] |= FATAL;
	return __real_mem_health(b, out, e);
}

static uint64_t sick;

static void sick_row(struct bench *b, const struct row *row)
{
	(void)b;
	if (!strstr(row_get(row, COL_FLAGS), "pcie_errors"))
		return;
	sick++;
	assert_non_null(strstr(row_get(row, COL_ERR_TEXT), "DevSta 0x0 to 0x4"));
}

/* The row during which the target's device noticed an error says so, and no other. */
static void device_notices_errors(void **state)
{
	struct bench *b = bench_new(*state, "sick");

	machine(1);
	sick = 0;
	health.calls = 0;
	health.at = 3;
	b->sys = &fakevfio_sys;
	b->each = sick_row;
	bench_open(b, TOP "  - {name: a}\n", NULL);
	bench_run(b);
	health.at = -1;
	assert_int_equal(sick, 1);
	finish(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bar_is_verified),
		cmocka_unit_test(tag_sweep),
		cmocka_unit_test(completer_gates),
		cmocka_unit_test(tags_on_demand),
		cmocka_unit_test(no_export_no_run),
		cmocka_unit_test(auto_and_bounce),
		cmocka_unit_test(falls_back),
		cmocka_unit_test(refuses_tag),
		cmocka_unit_test(mirror_is_no_longer_than_a_source),
		cmocka_unit_test(revoked_as_asked),
		cmocka_unit_test(revoked_unnoticed),
		cmocka_unit_test(middle_is_missed),
		cmocka_unit_test(every_call_fails),
		cmocka_unit_test(path_gone_for_good),
		cmocka_unit_test(device_notices_errors),
	};

	return cmocka_run_group_tests(tests, bench_tmp, bench_tmp_drop);
}
