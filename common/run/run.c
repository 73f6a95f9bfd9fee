// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Before the first window: which points this version can run, what they ask of each NIC, and whether
 * the machine has it. The schedule itself is schedule.c.
 */
#include "run/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "meas/window.h"
#include "run/canary.h"
#include "run/limits.h"
#include "run/station.h"

const char *run_skips(const struct run *r, const struct point *pt, char *buf, size_t len)
{
	const struct station *s = &r->station[pt->v[AX_NIC]];
	const struct run_input *in = &r->in;
	const char *why = run_unsupported(in->config, in->ops, pt, buf, len);
	struct err e = {0};
	int first;

	if (!why)
		why = support_lacks(nic_attr(s->nic), &r->allowed, pt, run_find_op(in->ops, pt), buf, len);
	if (why || !places_cpus(&s->places, pt, &first, 1, &e))
		return why;
	snprintf(buf, len, "%s", e.text);
	return buf;
}

/* What the plan asks of each NIC. Return: 0, or why the run is impossible. */
static int sum_needs(struct run *r, const struct mark **where, struct err *e)
{
	const struct config *c = r->in.config;
	char first[128], why[128];
	size_t can_run = 0;
	struct point pt;

	for (size_t i = 0; i < r->points; i++) {
		const struct op *op;
		struct station *s;
		int rc;

		plan_point(r->in.plan, i, &pt);
		if (run_skips(r, &pt, i ? why : first, sizeof(why)))
			continue;
		can_run++;
		if (pt.v[AX_THREADS] > r->station[pt.v[AX_NIC]].threads)
			r->station[pt.v[AX_NIC]].threads = (uint32_t)pt.v[AX_THREADS];
		op = run_find_op(r->in.ops, &pt);
		s = &r->station[pt.v[AX_NIC]];
		rc = support_limits(nic_attr(s->nic), c, &pt, op, where, e);
		if (rc)
			return rc;
		if (setup_need_add(&s->need, c, &pt, op))
			return err_set(e, -ENOMEM, "out of memory for what %zu points need", r->points);
	}
	if (can_run)
		return 0;
	err_set(e, -ENOTSUP, "none of the %zu planned points can be run; the first: %s", r->points, first);
	return err_hint(e, -ENOTSUP, "`p2pbench plan` lists what each sweep asks for");
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

int station_setup(struct run *r, struct station *s, struct err *e)
{
	const struct config_nic *n = &r->in.config->nics[s - r->station];
	int rc = setup_open(s->nic, r->in.config, &s->need, r->in.sys, &s->setup, e);

	/* A device that was reset or taken away and came back has to be opened anew. */
	if (rc == -EIO || rc == -ENODEV) {
		struct nic *again;

		if (!nic_open(n->device, (int)n->port, (int)n->gid_index, &again, NULL)) {
			nic_close(s->nic);
			s->nic = again;
			rc = setup_open(s->nic, r->in.config, &s->need, r->in.sys, &s->setup, e);
		}
	}
	s->open = s->fresh = !rc;
	return rc;
}

static int open_nic(struct run *r, size_t i, const struct mark **where, struct err *e)
{
	const struct config_nic *n = &r->in.config->nics[i];
	struct station *s = &r->station[i];
	int rc;

	*where = &n->mark;
	rc = nic_open(n->device, (int)n->port, (int)n->gid_index, &s->nic, e);
	if (rc == -ENODEV)
		suggest_device(n->device, e);
	if (rc)
		return rc;
	*where = NULL;
	s->places = (struct places){
		.topo = r->topo,
		.nic_fn = limits_nic(r->topo, nic_attr(s->nic)),
		.software = nic_attr(s->nic)->evidence == NIC_SOFTWARE,
		.allowed = &r->allowed,
	};
	rc = setup_need_open(r->in.config, nic_attr(s->nic)->wr_api, &s->need);
	return rc ? err_set(e, rc, "out of memory") : 0;
}

/* Every NIC that a point names which this version runs. */
static int open_nics(struct run *r, const struct mark **where, struct err *e)
{
	struct point pt;
	char why[128];
	int rc = 0;

	for (size_t i = 0; !rc && i < r->points; i++) {
		plan_point(r->in.plan, i, &pt);
		if (!r->station[pt.v[AX_NIC]].nic &&
		    !run_unsupported(r->in.config, r->in.ops, &pt, why, sizeof(why)))
			rc = open_nic(r, (size_t)pt.v[AX_NIC], where, e);
	}
	return rc;
}

/* The node of each memory that says near or far. */
static int find_nodes(const struct run *r, struct station *s, const struct mark **where, struct err *e)
{
	for (size_t i = 0; i < r->in.config->n_memory; i++) {
		const struct config_memory *m = &r->in.config->memory[i];
		struct err why = {0};
		int node;

		if (m->numa == CONFIG_NUMA_ANY || (!s->need.source[i] && !s->need.memory[i]))
			continue;
		node = places_node(&s->places, m->numa, &why);
		if (node < 0) {
			*where = &m->mark;
			err_set(e, node, "memory '%s': numa %s: %.300s", m->name,
				m->numa == PLACE_NEAR ? "near" : "far", why.text);
			return err_hint(e, node, "give the node as a number; `p2pbench topo` shows them");
		}
		s->need.numa[i] = node;
	}
	return 0;
}

/* For people, and the CPU whose state the gates look at. */
static void describe_places(struct run *r)
{
	for (size_t i = r->in.config->n_nics; i-- > 0;) {
		struct station *s = &r->station[i];
		struct point none = {0};

		if (!s->nic)
			continue;
		none.v[AX_CPU] = none.v[AX_NUMA] = AXIS_EMPTY;
		places_cpus(&s->places, &none, &r->cpu, 1, NULL);
		s->spilled = places_about(&s->places, s->threads ? s->threads : 1, s->places_why);
	}
}

static int open_setups(struct run *r, const struct mark **where, struct err *e)
{
	for (size_t i = 0; i < r->in.config->n_nics; i++) {
		struct station *s = &r->station[i];
		int rc;

		if (!s->nic)
			continue;
		if (canary_need(r, i))
			return err_set(e, -ENOMEM, "out of memory");
		setup_need_done(&s->need);
		rc = find_nodes(r, s, where, e);
		if (rc)
			return rc;
		rc = station_setup(r, s, e);
		*where = s->setup.blame;
		if (rc)
			return rc;
	}
	return 0;
}

int run_open(const struct run_input *in, struct run **out, const struct mark **where, struct err *e)
{
	struct run *r = calloc(1, sizeof(*r));
	int rc = 0;

	*where = NULL;
	if (r) {
		r->in = *in;
		r->points = plan_points(in->plan);
		r->station = calloc(in->config->n_nics, sizeof(*r->station));
	}
	if (!r || !r->station) {
		free(r);
		return err_set(e, -ENOMEM, "out of memory");
	}
	if (sched_getaffinity(0, sizeof(r->allowed), &r->allowed))
		rc = err_set(e, -errno, "sched_getaffinity: %s", err_name(errno));
	window_cpus(&r->cpu, 1);
	/* Without it limits stay unknown and CPUs are chosen as on a machine that says nothing. */
	if (topo_open(NULL, &r->topo, &r->topo_err))
		r->topo = NULL;
	if (!rc)
		rc = open_nics(r, where, e);
	if (!rc)
		rc = sum_needs(r, where, e);
	if (!rc)
		rc = open_setups(r, where, e);
	if (!rc)
		describe_places(r);
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
		setup_need_close(&s->need);
		nic_close(s->nic);
	}
	if (r) {
		topo_close(r->topo);
		free(r->station);
	}
	free(r);
}

const struct topo *run_topo(const struct run *r, const char **why)
{
	*why = r->topo ? "" : r->topo_err.text;
	return r->topo;
}

const char *run_places(const struct run *r, size_t i, unsigned int *spilled)
{
	*spilled = r->station[i].spilled;
	return r->station[i].places_why;
}

int run_lane_cpus(const struct run *r, const struct point *pt, int *cpu, uint32_t n)
{
	const struct station *s = &r->station[pt->v[AX_NIC]];

	return s->nic ? places_cpus(&s->places, pt, cpu, n, NULL) : -ENODEV;
}

int run_nic_fn(const struct run *r, size_t i)
{
	return r->station[i].nic ? r->station[i].places.nic_fn : -1;
}

const struct nic_attr *run_nic_attr(const struct run *r, size_t i)
{
	return r->station[i].nic ? nic_attr(r->station[i].nic) : NULL;
}

int run_cpu(const struct run *r)
{
	return r->cpu;
}
