/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The lab's PCIe analyzer: the line of one memory region in p2plab_rxe's debugfs file.
 */
#ifndef LAB_VIEW_H
#define LAB_VIEW_H

#include <stdbool.h>
#include <stdint.h>

/* Prints the line as a comment. */
void view_show(uint32_t rkey);

/* True when the line has the words, for example " st=0xf0 ph=2 ". */
bool view_has(uint32_t rkey, const char *words);

#endif
