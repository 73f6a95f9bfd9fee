// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mem/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/sys.h"

int lines_open(struct lines *l, const struct sys *sys, const char *path)
{
	l->sys = sys;
	l->at = l->n = 0;
	l->fd = sys->open(path, O_RDONLY, 0);
	return l->fd < 0 ? l->fd : 0;
}

void lines_close(struct lines *l)
{
	l->sys->close(l->fd);
}

/* Return: 1 there is more in the buffer; 0 at the end; -errno. */
static int refill(struct lines *l)
{
	ssize_t n;

	if (l->at < l->n)
		return 1;
	do
		n = l->sys->read(l->fd, l->buf, sizeof(l->buf));
	while (n == -EINTR);
	l->at = 0;
	l->n = n > 0 ? (size_t)n : 0;
	return n > 0 ? 1 : (int)n;
}

int lines_next(struct lines *l, char *line, size_t len)
{
	size_t used = 0;
	int rc = refill(l);

	if (rc <= 0)
		return rc;
	for (; rc > 0; rc = refill(l)) {
		char c = l->buf[l->at++];

		if (c == '\n')
			break;
		if (used + 1 < len)
			line[used++] = c;
	}
	line[used] = '\0';
	return rc < 0 ? rc : 1;
}

int lines_number(const struct sys *sys, const char *path, uint64_t *out)
{
	struct lines l;
	char text[32], *end;
	int rc = lines_open(&l, sys, path);

	if (rc)
		return rc;
	rc = lines_next(&l, text, sizeof(text));
	lines_close(&l);
	if (rc <= 0)
		return rc ? rc : -EINVAL;
	*out = strtoull(text, &end, 10);
	return end != text && !*end ? 0 : -EINVAL;
}
