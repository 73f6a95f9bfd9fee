/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_NIC_NIC_SYMBOL_H
#define P2P_NIC_NIC_SYMBOL_H

/*
 * A file of its own, so that tests can put their own functions in its place at link time.
 * Private to nic/, but for `doctor`, which says what is missing.
 */

/**
 * nic_symbol() - look a function up
 * @library: file name of a library, NULL = what the program is linked against
 * @version: symbol version the function must have
 *
 * Return: its address; NULL: the library, the function or that version of it is not here.
 */
void *nic_symbol(const char *library, const char *name, const char *version);

#endif
