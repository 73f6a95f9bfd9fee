// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a network port carries. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "topo/topo_priv.h"

/* Data rate of a lane by its label in sysfs; SDR to QDR are 8b/10b coded, their labels are not of data. */
static const struct {
	const char *label;
	double gbit;
} lane[] = {
	{"SDR", 2},  {"DDR", 4},  {"QDR", 8},	{"FDR10", 10}, {"FDR", 13.64},
	{"EDR", 25}, {"HDR", 50}, {"NDR", 100}, {"XDR", 200},
};

/* "100 Gb/sec (4X EDR)"; without a label that is known the number itself. */
static double infiniband_gbit(const char *rate)
{
	const char *open = strchr(rate, '('), *x = open ? strchr(open, 'X') : NULL;
	double lanes = open ? strtod(open + 1, NULL) : 0, number = strtod(rate, NULL);

	for (size_t i = 0; x && x[1] == ' ' && i < ARRAY_LEN(lane); i++) {
		size_t len = strlen(lane[i].label);

		if (!strncmp(x + 2, lane[i].label, len) && x[2 + len] == ')' && lanes >= 1 && lanes <= 16)
			return lanes * lane[i].gbit;
	}
	return number > 0 && number < 1e5 ? number : 0;
}

static double ethernet_gbit(const char *mbit)
{
	double number = mbit ? strtod(mbit, NULL) : 0;

	return number > 0 && number < 1e8 ? number / 1000 : 0;
}

/* Its line, behind the number; @n: how many lines there are. */
static const char *find_line(const char *ports, int port, int *n)
{
	const char *found = NULL, *p = ports;

	for (*n = 0; p && *p; ++*n) {
		char *end;

		if (strtol(p, &end, 10) == port && *end == ' ')
			found = end + 1;
		p = strchr(p, '\n');
		if (p)
			p++;
	}
	return found;
}

int topo_port(const struct topo *t, int fn, int port, struct topo_port *out)
{
	const struct raw_fn *raw = topo_raw_fn(t, fn);
	int n;
	const char *line = find_line(raw->attr[RAW_PORTS], port, &n);

	*out = (struct topo_port){0};
	if (!line)
		return -ENOENT;
	out->ethernet = !strncmp(line, "Ethernet ", strlen("Ethernet "));
	if (out->ethernet && n == 1)
		out->gbit = ethernet_gbit(raw->attr[RAW_NET_SPEED]);
	else if (!strncmp(line, "InfiniBand ", strlen("InfiniBand ")))
		out->gbit = infiniband_gbit(line + strlen("InfiniBand "));
	return 0;
}

/* Is @name one of the words of @list? */
static bool has_word(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = list; p && *p; p += strspn(p, " ")) {
		size_t word = strcspn(p, " ");

		if (len && word == len && !strncmp(p, name, len))
			return true;
		p += word;
	}
	return false;
}

int topo_find_emulated(const struct topo *t, const char *name)
{
	for (size_t i = 0; i < topo_len(t); i++)
		if (has_word(topo_raw_fn(t, (int)i)->attr[RAW_EMULATED], name))
			return (int)i;
	return -ENOENT;
}
