// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Typed axis values back to text: for people, and for CSV cells and point ids. */
#include <string.h>

#include "base/units.h"
#include "config/config.h"

/* Planning a million points prints millions of numbers; snprintf would dominate it. */
static const char *decimal(char buf[32], int64_t v)
{
	uint64_t rest = v < 0 ? -(uint64_t)v : (uint64_t)v;
	char *p = buf + 31;

	*p = '\0';
	do {
		*--p = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (v < 0)
		*--p = '-';
	return p;
}

/* Text of values that are not numbers; NULL for numbers. */
static const char *named(const struct config *c, enum axis axis, int64_t v)
{
	const struct key *k = keys_axis(axis);

	switch (k->type) {
	case KEY_WORD:
		return k->words[v];
	case KEY_PLACE:
		return v == PLACE_NEAR ? "near" : v == PLACE_FAR ? "far" : NULL;
	case KEY_NAME:
		if (axis == AX_VARIANT)
			return v < 0 ? c->controls[-1 - v] : c->variants[v];
		return axis == AX_NIC || axis == AX_PEER_NIC ? c->nics[v].name : c->memory[v].name;
	default:
		return NULL;
	}
}

const char *config_value_text(const struct config *c, enum axis axis, int64_t v, char buf[32])
{
	const char *s;

	if (v == AXIS_EMPTY)
		return "";
	s = named(c, axis, v);
	if (s)
		return s;
	return keys_axis(axis)->type == KEY_SIZE ? units_size_text(buf, v) : decimal(buf, v);
}

const char *config_value_csv(const struct config *c, enum axis axis, int64_t v, char buf[32])
{
	const char *s;

	if (v == AXIS_EMPTY)
		return "";
	s = named(c, axis, v);
	return s ? s : decimal(buf, v);
}
