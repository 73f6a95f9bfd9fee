/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_WRAP_H
#define P2P_BENCH_WRAP_H

/* Sentences within 80 columns. */

#include <stdio.h>

/* Print @head and @text; later lines begin under the text. A word longer than a line is not broken. */
void wrap(FILE *out, const char *head, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
