/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_INTERCONNECT_ELIGIBLE_H
#define P2P_INTERCONNECT_ELIGIBLE_H

/*
 * Which kernel drivers import which exporter's memory: how each of them attaches (read in Linux 7.3.4), and
 * what exporters ask of an attachment (vfio_pci_dma_buf_attach(), drivers/vfio/pci/vfio_pci_dmabuf.c). Data
 * with kernel versions, not a verdict: other kernels differ, and modules out of tree.
 */

#include "interconnect/match.h"

/* @why: static text. */
struct eligible {
	enum match_answer answer;
	const char *why;
};

/* May @imp import @exp? A bounce registers host memory, which every driver can. */
struct eligible eligible(const struct match_exporter *exp, const struct match_importer *imp);

/* Does the driver of @imp ask the exporter for a steering tag? */
struct eligible eligible_tags(const struct match_importer *imp);

#endif
