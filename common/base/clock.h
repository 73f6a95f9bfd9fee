/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BASE_CLOCK_H
#define P2P_BASE_CLOCK_H

/*
 * Ticks for the hot loops. On x86 with an invariant TSC (CPUID 80000007h EDX[8]) and the kernel's
 * clocksource "tsc" a tick is a TSC cycle; on arm64 the virtual counter; otherwise a nanosecond of
 * CLOCK_MONOTONIC_RAW. The choice is compiled for the instruction and made at start for trust:
 * clock_open() fails over to nanoseconds by setting @raw, and clock_ticks() takes it as argument
 * constant over a run.
 */

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

struct err;

/**
 * struct clock - how to read ticks and what they are worth
 * @raw: ticks are nanoseconds of CLOCK_MONOTONIC_RAW
 * @ns_per_tick: calibrated against CLOCK_MONOTONIC_RAW
 * @err_ppm: bound of the calibration error, (w1+w2)/(2*span)
 * @overhead_ns: smallest time two back-to-back readings are apart
 * @source: "tsc", "cntvct" or "monotonic_raw"
 * @t0_ticks, @t0_raw_ns: one instant on both scales, for the check at exit
 */
struct clock {
	bool raw;
	double ns_per_tick;
	double err_ppm;
	double overhead_ns;
	const char *source;
	uint64_t t0_ticks;
	int64_t t0_raw_ns;
};

static inline int64_t clock_raw_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

/* Start of an interval: everything before it has finished. */
static inline uint64_t clock_start(bool raw)
{
#if defined(__x86_64__)
	if (!raw) {
		_mm_lfence();
		return __rdtsc();
	}
#elif defined(__aarch64__)
	if (!raw) {
		uint64_t v;

		__asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(v)::"memory");
		return v;
	}
#endif
	return (uint64_t)clock_raw_ns();
}

/* End of an interval: everything before it has finished, nothing after it has begun. */
static inline uint64_t clock_stop(bool raw)
{
#if defined(__x86_64__)
	if (!raw) {
		uint32_t lo, hi;

		/* Not __rdtscp(): that stores the CPU number, one more instruction in the loop. */
		__asm__ volatile("rdtscp\n\tlfence" : "=a"(lo), "=d"(hi)::"rcx", "memory");
		return (uint64_t)hi << 32 | lo;
	}
#endif
	return clock_start(raw);
}

/**
 * clock_open() - choose the source and calibrate it (takes about 200 ms)
 *
 * Falls back to CLOCK_MONOTONIC_RAW when the CPU's counter cannot be trusted or the calibration
 * error is 20 ppm or more; then ns_per_tick is 1. Never fails.
 */
void clock_open(struct clock *c);

/**
 * clock_drift_ppm() - rate now against the rate of clock_open(), call at the end of a run
 *
 * Return: difference in ppm, 0 for CLOCK_MONOTONIC_RAW. Above 50 the run's times are in doubt.
 */
double clock_drift_ppm(const struct clock *c);

#endif
