// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * plan [FILE]: what a run would do. Adds what this machine, or that of --from, says of the devices and memory
 * named, where it can; what it cannot is "unknown here" and no error.
 */
#include "bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "document.h"
#include "ops/ops.h"
#include "plan_document.h"
#include "plan_machine.h"
#include "run/budget.h"

#define SHOWN ((size_t)5) /* points listed from either end */

/* Points of a sweep that this version does not run, and the first one's reason. */
struct left_out {
	uint64_t n;
	char why[128];
};

static void count_left_out(const struct loaded *l, struct left_out *out)
{
	struct point pt;
	char why[128];

	for (size_t i = 0; i < plan_points(l->plan); i++) {
		plan_point(l->plan, i, &pt);
		if (run_unsupported(l->config, ops, &pt, why, sizeof(why)) && !out[pt.sweep].n++)
			memcpy(out[pt.sweep].why, why, sizeof(why));
	}
}

static void print_sweep(const struct loaded *l, size_t i, const struct left_out *left)
{
	const struct config_sweep *sweep = &l->config->sweeps[i];
	struct plan_count n = plan_count(l->plan, i);

	printf("  %-16s %10" PRIu64 " raw", sweep->name, n.raw);
	if (n.excluded)
		printf(", -%" PRIu64 " excluded", n.excluded);
	if (n.impossible)
		printf(", -%" PRIu64 " impossible", n.impossible);
	if (n.included)
		printf(", +%" PRIu64 " included", n.included);
	if (n.duplicate)
		printf(", -%" PRIu64 " duplicate", n.duplicate);
	if (n.plain)
		printf(", +%" PRIu64 " without a tag, to compare with", n.plain);
	if (n.controls)
		printf(", +%" PRIu64 " A/A controls", n.controls);
	printf(" = %" PRIu64 " points, rounds %" PRId64, n.kept, sweep->set.rounds_min);
	if (sweep->set.rounds_max > sweep->set.rounds_min)
		printf("..%" PRId64, sweep->set.rounds_max);
	putchar('\n');
	if (left->n)
		printf("  %-16s %10" PRIu64 " of them skipped: %s\n", "", left->n, left->why);
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

/* Windows may last longer than asked to reach their completions. Skipped points cost nothing. */
static int print_time(const struct loaded *l)
{
	struct budget_need need = budget_need(l->config, l->plan, ops);
	char least[DURATION_TEXT], most[DURATION_TEXT], budget[DURATION_TEXT];
	int64_t limit = l->config->budget_time_ns;
	struct err e = {0};

	printf("cells: %zu; a cell's points are compared with each other and stop together\n",
	       plan_cells(l->plan));
	printf("time: about %s", duration_text(need.least_ns, least));
	if (need.most_ns > need.least_ns)
		printf(" with the fewest rounds, %s with the most", duration_text(need.most_ns, most));
	putchar('\n');
	if (limit) {
		printf("budget: %s: ", duration_text(limit, budget));
		if (need.window_ns)
			printf("windows are shortened to %.0f ms\n", (double)need.window_ns / 1e6);
		else if (need.short_ns > limit)
			puts("not enough for the fewest rounds; what it allows is taken in whole rounds");
		else
			puts(need.most_ns > limit
				     ? "enough for the fewest rounds, the rest goes to the least precise"
				     : "enough");
	}
	return budget_check(l->config, &need, &e) ? fail_with(&e, EXIT_USAGE) : EXIT_OK;
}

static void print_points(const struct loaded *l)
{
	size_t n = plan_points(l->plan);

	puts("points");
	for (size_t i = 0; i < n && i < SHOWN; i++)
		print_point(l, i);
	if (n > 2 * SHOWN)
		printf("  ... %zu more ...\n", n - 2 * SHOWN);
	for (size_t i = n > 2 * SHOWN ? n - SHOWN : SHOWN; i < n; i++)
		print_point(l, i);
}

static void print_machine(const struct opt *o, const struct loaded *l, const struct plan_machine *m)
{
	plan_print_machine(m, l);
	plan_print_ways(m, l);
	if (o->verbose)
		plan_print_places(m, l);
}

static int print_sweeps(const struct loaded *l)
{
	struct left_out *left = calloc(l->config->n_sweeps + 1, sizeof(*left));

	if (!left)
		return EXIT_INTERNAL;
	count_left_out(l, left);
	printf("plan of %s: %zu points, seed %" PRIu64 "\n", l->name, plan_points(l->plan), l->config->seed);
	for (size_t i = 0; i < l->config->n_sweeps; i++)
		print_sweep(l, i, &left[i]);
	free(left);
	return EXIT_OK;
}

int cmd_plan(const struct opt *o)
{
	struct plan_machine m;
	struct loaded l;
	int status = load_plan(o, o->n_args ? o->arg[0] : NULL, &l);

	if (status)
		return status;
	if (o->print_config) {
		status = o->json ? document_print(config_document(l.config)) : EXIT_OK;
		if (!o->json)
			config_print(l.config, stdout, true);
		load_free(&l);
		return status;
	}
	status = plan_machine_open(o, &m);
	if (!status && o->json) {
		status = plan_document(&m, &l);
		plan_machine_close(&m);
		load_free(&l);
		return status;
	}
	if (!status)
		status = print_sweeps(&l);
	if (!status) {
		print_machine(o, &l, &m);
		print_points(&l);
		status = print_time(&l);
	}
	plan_machine_close(&m);
	load_free(&l);
	return status;
}
