/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_TOPO_ROUTE_H
#define P2P_TOPO_ROUTE_H

/*
 * The way from a NIC to a target: which functions lie on it, what the kernel's P2P code will say of it and
 * why, and whether a steering tag arrives. Predicted from facts as drivers/pci/p2pdma.c (7.3) computes it; a
 * fact that is unknown makes the answer unknown. The proof is a registration, not this.
 */

#include <stdbool.h>
#include <stddef.h>

#include "topo/topo.h"

/* As `nvidia-smi topo -m` prints them; column class. */
enum route_class { ROUTE_SELF, ROUTE_PIX, ROUTE_PXB, ROUTE_PHB, ROUTE_NODE, ROUTE_SYS };
const char *route_class_name(enum route_class c); /* "X" for self */
const char *route_class_about(enum route_class c);

/* What the fabric does; column route. */
enum route_way {
	ROUTE_WAY_UNKNOWN,
	ROUTE_WAY_SELF,
	ROUTE_WAY_SWITCH,
	ROUTE_WAY_HOST_BRIDGE,
	ROUTE_WAY_NONE,
	ROUTE_WAY_HOST
};
const char *route_way_name(enum route_way w); /* "" unknown */

/* Will a steering tag that the exporter set arrive at the target? */
enum route_tph { ROUTE_TPH_UNKNOWN, ROUTE_TPH_NO, ROUTE_TPH_8, ROUTE_TPH_16 };

enum { ROUTE_HOPS_MAX = 64, ROUTE_WHY = 200 };

/**
 * struct route - see above
 * @nic, @target: indices of both functions
 * @hop, @n_hops: functions from the NIC up to @common (or its Root Port), then down to the target, both ends
 *included
 * @turn: index in @hop of the topmost one on the NIC's side; the way down starts behind it. With @common it
 *is the common function, else the NIC's Root Port, and the CPU lies between
 * @nic_up, @n_nic_up: the NIC and everything above it: the way to host memory
 * @common: function both are below (or one of them), -1 = none
 * @distance: as the kernel counts it, hops up on both sides; -1 without a common function
 * @redirect: first function whose ACS control sends requests or completions up to the root; -1 = none known,
 *or no common function, so that it makes no difference; @redirect_bits: PCI_ACS_*
 * @acs_unknown: config space of a function on the way could not be read
 * @why: one sentence for @way; @tph_why: for @tph
 * @slowest: hop whose link above it is the narrowest (-1 unknown), @degraded: first hop whose link runs below
 *what both ends can (-1 none), @mps_low: hop with the smallest MPS when they differ (-1 equal or unknown)
 */
struct route {
	int nic, target;
	int hop[ROUTE_HOPS_MAX];
	int n_hops, turn;
	int nic_up[ROUTE_HOPS_MAX / 2], n_nic_up;
	int common, distance;
	enum route_class class;
	enum route_way way;
	int redirect;
	unsigned int redirect_bits;
	bool acs_unknown;
	enum route_tph tph;
	int slowest, degraded, mps_low;
	char why[ROUTE_WHY], tph_why[ROUTE_WHY];
};

/* @nic, @target: indices of functions of @t. */
struct route route_find(const struct topo *t, int nic, int target);

/* To system memory: no target (-1), no hops beside @nic_up, way host; the class has no meaning. */
struct route route_host(const struct topo *t, int nic);

/* The same pair, were ACS redirect off on all of its way. */
struct route route_unredirected(const struct topo *t, const struct route *r);

/* GB/s of TLPs of the link above a function, from config space or else sysfs; 0 = unknown. */
double route_link_rate(const struct topo_fn *f);

/* Is there a link above @fn? Above a Root Port there is none, and between the ports of a switch neither. */
bool route_has_link(const struct topo *t, int fn);

/* Does that link run below what both its ends can? Unknown counts as no. */
bool route_degraded(const struct topo *t, int fn);

#endif
