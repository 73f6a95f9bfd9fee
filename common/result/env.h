/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RESULT_ENV_H
#define P2P_RESULT_ENV_H

#include <jansson.h>

/**
 * env_read() - what this machine is, as far as a number may depend on it
 * @root_fd: directory holding proc/ and sys/ ("/" on a live machine); read only
 *
 * Never identifies it: the host's name is hashed, no MAC, serial number or UUID is read, and of the
 * kernel's command line only parameters that change performance are kept.
 * Return: an object, unknown members null; NULL without memory.
 */
json_t *env_read(int root_fd);

#endif
