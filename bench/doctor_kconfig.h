/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_DOCTOR_KCONFIG_H
#define P2P_BENCH_DOCTOR_KCONFIG_H

/* Texts of the kernel: configuration, release, command line, capabilities. Pure; any text is accepted.
 * Fuzzed. */

#include <stdbool.h>
#include <stdint.h>

/* Value of CONFIG_@name in the text of a configuration: 'y', 'm', or 'n' when it is not set or not there. */
char doctor_kconfig(const char *text, const char *name);
/* "6.18.44-generic" -> 6 << 16 | 18; 0 = no version. */
unsigned int doctor_kernel_version(const char *release);
/* Effective capabilities out of /proc/self/status. Return: false when it does not say. */
bool doctor_capabilities(const char *status, uint64_t *out);
/* Is option @name=@value among the words of a kernel command line? Values may be lists: pci=a,b. */
bool doctor_cmdline(const char *line, const char *name, const char *value);

#endif
