/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_HELP_DOCUMENT_H
#define P2P_BENCH_HELP_DOCUMENT_H

#include <jansson.h>

/* Verbs, flags, keys and exit codes, for wrappers. NULL without memory. */
json_t *help_document(void);

#endif
