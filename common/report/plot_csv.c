// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Files of a run that only pictures read: columns by name, cells as numbers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/html_priv.h"

double plot_csv_number(struct csv_field f)
{
	char text[40];

	if (!f.len || f.len >= sizeof(text))
		return nan("");
	memcpy(text, f.s, f.len);
	text[f.len] = '\0';
	return strtod(text, NULL);
}

bool plot_csv_header(const struct csv_field *field, size_t n, const char *const *name, size_t n_name,
		     size_t *at)
{
	for (size_t k = 0; k < n_name; k++) {
		size_t i = 0;

		while (i < n &&
		       (field[i].len != strlen(name[k]) || memcmp(field[i].s, name[k], field[i].len) != 0))
			i++;
		if (i == n)
			return false;
		at[k] = i;
	}
	return true;
}
