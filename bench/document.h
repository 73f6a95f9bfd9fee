/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_DOCUMENT_H
#define P2P_BENCH_DOCUMENT_H

/*
 * --json: stdout is one JSON document whatever happens. A verb that succeeds prints its own; where none was
 * printed
 * - an error, a signal - the program prints {"schema": 1, "error": {...}}. A document is written whole or not
 * at all.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct err;

enum { DOCUMENT_SCHEMA = 1 };

/* --json was given. */
void document_start(void);

/* Is one wanted and none printed yet? */
bool document_due(void);

/* What went wrong, for the document that says so; the first counts. */
void document_error(const struct err *e);

/* The problems of the config loaded last; takes @list over. document_take_problems() gives them away, or
 * NULL. */
void document_problems(json_t *list);
json_t *document_take_problems(void);

/**
 * document_print() - the verb's document; takes @root over
 *
 * Return: EXIT_OK; EXIT_INTERNAL when @root is NULL.
 */
int document_print(json_t *root);

/* The same of text that is printed piece by piece: what goes to the stream is the document once it is closed.
 */
FILE *document_open(void);
int document_close(FILE *f, int rc); /* @rc: 0 or -errno of the printing. Return: exit status */

/* At the end of the program. Return: @status. */
int document_end(int status);

/* From a signal handler: end the program, with a document when one is due. */
_Noreturn void document_die(int sig);

#endif
