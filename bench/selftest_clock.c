// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Is the clock fit to time a message: it never goes back, a reading is cheap, its rate is known and holds. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "selftest.h"

enum { READINGS = 100000 };
#define ERR_MAX_PPM   20.0
#define DRIFT_MAX_PPM 50.0

/* Readings as a latency sample takes them: start, stop, start, stop, ... Return: those that went back. */
static unsigned int back_to_back(bool raw, struct hist *apart)
{
	unsigned int backwards = 0;
	uint64_t t0 = clock_start(raw);

	hist_clear(apart);
	for (int i = 0; i < READINGS; i++) {
		uint64_t t1 = i & 1 ? clock_start(raw) : clock_stop(raw);

		if ((int64_t)(t1 - t0) < 0)
			backwards++;
		else
			hist_record(apart, t1 - t0);
		t0 = t1;
	}
	return backwards;
}

int selftest_clock(struct selftest *s)
{
	const struct clock *c = &s->clock;
	struct hist *apart = malloc(sizeof(*apart));
	unsigned int backwards;
	double p50, max;

	if (!apart)
		return -ENOMEM;
	backwards = back_to_back(c->raw, apart);
	p50 = (double)hist_quantile(apart, 0.5) * c->ns_per_tick;
	max = (double)apart->max * c->ns_per_tick;
	free(apart);
	selftest_line(s, "clock.source", c->raw ? SELFTEST_SKIP : SELFTEST_OK, (double)NAN, "", "%s%s",
		      c->source, c->raw ? ": the CPU's counter is not trusted here" : "");
	selftest_line(s, "clock.backwards", backwards ? SELFTEST_FAIL : SELFTEST_OK, backwards, "count",
		      "%u of %d readings went back", backwards, READINGS);
	selftest_line(s, "clock.overhead", SELFTEST_OK, p50, "ns",
		      "%.1f ns a reading (median), least %.1f; inside every latency sample", p50,
		      c->overhead_ns);
	selftest_line(s, "clock.os_jitter", SELFTEST_OK, max / 1e3, "us",
		      "%.1f us: the longest time the OS took the CPU away in %d readings", max / 1e3,
		      READINGS);
	selftest_line(s, "clock.calibration", c->err_ppm < ERR_MAX_PPM ? SELFTEST_OK : SELFTEST_FAIL,
		      c->err_ppm, "ppm", "%.2f ppm error, below %.0f wanted", c->err_ppm, ERR_MAX_PPM);
	return 0;
}

void selftest_drift(struct selftest *s)
{
	double ppm = clock_drift_ppm(&s->clock);

	selftest_line(s, "clock.drift", fabs(ppm) <= DRIFT_MAX_PPM ? SELFTEST_OK : SELFTEST_FAIL, ppm, "ppm",
		      "%+.2f ppm since the start, at most %.0f wanted", ppm, DRIFT_MAX_PPM);
}
