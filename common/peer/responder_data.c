// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the responder's CPU does to the contents of targets between windows. RAM is used in place; a device's
 * memory goes through a piece of RAM, by the accesses that mem.h allows: slow, and the same outcome.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "peer/responder_priv.h"

enum { CHUNK = 4096, SPOTS = 4, WORD = 8 };

static uint8_t *bytes_of(const struct target *t)
{
	return t->memory->buf.va;
}

static bool is_ram(const struct target *t)
{
	return t->memory->buf.cpu == MEM_CPU_RAM;
}

/* The target @id, when the CPU can reach it and it has the range. */
static int find_range(struct responder *r, uint32_t id, uint64_t offset, uint64_t bytes,
		      const struct target **out, struct err *e)
{
	int rc = responder_reach_target(r, id, out, e);
	uint64_t have = rc ? 0 : (*out)->memory->buf.bytes;

	if (rc)
		return rc;
	if (offset > have || bytes > have - offset)
		return err_set(
			e, -EINVAL, "peer: target %u has no %llu bytes at offset %llu, only %llu in all", id,
			(unsigned long long)bytes, (unsigned long long)offset, (unsigned long long)have);
	return 0;
}

/* The same for slots. */
static int find_slots(struct responder *r, uint32_t id, const struct slots *s, const struct target **out,
		      struct err *e)
{
	int rc = responder_reach_target(r, id, out, e);

	if (rc)
		return rc;
	if (!slots_fit(s, (*out)->memory->buf.bytes))
		return err_set(e, -EINVAL,
			       "peer: %llu slots of %llu bytes do not fit target %u of %llu bytes",
			       (unsigned long long)s->count, (unsigned long long)s->size, id,
			       (unsigned long long)(*out)->memory->buf.bytes);
	return 0;
}

static void put(const struct target *t, uint64_t offset, const void *from, uint64_t bytes)
{
	if (is_ram(t))
		memcpy(bytes_of(t) + offset, from, bytes);
	else
		mem_device_write(bytes_of(t) + offset, from, bytes);
}

static void get(const struct target *t, uint64_t offset, void *to, uint64_t bytes)
{
	if (is_ram(t))
		memcpy(to, bytes_of(t) + offset, bytes);
	else
		mem_device_read(to, bytes_of(t) + offset, bytes);
}

/* The same byte everywhere; @chunk holds CHUNK of it. */
static int put_everywhere(struct responder *r, uint32_t id, uint64_t offset, uint64_t bytes,
			  const uint8_t *chunk, struct err *e)
{
	const struct target *t;
	int rc = find_range(r, id, offset, bytes, &t, e);

	for (uint64_t n; !rc && bytes; offset += n, bytes -= n) {
		n = bytes < CHUNK ? bytes : CHUNK;
		put(t, offset, chunk, n);
	}
	return rc;
}

int responder_target_poison(struct responder *r, uint32_t id, uint64_t offset, uint64_t bytes, struct err *e)
{
	uint8_t chunk[CHUNK];

	pattern_poison(chunk, 0, CHUNK);
	return put_everywhere(r, id, offset, bytes, chunk, e);
}

int responder_target_zero(struct responder *r, uint32_t id, uint64_t offset, uint64_t bytes, struct err *e)
{
	const uint8_t chunk[CHUNK] = {0};

	return put_everywhere(r, id, offset, bytes, chunk, e);
}

int responder_target_fill(struct responder *r, uint32_t id, uint64_t offset, uint64_t bytes, uint64_t key,
			  struct err *e)
{
	const struct target *t;
	int rc = find_range(r, id, offset, bytes, &t, e);
	uint8_t chunk[CHUNK];

	if (rc)
		return rc;
	if (is_ram(t)) {
		pattern_fill(bytes_of(t), offset, bytes, key);
		return 0;
	}
	for (uint64_t n; bytes; offset += n, bytes -= n) {
		n = bytes < CHUNK ? bytes : CHUNK;
		pattern_bytes(chunk, offset, n, key);
		mem_device_write(bytes_of(t) + offset, chunk, n);
	}
	return 0;
}

/* Read the slots that the first @messages went to into an image of the memory, and look there. */
static int check_device(const struct target *t, const struct slots *s, uint64_t messages, uint64_t key,
			bool full, struct err *e)
{
	uint8_t *image = malloc(s->offset + slots_span(s) + 1); /* only what is read is touched */
	uint64_t bad;
	int rc;

	if (!image)
		return err_set(e, -ENOMEM, "peer: out of memory to read a target back");
	for (uint64_t m = 0; m < messages && m < s->count && m < s->ring; m++) {
		uint64_t at = slots_offset(s, m);

		mem_device_read(image + at, bytes_of(t) + at, s->size);
	}
	rc = pattern_check(image, s, messages, key, full, &bad, e);
	free(image);
	return rc;
}

int responder_target_check(struct responder *r, uint32_t id, const struct slots *s, uint64_t messages,
			   uint64_t key, bool full, struct err *e)
{
	const struct target *t;
	int rc = find_slots(r, id, s, &t, e);
	uint64_t bad;

	if (rc)
		return rc;
	return is_ram(t) ? pattern_check(bytes_of(t), s, messages, key, full, &bad, e)
			 : check_device(t, s, messages, key, full, e);
}

int responder_target_copy(struct responder *r, uint32_t id, const struct slots *s, const void *source,
			  uint64_t first, uint64_t n, struct err *e)
{
	const struct target *t;
	int rc = find_slots(r, id, s, &t, e);

	for (uint64_t m = first; !rc && m < first + n; m++) {
		uint64_t at = slots_offset(s, m);

		put(t, at, (const uint8_t *)source + at, s->size);
	}
	return rc;
}

/* One word (or less), until it is there. */
static int spot(const struct target *t, uint64_t offset, uint64_t bytes, uint64_t key, int64_t deadline_ns,
		struct err *e)
{
	uint8_t want[WORD], got[WORD];
	uint64_t i = 0;

	pattern_bytes(want, offset, bytes, key);
	do {
		get(t, offset, got, bytes);
		if (!memcmp(want, got, bytes))
			return 0;
	} while (clock_raw_ns() < deadline_ns);
	while (want[i] == got[i])
		i++;
	offset += i;
	err_set(e, -EBADMSG, "data: the CPU reads a wrong byte at offset %llu: expected 0x%02x, found 0x%02x",
		(unsigned long long)offset, want[i], got[i]);
	return err_hint(e, -EBADMSG, "what the NIC reads back there is the other view of the same place");
}

/* First and last word of first, last and some messages between; each slot but once. */
int responder_target_spot(struct responder *r, uint32_t id, const struct slots *s, uint64_t messages,
			  uint64_t key, int64_t timeout_ns, struct err *e)
{
	int64_t deadline = clock_raw_ns() + timeout_ns;
	const struct target *t;
	int rc = find_slots(r, id, s, &t, e);
	uint64_t lap = s->count < s->ring ? s->count : s->ring, n = messages < lap ? messages : lap;
	uint64_t bytes = s->size < WORD ? s->size : WORD;

	for (uint64_t i = 0; !rc && n && i < SPOTS; i++) {
		uint64_t at = slots_offset(s, i * (n - 1) / (SPOTS - 1));

		rc = spot(t, at, bytes, key, deadline, e);
		if (!rc)
			rc = spot(t, at + s->size - bytes, bytes, key, deadline, e);
	}
	return rc;
}

int responder_target_sum(struct responder *r, uint32_t id, const struct slots *s, uint64_t *sum,
			 struct err *e)
{
	const struct target *t;
	int rc = find_slots(r, id, s, &t, e);

	*sum = 0;
	if (rc)
		return rc;
	if (s->size < sizeof(uint64_t))
		return err_set(e, -EINVAL, "peer: slots of %llu bytes hold no 64-bit word",
			       (unsigned long long)s->size);
	for (uint64_t i = 0; i < s->count; i++) {
		uint64_t word;

		get(t, s->offset + i * s->stride, &word, sizeof(word));
		*sum += word;
	}
	return 0;
}
