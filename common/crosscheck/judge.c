// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The median of paired ratios, as within a run, against the larger of 3 % and the interval. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "crosscheck/judge.h"
#include "stats/stats.h"

static const double MARGIN = 0.03, WIDE = 1.1;

const char *judge_word_text(enum judge_word w)
{
	static const char *const words[] = {
		[JUDGE_AGREES] = "agrees",     [JUDGE_WITHIN_CI] = "within_ci", [JUDGE_DIFFERS] = "differs",
		[JUDGE_NOT_HELD] = "not_held", [JUDGE_TOO_FEW] = "too_few",
	};

	return words[w];
}

static enum judge_word word_of(const struct judgement *j, bool held)
{
	bool near = fabs(log(j->ratio)) <= log1p(j->margin);
	bool holds = j->lo <= 1 && j->hi >= 1, wide = j->lo * WIDE < j->ratio || j->ratio * WIDE < j->hi;

	if (near && !(wide && holds))
		return JUDGE_AGREES;
	if (holds)
		return JUDGE_WITHIN_CI;
	return held ? JUDGE_DIFFERS : JUDGE_NOT_HELD;
}

int judge_pairs(double *ours, double *theirs, size_t n, double rounding, bool held, struct judgement *out)
{
	double *ln = calloc(n + 1, sizeof(*ln));
	struct ratio_ci r;

	*out = (struct judgement){
		.word = JUDGE_TOO_FEW,
		.n = n,
		.ours = NAN,
		.theirs = NAN,
		.ratio = NAN,
		.lo = NAN,
		.hi = NAN,
		.margin = fmax(MARGIN, rounding),
	};
	if (!ln)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		ln[i] = log(theirs[i] / ours[i]);
	if (n) {
		r = stats_ratio(ln, n);
		out->ratio = r.ratio;
		out->lo = r.lo;
		out->hi = r.hi;
		out->ours = stats_median_ci(ours, n).median;
		out->theirs = stats_median_ci(theirs, n).median;
	}
	if (n >= JUDGE_PAIRS_MIN)
		out->word = word_of(out, held);
	free(ln);
	return 0;
}
