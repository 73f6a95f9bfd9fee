/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_TOPO_TOPO_FILES_H
#define P2P_TOPO_TOPO_FILES_H

/* Small files, links and directories of sysfs. What cannot be read is NULL. Private to topo/. */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Up to @max bytes of a file, read into @buf. Return: how many, -1 when it cannot be read. */
ssize_t raw_file_read(int dir, const char *name, char *buf, size_t max);

/* The text of a file, at most RAW_TEXT_MAX characters, without blanks at the end; malloc'ed. */
char *raw_file_text(int dir, const char *name);

/* @len bytes, at most those of a config space; malloc'ed. */
uint8_t *raw_file_bytes(int dir, const char *name, size_t *len);

/* Last component of what a link points to; malloc'ed. */
char *raw_file_link(int dir, const char *name);

/* The name of the first thing in a directory; malloc'ed. */
char *raw_file_entry(int dir, const char *name);

#endif
