/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_GRID_H
#define P2P_BENCH_GRID_H

/* Text in columns as wide as their widest cell. A cell that finds no memory is printed as "?". */

#include <stddef.h>
#include <stdio.h>

/* @cell: row after row, @cols each; @n: cells so far. Start with {.cols = N}. */
struct grid {
	char **cell;
	size_t cols, n, room;
};

/* Append the next cell. */
void grid_add(struct grid *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Print all and free. */
void grid_finish(struct grid *g, FILE *out);

#endif
