// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "columns_doc.h"

#include <stdio.h>
#include <string.h>

/* Start of the section behind "## FILE", or NULL. */
static const char *section(const char *file)
{
	size_t len = strlen(file);

	for (const char *p = strstr(schema_md, "\n## "); p; p = strstr(p + 1, "\n## ")) {
		if (!strncmp(p + 4, file, len) && p[4 + len] == '\n')
			return p + 4 + len;
	}
	return NULL;
}

/* The text between this bar and the next, trimmed, without backquotes. Return: the next bar, or the line's
 * end. */
static const char *cell(const char *p, char out[COLUMN_CELL])
{
	size_t used = 0;

	for (p += 1 + strspn(p + 1, " "); *p && *p != '|' && *p != '\n'; p++) {
		if (*p != '`' && used < COLUMN_CELL - 1)
			out[used++] = *p;
	}
	while (used && out[used - 1] == ' ')
		used--;
	out[used] = '\0';
	return p;
}

bool columns_doc_next(const char *file, const char **at, struct column_doc *out)
{
	const char *p = *at ? *at : section(file);

	for (; p && (p = strchr(p, '\n')) != NULL && strncmp(p, "\n## ", 4) != 0; p++) {
		char *cells[] = {out->name, out->unit, out->type, out->meaning, out->empty};

		if (strncmp(p, "\n| `", 4) != 0)
			continue;
		p++;
		for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
			p = cell(p, cells[i]);
		*at = p;
		return true;
	}
	return false;
}
