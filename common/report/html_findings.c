// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a reader should know before trusting a figure, and what to try next. */
#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/html_priv.h"

enum { REASONS = 16, NAMED = 4 };

static const double NEAR_LIMIT_PCT = 80;

/* What is advised; a bit each. */
enum advice {
	ADVICE_ROUNDS = 1 << 0,
	ADVICE_NOISE = 1 << 1,
	ADVICE_TPH = 1 << 2,
	ADVICE_LINK = 1 << 3,
	ADVICE_DEPTH = 1 << 4,
	ADVICE_RESUME = 1 << 5,
	ADVICE_REAL = 1 << 6,
	ADVICE_FLOOR = 1 << 7,
	ADVICE_LIMIT = 1 << 8,
};

struct findings {
	struct page *p;
	const struct report_run *r;
	unsigned int advice;
	size_t n;
};

#define SAY(f, mark, ...)                                                                                    \
	do {                                                                                                 \
		doc_item(&(f)->p->d, mark, __VA_ARGS__);                                                     \
		(f)->n++;                                                                                    \
	} while (0)

static void find_missing(struct findings *f)
{
	if (!f->r->json)
		SAY(f, "missing:", "%s; machine, topology and parameters are unknown", f->r->json_why);
	if (f->r->s.ignored)
		SAY(f, "damaged:", "%llu rows of rounds.csv could not be read and are left out",
		    (unsigned long long)f->r->s.ignored);
	if (f->r->json && !json_is_true(json_object_get(f->r->json, "complete"))) {
		SAY(f, "not complete:",
		    "the run did not come to its end; figures are of the rounds that were made");
		f->advice |= ADVICE_RESUME;
	}
}

/* Predicted and tried contradict each other. */
static void say_surprise(struct findings *f, const json_t *pair, const json_t *cell)
{
	char nic[LABEL_LEN], memory[LABEL_LEN], way[LABEL_LEN], predicted[LABEL_LEN], why[LABEL_LEN];
	char error[LABEL_LEN], text[LABEL_LEN];
	const char *code = html_text(cell, "errno", error), *what = html_text(cell, "text", text);

	if (!*code)
		what = "it worked";
	else if (!*what)
		what = "it failed";
	SAY(f, "surprise:", "NIC %s to memory %s by %s: predicted %s (%s), outcome: %s%s%s",
	    html_text(pair, "nic", nic), html_text(pair, "memory", memory),
	    html_text(cell, "interconnect", way), html_text(cell, "predicted", predicted),
	    html_text(cell, "why", why), what, *code ? ": " : "", code);
}

static void find_surprises(struct findings *f)
{
	const json_t *pair, *cell;
	size_t i, k;

	json_array_foreach(json_object_get(f->r->json, "interconnect"), i, pair)
	{
		json_array_foreach(json_object_get(pair, "cells"), k, cell)
		{
			if (json_is_true(json_object_get(cell, "surprise")))
				say_surprise(f, pair, cell);
		}
	}
}

static void find_degraded_hop(struct findings *f, const json_t *nic, const json_t *way)
{
	const json_t *hop;
	size_t i;

	json_array_foreach(json_object_get(way, "hops"), i, hop)
	{
		char function[LABEL_LEN], name[LABEL_LEN], memory[LABEL_LEN];

		if (!json_is_true(json_object_get(hop, "degraded")))
			continue;
		SAY(f, "degraded link:",
		    "above %s, on the way from %s to %s: it runs below what both its ends can",
		    html_text(hop, "function", function), html_text(nic, "name", name),
		    html_text(way, "memory", memory));
		f->advice |= ADVICE_LINK;
	}
}

static void find_degraded(struct findings *f)
{
	const json_t *nic, *way;
	size_t i, k;

	json_array_foreach(json_object_get(json_object_get(f->r->json, "topology"), "nics"), i, nic)
	{
		json_array_foreach(json_object_get(nic, "ways"), k, way) find_degraded_hop(f, nic, way);
	}
}

static void find_tags(struct findings *f)
{
	size_t hinted = 0, unproven = 0, controls = 0, differ = 0;

	for (size_t i = 0; i < f->r->s.n; i++) {
		const struct summary_point *x = &f->r->s.point[i];
		const char *tph = html_cell(x, AX_TPH), *proof = row_get(x->key, COL_TPH_EVIDENCE);
		bool hint = *tph && strcmp(tph, "none") != 0 && x->n;

		hinted += hint;
		unproven += hint && (!*proof || !strcmp(proof, "none"));
		controls += summary_is_control(x) && x->cell.n;
		differ += summary_is_control(x) && x->cell.n && x->cell.p <= 0.05;
	}
	if (unproven) {
		SAY(f, "unproven tags:",
		    "%zu of %zu points with a hint have tph_evidence none: nothing shows "
		    "that the NIC sent it",
		    unproven, hinted);
		f->advice |= ADVICE_TPH;
	}
	if (hinted && !controls)
		SAY(f, "no control:",
		    "tags were measured without an A/A control: nothing shows how far equals "
		    "differ");
	if (differ)
		SAY(f, "A/A:", "%zu of %zu controls differ from their equal (1 in 20 by chance)", differ,
		    controls);
}

/* Up to NAMED labels of points for which @test holds, after a count. */
static size_t name_points(const struct findings *f, bool (*test)(const struct summary_point *x), char *buf,
			  size_t len)
{
	size_t n = 0, used = 0;
	char label[LABEL_LEN];

	buf[0] = '\0';
	for (size_t i = 0; i < f->r->s.n; i++) {
		const struct summary_point *x = &f->r->s.point[i];

		if (!test(x))
			continue;
		if (n++ < NAMED && used < len)
			used += (size_t)snprintf(
				buf + used, len - used, "%s%s %s", n > 1 ? "; " : "",
				html_cell(x, AX_MEASURE),
				html_label(x,
					   html_differ(&f->r->s, html_cell(x, AX_MEASURE)) | AXIS_BIT(AX_OP),
					   label));
	}
	if (n > NAMED && used < len)
		snprintf(buf + used, len - used, "; and %zu more", n - NAMED);
	return n;
}

static bool is_wide(const struct summary_point *x)
{
	return x->n && !x->converged;
}

static bool is_noisy(const struct summary_point *x)
{
	return x->n && (strstr(x->flags, "unstable") || strstr(x->flags, "trend") ||
			strstr(x->flags, "autocorr") || strstr(x->flags, "drift_in_window"));
}

static bool is_above(const struct summary_point *x)
{
	return x->pct_limit > 100 || strstr(x->flags, "above_limit");
}

static bool is_overload(const struct summary_point *x)
{
	return !strcmp(x->status, "overload");
}

static void find_noise(struct findings *f)
{
	char names[LABEL_LEN * NAMED];
	size_t n = name_points(f, is_wide, names, sizeof(names));

	if (n) {
		SAY(f, "not converged:",
		    "%zu points: the median is not known as well as asked (1 %% bandwidth, "
		    "2 %% latency): %s",
		    n, names);
		f->advice |= ADVICE_ROUNDS;
	}
	n = name_points(f, is_noisy, names, sizeof(names));
	if (n) {
		SAY(f, "noisy:", "%zu points are unstable, drift or depend on their neighbours: %s", n,
		    names);
		f->advice |= ADVICE_NOISE;
	}
	n = name_points(f, is_above, names, sizeof(names));
	if (n) {
		SAY(f, "above the limit:", "%zu points: an input of the limit is wrong or assumed: %s", n,
		    names);
		f->advice |= ADVICE_LIMIT;
	}
	n = name_points(f, is_overload, names, sizeof(names));
	if (n)
		SAY(f, "overload:", "%zu points did not reach the rate asked for: %s", n, names);
}

static void find_gates(struct findings *f)
{
	const json_t *gate;
	size_t i;

	json_array_foreach(json_object_get(f->r->json, "gates"), i, gate)
	{
		char a[LABEL_LEN], b[LABEL_LEN], c[LABEL_LEN], d[LABEL_LEN];
		const char *verdict = html_text(gate, "verdict", a);

		if (strcmp(verdict, "warn") != 0 && strcmp(verdict, "fail") != 0)
			continue;
		SAY(f, "noise gate:", "%s %s: %s (%s)", html_text(gate, "name", b),
		    !strcmp(verdict, "fail") ? "FAILS" : "warns", html_text(gate, "value", c),
		    html_text(gate, "why", d));
		f->advice |= ADVICE_NOISE;
	}
}

/* Points that are not ok, by status and reason. */
static void find_left_out(struct findings *f)
{
	const struct summary_point *seen[REASONS];
	size_t count[REASONS] = {0}, n = 0, other = 0;

	for (size_t i = 0; i < f->r->s.n; i++) {
		const struct summary_point *x = &f->r->s.point[i];
		size_t k = 0;

		if (!strcmp(x->status, "ok") || !strcmp(x->status, "warmup") || is_overload(x))
			continue;
		while (k < n &&
		       (strcmp(seen[k]->status, x->status) != 0 || strcmp(seen[k]->reason, x->reason) != 0))
			k++;
		if (k == REASONS) {
			other++;
			continue;
		}
		seen[k] = k == n ? x : seen[k];
		n += k == n;
		count[k]++;
	}
	for (size_t k = 0; k < n; k++) {
		char label[LABEL_LEN], mark[32];

		snprintf(mark, sizeof(mark), "%.15s:", seen[k]->status);
		SAY(f, mark, "%zu point%s: %s (e.g. %s %s)", count[k], count[k] == 1 ? "" : "s",
		    *seen[k]->reason ? seen[k]->reason : "no reason recorded", html_cell(seen[k], AX_MEASURE),
		    html_label(seen[k], html_differ(&f->r->s, NULL) | AXIS_BIT(AX_OP) | AXIS_BIT(AX_TARGET),
			       label));
	}
	if (other)
		SAY(f, "not ok:", "%zu more points, for other reasons: see rounds.csv", other);
}

/* The best point of the run far below its bound, and fewer operations in flight than the bound needs. */
static void find_far(struct findings *f)
{
	const struct summary_point *best = NULL;
	char label[LABEL_LEN];

	for (size_t i = 0; i < f->r->s.n; i++) {
		const struct summary_point *x = &f->r->s.point[i];

		if (isfinite(x->pct_limit) && (!best || x->pct_limit > best->pct_limit))
			best = x;
	}
	if (!best || best->pct_limit >= NEAR_LIMIT_PCT)
		return;
	SAY(f, "far from the limit:", "no point reaches %.0f %% of its bound; the nearest has %.1f %%: %s",
	    NEAR_LIMIT_PCT, best->pct_limit,
	    html_label(best, html_differ(&f->r->s, html_cell(best, AX_MEASURE)) | AXIS_BIT(AX_OP), label));
	if (row_get_num(best->key, COL_LIMIT_CONC_GBYTE_S) < row_get_num(best->key, COL_LIMIT_GBYTE_S))
		f->advice |= ADVICE_DEPTH;
}

static void put_fixes(struct findings *f)
{
	const json_t *gate;
	size_t i;

	json_array_foreach(json_object_get(f->r->json, "gates"), i, gate)
	{
		char a[LABEL_LEN], b[LABEL_LEN], c[LABEL_LEN];
		const char *verdict = html_text(gate, "verdict", a), *fix = html_text(gate, "fix", b);

		if (*fix && (!strcmp(verdict, "warn") || !strcmp(verdict, "fail")))
			doc_item(&f->p->d, "", "%s: %s", html_text(gate, "name", c), fix);
	}
}

static void put_advice(struct findings *f)
{
	static const struct {
		unsigned int bit;
		const char *text;
	} texts[] = {
		{ADVICE_REAL,
		 "this was no hardware: run the same config with a real NIC; p2pbench list devices "
		 "and p2pbench topo show what there is"},
		{ADVICE_RESUME, "p2pbench run --resume DIR goes on where the run ended"},
		{ADVICE_ROUNDS, "more rounds narrow the intervals: --rounds 12..60, and longer windows"},
		{ADVICE_LINK,
		 "a degraded link: reseat the card, look at the slot's width and at the kernel log; "
		 "p2pbench topo --route NIC TARGET names the hop"},
		{ADVICE_DEPTH, "operations in flight bound the bandwidth: raise --qd or --qps"},
		{ADVICE_LIMIT, "p2pbench limit --route NIC TARGET shows each input of the limit"},
		{ADVICE_TPH,
		 "prove that tags are sent: a PCIe analyzer on the link and p2pbench tph-expect, or "
		 "a counter of the target"},
		{ADVICE_FLOOR,
		 "p2pbench selftest measures the noise floor, without which runs are not compared"},
	};

	doc_head(&f->p->d, 3, NULL, "What to try next");
	doc_list_open(&f->p->d);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (f->advice & texts[i].bit)
			doc_item(&f->p->d, "", "%s", texts[i].text);
	}
	if (f->advice & ADVICE_NOISE)
		put_fixes(f);
	doc_item(&f->p->d, "", "p2pbench compare A B tells whether a change made a difference");
	doc_list_close(&f->p->d);
}

void html_findings(struct page *p, const struct report_run *r)
{
	struct findings f = {.p = p, .r = r, .advice = p->tier ? ADVICE_REAL : 0};

	if (r->json && !json_object_size(json_object_get(r->json, "noise_floor")))
		f.advice |= ADVICE_FLOOR;
	doc_head(&p->d, 3, NULL, "What to know before trusting it");
	doc_list_open(&p->d);
	find_missing(&f);
	find_surprises(&f);
	find_degraded(&f);
	find_tags(&f);
	find_left_out(&f);
	find_noise(&f);
	find_far(&f);
	find_gates(&f);
	if (!f.n)
		doc_item(&p->d, "",
			 "nothing unexpected: predictions held, all points converged, no gate warned");
	doc_list_close(&p->d);
	put_advice(&f);
}
