// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Bounded reading of one-value files below a root, and the small texts the gates are made of. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "run/gates_parts.h"

static bool read_at(const char *root, char *buf, size_t len, const char *path, va_list args)
{
	char name[GATE_TEXT];
	CLEANUP_FD int fd = -1;
	struct stat st;
	ssize_t n;
	int at = snprintf(name, sizeof(name), "%s/", root);

	buf[0] = '\0';
	if (at < 0 || at >= (int)sizeof(name) ||
	    vsnprintf(name + at, sizeof(name) - (size_t)at, path, args) >= (int)sizeof(name) - at)
		return false;
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode))
		return false;
	n = read(fd, buf, len - 1);
	if (n <= 0)
		return false;
	if (buf[n - 1] == '\n')
		n--;
	buf[n] = '\0';
	for (ssize_t i = 0; i < n; i++)
		if ((buf[i] < ' ' || buf[i] > '~') && buf[i] != '\n' && buf[i] != '\t')
			buf[i] = '?';
	return n > 0;
}

bool gate_read(const char *root, char *buf, size_t len, const char *path, ...)
{
	va_list args;
	bool ok;

	va_start(args, path);
	ok = read_at(root, buf, len, path, args);
	va_end(args);
	return ok;
}

uint64_t gate_number(const char *root, const char *path, ...)
{
	char text[32], *end;
	unsigned long long v;
	va_list args;
	bool ok;

	va_start(args, path);
	ok = read_at(root, text, sizeof(text), path, args);
	va_end(args);
	if (!ok || text[0] < '0' || text[0] > '9')
		return GATE_NONE;
	errno = 0;
	v = strtoull(text, &end, 10);
	return errno || *end ? GATE_NONE : v;
}

bool gate_list_has(const char *list, int cpu)
{
	const char *p = list;
	char *end;

	while (*p >= '0' && *p <= '9') {
		long lo = strtol(p, &end, 10), hi = lo;

		if (*end == '-' && end[1] >= '0' && end[1] <= '9')
			hi = strtol(end + 1, &end, 10);
		if (cpu >= lo && cpu <= hi)
			return true;
		if (*end != ',')
			return false;
		p = end + 1;
	}
	return false;
}

const char *gate_cpus(const struct gates_input *in, char *buf, size_t len)
{
	size_t used = 0;

	buf[0] = '\0';
	for (uint32_t i = 0; i < in->n_cpu && used < len; i++)
		if (in->cpu[i] >= 0)
			used += (size_t)snprintf(buf + used, len - used, "%s%d", used ? "," : "", in->cpu[i]);
	return buf;
}

int gate_cpu(const struct gates_input *in)
{
	for (uint32_t i = 0; i < in->n_cpu; i++)
		if (in->cpu[i] >= 0)
			return in->cpu[i];
	return 0;
}

void gate_say(struct gate *g, enum gate_verdict v, const char *fmt, ...)
{
	va_list args;

	g->verdict = v;
	g->fix[0] = '\0';
	va_start(args, fmt);
	vsnprintf(g->value, sizeof(g->value), fmt, args);
	va_end(args);
	for (char *p = g->value; *p; p++)
		*p = *p == '\n' || *p == '\t' ? ' ' : *p;
}

void gate_fix(struct gate *g, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(g->fix, sizeof(g->fix), fmt, args);
	va_end(args);
}

enum gate_verdict gate_worse(enum gate_verdict a, enum gate_verdict b)
{
	return a > b ? a : b;
}
