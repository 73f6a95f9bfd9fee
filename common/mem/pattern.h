/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEM_PATTERN_H
#define P2P_MEM_PATTERN_H

/*
 * Contents that prove data moved: the byte at offset o is f(key, o), so a message that landed in the
 * wrong place, not at all, or only partly is found, and the key changes with seed, point and window.
 * Pure functions on memory.
 */

#include <stdbool.h>
#include <stdint.h>

#include "mem/slots.h"

struct err;

/* Fill [offset, offset+bytes) of the buffer at @base with the pattern of @key. */
void pattern_fill(void *base, uint64_t offset, uint64_t bytes, uint64_t key);

/* What pattern_fill() leaves at [offset, offset+bytes), into @out. */
void pattern_bytes(void *out, uint64_t offset, uint64_t bytes, uint64_t key);

/* Fill with a value no pattern line has: proves later that data arrived at all. */
void pattern_poison(void *base, uint64_t offset, uint64_t bytes);

/**
 * pattern_check() - do the slots of the first @messages messages hold what pattern_fill() with @key left
 * @s: where they lie (mem/slots.h); @messages: how many were sent, any number of laps. Slots that none of
 *        them went to are not looked at
 * @full: every byte; else the first and last 64 B of every slot and 1 % of the 64 B lines between,
 *        chosen by @key
 * @bad: offset in the buffer of the first wrong byte
 *
 * Return: 0, or -EBADMSG with @e naming offset, expected and found bytes, and whether the place
 * still holds poison (nothing arrived) or something else (wrong data).
 */
int pattern_check(const void *base, const struct slots *s, uint64_t messages, uint64_t key, bool full,
		  uint64_t *bad, struct err *e);

#endif
