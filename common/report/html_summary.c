// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The top of the page: what was asked, on what, what came of it, best and worst, how far from the limit. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "config/config.h"
#include "config/diag.h"
#include "report/expect.h"
#include "report/html_priv.h"

enum { PATHS = 24 };

static const char *const measures[] = {"bw", "lat", "rate", "reg"};

static const char *heading(const char *measure)
{
	static const char *const words[] = {"Bandwidth", "Latency", "Message rate", "Registration"};

	for (size_t i = 0; i < ARRAY_LEN(measures); i++) {
		if (!strcmp(measures[i], measure))
			return words[i];
	}
	return measure;
}

/* The command of the last process, its words as one would type them; "" when unknown. */
static void command_text(const json_t *process, char *buf, size_t len)
{
	const json_t *word;
	size_t i, used = 0;

	buf[0] = '\0';
	json_array_foreach(json_object_get(process, "command"), i, word)
	{
		const char *text = json_string_value(word);
		const char *slash = text ? strrchr(text, '/') : NULL;

		if (!text || used >= len)
			continue;
		text = i == 0 && slash ? slash + 1 : text;
		used += (size_t)snprintf(buf + used, len - used, "%s%s", i ? " " : "", text);
	}
}

static void put_asked(struct page *p, const struct report_run *r)
{
	const json_t *processes = json_object_get(r->json, "processes");
	const json_t *process = json_array_get(processes, json_array_size(processes) - 1);
	char text[1024], buf[LABEL_LEN], more[LABEL_LEN];

	command_text(process, text, sizeof(text));
	if (*text)
		doc_fact(&p->d, "Asked", "%s", text);
	if (*html_text(r->json, "config_source", buf))
		doc_fact(&p->d, "Config", "%s", html_text(r->json, "config_source", buf));
	doc_fact(&p->d, "Run", "%s%s%s%s", *r->id ? r->id : "without an id", process ? ", started " : "",
		 html_text(process, "started_utc", buf), json_array_size(processes) > 1 ? ", resumed" : "");
	if (*html_text(r->json, "tool.version", buf))
		doc_fact(&p->d, "Measured by", "p2pbench %s (%s)", html_text(r->json, "tool.version", buf),
			 html_text(r->json, "tool.commit", more));
	if (*html_text(r->json, "env.cpu_model", buf))
		doc_fact(&p->d, "On", "%s, kernel %s", html_text(r->json, "env.cpu_model", buf),
			 html_text(r->json, "env.kernel", more));
}

static void put_nics(struct page *p, const struct report_run *r)
{
	const json_t *nic;
	size_t i;

	json_array_foreach(json_object_get(r->json, "nics"), i, nic)
	{
		char name[LABEL_LEN], device[LABEL_LEN], driver[LABEL_LEN], fw[LABEL_LEN],
			evidence[LABEL_LEN];
		const char *version = html_text(nic, "fw", fw);

		doc_fact(&p->d, "NIC", "%s: %s, driver %s, firmware %s, evidence %s",
			 html_text(nic, "name", name), html_text(nic, "device", device),
			 html_text(nic, "driver", driver), *version ? version : "none",
			 html_text(nic, "evidence", evidence));
	}
}

/* How many points, and how the run ended. */
static void put_outcome(struct page *p, const struct report_run *r)
{
	const json_t *processes = json_object_get(r->json, "processes");
	const json_t *end = json_array_get(processes, json_array_size(processes) - 1);
	size_t measured = 0, skipped = 0, fault = 0, least = SIZE_MAX, most = 0;
	char stop[LABEL_LEN], rounds[48];

	for (size_t i = 0; i < r->s.n; i++) {
		const struct summary_point *x = &r->s.point[i];

		measured += x->n > 0;
		skipped += !strcmp(x->status, "skipped");
		fault += summary_is_fault(x);
		least = x->n && x->n < least ? x->n : least;
		most = x->n > most ? x->n : most;
	}
	if (least < most)
		snprintf(rounds, sizeof(rounds), "%zu to %zu", least, most);
	else
		snprintf(rounds, sizeof(rounds), "%zu", most);
	doc_fact(&p->d, "Points", "%zu of %zu measured in %s rounds; %zu skipped, %zu with something wrong%s",
		 measured, r->s.n, rounds, skipped, fault,
		 r->n_left_out ? "; others left out by --where" : "");
	if (!r->json)
		return;
	html_text(end, "end.stop_reason", stop);
	doc_fact(&p->d, "Ended", "%s%s%s",
		 json_is_true(json_object_get(r->json, "complete")) ? "complete" : "NOT complete",
		 *html_text(end, "end.stop_reason", stop) ? ": " : "",
		 html_text(end, "end.stop_reason", stop));
}

/* "12.3 GB/s" of the main metric. */
static void main_text(const struct summary_point *x, char *buf, size_t len)
{
	const struct median_ci *m = summary_main(x);
	char number[32];

	cell_number(m->median, number, sizeof(number));
	snprintf(buf, len, "%s %s", number, m == &x->bw ? "GB/s" : m == &x->rate ? "Mops" : "us");
	if (isfinite(x->half_pct))
		snprintf(buf + strlen(buf), len - strlen(buf), " +-%.1f %%", x->half_pct);
}

static void put_extremes(struct page *p, const struct report_run *r, const char *measure)
{
	const struct summary_point *best = NULL, *worst = NULL;
	char best_text[64], worst_text[64], best_label[LABEL_LEN], worst_label[LABEL_LEN];
	axes_mask differ = html_differ(&r->s, measure) | AXIS_BIT(AX_OP);

	for (size_t i = 0; i < r->s.n; i++) {
		const struct summary_point *x = &r->s.point[i];
		double sign = summary_more_is_better(x) ? 1 : -1, v = sign * summary_main(x)->median;

		if (!x->n || !isfinite(v) || strcmp(html_cell(x, AX_MEASURE), measure) != 0)
			continue;
		if (!best || v > sign * summary_main(best)->median)
			best = x;
		if (!worst || v < sign * summary_main(worst)->median)
			worst = x;
	}
	if (!best)
		return;
	main_text(best, best_text, sizeof(best_text));
	main_text(worst, worst_text, sizeof(worst_text));
	if (best == worst)
		doc_fact(&p->d, heading(measure), "%s (%s)", best_text, html_label(best, differ, best_label));
	else
		doc_fact(&p->d, heading(measure), "best %s (%s); worst %s (%s)", best_text,
			 html_label(best, differ, best_label), worst_text,
			 html_label(worst, differ, worst_label));
}

void html_summary(struct page *p, const struct report_run *r)
{
	doc_facts_open(&p->d);
	put_asked(p, r);
	put_nics(p, r);
	put_outcome(p, r);
	for (size_t i = 0; i < ARRAY_LEN(measures); i++)
		put_extremes(p, r, measures[i]);
	doc_facts_close(&p->d);
}

static bool same_path(const struct summary_point *a, const struct summary_point *b)
{
	static const enum axis axes[] = {AX_OP, AX_NIC, AX_TARGET, AX_INTERCONNECT, AX_DIR};

	for (size_t i = 0; i < ARRAY_LEN(axes); i++) {
		if (strcmp(html_cell(a, axes[i]), html_cell(b, axes[i])) != 0)
			return false;
	}
	return !strcmp(row_get(a->key, COL_ROUTE), row_get(b->key, COL_ROUTE));
}

static void put_path(struct page *p, const struct summary_point *x)
{
	static const enum column state[] = {COL_INTERCONNECT_USED, COL_ROUTE, COL_LIMIT_BY, COL_LIMIT_HOP,
					    COL_LIMIT_SOURCE};
	const double figure[] = {x->bw.median, row_get_num(x->key, COL_LIMIT_GBYTE_S),
				 row_get_num(x->key, COL_EXPECTED_GBYTE_S),
				 row_get_num(x->key, COL_LIMIT_CONC_GBYTE_S)};
	char text[CELL_LEN];

	doc_cell(&p->d, html_cell(x, AX_OP), false);
	doc_cell(&p->d, html_cell(x, AX_TARGET), false);
	doc_cell(&p->d, label_text(x, COL_KEY + AX_SIZE, text), true);
	for (size_t i = 0; i < ARRAY_LEN(figure); i++) {
		cell_number(figure[i], text, sizeof(text));
		doc_cell(&p->d, text, true);
	}
	doc_cell(&p->d, figure_text(x, FIG_PCT, text), true);
	for (size_t i = 0; i < ARRAY_LEN(state); i++)
		doc_cell(&p->d, row_get(x->key, state[i]), false);
	doc_row_end(&p->d);
}

/* The point of each way that comes nearest to its limit. */
static size_t nearest(const struct report_run *r, const struct summary_point *path[PATHS])
{
	size_t n = 0;

	for (size_t i = 0; i < r->s.n; i++) {
		const struct summary_point *x = &r->s.point[i];
		size_t k = 0;

		if (!isfinite(x->pct_limit))
			continue;
		while (k < n && !same_path(path[k], x))
			k++;
		if (k == PATHS)
			continue;
		if (k == n || x->pct_limit > path[k]->pct_limit)
			path[k] = x;
		n += k == n;
	}
	return n;
}

void html_limits(struct page *p, const struct report_run *r)
{
	static const char *const titles[] = {"op",	 "target",    "size",	   "GB/s",	   "limit",
					     "expected", "in flight", "% limit",   "interconnect", "route",
					     "bound by", "at",	      "limit from"};
	static const bool number[ARRAY_LEN(titles)] = {[2] = true, true, true, true, true, true};
	const struct summary_point *path[PATHS];
	size_t n = nearest(r, path);

	doc_head(&p->d, 3, NULL, "How far from the limit");
	if (!n) {
		doc_para(&p->d, "No point has a bandwidth and a known limit.");
		return;
	}
	doc_para(&p->d, "The point of each way that came nearest to its hard bound. expected: the bound less "
			"estimated link overhead; in flight: what the operations in flight allow over the "
			"measured round trip.");
	doc_table_open(&p->d, titles, number, ARRAY_LEN(titles));
	for (size_t i = 0; i < n; i++)
		put_path(p, path[i]);
	doc_table_close(&p->d);
}

/* Rules stand in the config the run was made with; they are judged from its rows, as after the run. */
static char *expect_text(const struct report_run *r, const char *config, size_t *failed)
{
	struct diags *diags = diags_open("run.json", config, strlen(config));
	struct config *c = NULL;
	struct expect_outcome x;
	char *text = NULL;
	size_t len = 0;
	FILE *f;

	if (diags && !config_load("run.json", config, strlen(config), NULL, 0, diags, &c) && c->n_expect &&
	    !expect_judge(c, &r->s, &x)) {
		f = open_memstream(&text, &len);
		if (f) {
			expect_print(c, &r->s, &x, f);
			fclose(f);
		}
		*failed = x.failed;
		expect_free(&x);
	}
	config_free(c);
	diags_close(diags);
	return text;
}

void html_expect(struct page *p, const struct report_run *r)
{
	const char *config = json_string_value(json_object_get(json_object_get(r->json, "same"), "config"));
	size_t failed = 0;
	CLEANUP_FREE char *text = config ? expect_text(r, config, &failed) : NULL;

	if (!text)
		return;
	doc_head(&p->d, 3, NULL, "Expectations: %s", failed ? "MISSED" : "none missed");
	doc_pre(&p->d, text);
}
