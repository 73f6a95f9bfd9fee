/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_NOISE_FLOOR_H
#define P2P_BENCH_NOISE_FLOOR_H

/*
 * What `selftest` has found on a device of this machine, kept for later runs: a file of its own per device
 * below $XDG_STATE_HOME/p2pbench (default ~/.local/state/p2pbench). The file is not trusted when read.
 */

#include <jansson.h>
#include <stddef.h>

struct err;

/* Where it is for @device. Return: 0; -ENOENT neither XDG_STATE_HOME nor HOME is set; -ENAMETOOLONG. */
int noise_floor_path(const char *device, char *buf, size_t len, struct err *e);

/* Make its directories and see that a file can be made there. Return: 0 or -errno with what is in the way. */
int noise_floor_prepare(const char *path, struct err *e);

/* Write @root there; replaces the file as a whole. Return: 0 or -errno. */
int noise_floor_write(const char *path, json_t *root, struct err *e);

/**
 * noise_floor_read() - for run.json: the stored noise floor of @device
 * @env: runjson_env() of this run: host_hash and kernel must be those of the selftest
 *
 * Return: {"bw", "lat", "date_utc"}, or NULL when there is none for this host and kernel.
 */
json_t *noise_floor_read(const char *device, const json_t *env);

#endif
