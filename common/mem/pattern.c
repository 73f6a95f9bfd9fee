// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Eight bytes at a time: word w of a buffer is rng_mix(key ^ w), byte o is byte o%8 of word o/8.
 * Poison is one fixed byte; a pattern word equals eight poison bytes with chance 2^-64.
 */
#include "mem/pattern.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/rng.h"

enum { LINE = 64, POISON = 0xa5, SAMPLE_PERCENT = 1 };

static uint8_t pattern_byte(uint64_t offset, uint64_t key)
{
	return (uint8_t)(rng_mix(key ^ (offset >> 3)) >> (8 * (offset & 7)));
}

void pattern_bytes(void *out, uint64_t offset, uint64_t bytes, uint64_t key)
{
	uint8_t *p = out;
	uint64_t end = offset + bytes;
	uint64_t o = offset;

	for (; o < end && (o & 7); o++)
		*p++ = pattern_byte(o, key);
	for (; o + 8 <= end; o += 8, p += 8) {
		uint64_t w = rng_mix(key ^ (o >> 3));

		memcpy(p, &w, sizeof(w));
	}
	for (; o < end; o++)
		*p++ = pattern_byte(o, key);
}

void pattern_fill(void *base, uint64_t offset, uint64_t bytes, uint64_t key)
{
	pattern_bytes((uint8_t *)base + offset, offset, bytes, key);
}

void pattern_poison(void *base, uint64_t offset, uint64_t bytes)
{
	memset((uint8_t *)base + offset, POISON, bytes);
}

static int wrong_byte(const uint8_t *p, uint64_t o, uint64_t key, uint64_t *bad, struct err *e)
{
	*bad = o;
	err_set(e, -EBADMSG, "data: wrong byte at offset %llu: expected 0x%02x, found 0x%02x (%s)",
		(unsigned long long)o, pattern_byte(o, key), p[o],
		p[o] == POISON ? "untouched: nothing arrived there" : "something else was written");
	return err_hint(
		e, -EBADMSG,
		"the completion said success; suspect the path, the device or its memory, not the count");
}

/* Compare [o, end) with the pattern. */
static int check_range(const uint8_t *p, uint64_t o, uint64_t end, uint64_t key, uint64_t *bad, struct err *e)
{
	while (o < end) {
		if (!(o & 7) && o + 8 <= end) {
			uint64_t want = rng_mix(key ^ (o >> 3)), got;

			memcpy(&got, p + o, sizeof(got));
			if (got == want) {
				o += 8;
				continue;
			}
		}
		if (p[o] != pattern_byte(o, key))
			return wrong_byte(p, o, key, bad, e);
		o++;
	}
	return 0;
}

/* Both ends of a slot, and every line between that the key's own dice choose. */
static int sample_slot(const uint8_t *p, uint64_t start, uint64_t size, uint64_t key, uint64_t *bad,
		       struct err *e)
{
	uint64_t end = start + size;
	uint64_t head = start + (size < LINE ? size : LINE);
	uint64_t tail = end - (size < LINE ? size : LINE);
	int rc = check_range(p, start, head, key, bad, e);

	for (uint64_t o = head; !rc && o < tail; o += LINE)
		if (rng_mix(~key ^ o) % 100 < SAMPLE_PERCENT)
			rc = check_range(p, o, o + LINE < tail ? o + LINE : tail, key, bad, e);
	return rc ? rc : check_range(p, tail > head ? tail : head, end, key, bad, e);
}

int pattern_check(const void *base, const struct slots *s, uint64_t messages, uint64_t key, bool full,
		  uint64_t *bad, struct err *e)
{
	uint64_t lap = s->count < s->ring ? s->count : s->ring;
	uint64_t touched = messages < lap ? messages : lap; /* the first of a lap never meet in one slot */

	for (uint64_t m = 0; m < touched; m++) {
		uint64_t start = slots_offset(s, m);
		int rc = full ? check_range(base, start, start + s->size, key, bad, e)
			      : sample_slot(base, start, s->size, key, bad, e);

		if (rc)
			return rc;
	}
	return 0;
}
