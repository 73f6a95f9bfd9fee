// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Chunked bump allocator; see arena.h. */
#include "config/arena.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 64 * 1024, ALIGNMENT = 16 };

struct chunk {
	struct chunk *next;
	size_t used, room;
	_Alignas(ALIGNMENT) unsigned char data[];
};

struct arena {
	struct chunk *chunks;
	size_t total, limit;
	enum arena_state state;
};

struct arena *arena_open(size_t limit)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (a)
		a->limit = limit;
	return a;
}

void arena_close(struct arena *a)
{
	if (!a)
		return;
	for (struct chunk *c = a->chunks, *next; c; c = next) {
		next = c->next;
		free(c);
	}
	free(a);
}

enum arena_state arena_state(const struct arena *a)
{
	return a->state;
}

static void *fail(struct arena *a, enum arena_state why)
{
	a->state = why;
	return NULL;
}

static struct chunk *add_chunk(struct arena *a, size_t bytes)
{
	size_t room = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
	struct chunk *c;

	if (room > a->limit - a->total)
		return fail(a, ARENA_LIMIT);
	c = calloc(1, sizeof(*c) + room);
	if (!c)
		return fail(a, ARENA_NOMEM);
	c->room = room;
	c->next = a->chunks;
	a->chunks = c;
	a->total += room;
	return c;
}

void *arena_alloc(struct arena *a, size_t n, size_t size)
{
	struct chunk *c = a->chunks;
	size_t bytes;
	void *p;

	if (__builtin_mul_overflow(n, size, &bytes) || bytes > a->limit)
		return fail(a, ARENA_LIMIT);
	bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (!c || bytes > c->room - c->used)
		c = add_chunk(a, bytes);
	if (!c)
		return NULL;
	p = c->data + c->used;
	c->used += bytes;
	return p;
}

char *arena_text(struct arena *a, const char *s, size_t len)
{
	char *copy = arena_alloc(a, len + 1, 1);

	if (copy)
		memcpy(copy, s, len);
	return copy;
}

void *arena_push(struct arena *a, void *array, size_t *n, size_t size)
{
	char *base;

	memcpy(&base, array, sizeof(base));
	/* The room is the next power of two, so a count that is one means a full array. */
	if ((*n & (*n - 1)) == 0) {
		char *grown = arena_alloc(a, *n ? 2 * *n : 1, size);

		if (!grown)
			return NULL;
		if (*n)
			memcpy(grown, base, *n * size);
		base = grown;
		memcpy(array, &base, sizeof(base));
	}
	return base + (*n)++ * size;
}
