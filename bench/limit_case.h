/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_LIMIT_CASE_H
#define P2P_BENCH_LIMIT_CASE_H

/* One question to the limit model as key=value pairs; the keys of tests/oracle/pcie_limit.py. */

#include "limit/limit.h"

struct err;

/**
 * struct limit_case - a message over one PCIe link and, when port.gbit is above 0, one port
 * @expected: the lower figure of the link (key `typical`)
 */
struct limit_case {
	struct limit_link link;
	struct limit_message message;
	struct limit_port port;
	bool expected;
};

/* A Gen5 x16 link, MPS 256, MRRS 512, 64 KiB writes, no port. */
extern const struct limit_case limit_case_default;

/* Return: 0; -EINVAL no such key, or no such value, with what there is. */
int limit_case_set(struct limit_case *c, const char *key, const char *value, struct err *e);

/* The same of "KEY=VALUE". */
int limit_case_pair(struct limit_case *c, const char *pair, struct err *e);

/* Do the values go together? To be asked once all are set. Return: 0 or -EINVAL. */
int limit_case_check(const struct limit_case *c, struct err *e);

/* The narrower of link and port. */
struct limit limit_case_solve(const struct limit_case *c);

/* Names of all keys, in the order of the oracle; NULL-terminated. */
extern const char *const limit_case_keys[];

#endif
