// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Set of 64-bit numbers; see u64set.h. Numbers are mixed, so close ones do not cluster. */
#include "config/u64set.h"

#include <errno.h>
#include <stdlib.h>

#include "base/rng.h"

/* Index of @v or of the free slot where it belongs; room is a power of two. */
static size_t find(const uint64_t *slot, size_t room, uint64_t v)
{
	size_t i = rng_mix(v) & (room - 1);

	while (slot[i] && slot[i] != v)
		i = (i + 1) & (room - 1);
	return i;
}

static int grow(struct u64set *s)
{
	size_t room = s->room ? 2 * s->room : 16;
	uint64_t *slot = calloc(room, sizeof(*slot));

	if (!slot)
		return -ENOMEM;
	for (size_t i = 0; i < s->room; i++) {
		if (s->slot[i])
			slot[find(slot, room, s->slot[i])] = s->slot[i];
	}
	free(s->slot);
	s->slot = slot;
	s->room = room;
	return 0;
}

int u64set_add(struct u64set *s, uint64_t v, bool *added)
{
	size_t i;

	if (v == 0) {
		*added = !s->has_zero;
		s->has_zero = true;
		return 0;
	}
	if (2 * s->n >= s->room && grow(s) != 0)
		return -ENOMEM;
	i = find(s->slot, s->room, v);
	*added = s->slot[i] == 0;
	s->n += *added;
	s->slot[i] = v;
	return 0;
}

bool u64set_has(const struct u64set *s, uint64_t v)
{
	if (v == 0)
		return s->has_zero;
	return s->room && s->slot[find(s->slot, s->room, v)] == v;
}

void u64set_close(struct u64set *s)
{
	free(s->slot);
	*s = (struct u64set){0};
}
