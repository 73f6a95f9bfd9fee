/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BASE_UNITS_H
#define P2P_BASE_UNITS_H

/*
 * Numbers as users write and read them. Input: decimal or 0x; K M G T are powers of 1024
 * (KB, KiB and the like are refused, with the reason); times take ns us ms s m h.
 */

#include <stddef.h>
#include <stdint.h>

/**
 * units_int() - plain integer, decimal or 0x, optional leading minus
 * units_size() - count or bytes with an optional K M G T
 * units_time() - time with a unit, in nanoseconds; a number without a unit is refused
 * @s: NUL-terminated text, no blanks
 * @why: on failure set to static text that finishes "'64KB' is not a size: "; may be NULL
 *
 * Return: 0; -EINVAL for anything else than the grammar above; -ERANGE beyond INT64_MAX.
 */
int units_int(const char *s, int64_t *out, const char **why);
int units_size(const char *s, int64_t *out, const char **why);
int units_time(const char *s, int64_t *ns, const char **why);

enum { UNITS_TEXT = 32 };

/**
 * units_size_text() - shortest exact form: 65536 -> "64K", 1000 -> "1000"
 * units_time_exact() - exact form that units_time() reads back: 1500000 -> "1500us"
 *
 * Return: @buf.
 */
char *units_size_text(char buf[UNITS_TEXT], int64_t v);
char *units_time_exact(char buf[UNITS_TEXT], int64_t ns);

#endif
