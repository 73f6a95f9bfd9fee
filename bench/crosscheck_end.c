// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* From the rows of both programs to a judgement a point; rounds.csv is where they are taken from. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "crosscheck.h"
#include "document.h"
#include "result/atomic.h"
#include "result/run_points.h"

/* Below it what posting costs is inside a bandwidth, and the two loops are not alike. */
enum { HELD_BYTES = 65536 };

static bool is_held(const struct point *pt)
{
	return pt->v[AX_MEASURE] == MEASURE_LAT ||
	       (pt->v[AX_MEASURE] == MEASURE_BW && pt->v[AX_SIZE] >= HELD_BYTES);
}

/* Rounds that both have. Both lists ascend by round. Return: how many. */
static size_t pairs_of(const struct run_point *a, const struct run_point *b, double *ours, double *theirs)
{
	size_t n = 0, k = 0;

	for (size_t i = 0; a && b && i < a->n; i++) {
		while (k < b->n && b->value[k].round < a->value[i].round)
			k++;
		if (k == b->n || b->value[k].round != a->value[i].round || a->value[i].v <= 0 ||
		    b->value[k].v <= 0)
			continue;
		ours[n] = a->value[i].v;
		theirs[n++] = b->value[k].v;
	}
	return n;
}

static int judge_point(struct check_point *p, const struct point *pt, const struct run_points *rows)
{
	char id[PLAN_POINT_ID];
	const struct run_point *a = run_points_find(rows, plan_point_id(id, pt->id));
	const struct run_point *b = p->id[0] ? run_points_find(rows, p->id) : NULL;
	size_t room = a ? a->n + 1 : 1, n;
	double *ours = calloc(room, sizeof(*ours)), *theirs = calloc(room, sizeof(*theirs));
	int rc = -ENOMEM;

	if (ours && theirs) {
		n = pairs_of(a, b, ours, theirs);
		rc = judge_pairs(ours, theirs, n, p->rounding, is_held(pt), &p->judged);
	}
	free(ours);
	free(theirs);
	return rc;
}

static int judge_all(struct crosscheck *x, struct err *e)
{
	struct run_points rows = {0};
	int rc = run_points_load(x->s.dir, &rows, e);

	for (size_t i = 0; !rc && i < x->n; i++) {
		struct point pt;

		plan_point(x->s.loaded.plan, i, &pt);
		if (judge_point(&x->point[i], &pt, &rows))
			rc = err_set(e, -ENOMEM, "out of memory for the rounds of a point");
	}
	run_points_free(&rows);
	return rc;
}

static int write_json(const struct crosscheck *x, const json_t *root, struct err *e)
{
	char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
	int rc = text ? atomic_write(x->s.dir, "crosscheck.json", text, strlen(text), e)
		      : err_set(e, -ENOMEM, "out of memory for crosscheck.json");

	free(text);
	return rc;
}

/* In the order of the exit codes; an interruption is told as such. */
static int end_status(const struct crosscheck *x, int status)
{
	size_t compared = 0;
	bool differs = false, fault = false;

	for (size_t i = 0; i < x->n; i++) {
		compared += x->point[i].judged.n > 0;
		differs = differs || x->point[i].judged.word == JUDGE_DIFFERS;
		fault = fault || x->point[i].faults;
	}
	if (status > EXIT_MISSED)
		return status;
	if (differs)
		return EXIT_MISSED;
	/* What perftest cannot do is expected here and no failure; what it failed at is one. */
	if (!compared)
		return EXIT_MACHINE;
	return fault && status < EXIT_POINTS ? EXIT_POINTS : status;
}

int crosscheck_end(struct crosscheck *x, int status)
{
	struct err e = {0};
	json_t *root = NULL;
	int rc = judge_all(x, &e);

	if (!rc) {
		root = crosscheck_json(x);
		rc = write_json(x, root, &e);
	}
	if (rc) {
		json_decref(root);
		return fail_with(&e, EXIT_MACHINE);
	}
	status = end_status(x, status);
	if (x->s.opt->json) {
		json_object_set_new(root, "status", json_integer(status));
		return document_print(root) ? EXIT_INTERNAL : status;
	}
	json_decref(root);
	crosscheck_table(x, stdout);
	printf("\n%s/crosscheck.json  this table\n%s/rounds.csv  a row per window and per launch\n", x->s.dir,
	       x->s.dir);
	return status;
}
