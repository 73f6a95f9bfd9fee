/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_TOPO_VIEW_H
#define P2P_BENCH_TOPO_VIEW_H

/* What the outputs of `topo` share: which functions matter, what they are called, how facts are written. */

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "limit/path.h"
#include "topo/route.h"
#include "topo/topo.h"

/* In the order of the matrix. */
enum view_kind { VIEW_NIC, VIEW_DATA_DIRECT, VIEW_VFIO, VIEW_ACCEL, VIEW_NVME, VIEW_OTHER };

/* "NIC", "VFIO", ...; "" other. */
const char *view_kind_name(enum view_kind k);

/**
 * struct view - a machine and its functions that can be an end of peer traffic
 * @dev: their indices by kind, then address; @n_nics: the first ones are the NICs, @n_from: these and their
 *data-direct functions: those who send requests
 * @long_addr: there is more than domain 0: addresses are written whole
 */
struct view {
	const struct topo *t;
	int *dev;
	size_t n, n_nics, n_from;
	bool long_addr;
};

/* Return: 0 or -ENOMEM. */
int view_open(const struct topo *t, struct view *out);
void view_close(struct view *v);

enum { VIEW_TEXT = 96 };

enum view_kind view_kind(const struct view *v, int fn);

/* RDMA device, network device or address: usable verbatim wherever a function is asked for. */
const char *view_name(const struct view *v, int fn, char buf[VIEW_TEXT]);

/* Kind or what the port is: "NIC", "root port", "switch downstream port", "function". */
const char *view_about(const struct view *v, int fn);

/* view_about(), of a data-direct function with its NIC: "data-direct of mlx5_0". */
const char *view_what(const struct view *v, int fn, char buf[VIEW_TEXT]);

/* "32 GT/s x16" of the link above @fn, now or at most; "" there is none, "?" unknown. */
const char *view_link_now(const struct view *v, int fn, char buf[VIEW_TEXT]);
const char *view_link_max(const struct view *v, int fn, char buf[VIEW_TEXT]);

/* ACS control as lspci names its bits, "off"; "-" no capability, "?" unknown. */
const char *view_acs(const struct topo_fn *f, char buf[VIEW_TEXT]);

/* CPUs near the function, "all" without a NUMA node, "?" unknown. */
const char *view_cpus(const struct view *v, int fn, char buf[VIEW_TEXT]);

/* Which answer of the fabric: "" turns below the CPU, "^" through it, "!" refused, "?" unknown. */
const char *view_way_mark(enum route_way w);

/* "through a switch", ... for people. */
const char *view_way_about(enum route_way w);

/* Tags that arrive: "no", "8-bit", ... */
const char *view_tph(enum route_tph t);

/* Where capabilities begin: less than that was readable. */
bool view_blind(const struct topo_fn *f);

/* The limit of one message of 64 KiB over @r. */
struct path_limit view_limit(const struct view *v, const struct route *r, enum limit_op op);

/* The outputs. @r: the chosen route, or NULL. */
void topo_matrix(const struct view *v, FILE *out);
void topo_tree(const struct view *v, FILE *out);
void topo_story(const struct view *v, const struct route *r, FILE *out);
void topo_advice(const struct view *v, const struct route *r, FILE *out);
int topo_svg(const struct view *v, const struct route *r, FILE *out);
int topo_document(const struct view *v, const struct route *r, FILE *out);

#endif
