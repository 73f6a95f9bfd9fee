/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_CONFIG_ARENA_H
#define P2P_CONFIG_ARENA_H

/*
 * Memory that lives as long as its config: nodes, strings and arrays are taken piece by piece and
 * freed together. The limit is what keeps a hostile file from eating the machine.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena;

enum arena_state { ARENA_OK, ARENA_LIMIT, ARENA_NOMEM };

/* Return: an empty arena that refuses to hold more than @limit bytes, or NULL. */
struct arena *arena_open(size_t limit);
void arena_close(struct arena *a);

/* Why an allocation failed; sticky, so that one look at the end is enough. */
enum arena_state arena_state(const struct arena *a);

/* Return: @n zeroed elements of @size bytes, or NULL (see arena_state()). */
void *arena_alloc(struct arena *a, size_t n, size_t size);

/* Return: a NUL-terminated copy, or NULL. */
char *arena_text(struct arena *a, const char *s, size_t len);

/**
 * arena_push() - append one zeroed element to a growing array
 * @array: address of the pointer to the first element
 * @n: number of elements; the array must have been built by arena_push() alone
 *
 * Return: the new last element, or NULL with the array unchanged.
 */
void *arena_push(struct arena *a, void *array, size_t *n, size_t size);

#endif
