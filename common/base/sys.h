/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BASE_SYS_H
#define P2P_BASE_SYS_H

/*
 * The seam to the kernel for cold paths: device nodes, memory kinds, result files. Everything that
 * opens such things takes a `const struct sys *`; sys_real is the kernel, tests pass a table that
 * scripts or counts calls and lets the n-th one fail.
 *
 * Every member returns its result (>= 0) or a negative errno; errno itself carries nothing.
 */

#include <stddef.h>
#include <sys/types.h>

struct sys {
	int (*open)(const char *path, int flags, mode_t mode);
	int (*close)(int fd);
	int (*ioctl)(int fd, unsigned long request, void *arg);
	/* @out is set to the mapping; unlike mmap(2) the result is 0 or -errno. */
	int (*mmap)(void **out, size_t length, int prot, int flags, int fd, off_t offset);
	int (*munmap)(void *addr, size_t length);
	int (*memfd_create)(const char *name, unsigned int flags);
	int (*ftruncate)(int fd, off_t length);
	int (*fcntl)(int fd, int cmd, long arg);
	ssize_t (*write)(int fd, const void *buf, size_t len);
	int (*fdatasync)(int fd);
	/* NUMA placement; @nodes: @max bits. */
	int (*mbind)(void *addr, size_t length, int mode, const unsigned long *nodes, unsigned long max,
		     unsigned int flags);
	/* Of this process; without @nodes it only asks: @status gets the node of each page, or -errno. */
	int (*move_pages)(unsigned long count, void **pages, const int *nodes, int *status, int flags);
};

extern const struct sys sys_real;

#endif
