/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RESULT_CSV_FILE_H
#define P2P_RESULT_CSV_FILE_H

/* csv.h over a file of any size, in one buffer: memory does not grow with the file. */

#include <stddef.h>
#include <stdint.h>

#include "result/csv.h"

struct err;
struct csv_file; /* opaque */

/* Return: 0, -ENOMEM, or what open(2) answered (@e names the path). */
int csv_file_open(const char *path, struct csv_file **out, struct err *e);
void csv_file_close(struct csv_file *f);

/**
 * csv_file_next() - as csv_next(); fields live until the next call, a torn line is met once
 *
 * Return: also a negative errno of read(2), which is neither -ENODATA nor -EINVAL.
 */
int csv_file_next(struct csv_file *f, struct csv_field *field, size_t *n, struct err *e);

/* Byte behind the last record, and its line. */
uint64_t csv_file_offset(const struct csv_file *f);
int csv_file_line(const struct csv_file *f);

#endif
