/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEM_LINES_H
#define P2P_MEM_LINES_H

/* Texts of the kernel, line by line, through the syscall seam; of any length. Private to mem/. */

#include <stddef.h>
#include <stdint.h>

struct sys;

struct lines {
	const struct sys *sys;
	int fd;
	size_t at, n;
	char buf[16384];
};

/* Return: 0, or why @path cannot be opened; then there is nothing to close. */
int lines_open(struct lines *l, const struct sys *sys, const char *path);
void lines_close(struct lines *l);

/**
 * lines_next() - the next line, without its end, always NUL-terminated
 * @line: room for @len; what does not fit is dropped
 *
 * Return: 1; 0 at the end; -errno.
 */
int lines_next(struct lines *l, char *line, size_t len);

/* A file that holds one number. Return: 0; -EINVAL it does not; or why it cannot be read. */
int lines_number(const struct sys *sys, const char *path, uint64_t *out);

#endif
