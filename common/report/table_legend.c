// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The words under a table: what was timed from where to where, what is not said by it, what the flags mean.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/table_group.h"

/* Words of the flags column. @word as a prefix, to take "void:2" along. */
static const struct {
	const char *word, *meaning;
} flag_words[] = {
	{"overload", "the rate asked for was not reached: sends queue up, and times grow with the window"},
	{"coarse", "fewer than 100 completions in a window: its ends blur the figure"},
	{"drift_in_window", "the rate changed within windows, also when they were repeated"},
	{"unverified", "the data moved was not checked"},
	{"edge_unaligned", "windows do not begin and end on completions"},
	{"undrained", "data was still on its way when the last completion came: too good by over 1 %"},
	{"autocorr", "neighbouring rounds resemble each other: the interval is too narrow"},
	{"trend", "values rise or fall from round to round"},
	{"unstable", "more than 10 % of the windows were left out"},
	{"above_limit", "more than the limit, which rests on assumed inputs or a coarse window"},
	{"pooled", "percentile over all windows together: a single one has too few samples"},
	{"intrusive", "measuring disturbed what was measured"},
	{"void:", "that many windows were left out for a cause: see status and reason in rounds.csv"},
};

/* What an op's number is, where its name does not say it. */
static const struct {
	int kind;
	const char *op, *meaning;
} op_words[] = {
	{MEASURE_LAT, "write_cqe",
	 "acceptance: the NIC took the data over; it does not say that the data arrived"},
	{MEASURE_LAT, "write_fence",
	 "write_fence: until a READ behind the WRITE is back: the data is in the target"},
	{MEASURE_LAT, "pingpong",
	 "pingpong: the full round trip, two WRITEs and two polling CPUs; not halved"},
};

void table_say(FILE *out, int width, const char *format, ...)
{
	char text[2048];
	va_list args;
	int at;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	at = fprintf(out, "%*s", TABLE_INDENT - 1, "");
	for (const char *s = text; *s;) {
		int len = (int)strcspn(s, " ");

		if (width && at + 1 + len > width && at > 2 * TABLE_INDENT)
			at = fprintf(out, "\n%*s", 2 * TABLE_INDENT - 1, "") - 1;
		at += fprintf(out, " %.*s", len, s);
		s += len + (s[len] == ' ');
	}
	fputc('\n', out);
}

static bool any_flag(const struct group *g, const char *word)
{
	const struct summary_point *p;
	char buf[CELL_LEN];

	for (size_t i = 0; (p = table_next(g, &i));) {
		if (strstr(figure_text(p, FIG_FLAGS, buf), word))
			return true;
	}
	return false;
}

static bool any_label(const struct group *g, enum column c, const char *text)
{
	const struct summary_point *p;

	for (size_t i = 0; (p = table_next(g, &i));) {
		if (!strcmp(row_get(p->key, c), text))
			return true;
	}
	return false;
}

static bool any_open_loop(const struct group *g)
{
	const struct summary_point *p;

	for (size_t i = 0; (p = table_next(g, &i));) {
		if (*row_get(p->key, COL_KEY + AX_RATE))
			return true;
	}
	return false;
}

static void say_main(const struct group *g, int width, FILE *out)
{
	switch (g->kind) {
	case MEASURE_BW:
		table_say(out, width, "GB/s: 1e9 payload bytes a second, median over n windows%s",
			  g->figure[FIG_MOPS] ? "; Mops: million messages a second" : "");
		break;
	case MEASURE_RATE:
		table_say(out, width, "Mops: million messages completed a second, median over n windows");
		break;
	case MEASURE_REG:
		table_say(out, width,
			  "us: median over n windows of each window's p50 and p99 of one registration%s",
			  g->figure[FIG_DEREG] ? "; dereg: p50 of undoing it" : "");
		break;
	default:
		table_say(out, width, "us: median over n windows of each window's p50 and p99%s",
			  g->figure[FIG_MAX] ? "; max: the largest of all" : "");
	}
}

/* A latency is one of two things, and they are not to be compared. */
static void say_loop(const struct group *g, int width, FILE *out)
{
	if (g->kind != MEASURE_LAT)
		return;
	if (any_label(g, COL_KEY + AX_RATE, ""))
		table_say(out, width,
			  "%s: service time with qd messages in flight; nothing is sent while waiting",
			  any_open_loop(g) ? "without a rate (closed loop)" : "closed loop");
	if (any_open_loop(g))
		table_say(out, width,
			  "with a rate (open loop): since the intended start, waiting to be sent included");
}

/* What 100 % is. */
static void say_limit(const struct group *g, int width, FILE *out)
{
	if (!g->figure[FIG_PCT])
		return;
	if (any_label(g, COL_LIMIT_SOURCE, "memcpy"))
		table_say(out, width, "%% limit: of what this CPU copies (memcpy)");
	else
		table_say(out, width, "%% limit: of the hard bound of the route, limit_by in the CSV%s",
			  any_label(g, COL_LIMIT_SOURCE, "assumed") ? "; ~: inputs of it are assumed" : "");
}

static void say_sides(const struct group *g, int width, FILE *out)
{
	if (g->figure[FIG_LAG])
		table_say(out, width, "lag: how late messages were sent, p99%s",
			  g->figure[FIG_LATE] ? "; late: share sent more than one interval late" : "");
	if (g->figure[FIG_CONSUME])
		table_say(out, width, "consume: p50 of the time the polling CPU took to read a payload");
	if (g->figure[FIG_DRAIN])
		table_say(out, width,
			  "drain: from the last completion until its data was in the target, less an idle "
			  "READ");
}

/* How often equal members of a cell were called different: 5 % are by chance. */
static void say_controls(const struct group *g, int width, FILE *out)
{
	const struct summary_point *p;
	size_t n = 0, differ = 0;

	for (size_t i = 0; (p = table_next(g, &i));) {
		if (!summary_is_control(p) || !p->cell.n)
			continue;
		n++;
		differ += p->cell.p <= 0.05;
	}
	table_say(out, width,
		  "vs none: median ratio to the cell's plain member, paired by round; above 1 is better; "
		  "with its 95 %% interval%s",
		  g->figure[FIG_P] ? "; p: sign test" : "");
	if (n)
		table_say(out, width,
			  "A/A: a second plain member; %zu of %zu differ from the first (chance: 1 in 20)",
			  differ, n);
	else
		table_say(out, width,
			  "no A/A control was measured: nothing shows how far equals differ here");
}

static void say_flags(const struct group *g, int width, FILE *out)
{
	if (any_flag(g, "!"))
		table_say(
			out, width,
			"!: not converged: median not known to %d %% (or fewer than 6 windows); do not trust "
			"smaller differences",
			g->kind == MEASURE_BW || g->kind == MEASURE_RATE ? 1 : 2);
	for (size_t i = 0; i < ARRAY_LEN(flag_words); i++) {
		if (any_flag(g, flag_words[i].word))
			table_say(out, width, "%s%s %s", flag_words[i].word,
				  strchr(flag_words[i].word, ':') ? "N:" : ":", flag_words[i].meaning);
	}
	for (size_t i = 0; i < ARRAY_LEN(op_words); i++) {
		if (op_words[i].kind == g->kind && any_label(g, COL_KEY + AX_OP, op_words[i].op))
			table_say(out, width, "%s", op_words[i].meaning);
	}
}

void table_legend(const struct group *g, int width, FILE *out)
{
	say_main(g, width, out);
	say_loop(g, width, out);
	table_say(out, width, "+-%%: half the 95 %% confidence interval of the median%s, in %% of it",
		  g->kind == MEASURE_LAT || g->kind == MEASURE_REG ? " p50" : "");
	say_limit(g, width, out);
	say_sides(g, width, out);
	if (g->figure[FIG_RATIO])
		say_controls(g, width, out);
	say_flags(g, width, out);
}
