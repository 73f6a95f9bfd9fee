/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_CONFIG_U64SET_H
#define P2P_CONFIG_U64SET_H

/* A growing set of 64-bit numbers: open addressing, at most half full. Zeroed = empty. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct u64set {
	uint64_t *slot; /* 0 = free */
	size_t room, n;
	bool has_zero;
};

/* Sets *added to whether @v is new. Return: 0 or -ENOMEM. */
int u64set_add(struct u64set *s, uint64_t v, bool *added);
bool u64set_has(const struct u64set *s, uint64_t v);
void u64set_close(struct u64set *s);

#endif
