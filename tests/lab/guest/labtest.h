/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * labtest: the lab's own checks. A case works on the VFIO device and the RDMA device
 * that main() opened, and leaves both usable for the next case.
 */
#ifndef LAB_LABTEST_H
#define LAB_LABTEST_H

#include "verbs.h"
#include "vfio.h"

struct lab {
	struct vfio vf;
	struct rdma rd;
	const char *ibdev;
};

/* case_data.c: bytes arrive where they should */
void case_bar(struct lab *lab, const char *arg);
void case_fill(struct lab *lab, const char *arg); /* OFFSET:TEXT */
void case_udmabuf(struct lab *lab, const char *arg);
void case_heap(struct lab *lab, const char *arg);

/* case_revoke.c: the exporter, or the RDMA device, goes away under a region */
void case_reset(struct lab *lab, const char *arg);
void case_memoff(struct lab *lab, const char *arg);
void case_close(struct lab *lab, const char *arg);
void case_storm(struct lab *lab, const char *arg);  /* ROUNDS */
void case_unlink(struct lab *lab, const char *arg); /* must be the last case */

/* case_reg.c: who may import */
void case_reg(struct lab *lab, const char *arg); /* ERRNO, 0 for success */

/* case_tph.c: the TPH feature and its impostors at an index */
void case_tph(struct lab *lab, const char *arg);      /* INDEX */
void case_impostor(struct lab *lab, const char *arg); /* INDEX:MODE */

#endif
