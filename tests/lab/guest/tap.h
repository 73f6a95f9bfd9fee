/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Checks in TAP without numbers (several programs share one stream), one line a check.
 */
#ifndef LAB_TAP_H
#define LAB_TAP_H

#include <stdbool.h>

/* Prints the check's line, counts a failure, returns "good". */
bool ok(bool good, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A condition without which nothing else makes sense: prints errno's text and exits. */
_Noreturn void bail(const char *what);

int tap_failures(void);

#endif
