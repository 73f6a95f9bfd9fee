// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The order of the messages: three patterns, one restart. */
#include "mem/slots.h"

#include "config/keys.h"

/* Divisions only where a message number is beyond the ring or the lap: the responder asks with numbers below.
 */
uint64_t slots_index(const struct slots *s, uint64_t m)
{
	if (s->pattern == PATTERN_SAME)
		return 0;
	if (m >= s->ring)
		m %= s->ring;
	if (s->pattern == PATTERN_RAND)
		return slots_rand(m, s->count, s->shift);
	return m >= s->count ? m % s->count : m;
}

static bool order_is_sound(const struct slots *s)
{
	if (!s->count || !s->ring)
		return false;
	switch (s->pattern) {
	case PATTERN_SAME:
		return s->count == 1;
	case PATTERN_SEQ:
		return true;
	case PATTERN_RAND:
		return !(s->count & (s->count - 1)) && s->shift < 64 && (s->shift || s->count == 1);
	default:
		return false;
	}
}

bool slots_fit(const struct slots *s, uint64_t bytes)
{
	if (!order_is_sound(s) || s->size > bytes || s->offset > bytes - s->size)
		return false;
	if (s->count == 1)
		return true;
	return s->stride >= s->size && s->stride && s->count - 1 <= (bytes - s->size - s->offset) / s->stride;
}
