/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEM_HUGE_H
#define P2P_MEM_HUGE_H

/* `pages` of memory that is RAM: reserved huge pages (hugetlbfs) and transparent ones. Private to mem/. */

#include <stdbool.h>

#include "mem/mem.h"

/* Are reserved huge pages asked: `pages` larger than the system's? */
bool huge_asked(const struct config_memory *m);

/* Their size as mmap() and memfd_create() want it: MAP_HUGE_*, MFD_HUGE_*, which are the same. */
int huge_bits(const struct config_memory *m);

/* Says that too few are reserved, where, and the commands that reserve them and undo it. Return: -ENOMEM;
 * -EINVAL when this kernel has none of that size. */
int huge_missing(const struct sys *sys, const struct config_memory *m, uint64_t bytes, struct err *e);

/* Are enough reserved, as far as can be told without taking them? Return: 0 or as huge_missing(). */
int huge_probe(const struct sys *sys, const struct config_memory *m, struct err *e);

/* The length of @m in whole pages. */
uint64_t huge_whole(const struct config_memory *m);

/**
 * huge_map_thp() - b->bytes of @fd, or anonymous memory when it is -1, at a boundary of huge pages, and
 * advised to be made of them
 *
 * Return: 0; -ENOTSUP the kernel has none; or the failing call's errno.
 */
int huge_map_thp(const struct config_memory *m, struct mem_buf *b, int fd, struct err *e);

/* After the memory was written: is it made of transparent huge pages? Return: 0; -ENOMEM and how many are. */
int huge_check_thp(const struct config_memory *m, const struct mem_buf *b, struct err *e);

#endif
