// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Device memory by the CPU. Volatile accesses of one size: the compiler may neither widen, split, repeat
 * nor replace them by memcpy(), whose wide or overlapping accesses a device need not understand.
 */
#include "mem/mem.h"

#include <string.h>

/* Bytes of the next access: aligned on the device's side, at most 8, at most what is @left. */
static size_t step(uintptr_t at, size_t left)
{
	size_t n = 8;

	while (n > left || at % n)
		n /= 2;
	return n;
}

/* The first bytes of each are the same. */
union word {
	uint8_t b;
	uint16_t h;
	uint32_t w;
	uint64_t d;
};

static void write_one(void *to, const void *from, size_t n)
{
	union word v = {.d = 0};

	memcpy(&v, from, n);
	if (n == 8)
		*(volatile uint64_t *)to = v.d;
	else if (n == 4)
		*(volatile uint32_t *)to = v.w;
	else if (n == 2)
		*(volatile uint16_t *)to = v.h;
	else
		*(volatile uint8_t *)to = v.b;
}

static void read_one(void *to, const void *from, size_t n)
{
	union word v = {.d = 0};

	if (n == 8)
		v.d = *(const volatile uint64_t *)from;
	else if (n == 4)
		v.w = *(const volatile uint32_t *)from;
	else if (n == 2)
		v.h = *(const volatile uint16_t *)from;
	else
		v.b = *(const volatile uint8_t *)from;
	memcpy(to, &v, n);
}

void mem_device_write(void *device, const void *ram, size_t bytes)
{
	unsigned char *to = device;
	const unsigned char *from = ram;

	for (size_t n; bytes; to += n, from += n, bytes -= n) {
		n = step((uintptr_t)to, bytes);
		write_one(to, from, n);
	}
}

void mem_device_read(void *ram, const void *device, size_t bytes)
{
	const unsigned char *from = device;
	unsigned char *to = ram;

	for (size_t n; bytes; to += n, from += n, bytes -= n) {
		n = step((uintptr_t)from, bytes);
		read_one(to, from, n);
	}
}
