/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_DOCTOR_PARTS_H
#define P2P_BENCH_DOCTOR_PARTS_H

/* What the groups of checks share. Private to doctor_*.c. */

#include <stdint.h>

#include "doctor.h"
#include "doctor_kconfig.h"

/* Append a finding. Return: it, to be given why, fix and undo. */
struct doctor_check *doctor_add(struct doctor *d, const char *group, const char *name, enum doctor_status s,
				const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void doctor_why(struct doctor_check *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* @how: FIX_* */
void doctor_fix(struct doctor_check *c, unsigned int how, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void doctor_undo(struct doctor_check *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A check that nothing can be said of: "not in the capture", or @why on this machine. */
void doctor_skip(struct doctor *d, const char *group, const char *name, const char *why);
/* The same where the PCI functions do not tell, which captures have as well. */
void doctor_unknown(struct doctor *d, const char *group, const char *name, const char *why);

/* Does what was asked have a use for @n? Without a pair everything is of interest. */
bool doctor_wants(const struct doctor *d, enum doctor_need n);

/* Status of something missing: fail when what was asked cannot do without it, else warn. */
enum doctor_status doctor_lack(const struct doctor *d, enum doctor_need n);

/* Made of characters that mean nothing to a shell: fit for a command. */
bool doctor_word(const char *s);

/* Function of the NIC, of the target, -1 = none. */
int doctor_nic(const struct doctor *d);
int doctor_target(const struct doctor *d);

/* The best way of the pair that is no bounce, NULL = no pair. */
const struct match_cell *doctor_direct(const struct doctor *d);

/* The kernel refuses the pair for ACS redirect alone: cleared, the traffic turns at the switch. */
bool doctor_acs_helps(const struct doctor *d, const struct match_cell *c);

/* Reading below the root (doctor_read.c). */
bool doctor_text(const struct doctor *d, char *buf, size_t len, const char *path, ...)
	__attribute__((format(printf, 4, 5)));
#define DOCTOR_NONE UINT64_MAX
uint64_t doctor_number(const struct doctor *d, const char *path, ...) __attribute__((format(printf, 2, 3)));
/* 0 it is there; -ENOENT, -EACCES, ... @mode: as faccessat(2) takes it, for the effective user. */
int doctor_access(const struct doctor *d, int mode, const char *path, ...)
	__attribute__((format(printf, 3, 4)));
/* The same by opening it for reading and writing: says what a container forbids, too. Closed at once. */
int doctor_opens(const struct doctor *d, const char *path, ...) __attribute__((format(printf, 2, 3)));
/* Names in a directory that begin with @prefix, at most @max, in no order. Return: how many. */
size_t doctor_names(const struct doctor *d, const char *path, const char *prefix,
		    char (*out)[DOCTOR_NAME * 2], size_t max);
/* Fill release, version and config. */
void doctor_read_kernel(struct doctor *d);

/* The groups, in order. */
void doctor_device(struct doctor *d);	     /* doctor_device.c: RDMA device, port, GID, MTU, its node */
void doctor_rights(struct doctor *d);	     /* doctor_rights.c: user, device nodes, capabilities */
void doctor_container(struct doctor *d);     /* doctor_container.c */
void doctor_kernel(struct doctor *d);	     /* doctor_kernel.c: version, features */
void doctor_modules(struct doctor *d);	     /* doctor_modules.c */
void doctor_library(struct doctor *d);	     /* doctor_library.c: rdma-core */
void doctor_target_checks(struct doctor *d); /* doctor_target.c: binding, group, BARs */
void doctor_path(struct doctor *d);	     /* doctor_path.c: route, ACS, MPS, MRRS, links, D-states */
void doctor_tph(struct doctor *d);	     /* doctor_tph.c */
void doctor_memory(struct doctor *d);	     /* doctor_memory.c: memlock, huge pages */
void doctor_noise(struct doctor *d);	     /* doctor_noise.c */

#endif
