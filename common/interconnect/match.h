/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_INTERCONNECT_MATCH_H
#define P2P_INTERCONNECT_MATCH_H

/*
 * By which interconnect a NIC may reach a memory: what the exporter offers, what the importer offers, every
 * pair of them a cell, ranked. Mirrors "dma-buf: Add support for private interconnects" (2025-09-29): both
 * sides give lists, generic code matches, the interconnect belongs to the attachment. Pure: offers are data,
 * and everything said here is a prediction; the verdict is a registration (run/reach.h), whose errno is
 * classed by match_outcome().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/keys.h"
#include "topo/route.h"

enum match_answer { MATCH_UNKNOWN, MATCH_NO, MATCH_YES };
const char *match_answer_name(enum match_answer a); /* "unknown", "no", "yes" */

/* Places that are no function: system memory; elsewhere or not known. */
enum { MATCH_SYSTEM = -1, MATCH_ELSEWHERE = -2, MATCH_WHY = 240 };

/**
 * struct match_exporter - one way a memory is offered
 * @name: of the memory, for people; @kind: MEM_*
 * @fn: function that holds it, MATCH_SYSTEM, or MATCH_ELSEWHERE (a received descriptor, an unknown machine)
 * @node: NUMA node, -1 unknown
 * @dmabuf: importers get a dma-buf of it; @va: they can get an address
 * @open: can it be opened as the machine is now; @open_why: "" when it can
 * @tags: takes steering tags; @tags_why
 */
struct match_exporter {
	const char *name;
	int64_t kind;
	int fn, node;
	bool dmabuf, va;
	enum match_answer open;
	char open_why[MATCH_WHY];
	enum match_answer tags;
	const char *tags_why;
};

/**
 * struct match_importer - one way a NIC takes memory
 * @interconnect: INTERCONNECT_MAIN, _DATA_DIRECT or _BOUNCE
 * @driver: kernel driver, "software" for soft devices
 * @fn: function that does the DMA (of a bounce: to host memory), -1 = none or unknown; @node: its NUMA node,
 *	-1 unknown
 * @software: no DMA at all
 */
struct match_importer {
	int64_t interconnect;
	const char *driver;
	int fn, node;
	bool software;
};

/**
 * struct match_cell - a pair
 * @exporter, @importer: places in the lists; @bounce: the importer is the bounce
 * @eligible: may the driver import this kind of exporter at all (kernel.md 4), with @eligible_why; data with
 *	kernel versions, never a verdict
 * @has_route: @route is filled: both functions are known
 * @way: ROUTE_WAY_*, also for pairs without PCI functions (self: software, host: system memory)
 * @works: eligible and the route is not `none`; unknown when either is. That the memory can be opened
 *	(match_exporter.open) is taken for granted
 * @tph: will an exporter's tag arrive, with @tph_why
 * @gbyte_s: of TLPs at the narrowest link of the way, 0 unknown; @hops: functions on the way; @crosses_root:
 *	passes the CPU's host bridge; @node_distance: 0 same node, 1 another, -1 unknown
 * @why: one sentence: why it is ranked or ruled out
 */
struct match_cell {
	size_t exporter, importer;
	bool bounce;
	enum match_answer eligible;
	const char *eligible_why;
	bool has_route;
	struct route route;
	enum route_way way;
	enum match_answer works;
	enum route_tph tph;
	char tph_why[ROUTE_WHY];
	double gbyte_s;
	int hops;
	bool crosses_root;
	int node_distance;
	char why[MATCH_WHY];
};

/**
 * match_cells() - every pair, best first
 * @t: NULL = nothing is known of the machine
 * @out: room for @n_exp * @n_imp
 *
 * Order: what cannot work comes last, before it the bounce; then works (yes, unknown), bandwidth, root
 * crossing, node distance, hops, and in the end the lists' own order: deterministic. Return: how many.
 */
size_t match_cells(const struct topo *t, const struct match_exporter *exp, size_t n_exp,
		   const struct match_importer *imp, size_t n_imp, struct match_cell *out);

/* Why cell @a comes before @b, in words: "faster: 31.5 against 15.7 GB/s at its narrowest link". */
void match_order_why(const struct match_cell *a, const struct match_cell *b, char *buf, size_t len);

/**
 * enum match_outcome - what a registration has shown
 *
 * EINVAL alone does not tell a pair without a path from a request that is wrong in itself: a control, the
 * same request on a dma-buf of system memory, does.
 */
enum match_outcome {
	MATCH_WORKED,
	MATCH_INELIGIBLE,  /* EOPNOTSUPP: this importer takes no such exporter */
	MATCH_UNREACHABLE, /* EINVAL, and the control worked: no P2P path for the pair */
	MATCH_BAD_REQUEST, /* EINVAL, and the control failed likewise */
	MATCH_UNTOLD,	   /* EINVAL without a control */
	MATCH_REVOKED,	   /* ENODEV */
	MATCH_RIGHTS,	   /* EPERM, EACCES */
	MATCH_NO_MEMORY,   /* ENOMEM */
	MATCH_TABLE_FULL,  /* EBUSY: the NIC's steering tag table */
	MATCH_OTHER
};

/* @control: result of the control, 1 = there was none. */
enum match_outcome match_outcome(int rc, int control);
const char *match_outcome_name(enum match_outcome o);  /* "unreachable" */
const char *match_outcome_about(enum match_outcome o); /* what it means, and what to do */

/*
 * Do prediction and outcome contradict each other? A finding, not an error. What says nothing of the pair
 * (rights, memory, a full table, a revoked exporter) never does.
 */
bool match_surprise(const struct match_cell *c, enum match_outcome o);

/**
 * struct match_want - what a point asks for
 * @asked: INTERCONNECT_*, also auto
 * @prefer: as config_settings.prefer; @fallback: FALLBACK_*
 */
struct match_want {
	int64_t asked;
	uint32_t prefer;
	int64_t fallback;
};

/* The cells of one NIC and one memory, ranked, and what became of each. */
struct match_tried {
	const struct match_importer *imp;
	const struct match_cell *cell;
	const enum match_outcome *outcome;
	size_t n;
};

/**
 * match_choose() - the interconnect a point gets
 *
 * auto takes the first cell that worked, in the order of @want->prefer if that is given, else of the cells,
 * and then never a bounce: the system-memory detour is taken when asked for, preferred, or as the fallback.
 * Return: place of the cell, or -1: none. @why: why none, for a `skipped` row, or why the fallback; else "".
 * @fell_back: the choice is the fallback.
 */
int match_choose(const struct match_want *want, const struct match_tried *tried, bool *fell_back, char *why,
		 size_t len);

#endif
