/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_REPORT_TREE_SVG_H
#define P2P_REPORT_TREE_SVG_H

/*
 * The one drawing of devices below their bridges: `topo --svg` makes its boxes from a machine, run.json keeps
 * those of a way, and the report draws them again. Texts may hold anything that is UTF-8; they are escaped.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { TREE_TEXT = 96, TREE_BOXES_MAX = 1 << 16 };

/* What a box stands for: its colour. */
enum tree_kind { TREE_PORT, TREE_CPU, TREE_NIC, TREE_DIRECT, TREE_VFIO, TREE_ACCEL, TREE_NVME, TREE_KINDS };

/* "port", "cpu", "nic", "direct", "vfio", "accel", "nvme" */
const char *tree_kind_name(enum tree_kind k);

/**
 * struct tree_box - one box and the line into it from the one above
 * @up: index of the box above, less than its own; -1 = a tree of its own begins
 * @link: on the line, "" = nothing
 * @used: on the way; @line_used: so is the line; @narrow: that line limits it; @degraded: the link runs below
 *	what both its ends can
 */
struct tree_box {
	int up;
	enum tree_kind kind;
	char name[TREE_TEXT], about[TREE_TEXT], link[TREE_TEXT];
	bool used, line_used, narrow, degraded;
};

/**
 * tree_svg() - draw @n boxes; those of one box stand side by side in their order
 * @title: above the picture
 * @way: explain the marks of a way too
 *
 * Colours follow the page it is put into, or else are for a white one. Return: 0; -ENOMEM; -EINVAL for an
 * @up that is not before its box, or for too many.
 */
int tree_svg(const struct tree_box *box, size_t n, const char *title, bool way, FILE *out);

#endif
