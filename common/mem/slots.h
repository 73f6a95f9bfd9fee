/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEM_SLOTS_H
#define P2P_MEM_SLOTS_H

/*
 * Where the messages of one queue pair lie and in which order they come: known to the initiator, which
 * writes there, and to the responder, which receives and checks there. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

/**
 * struct slots - @count slots of @size bytes, @stride apart, from @offset of the buffer
 * @pattern: PATTERN_*: `same`: every message in slot 0 (count is 1); `seq`: one after the other;
 *	`rand`: a fixed permutation, every slot once a lap (count is a power of two)
 * @shift: rand: half the bits of count, rounded up; slots_rand() needs it
 * @ring: messages after which the order starts again from the first slot; a multiple of @count unless
 *	the prepared work requests end earlier (pattern seq only)
 */
struct slots {
	uint64_t offset;
	uint64_t size;
	uint64_t stride;
	uint64_t count;
	int64_t pattern;
	uint64_t ring;
	uint32_t shift;
};

/*
 * The permutation of `rand`: odd multiplications modulo a power of two and shifted exclusive-ors, each of
 * which can be undone, so every slot comes once in @count messages.
 */
static inline uint64_t slots_rand(uint64_t m, uint64_t count, uint32_t shift)
{
	m = (m * 0x9e3779b97f4a7c15u) & (count - 1);
	m ^= m >> shift;
	m = (m * 0xd1b54a32d192ed03u) & (count - 1);
	return m ^ m >> shift;
}

/* Slot of message number @m, counted from 0. */
uint64_t slots_index(const struct slots *s, uint64_t m);

/* Offset in the buffer of message number @m. */
static inline uint64_t slots_offset(const struct slots *s, uint64_t m)
{
	return s->offset + slots_index(s, m) * s->stride;
}

/* Bytes from @offset to the end of the last slot. */
static inline uint64_t slots_span(const struct slots *s)
{
	return s->count ? (s->count - 1) * s->stride + s->size : 0;
}

/*
 * Whether @s makes sense (at least one slot, none over another, an order that the pattern allows) and lies in
 * a buffer of @bytes. The functions above take this for granted.
 */
bool slots_fit(const struct slots *s, uint64_t bytes);

#endif
