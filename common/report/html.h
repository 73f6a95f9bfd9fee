/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_REPORT_HTML_H
#define P2P_REPORT_HTML_H

/*
 * Runs as one page: for a mail, a ticket, a printer. HTML that needs neither network nor JavaScript, or
 * Markdown without pictures. Reads only files of the runs; what is missing of them is said on the page.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "report/compare_view.h"
#include "report/plot.h"
#include "result/facts.h"
#include "result/summary.h"

struct err;

/* Points of one page: more of them nobody reads. 5000 make less than 2 MB. */
enum { REPORT_POINTS_MAX = 10000 };

/**
 * struct report_round - one window that counts
 * @point: index into the summary's points; @t_s: since the start of the run; @v: the point's main metric
 */
struct report_round {
	uint32_t point;
	int32_t round, setup;
	int64_t seq;
	double t_s, v;
};

/**
 * struct report_run - a run read
 * @dir: as named by the user; borrowed
 * @json: run.json, NULL = there is none or it is broken: @json_why
 * @round: of the summary's points, in order of execution
 * @n_left_out: points that --where left out; @hist, @canary: is there such a file
 */
struct report_run {
	const char *dir;
	char id[64];
	struct summary s;
	json_t *json;
	char json_why[256];
	struct facts facts;
	struct report_round *round;
	size_t n_round;
	size_t n_left_out;
	bool hist, canary;
};

/**
 * report_load() - read the run in @dir
 * @where: n_where texts KEY=VALUE: only points whose axis KEY has that value, as in a config or in the CSV
 *
 * Return: 0; -EINVAL a KEY that is no axis; -E2BIG more than REPORT_POINTS_MAX points, with @e naming axes to
 * narrow by; -ENODATA no point is left; what summary_load() returns. On failure nothing is held.
 */
int report_load(const char *dir, const char *const *where, size_t n_where, struct report_run *out,
		struct err *e);
void report_free(struct report_run *r);

/**
 * struct report - what goes on the page; borrowed
 * @compare: the runs against each other, NULL = not asked
 * @tool: makes pictures, NULL = none
 */
struct report {
	const struct report_run *run;
	size_t n;
	const struct compare_view *compare;
	const struct plot_tool *tool;
	bool md;
};

/* Return: 0 or -ENOMEM; what @out says must be asked of it. */
int report_write(const struct report *r, FILE *out);

#endif
