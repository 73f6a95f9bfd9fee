// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "wrap.h"

#include <stdarg.h>
#include <string.h>

enum { WIDTH = 80, TEXT = 1024 };

/* Length of a word; a command in backquotes is one, so that it can be copied. */
static size_t word(const char *p)
{
	size_t len = strcspn(p, " `");
	const char *end;

	while (p[len] == '`') {
		end = strchr(p + len + 1, '`');
		len = end ? (size_t)(end + 1 - p) : len + 1;
		len += strcspn(p + len, " `");
	}
	return len;
}

void wrap(FILE *out, const char *head, const char *fmt, ...)
{
	size_t indent = strlen(head), at = indent, len;
	const char *p;
	char text[TEXT];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	p = text + strspn(text, " ");
	for (len = indent; !*p && len && head[len - 1] == ' ';)
		len--;
	fwrite(head, 1, len, out);
	while (*p) {
		len = word(p);
		if (at > indent && at + 1 + len > WIDTH) {
			fprintf(out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (at > indent) {
			fputc(' ', out);
			at++;
		}
		fwrite(p, 1, len, out);
		at += len;
		p += len + strspn(p + len, " ");
	}
	fputc('\n', out);
}
