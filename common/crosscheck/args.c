// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Program and flags of a point. */
#include <stdarg.h>
#include <stdio.h>

#include "crosscheck/map.h"

enum { MESSAGES_LEAST = 1000, MESSAGES_MOST = 100000000 };

const char *const map_programs[] = {"ib_write_bw", "ib_write_lat", "ib_read_bw",    "ib_read_lat",
				    "ib_send_bw",  "ib_atomic_bw", "ib_atomic_lat", NULL};

static int64_t value(const struct point *pt, enum axis a, int64_t dflt)
{
	return pt->v[a] == AXIS_EMPTY ? dflt : pt->v[a];
}

static bool is_atomic(const struct point *pt)
{
	return pt->v[AX_OP] == OP_FETCH_ADD || pt->v[AX_OP] == OP_CMP_SWAP;
}

static const char *program_of(const struct point *pt, enum perftest_kind kind)
{
	bool lat = kind == PERFTEST_LAT;

	switch (pt->v[AX_OP]) {
	case OP_READ:
		return lat ? "ib_read_lat" : "ib_read_bw";
	case OP_SEND:
		return "ib_send_bw";
	case OP_FETCH_ADD:
	case OP_CMP_SWAP:
		return lat ? "ib_atomic_lat" : "ib_atomic_bw";
	default:
		return lat ? "ib_write_lat" : "ib_write_bw";
	}
}

static void differ(struct map_work *w, const char *what)
{
	size_t used = 0;

	while (w->differs[used])
		used++;
	snprintf(w->differs + used, sizeof(w->differs) - used, "%s%s", used ? "; " : "", what);
}

static void list_differences(const struct point *pt, struct map_work *w)
{
	int64_t slots = value(pt, AX_QD, 1);

	if (value(pt, AX_PATTERN, PATTERN_SEQ) == PATTERN_SEQ && slots > 1 && !is_atomic(pt))
		differ(w, pt->v[AX_SIZE] > 2048 ? "perftest reuses one address, p2pbench walks over its slots"
						: "perftest walks within one page, p2pbench over its slots");
	if (w->kind == PERFTEST_LAT && !value(pt, AX_RO, 0))
		differ(w, "perftest asks for relaxed ordering and cannot be told not to");
	if (value(pt, AX_TPH, TPH_NONE) == TPH_DMAH)
		differ(w, "perftest registers without the hint and says nothing when it is refused");
}

void map_work(const struct point *pt, uint64_t like, struct map_work *out)
{
	uint64_t qps = (uint64_t)value(pt, AX_QPS, 1), batch = (uint64_t)value(pt, AX_BATCH, 1);
	uint64_t every = (uint64_t)value(pt, AX_SIGNAL_EVERY, 1), step = batch > every ? batch : every, each;

	*out = (struct map_work){
		.kind = pt->v[AX_MEASURE] == MEASURE_LAT ? PERFTEST_LAT : PERFTEST_BW,
		.factor = pt->v[AX_OP] == OP_PINGPONG ? 2 : 1,
	};
	out->program = program_of(pt, out->kind);
	like = like < MESSAGES_LEAST ? MESSAGES_LEAST : like;
	each = (like > MESSAGES_MOST ? MESSAGES_MOST : like) / qps;
	/* A queue that never fills would make perftest lower its depth. */
	if (each < 4 * (uint64_t)value(pt, AX_QD, 1))
		each = 4 * (uint64_t)value(pt, AX_QD, 1);
	out->messages = (each + step - 1) / step * step * qps;
	list_differences(pt, out);
}

static void __attribute__((format(printf, 2, 3))) add(struct map_args *a, const char *fmt, ...)
{
	va_list ap;

	if (a->n + 1 >= MAP_ARGS)
		return;
	va_start(ap, fmt);
	vsnprintf(a->text[a->n], MAP_ARG, fmt, ap);
	va_end(ap);
	a->argv[a->n + 1] = a->text[a->n];
	a->n++;
}

static void add_pair(struct map_args *a, const char *flag, int64_t v)
{
	add(a, "%s", flag);
	add(a, "%lld", (long long)v);
}

static void add_device(struct map_args *a, const struct map_nic *nic, const struct point *pt)
{
	add(a, "-d");
	add(a, "%s", nic->device);
	add_pair(a, "-i", nic->port);
	if (nic->gid_index >= 0)
		add_pair(a, "-x", nic->gid_index);
	add_pair(a, "-m", value(pt, AX_MTU, nic->mtu));
}

static void add_queues(struct map_args *a, const struct point *pt)
{
	add_pair(a, "-q", value(pt, AX_QPS, 1));
	add_pair(a, "-t", value(pt, AX_QD, 1));
	add_pair(a, "-Q", value(pt, AX_SIGNAL_EVERY, 1));
	add_pair(a, "-l", value(pt, AX_BATCH, 1));
	add(a, "-N"); /* no search for a peak, and so no time stamp a message */
	if (!value(pt, AX_RO, 0))
		add(a, "--disable_pcie_relaxed");
	if (pt->v[AX_OP] != OP_SEND && pt->v[AX_OP] != OP_WRITE_IMM)
		add(a, "--perform_warm_up");
}

static void add_op(struct map_args *a, const struct point *pt)
{
	bool writes = !is_atomic(pt) && pt->v[AX_OP] != OP_READ;

	if (is_atomic(pt)) {
		add(a, "-A");
		add(a, pt->v[AX_OP] == OP_FETCH_ADD ? "FETCH_AND_ADD" : "CMP_AND_SWAP");
	} else {
		add_pair(a, "-s", pt->v[AX_SIZE]);
	}
	if (!writes && value(pt, AX_RD_ATOMIC, 0))
		add_pair(a, "-o", pt->v[AX_RD_ATOMIC]);
	if (writes)
		add_pair(a, "-I", value(pt, AX_INLINE, 0) ? pt->v[AX_SIZE] : 0);
	if (pt->v[AX_OP] == OP_WRITE_IMM)
		add(a, "--write_with_imm");
}

/* Only the server's memory is a target. A CPU goes with its kind of memory, or perftest refuses both. */
static void add_hint(struct map_args *a, const struct point *pt, enum map_end end)
{
	if (end != MAP_SERVER || value(pt, AX_TPH, TPH_NONE) != TPH_DMAH)
		return;
	add(a, "--ph=%lld", (long long)value(pt, AX_PH, 0));
	if (value(pt, AX_TPH_CPU, -1) < 0)
		return;
	add(a, "--cpu_id=%lld", (long long)pt->v[AX_TPH_CPU]);
	add(a, "--tph_mem=%s", value(pt, AX_TPH_MEM, TPH_MEM_VM) == TPH_MEM_PM ? "pm" : "vm");
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are map.h's */
void map_args(const struct perftest_version *v, const struct map_nic *nic, const struct point *pt,
	      const struct map_work *w, enum map_end end, const char *path, int tcp, int json,
	      struct map_args *out)
{
	*out = (struct map_args){.n = 0};
	out->argv[0] = (char *)(uintptr_t)path;
	add_device(out, nic, pt);
	add_op(out, pt);
	add_pair(out, "-n", (int64_t)(w->messages / (uint64_t)value(pt, AX_QPS, 1)));
	add(out, "-F"); /* nothing about the CPU's frequency */
	add(out, "--use_old_post_send");
	if (w->kind == PERFTEST_BW)
		add_queues(out, pt);
	if (v->numa)
		add(out, "--disable_numa");
	if (v->polling && w->kind == PERFTEST_BW)
		add(out, "--disable_dynamic_polling");
	add_hint(out, pt, end);
	add_pair(out, "-p", tcp);
	if (end == MAP_SERVER)
		return;
	if (json >= 0) {
		add(out, "--out_json");
		add(out, "--out_json_file=/proc/self/fd/%d", json);
	}
	add(out, "127.0.0.1");
}
