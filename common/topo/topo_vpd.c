// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Vital product data (PCI Local Bus Specification 3.0, appendix I), as far as they tell which data-direct
 * function belongs to which NIC. Any bytes are accepted. Fuzzed through saved machines.
 */
#include <stdlib.h>
#include <string.h>

#include "topo/topo_raw.h"

enum { MELLANOX = 0x15b3, DATA_DIRECT = 0x2100, CLASS_NETWORK = 0x02 };

enum { TAG_LARGE = 0x80, TAG_READ_ONLY = 0x90, TAG_HEAD = 3, KEYWORD_HEAD = 3 };

struct span {
	const uint8_t *data;
	size_t len;
};

/* Contents of the read-only part; what is cut off ends early. */
static struct span read_only(const uint8_t *vpd, size_t len)
{
	for (size_t at = 0; at + TAG_HEAD <= len && vpd[at] & TAG_LARGE;) {
		size_t size = vpd[at + 1] | (size_t)vpd[at + 2] << 8, body = at + TAG_HEAD;

		if (vpd[at] == TAG_READ_ONLY)
			return (struct span){vpd + body, size < len - body ? size : len - body};
		at = body + size;
	}
	return (struct span){0};
}

static struct span keyword(struct span s, const char name[2])
{
	for (size_t at = 0; at + KEYWORD_HEAD <= s.len; at += KEYWORD_HEAD + s.data[at + 2]) {
		size_t size = s.data[at + 2], body = at + KEYWORD_HEAD;

		if (!memcmp(s.data + at, name, 2) && body + size <= s.len)
			return (struct span){s.data + body, size};
	}
	return (struct span){0};
}

static unsigned long hex(const char *text)
{
	return text ? strtoul(text, NULL, 16) : 0;
}

bool raw_is_data_direct(const struct raw_fn *fn)
{
	return hex(fn->attr[RAW_VENDOR]) == MELLANOX && hex(fn->attr[RAW_DEVICE]) == DATA_DIRECT;
}

bool raw_wants_vpd(const struct raw_fn *fn)
{
	return hex(fn->attr[RAW_VENDOR]) == MELLANOX &&
	       (raw_is_data_direct(fn) || hex(fn->attr[RAW_CLASS]) >> 16 == CLASS_NETWORK);
}

bool raw_same_vuid(const struct raw_fn *a, const struct raw_fn *b)
{
	struct span x = keyword(read_only(a->vpd, a->vpd_len), "VU");
	struct span y = keyword(read_only(b->vpd, b->vpd_len), "VU");

	return x.len && x.len == y.len && !memcmp(x.data, y.data, x.len);
}
