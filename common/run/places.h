/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_PLACES_H
#define P2P_RUN_PLACES_H

/*
 * Where posting threads run and host memory lies: the axes cpu and numa, and the default near the NIC, by
 * topo/place.h. Nothing is bound here.
 */

#include <sched.h>
#include <stdint.h>

#include "nic/nic.h"
#include "plan/plan.h"
#include "topo/place.h"

struct err;

/**
 * struct places - what is known of one NIC's surroundings
 * @topo: NULL = unknown; @nic_fn: -1 = none or unknown
 * @software: the NIC is no device: every CPU is as near as any other
 * @allowed: CPUs of this process
 */
struct places {
	const struct topo *topo;
	int nic_fn;
	bool software;
	const cpu_set_t *allowed;
};

/**
 * places_cpus() - the CPU of each of the point's @n lanes, -1 = wherever the kernel puts it
 *
 * cpu N: N and the allowed CPUs above it, then from the lowest; near, far, or numa: as place_cpus(); neither:
 * near the NIC, where that is unknown as window_cpus(). One CPU stays with the controlling thread.
 * Return: 0; else the machine has no such place, or does not tell (@e).
 */
int places_cpus(const struct places *p, const struct point *pt, int *cpu, uint32_t n, struct err *e);

/* places_cpus() with the sentence that says why; spills beyond what was asked are in it. */
int places_explain(const struct places *p, const struct point *pt, int *cpu, uint32_t n, char why[PLACE_WHY],
		   struct err *e);

/**
 * places_tph_cpu() - the CPU that a hint is made for: axis tph_cpu
 * @where: PLACE_NEAR or PLACE_FAR from the NIC, or the number itself
 *
 * The kernel takes only CPUs of the caller's affinity mask (EPERM): so does this.
 * Return: number of the CPU; -ENODATA the machine does not tell what is near; -ENODEV no such CPU, or
 * nothing is far; -EPERM it is not among the allowed ones.
 */
int places_tph_cpu(const struct places *p, int64_t where, struct err *e);

/* In words, for @threads lanes by default. Return: how many lie beyond the CPUs near the NIC. */
unsigned int places_about(const struct places *p, uint32_t threads, char why[PLACE_WHY]);

/* NUMA node for memory asked with @numa (near, far or a number). Return: the node, or -errno. */
int places_node(const struct places *p, int64_t numa, struct err *e);

#endif
