// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* PCI addresses as text. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "topo/topo.h"

char *topo_addr_text(char buf[TOPO_ADDR], struct topo_addr a)
{
	snprintf(buf, TOPO_ADDR, "%04" PRIx32 ":%02x:%02x.%x", a.domain, a.bus, a.dev, a.fn & 7);
	return buf;
}

/* @digits hex digits at most, then @end. Return: what stands behind, NULL when it is not so. */
static const char *hex_field(const char *p, int digits, char end, unsigned int *out)
{
	*out = 0;
	for (int i = 0; isxdigit((unsigned char)*p); p++) {
		if (i++ == digits)
			return NULL;
		*out = *out << 4 |
		       (unsigned int)(isdigit((unsigned char)*p) ? *p - '0' : (*p | 32) - 'a' + 10);
		if (p[1] == end)
			return end ? p + 2 : p + 1;
	}
	return NULL;
}

int topo_addr_parse(const char *text, struct topo_addr *out)
{
	unsigned int domain = 0, bus, dev, fn;
	const char *p, *first;

	if (!strncmp(text, "pci/", 4))
		text += 4;
	first = strchr(text, ':');
	p = first && strchr(first + 1, ':') ? hex_field(text, 8, ':', &domain) : text;
	p = p ? hex_field(p, 2, ':', &bus) : NULL;
	p = p ? hex_field(p, 2, '.', &dev) : NULL;
	p = p ? hex_field(p, 1, '\0', &fn) : NULL;
	if (!p || dev > 31 || fn > 7)
		return -EINVAL;
	*out = (struct topo_addr){
		.domain = domain, .bus = (uint8_t)bus, .dev = (uint8_t)dev, .fn = (uint8_t)fn};
	return 0;
}

int topo_addr_compare(struct topo_addr a, struct topo_addr b)
{
	uint64_t x = (uint64_t)a.domain << 24 | (uint64_t)a.bus << 16 | (uint64_t)a.dev << 8 | a.fn;
	uint64_t y = (uint64_t)b.domain << 24 | (uint64_t)b.bus << 16 | (uint64_t)b.dev << 8 | b.fn;

	return (x > y) - (x < y);
}
