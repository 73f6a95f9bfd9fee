/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RESULT_ROUNDS_H
#define P2P_RESULT_ROUNDS_H

/*
 * The results directory of one run: rounds.csv (append-only truth), hist.csv, summary.csv, run.json.
 * A crash at any instant loses at most the window in progress: a row is one write(), the file is
 * fdatasync'ed once a round, everything derived is written to a temporary file and renamed.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/sys.h"
#include "result/row.h"
#include "stats/hist.h"

struct err;
struct rounds; /* opaque: open rounds.csv and hist.csv of a run, locked against a second writer */

/**
 * rounds_dir_name() - expand {name} and {time} (UTC, yyyymmddThhmmssZ) of output.dir
 *
 * Return: 0; -EINVAL unknown {word}, empty result or over 4000 bytes.
 */
int rounds_dir_name(const char *pattern, const char *name, int64_t utc_s, char *out, size_t len,
		    struct err *e);

/**
 * rounds_create() - make the directory (and its parents) and the files with their headers
 *
 * Return: 0; -EEXIST the directory exists and holds anything (@e: use --resume or another output.dir);
 * -EACCES, -EROFS, -ENOSPC, ... with the path that failed.
 */
int rounds_create(const char *dir, const struct sys *sys, struct rounds **out, struct err *e);

/**
 * rounds_resume() - open an existing directory for more rows
 *
 * A torn last line of rounds.csv or hist.csv is cut off (and counted in *cut).
 * Return: 0; -ENOENT no run there; -EINVAL not schema 1 or not our header; -EWOULDBLOCK another
 * process is writing it.
 */
int rounds_resume(const char *dir, const struct sys *sys, struct rounds **out, int *cut, struct err *e);

void rounds_close(struct rounds *r);

/* Name of the directory. */
const char *rounds_dir(const struct rounds *r);

/**
 * rounds_append() - one row, one write()
 *
 * Return: 0; -ENOSPC and others when not everything was written: what had been written of this row
 * is cut off again, earlier rows stay.
 */
int rounds_append(struct rounds *r, const struct row *row, struct err *e);

/* The histogram of one latency window as rows seq,point_id,round,lo_ns,width_ns,count of hist.csv. */
int rounds_append_hist(struct rounds *r, int64_t seq, const char *point_id, int64_t round,
		       const struct hist *h, double ns_per_tick, struct err *e);

/* fdatasync both files; once a round. */
int rounds_sync(struct rounds *r, struct err *e);

/**
 * rounds_each() - call @fn for every row of DIR/rounds.csv in file order
 * @fn: returns 0 to go on, else rounds_each() returns that
 * @ignored: counts malformed rows, may be NULL
 *
 * Return: 0, what @fn returned, or -errno (-EINVAL: header lacks schema, point_id, round or status).
 */
int rounds_each(const char *dir, int (*fn)(const struct row *row, void *arg), void *arg, uint64_t *ignored,
		struct err *e);

/* The same with rows of a few columns, as rowmap_only() says. */
int rounds_each_of(const char *dir, bool (*wanted)(enum column c),
		   int (*fn)(const struct row *row, void *arg), void *arg, uint64_t *ignored, struct err *e);

#endif
