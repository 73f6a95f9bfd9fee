// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mem/tph/btf.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* <linux/btf.h> under names of our own, so that a build host needs none. */
enum { BTF_MAGIC_NATIVE = 0xeb9f, BTF_VERSION_1 = 1, KIND_STRUCT = 4, KINDS = 20 };

struct header {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t hdr_len, type_off, type_len, str_off, str_len;
};

struct type {
	uint32_t name_off;
	uint32_t info; /* 31: offsets hold bit field sizes; 28:24 kind; 15:0 number of members */
	uint32_t size;
};

struct member {
	uint32_t name_off, type, offset;
};

_Static_assert(sizeof(struct header) == 24 && sizeof(struct type) == 12 && sizeof(struct member) == 12,
	       "layout of BTF");

/* Bytes behind struct type: once, and for each member. 255 = no such kind. */
static const struct {
	uint8_t once, each;
} tail[KINDS] = {
	[0] = {255, 0}, [1] = {4, 0},  [2] = {0, 0},  [3] = {12, 0}, [4] = {0, 12},
	[5] = {0, 12},	[6] = {0, 8},  [7] = {0, 0},  [8] = {0, 0},  [9] = {0, 0},
	[10] = {0, 0},	[11] = {0, 0}, [12] = {0, 0}, [13] = {0, 8}, [14] = {4, 0},
	[15] = {0, 12}, [16] = {0, 0}, [17] = {4, 0}, [18] = {0, 0}, [19] = {0, 12},
};

/* Types and strings of one blob. */
struct part {
	const uint8_t *types, *strings;
	uint32_t types_len, strings_len;
};

static bool inside(size_t len, uint32_t off, uint32_t n)
{
	return off <= len && n <= len - off;
}

static bool open_part(struct btf_blob b, struct part *out)
{
	struct header h;
	size_t body;

	*out = (struct part){0};
	if (b.len < sizeof(h))
		return false;
	memcpy(&h, b.data, sizeof(h));
	if (h.magic != BTF_MAGIC_NATIVE || h.version != BTF_VERSION_1 || h.hdr_len < sizeof(h) ||
	    h.hdr_len > b.len)
		return false;
	body = b.len - h.hdr_len;
	if (!inside(body, h.type_off, h.type_len) || !inside(body, h.str_off, h.str_len))
		return false;
	*out = (struct part){b.data + h.hdr_len + h.type_off, b.data + h.hdr_len + h.str_off, h.type_len,
			     h.str_len};
	return true;
}

/* NULL when @off points nowhere or the string has no end. */
static const char *string_at(const struct part *base, const struct part *own, uint32_t off)
{
	const struct part *p = off < base->strings_len ? base : own;

	if (p == own)
		off -= base->strings_len;
	if (off >= p->strings_len || !memchr(p->strings + off, '\0', p->strings_len - off))
		return NULL;
	return (const char *)p->strings + off;
}

static bool read_members(const struct part *base, const struct part *own, const struct type *t,
			 const uint8_t *at, struct btf_struct *out)
{
	bool bits = t->info >> 31;

	*out = (struct btf_struct){.size = t->size, .n = t->info & 0xffff};
	for (size_t i = 0; i < out->n && i < BTF_FIELDS; i++) {
		struct member m;
		const char *name;

		memcpy(&m, at + i * sizeof(m), sizeof(m));
		name = string_at(base, own, m.name_off);
		if (!name)
			return false;
		snprintf(out->field[i].name, BTF_NAME, "%s", name);
		out->field[i].offset = (bits ? m.offset & 0xffffff : m.offset) / 8;
	}
	return true;
}

/* Bytes of a type with all that follows it; 0 = broken or of a kind not known here. */
static size_t type_len(const struct type *t)
{
	uint32_t kind = t->info >> 24 & 0x1f;

	if (kind >= KINDS || tail[kind].once == 255)
		return 0;
	return sizeof(*t) + tail[kind].once + (size_t)(t->info & 0xffff) * tail[kind].each;
}

int btf_find_struct(struct btf_blob base, struct btf_blob types, const char *name, struct btf_struct *out)
{
	struct part below = {0}, own;
	const uint8_t *at, *end;

	if ((base.len && !open_part(base, &below)) || !open_part(types, &own))
		return -EINVAL;
	end = own.types + own.types_len;
	for (at = own.types; at < end;) {
		struct type t;
		const char *is;
		size_t len;

		if ((size_t)(end - at) < sizeof(t))
			return -EINVAL;
		memcpy(&t, at, sizeof(t));
		len = type_len(&t);
		if (!len || len > (size_t)(end - at))
			return -EINVAL;
		is = (t.info >> 24 & 0x1f) == KIND_STRUCT ? string_at(&below, &own, t.name_off) : NULL;
		if (is && !strcmp(is, name))
			return read_members(&below, &own, &t, at + sizeof(t), out) ? 0 : -EINVAL;
		at += len;
	}
	return -ENOENT;
}
