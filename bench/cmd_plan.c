// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * plan [FILE]: what a run would do. Adds what this machine says of the devices and memory named, where
 * it can; what it cannot is "unknown here" and no error.
 */
#include "bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "mem/mem.h"
#include "ops/ops.h"

#define SHOWN	 ((size_t)5) /* points listed from either end */
#define WARM_S	 0.005	     /* least warm-up of a visit */
#define SWITCH_S 0.001	     /* between two windows, without warm-up: `scripts/bench switch` */

static void print_sweep(const struct loaded *l, size_t i)
{
	struct plan_count n = plan_count(l->plan, i);

	printf("  %-16s %10" PRIu64 " raw", l->config->sweeps[i].name, n.raw);
	if (n.excluded)
		printf(", -%" PRIu64 " excluded", n.excluded);
	if (n.impossible)
		printf(", -%" PRIu64 " impossible", n.impossible);
	if (n.included)
		printf(", +%" PRIu64 " included", n.included);
	if (n.duplicate)
		printf(", -%" PRIu64 " duplicate", n.duplicate);
	printf(" = %" PRIu64 " points\n", n.kept);
}

static void print_nic(const struct config_nic *n, const struct nic_entry *list, int len)
{
	for (int i = 0; i < len; i++) {
		if (strcmp(list[i].name, n->device))
			continue;
		printf("  nic %-12s %s: %s\n", n->name, n->device, list[i].about);
		return;
	}
	printf("  nic %-12s %s: unknown here (p2pbench list devices)\n", n->name, n->device);
}

static void print_machine(const struct loaded *l)
{
	struct nic_entry *list = NULL;
	struct err e = {0};
	int len = nic_list(&list, &e);

	puts("machine");
	for (size_t i = 0; i < l->config->n_nics; i++)
		print_nic(&l->config->nics[i], list, len < 0 ? 0 : len);
	for (size_t i = 0; i < l->config->n_memory; i++) {
		const struct config_memory *m = &l->config->memory[i];

		e.text[0] = '\0';
		if (mem_probe(m, &sys_real, &e))
			printf("  memory %-9s %s: unknown here: %s\n", m->name, mem_kind_name(m->kind),
			       e.text);
		else
			printf("  memory %-9s %s: can be opened\n", m->name, mem_kind_name(m->kind));
	}
	free(list);
}

static void print_point(const struct loaded *l, size_t i)
{
	char id[PLAN_POINT_ID], text[128], why[128];
	const char *reason;
	struct point pt;

	plan_point(l->plan, i, &pt);
	reason = run_unsupported(l->config, ops, &pt, why, sizeof(why));
	printf("  %s  %s%s%s\n", plan_point_id(id, pt.id),
	       plan_point_text(l->config, &pt, text, sizeof(text)), reason ? "  skipped: " : "",
	       reason ? reason : "");
}

/* Least time: windows may last longer to reach their completions. Skipped points cost nothing. */
static void print_time(const struct loaded *l)
{
	size_t skipped = 0;
	double s = 0;
	struct point pt;
	char why[128];

	for (size_t i = 0; i < plan_points(l->plan); i++) {
		const struct config_settings *set;

		plan_point(l->plan, i, &pt);
		if (run_unsupported(l->config, ops, &pt, why, sizeof(why))) {
			skipped++;
			continue;
		}
		set = &l->config->sweeps[pt.sweep].set;
		s += (double)(set->rounds_min + 1) * ((double)set->window_ns / 1e9 + WARM_S + SWITCH_S);
	}
	if (skipped)
		printf("skipped: %zu points ask for what this version does not have\n", skipped);
	printf("time: at least %.0f s\n", s);
}

int cmd_plan(const struct opt *o)
{
	struct loaded l;
	size_t n;
	int status = load_plan(o, o->n_args ? o->arg[0] : NULL, &l);

	if (status)
		return status;
	if (o->print_config) {
		config_print(l.config, stdout, true);
		load_free(&l);
		return EXIT_OK;
	}
	n = plan_points(l.plan);
	printf("plan of %s: %zu points, seed %" PRIu64 "\n", l.name, n, l.config->seed);
	for (size_t i = 0; i < l.config->n_sweeps; i++)
		print_sweep(&l, i);
	print_machine(&l);
	puts("points");
	for (size_t i = 0; i < n && i < SHOWN; i++)
		print_point(&l, i);
	if (n > 2 * SHOWN)
		printf("  ... %zu more ...\n", n - 2 * SHOWN);
	for (size_t i = n > 2 * SHOWN ? n - SHOWN : SHOWN; i < n; i++)
		print_point(&l, i);
	print_time(&l);
	load_free(&l);
	return EXIT_OK;
}
