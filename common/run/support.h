/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_SUPPORT_H
#define P2P_RUN_SUPPORT_H

/*
 * What a point asks against what there is. Three kinds of answer: not in this version (text alone,
 * run_unsupported() of run.h), a capability this machine lacks (both end as `skipped` rows), and an amount
 * beyond a device's maximum (the run does not start).
 */

#include <sched.h>
#include <stddef.h>

#include "meas/op.h"
#include "nic/nic.h"
#include "plan/plan.h"

struct err;

/* The op of a point, NULL when this version has none. */
const struct op *run_find_op(const struct op *const *ops, const struct point *pt);

/* The NICs at both ends; @loop: they are one. */
struct support_ends {
	const struct nic_attr *nic, *there;
	bool loop;
};

/**
 * support_lacks() - why @pt cannot run on these devices or CPUs, with what was asked and the maximum
 * @allowed: CPUs of this process
 *
 * Return: @buf, or NULL when nothing is missing.
 */
const char *support_lacks(const struct support_ends *ends, const cpu_set_t *allowed, const struct point *pt,
			  const struct op *op, char *buf, size_t len);

/**
 * support_limits() - does @pt ask for more than a device has
 * @where: on failure the place in the config that asks for it
 *
 * Return: 0, or -EINVAL with asked and maximum.
 */
int support_limits(const struct support_ends *ends, const struct config *c, const struct point *pt,
		   const struct op *op, const struct mark **where, struct err *e);

#endif
