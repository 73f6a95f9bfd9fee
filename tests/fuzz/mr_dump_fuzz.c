// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Datagrams of netlink and raw dumps of MRs: whatever they are made of, nothing outside them is read. The
 * dump is looked at for the MR that the input itself names, so that the fuzzer can find a match.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "nic/nic_dump.h"
#include "nic/nic_netlink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int __wrap_netlink_open(const void *request, size_t bytes);

int __wrap_netlink_open(const void *request, size_t bytes)
{
	(void)request, (void)bytes;
	return -1;
}

static void walk(struct netlink_bytes attrs, int depth)
{
	struct netlink_bytes value;
	uint16_t type;

	while (netlink_attr(&attrs, &type, &value)) {
		uint32_t number;

		netlink_u32(value, type, &number);
		if (depth)
			walk(value, depth - 1);
	}
}

static void datagram(const uint8_t *data, size_t size)
{
	struct netlink_bytes rest = {data, size}, attrs;

	while (netlink_message(&rest, &attrs) == NETLINK_DATA)
		walk(attrs, 2);
}

static void dump(const uint8_t *data, size_t size)
{
	struct nic_dump_mr mr;
	struct nic_mr_tph tph = {0};
	uint64_t addr, bytes;

	if (size < sizeof(addr) + sizeof(bytes) + sizeof(mr.key))
		return;
	memcpy(&addr, data, sizeof(addr));
	memcpy(&bytes, data + sizeof(addr), sizeof(bytes));
	memcpy(&mr.key, data + sizeof(addr) + sizeof(bytes), sizeof(mr.key));
	mr.addr = be64toh(addr);
	mr.bytes = be64toh(bytes);
	data += sizeof(addr) + sizeof(bytes) + sizeof(mr.key);
	size -= sizeof(addr) + sizeof(bytes) + sizeof(mr.key);
	if (nic_dump_mlx5(data, size, &mr, &tph) != 1 && (tph.ph || tph.st_index))
		abort(); /* says something without having found it */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of its own length: reading past the end is found even when the input lies in a larger
	 * buffer. */
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	if (size && copy[0] & 1)
		dump(copy + 1, size - 1);
	else if (size)
		datagram(copy + 1, size - 1);
	free(copy);
	return 0;
}
