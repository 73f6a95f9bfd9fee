/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEM_TPH_BTF_H
#define P2P_MEM_TPH_BTF_H

/*
 * One struct out of the kernel's type information (BTF: Documentation/bpf/btf.rst, include/uapi/linux/btf.h).
 * Pure; any bytes are accepted. Fuzzed. A module's BTF is split: its strings go on where those of vmlinux
 * end, and its numbers of types too, which nobody needs to find a struct by name.
 */

#include <stddef.h>
#include <stdint.h>

/* What a file of /sys/kernel/btf holds; @len 0 = none. */
struct btf_blob {
	const uint8_t *data;
	size_t len;
};

enum { BTF_FIELDS = 16, BTF_NAME = 32 };

struct btf_field {
	char name[BTF_NAME]; /* cut when longer */
	uint32_t offset;     /* bytes */
};

/* @n: fields there are; the first BTF_FIELDS are told. */
struct btf_struct {
	uint32_t size;
	size_t n;
	struct btf_field field[BTF_FIELDS];
};

/**
 * btf_find_struct() - the first struct of that name that @types defines
 * @base: BTF of vmlinux when @types is a module's, else none
 *
 * Return: 0; -ENOENT there is none; -EINVAL this is no BTF, or it is broken before the struct was found.
 */
int btf_find_struct(struct btf_blob base, struct btf_blob types, const char *name, struct btf_struct *out);

#endif
