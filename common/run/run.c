// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Before the first window: which points this version can run, what they ask of each NIC, and whether
 * the machine has it. The schedule itself is schedule.c.
 */
#include "run/run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/station.h"
#include "base/err.h"
#include "meas/window.h"

const struct op *run_find_op(const struct op *const *ops, const struct point *pt)
{
	for (; *ops; ops++)
		if ((*ops)->measure == pt->v[AX_MEASURE] && (*ops)->op == pt->v[AX_OP])
			return *ops;
	return NULL;
}

bool run_honours(enum axis a)
{
	switch (a) {
	case AX_MEASURE:
	case AX_OP:
	case AX_NIC:
	case AX_TARGET:
	case AX_SOURCE:
	case AX_SIZE:
	case AX_QD:
	case AX_QPS:
	case AX_BATCH:
	case AX_SIGNAL_EVERY:
	case AX_VARIANT:
		return true;
	default:
		return false;
	}
}

/* The one value of the other axes that describes what this version does. */
static bool describes_us(enum axis a, int64_t v)
{
	switch (a) {
	case AX_INTERCONNECT:
		return v == INTERCONNECT_MAIN;
	case AX_TPH:
		return v == TPH_NONE;
	case AX_DIR:
		return v == DIR_UNI;
	case AX_THREADS:
		return v == 1;
	default:
		return v == AXIS_EMPTY;
	}
}

const char *run_unsupported(const struct config *c, const struct op *const *ops, const struct point *pt,
			    char *buf, size_t len)
{
	char value[32];

	for (int a = 0; a < AX_COUNT; a++) {
		if (run_honours(a) || describes_us(a, pt->v[a]))
			continue;
		snprintf(buf, len, "%s %s is not in this version", keys_axis(a)->name,
			 config_value_text(c, a, pt->v[a], value));
		return buf;
	}
	if (run_find_op(ops, pt))
		return NULL;
	snprintf(buf, len, "measure %s of op %s is not in this version",
		 config_value_text(c, AX_MEASURE, pt->v[AX_MEASURE], value),
		 config_value_text(c, AX_OP, pt->v[AX_OP], value));
	return buf;
}

static uint32_t max_u32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static void add_need(struct setup_need *need, const struct config_sweep *sweep, const struct point *pt,
		     const struct op *op)
{
	uint32_t wrs = (uint32_t)pt->v[AX_QD] * (op->fence ? 2 : 1);

	need->used = true;
	if (pt->v[AX_QPS] > need->qps)
		need->widest = &sweep->ax[AX_QPS].mark;
	need->qps = max_u32(need->qps, (uint32_t)pt->v[AX_QPS]);
	if ((uint64_t)pt->v[AX_SIZE] > need->size) {
		need->size = (uint64_t)pt->v[AX_SIZE];
		need->largest = &sweep->ax[AX_SIZE].mark;
	}
	if (wrs > need->send_wrs)
		need->deepest = &sweep->ax[AX_QD].mark;
	need->send_wrs = max_u32(need->send_wrs, wrs);
	/* After a fault every WR in flight completes as flushed, signaled or not. */
	need->cqes = max_u32(need->cqes, wrs * (uint32_t)pt->v[AX_QPS]);
	need->source[pt->v[AX_SOURCE]] = true;
	need->target[pt->v[AX_TARGET]] = true;
}

/* What the plan asks of each NIC. Return: points that can be run. */
static size_t sum_needs(struct run *r)
{
	const struct config *c = r->in.config;
	size_t supported = 0;
	struct point pt;
	char why[128];

	for (size_t i = 0; i < r->points; i++) {
		const struct config_settings *set;

		plan_point(r->in.plan, i, &pt);
		if (run_unsupported(c, r->in.ops, &pt, why, sizeof(why)))
			continue;
		supported++;
		add_need(&r->station[pt.v[AX_NIC]].need, &c->sweeps[pt.sweep], &pt,
			 run_find_op(r->in.ops, &pt));
		set = &c->sweeps[pt.sweep].set;
		r->rounds = set->rounds_min > r->rounds ? set->rounds_min : r->rounds;
	}
	return supported;
}

static int allocate(struct run *r)
{
	const struct config *c = r->in.config;

	r->station = calloc(c->n_nics, sizeof(*r->station));
	if (!r->station)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_nics; i++) {
		struct setup_need *need = &r->station[i].need;

		need->source = calloc(c->n_memory, sizeof(bool));
		need->target = calloc(c->n_memory, sizeof(bool));
		if (!need->source || !need->target)
			return -ENOMEM;
	}
	return 0;
}

int station_setup(struct run *r, struct station *s, struct err *e)
{
	int rc = setup_open(s->nic, r->in.config, &s->need, r->in.sys, &s->setup, e);

	s->open = !rc;
	return rc;
}

/* A misspelt device gets the name that was probably meant as its hint. */
static void suggest_device(const char *device, struct err *e)
{
	struct nic_entry *list;
	const char **names, *near = NULL;
	int n = nic_list(&list, NULL);

	if (n < 0)
		return;
	names = calloc((size_t)n + 1, sizeof(const char *));
	for (int i = 0; names && i < n; i++)
		names[i] = list[i].name;
	if (names)
		near = diag_nearest(device, names);
	if (near && strcmp(near, device) != 0)
		err_hint(e, -ENODEV, "did you mean '%s'? `p2pbench list devices` lists all", near);
	free(names);
	free(list);
}

/* Limits that no verbs call would check before the first window. Each initiator QP has a responder QP. */
static int check_limits(const struct station *s, const struct mark **where, struct err *e)
{
	const struct nic_attr *a = nic_attr(s->nic);

	if (s->need.size > a->max_msg_size) {
		*where = s->need.largest;
		return err_set(e, -EINVAL,
			       "%s: messages of %" PRIu64 " bytes asked, the device carries at most %u",
			       a->name, s->need.size, a->max_msg_size);
	}
	if (2 * (uint64_t)s->need.qps > a->max_qp) {
		*where = s->need.widest;
		return err_set(
			e, -EINVAL,
			"%s: %u queue pairs and as many at the responder asked, the device has %u (max_qp)",
			a->name, s->need.qps, a->max_qp);
	}
	return 0;
}

static int open_stations(struct run *r, const struct mark **where, struct err *e)
{
	for (size_t i = 0; i < r->in.config->n_nics; i++) {
		const struct config_nic *n = &r->in.config->nics[i];
		struct station *s = &r->station[i];
		int rc;

		if (!s->need.used)
			continue;
		*where = &n->mark;
		rc = nic_open(n->device, (int)n->port, (int)n->gid_index, &s->nic, e);
		if (rc == -ENODEV)
			suggest_device(n->device, e);
		if (!rc)
			rc = check_limits(s, where, e);
		if (rc)
			return rc;
		rc = station_setup(r, s, e);
		*where = s->setup.blame;
		if (rc)
			return rc;
	}
	return 0;
}

static int nothing_to_run(const struct run *r, struct err *e)
{
	struct point pt;
	char why[128];

	plan_point(r->in.plan, 0, &pt);
	err_set(e, -ENOTSUP, "none of the %zu planned points can be run: %s", r->points,
		run_unsupported(r->in.config, r->in.ops, &pt, why, sizeof(why)));
	return err_hint(e, -ENOTSUP, "`p2pbench plan` lists what each sweep asks for");
}

int run_open(const struct run_input *in, struct run **out, const struct mark **where, struct err *e)
{
	struct run *r = calloc(1, sizeof(*r));
	int rc;

	*where = NULL;
	if (!r)
		return err_set(e, -ENOMEM, "out of memory");
	r->in = *in;
	r->points = plan_points(in->plan);
	r->cpu = window_cpu();
	rc = allocate(r);
	if (rc)
		err_set(e, rc, "out of memory");
	else if (!sum_needs(r))
		rc = nothing_to_run(r, e);
	if (!rc)
		rc = open_stations(r, where, e);
	if (rc) {
		run_close(r);
		return rc;
	}
	*out = r;
	return 0;
}

void run_close(struct run *r)
{
	for (size_t i = 0; r && r->station && i < r->in.config->n_nics; i++) {
		struct station *s = &r->station[i];

		if (s->open)
			setup_close(&s->setup);
		nic_close(s->nic);
		free(s->need.source);
		free(s->need.target);
	}
	if (r)
		free(r->station);
	free(r);
}

const struct nic_attr *run_nic_attr(const struct run *r, size_t i)
{
	return r->station[i].nic ? nic_attr(r->station[i].nic) : NULL;
}

int run_cpu(const struct run *r)
{
	return r->cpu;
}
