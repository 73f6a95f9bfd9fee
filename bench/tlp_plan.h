/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_TLP_PLAN_H
#define P2P_BENCH_TLP_PLAN_H

/* `tph-expect`: the ways and the messages of a plan, with the TLPs that an analyzer should show of them. */

#include <jansson.h>
#include <stdio.h>

#include "plan_machine.h"
#include "tlp.h"
#include "topo/route.h"

/**
 * struct tlp_way - from a NIC to a memory
 * @nic: of the config: whose memory is the target: it sends the TLPs; @target, @interconnect
 * @fn: function that sends, -1 = unknown or none (@fn_why); @software: it is no device and sends none; @tags:
 *what it can send
 * @has_route: both ends are functions of the machine
 * @base: address of byte 0 of the target's BAR on the bus; 0 = unknown (@base_why)
 */
struct tlp_way {
	int64_t nic, target, interconnect;
	int fn;
	const char *fn_why;
	bool software;
	struct topo_tags tags;
	bool has_route;
	struct route route;
	uint64_t base;
	char base_why[120];
};

/* A message: its axes and its TLPs; @way: place of its way. */
struct tlp_row {
	size_t way;
	int64_t op, size, mtu, tph, st, st_ext, ph, tph_cpu, tph_mem;
	struct tlp tlp;
};

/**
 * struct tlp_plan - both lists, without repetitions, in the plan's order; software devices have no rows
 * @left_out: points of operations whose TLPs are not told: anything but write, write_imm, write_cqe, read,
 *	and points of bounces
 */
struct tlp_plan {
	struct tlp_way *way;
	size_t n_ways;
	struct tlp_row *row;
	size_t n_rows;
	size_t left_out;
};

/* Return: 0 or -ENOMEM. */
int tlp_plan_open(const struct plan_machine *m, const struct loaded *l, struct tlp_plan *out);
void tlp_plan_close(struct tlp_plan *x);

/* Addresses of the @i-th slice of the way's target. Return: false = there is no such slice. */
bool tlp_plan_slice(const struct tlp_way *w, const struct config_memory *mem, size_t i, uint64_t *first,
		    uint64_t *last);

/* "MWr" for writes, "MRd"; the op of a row as the config calls it. */
bool tlp_plan_writes(int64_t op);

/* Return: 0, -ENOMEM or -EIO. */
int tlp_document(const struct plan_machine *m, const struct config *c, const struct tlp_plan *x, FILE *out);

#endif
