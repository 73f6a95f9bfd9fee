/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_TESTS_BTF_BLOB_H
#define P2P_TESTS_BTF_BLOB_H

/* BTF made by hand, as compilers lay it out (Documentation/bpf/btf.rst). */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { BLOB_MAX = 2048, BLOB_HEADER = 24, BLOB_TYPES = 1024, BLOB_STRINGS = 1000 };

/* @below: bytes of strings of the blob this one goes on from, 0 = none. */
struct blob {
	uint8_t types[BLOB_TYPES];
	char strings[BLOB_STRINGS];
	uint32_t types_len, strings_len, below;
	uint8_t bytes[BLOB_MAX];
	size_t len;
};

static inline void blob_put(struct blob *b, uint32_t word)
{
	memcpy(b->types + b->types_len, &word, sizeof(word));
	b->types_len += 4;
}

static inline uint32_t blob_string(struct blob *b, const char *s)
{
	uint32_t at = b->strings_len;

	memcpy(b->strings + at, s, strlen(s) + 1);
	b->strings_len += (uint32_t)strlen(s) + 1;
	return b->below + at;
}

/* Head of a type; what follows it is put behind. */
static inline void blob_type(struct blob *b, uint32_t name, uint32_t kind, uint32_t n, uint32_t size)
{
	blob_put(b, name);
	blob_put(b, kind << 24 | n);
	blob_put(b, size);
}

static inline void blob_member(struct blob *b, uint32_t name, uint32_t bits)
{
	blob_put(b, name);
	blob_put(b, 1);
	blob_put(b, bits);
}

/* Puts header, types and strings together. */
static inline void blob_finish(struct blob *b)
{
	const uint32_t head[6] = {0xeb9f | 1u << 16, BLOB_HEADER,  0,
				  b->types_len,	     b->types_len, b->strings_len};

	memcpy(b->bytes, head, sizeof(head));
	memcpy(b->bytes + BLOB_HEADER, b->types, b->types_len);
	memcpy(b->bytes + BLOB_HEADER + b->types_len, b->strings, b->strings_len);
	b->len = BLOB_HEADER + b->types_len + b->strings_len;
}

/* The struct of the TPH feature with @ph at byte @place, behind types of every other kind. @names: strings
 * of its fields, in order. */
static inline void blob_tph(struct blob *b, uint32_t struct_name, const uint32_t names[5], uint32_t place)
{
	static const uint32_t offset[5] = {0, 32, 64, 80, 88};

	blob_type(b, 0, 1, 0, 4); /* int */
	blob_put(b, 32);
	blob_type(b, 0, 2, 0, 1); /* pointer */
	blob_type(b, 0, 3, 0, 0); /* array */
	for (int i = 0; i < 3; i++)
		blob_put(b, 1);
	blob_type(b, 0, 13, 2, 0); /* prototype of two parameters */
	for (int i = 0; i < 4; i++)
		blob_put(b, 0);
	blob_type(b, struct_name, 7, 0, 0); /* forward declaration of the same name */
	blob_type(b, 0, 19, 1, 8);	    /* enum64 */
	for (int i = 0; i < 3; i++)
		blob_put(b, 0);
	blob_type(b, struct_name, 4, 5, 12);
	for (int i = 0; i < 5; i++)
		blob_member(b, names[i], i == 4 ? place * 8 : offset[i]);
}

#endif
