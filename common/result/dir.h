/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RESULT_DIR_H
#define P2P_RESULT_DIR_H

/* The results directory; its name is made by rounds_dir_name(). */

struct err;

enum { DIR_MAX = 4000 }; /* bytes of its name */

/* Make @dir and its parents. Return: 0; -EEXIST when something is in it; -errno with the path that failed. */
int dir_make(const char *dir, struct err *e);

#endif
