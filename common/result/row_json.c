// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "result/row_json.h"

#include <math.h>

#include "base/units.h"
#include "result/runjson.h"

static bool is_integer(enum column c)
{
	const struct key *k =
		c >= COL_KEY && c < COL_KEY + AX_COUNT ? keys_axis((enum axis)(c - COL_KEY)) : NULL;

	return k && (k->type == KEY_INT || k->type == KEY_SIZE);
}

static bool is_number(enum column c)
{
	return (c >= COL_LIMIT_GBYTE_S && c <= COL_LIMIT_CONC_GBYTE_S) || c == COL_PCT_LIMIT;
}

json_t *row_json(const struct row *r, enum column c)
{
	const char *text = row_get(r, c);
	int64_t v;

	if (!*text)
		return NULL;
	if (is_integer(c) && !units_int(text, &v, NULL))
		return json_integer((json_int_t)v);
	if (is_number(c) && !isnan(row_get_num(r, c)))
		return json_real(row_get_num(r, c));
	return runjson_text(text);
}
