/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_EVENTS_H
#define P2P_BENCH_EVENTS_H

/*
 * `run --events FILE|-`: what happens, as JSON lines, for the program that started this one. A line is one
 * object and one write: {"type", "schema", "seq", "t_s", ...}; seq counts from 0 without a gap, t_s are
 * seconds since the file was opened. Written between windows only, by the controlling thread. A reader that
 * goes away or a full disk ends the events, never the run.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct err;

enum { EVENTS_SCHEMA = 1 };

/**
 * struct events - zeroed before events_open(), closed with events_close()
 * @name: as in messages
 * @fd: valid while @on; @good: bytes of a file up to the end of its last whole line, -1 = no file
 */
struct events {
	const char *name;
	bool on;
	int fd;
	uint64_t seq;
	int64_t start_ns;
	off_t good;
};

/**
 * events_open() - @where: NULL = none are wanted; "-": stdout, and what is printed there goes to stderr from
 * now on
 *
 * Return: 0; -errno of a file that cannot be opened for writing.
 */
int events_open(struct events *ev, const char *where, struct err *e);
void events_close(struct events *ev);

/* Write @members as a line of @type. Takes the reference, also when events are off. */
void events_put(struct events *ev, const char *type, json_t *members);

#endif
