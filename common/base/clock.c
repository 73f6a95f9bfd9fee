// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which counter to trust and what its ticks are worth. CLOCK_MONOTONIC_RAW is the reference because
 * NTP slews CLOCK_MONOTONIC by up to 500 ppm. Not for the hot path: that is inline in clock.h.
 */
#include "base/clock.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "base/cleanup.h"

enum { SANDWICHES = 100, OVERHEAD_READINGS = 1000 };
#define CALIBRATION_NS 200000000ll
#define MAX_ERR_PPM    20.0

/* One instant on both scales; @width_ns is how far apart the two outer readings were. */
struct instant {
	uint64_t ticks;
	int64_t raw_ns;
	int64_t width_ns;
};

static struct instant tightest_instant(bool raw)
{
	struct instant best = {.width_ns = INT64_MAX};

	for (int i = 0; i < SANDWICHES; i++) {
		int64_t before = clock_raw_ns();
		uint64_t ticks = clock_start(raw);
		int64_t after = clock_raw_ns();

		if (after - before < best.width_ns)
			best = (struct instant){ticks, before + (after - before) / 2, after - before};
	}
	return best;
}

static bool counter_is_invariant(void)
{
#if defined(__x86_64__)
	static const char path[] = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
	unsigned int a, b, c, d;
	char text[8] = "";
	CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (!__get_cpuid(0x80000007, &a, &b, &c, &d) || !(d & (1u << 8)))
		return false;
	/* The kernel watches the TSC against other clocks; when it gave up on it, so do we. */
	return fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 && !strncmp(text, "tsc", 3);
#else
	return true;
#endif
}

static const char *counter_name(void)
{
#if defined(__x86_64__)
	return "tsc";
#elif defined(__aarch64__)
	return "cntvct";
#else
	return NULL;
#endif
}

static double overhead_ns(const struct clock *c)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < OVERHEAD_READINGS; i++) {
		uint64_t t0 = clock_start(c->raw);
		uint64_t t1 = clock_stop(c->raw);

		best = t1 - t0 < best ? t1 - t0 : best;
	}
	return (double)best * c->ns_per_tick;
}

static bool calibrate(struct clock *c)
{
	struct timespec span = {.tv_nsec = CALIBRATION_NS};
	struct instant a = tightest_instant(false), b;
	double raw_ns;

	nanosleep(&span, NULL);
	b = tightest_instant(false);
	raw_ns = (double)(b.raw_ns - a.raw_ns);
	c->ns_per_tick = raw_ns / (double)(b.ticks - a.ticks);
	c->err_ppm = (double)(a.width_ns + b.width_ns) / (2.0 * raw_ns) * 1e6;
	c->t0_ticks = a.ticks;
	c->t0_raw_ns = a.raw_ns;
	return b.ticks > a.ticks && c->err_ppm < MAX_ERR_PPM;
}

void clock_open(struct clock *c)
{
	*c = (struct clock){.source = counter_name()};
	if (!c->source || !counter_is_invariant() || !calibrate(c))
		*c = (struct clock){.raw = true, .ns_per_tick = 1.0, .source = "monotonic_raw"};
	c->overhead_ns = overhead_ns(c);
}

double clock_drift_ppm(const struct clock *c)
{
	struct instant now;
	double raw_ns, ticks_ns;

	if (c->raw)
		return 0.0;
	now = tightest_instant(false);
	raw_ns = (double)(now.raw_ns - c->t0_raw_ns);
	ticks_ns = (double)(now.ticks - c->t0_ticks) * c->ns_per_tick;
	return (ticks_ns - raw_ns) / raw_ns * 1e6;
}
