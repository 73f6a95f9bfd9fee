// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See nic_dump.h. All words are big endian; offsets are in bytes. */
#include "nic/nic_dump.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

/* resource_dump_resource_segment_bits: length in words and type, reserved, two indices, the payload */
enum { SEGMENT_INDEX = 0x08, SEGMENT_PAYLOAD = 0x10 };

/* mkc_bits */
enum {
	MKC_QPN_KEY = 0x04, /* the low 8 bits are those of the key; its index is the segment's */
	MKC_LENGTH64 = 0x0c,
	MKC_START_ADDR = 0x10,
	MKC_LEN = 0x18,
	MKC_TPH = 0x3c,
	MKC_BYTES = 0x40,
};

#define LENGTH64  0x80000000u /* the MR is all of the address space, MKC_LEN says nothing */
#define TPH_ON	  0x04000000u
#define TPH_PH	  0x03000000u
#define TPH_INDEX 0x00ff0000u

static uint32_t get32(const unsigned char *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return be32toh(v);
}

static uint64_t get64(const unsigned char *at)
{
	return (uint64_t)get32(at) << 32 | get32(at + sizeof(uint32_t));
}

static bool is_context(const unsigned char *at, const struct nic_dump_mr *mr)
{
	return get64(at + MKC_START_ADDR) == mr->addr && get64(at + MKC_LEN) == mr->bytes &&
	       (get32(at + MKC_QPN_KEY) & 0xff) == (mr->key & 0xff) && !(get32(at + MKC_LENGTH64) & LENGTH64);
}

/* Return: how many places in a segment of @bytes fit; @found is the last. */
static int search(const unsigned char *segment, size_t bytes, const struct nic_dump_mr *mr,
		  const unsigned char **found)
{
	int n = 0;

	if (bytes < SEGMENT_PAYLOAD + MKC_BYTES || get32(segment + SEGMENT_INDEX) != mr->key >> 8)
		return 0;
	for (size_t at = SEGMENT_PAYLOAD; at <= bytes - MKC_BYTES; at += sizeof(uint32_t)) {
		if (is_context(segment + at, mr)) {
			*found = segment + at;
			n++;
		}
	}
	return n;
}

int nic_dump_mlx5(const void *dump, size_t bytes, const struct nic_dump_mr *mr, struct nic_mr_tph *out)
{
	const unsigned char *at = dump, *found = NULL;
	uint32_t tph;
	int n = 0;

	while (bytes >= sizeof(uint32_t)) {
		const size_t length = (size_t)(get32(at) >> 16) * sizeof(uint32_t);

		if (!length || length > bytes)
			break;
		n += search(at, length, mr, &found);
		at += length;
		bytes -= length;
	}
	if (n != 1)
		return -EBADMSG;
	tph = get32(found + MKC_TPH);
	if (!(tph & TPH_ON))
		return 0;
	*out = (struct nic_mr_tph){
		.ph = (uint8_t)((tph & TPH_PH) >> 24),
		.st_index = (uint8_t)((tph & TPH_INDEX) >> 16),
	};
	return 1;
}
