/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_REACH_H
#define P2P_RUN_REACH_H

/*
 * Which interconnects between a NIC and a memory work: predicted by interconnect/match.h, then tried by a
 * real registration of one page of each, side by side for run.json, `match --try` and the choice for `auto`.
 */

#include "interconnect/match.h"
#include "mem/mem.h"
#include "nic/nic.h"

struct err;
struct topo;

enum { REACH_IMPORTERS = 3, REACH_TEXT = 400 };

/**
 * struct reach - @n cells, best first; not to be copied: @exp may point at @tags
 * @imp: what the NIC offers; cell[i].importer indexes it
 * @tags: what the memory's device says of steering tags, once tried; not usable for kinds that have none
 * @tried: outcome, rc, text and reg_ns are those of a registration; else prediction only
 * @rc: 0 or -errno; @text: the error's sentence, of an ineligible pair with who refused; @reg_ns: time of the
 * registration call
 * @surprise: prediction and outcome contradict each other
 */
struct reach {
	struct match_exporter exp;
	struct match_importer imp[REACH_IMPORTERS];
	size_t n;
	struct match_cell cell[REACH_IMPORTERS];
	struct mem_tph tags;
	bool tried;
	enum match_outcome outcome[REACH_IMPORTERS];
	int rc[REACH_IMPORTERS];
	int64_t reg_ns[REACH_IMPORTERS];
	bool surprise[REACH_IMPORTERS];
	char text[REACH_IMPORTERS][REACH_TEXT];
};

/**
 * reach_predict() - without touching anything
 * @t: NULL = unknown; @nic_fn: function of the NIC, -1 unknown; @driver: its kernel driver, "" unknown,
 *	"software"
 * @data_direct: function of its data-direct half, -1 none or unknown
 */
void reach_predict(const struct topo *t, int nic_fn, const char *driver, int data_direct,
		   const struct config_memory *m, struct reach *out);

/**
 * reach_try() - the same, and one registration for each cell
 *
 * Opens the memory, which resets a VFIO device that is not open yet. A failed registration is an outcome, not
 * a failure. Return: 0; as mem_open() when the memory itself cannot be had: then @out holds the prediction.
 */
int reach_try(struct nic *nic, struct mem_ctx *mem, const struct topo *t, int nic_fn,
	      const struct config_memory *m, struct reach *out, struct err *e);

#endif
