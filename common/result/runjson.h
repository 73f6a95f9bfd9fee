/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RESULT_RUNJSON_H
#define P2P_RESULT_RUNJSON_H

/*
 * run.json: everything constant in a run. Written atomically before the first window and again at
 * the end ("complete": true). Its member "same" holds what a resumed run must not differ in.
 */

#include <jansson.h>

struct err;

/* Environment of this machine: kernel, cmdline, cpu, governor, memlock, NUMA, ... Unknown = null. */
json_t *runjson_env(void);

/* Write @root to DIR/run.json: temporary file, fsync, rename, fsync of the directory. */
int runjson_write(const char *dir, json_t *root, struct err *e);

/**
 * runjson_read() - read DIR/run.json (at most 16 MiB)
 *
 * Return: 0, -ENOENT, -EINVAL with line and column.
 */
int runjson_read(const char *dir, json_t **out, struct err *e);

/* As runjson_read() on memory; @name stands for the path in messages. Fuzzed. */
int runjson_parse(const char *name, const char *text, size_t len, json_t **out, struct err *e);

/* A JSON string; what is not UTF-8 in it (a cut character, a strange file name) becomes '?'. */
json_t *runjson_text(const char *text);

/**
 * runjson_differs() - compare the members "same" of two runs
 * @was, @is: the roots, as runjson_read() and runjson_write() know them
 * @text: receives a line per differing value, as many as fit whole: "nic.device: was "soft0", is "rxe0""
 *
 * Objects are compared member by member, anything else as a whole; a missing member differs.
 * Return: number of differing values.
 */
int runjson_differs(const json_t *was, const json_t *is, char *text, size_t len);

#endif
