/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RESULT_ATOMIC_H
#define P2P_RESULT_ATOMIC_H

/* Derived files: either the old text or the whole new one, also after a power cut. */

#include <stddef.h>

struct err;

/**
 * atomic_write() - replace DIR/NAME by @text: DIR/NAME.tmp, fsync, rename, fsync of the directory
 *
 * Return: 0, or -errno with @e naming the path; then the old file is untouched and no .tmp stays.
 */
int atomic_write(const char *dir, const char *name, const char *text, size_t len, struct err *e);

/* Open directories' entries are on disk after this. Return: 0 or -errno. */
int atomic_sync_dir(const char *dir, struct err *e);

/* Likely cause and next step of a failed write in the results directory @dir. */
void atomic_hint(const char *dir, int code, struct err *e);

/* "PATH: WHAT failed: ENAME" with that hint. Return: @code. */
int atomic_fail(const char *dir, const char *path, const char *what, int code, struct err *e);

#endif
