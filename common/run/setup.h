/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_SETUP_H
#define P2P_RUN_SETUP_H

/*
 * A setup: everything that lives as long as four rounds and is then made anew, so that page placement
 * and queue placement are sampled, not frozen: memory, MRs, CQs and connected queue pairs, for one pair of
 * NICs, of which the responder's may be on another host.
 *
 * What is shared between points is found by key: a target by memory, hint and relaxed ordering, a link (a set
 * of queue pairs) by what its queue pairs were made with. A point itself is stored nowhere.
 */

#include <stdbool.h>
#include <stdint.h>

#include "meas/lane.h"
#include "nic/nic.h"
#include "peer/peer.h"
#include "plan/plan.h"

struct err;
struct nic_cm;
struct peer_host;

/* What a target's MR is made from: values of axes, the interconnect as used; compared as plain memory. */
struct target_key {
	int64_t memory, interconnect, ro;
	struct mem_hint hint;
};

/**
 * struct link_key - what a set of queue pairs is made with
 * @lanes: threads that post, each with a CQ of its own; queue pair i belongs to lane i % lanes
 * @mtu, @rd_atomic: asked, or AXIS_EMPTY; @wr_api, @inline_data, @cm: 0 or 1
 */
struct link_key {
	int64_t lanes, mtu, rd_atomic, wr_api, inline_data, cm;
};

/**
 * struct link_need - the most that points ask of one link
 * @qps: queue pairs; @wrs: work requests of each, @qps of them
 * @cqes: of each lane's CQ: after a fault every WR in flight completes as flushed, signaled or not
 * @inline_bytes: payload carried inline; @widest, @inlined: where the config asks for @qps and @inline_bytes
 */
struct link_need {
	struct link_key key;
	uint32_t qps;
	uint32_t *wrs;
	uint32_t cqes;
	uint32_t inline_bytes;
	const struct mark *widest, *inlined;
};

/**
 * struct setup_need - what all points of the plan ask of one pair of NICs
 * @wr_api: the device has ibv_wr_*(); what `post: auto` means
 * @source, @memory: by index into config->memory: used as source, as target
 * @numa, @far_numa: by the same index: node of the source, of the target, CONFIG_NUMA_ANY = not asked
 * @target, @link: what is to be made of them, each once; targets ascend after setup_need_done()
 * @visit_qps: the most queue pairs a visit brings of its own (setup_link_open())
 * @on_demand: targets are registered for each visit and deregistered after it, all of them, so that the
 *	members of a cell stay comparable: the NIC has not room for all tags at a time. Each is tried once
 *	when the setup is made
 */
struct setup_need {
	bool wr_api;
	bool *source, *memory;
	int64_t *numa, *far_numa;
	struct target_key *target;
	size_t n_targets, targets_room;
	struct link_need *link;
	size_t n_links;
	uint32_t visit_qps;
	bool on_demand;
};

/**
 * setup_need_open() - nothing needed yet
 * setup_need_add() - and what @pt, measured by @op, needs; -ENOMEM
 * setup_need_done() - after the last point, before setup_open()
 * setup_need_close() - idempotent; accepts a zeroed one
 */
int setup_need_open(const struct config *c, bool wr_api, struct setup_need *out);
int setup_need_add(struct setup_need *n, const struct config *c, const struct point *pt, const struct op *op);
void setup_need_done(struct setup_need *n);
void setup_need_close(struct setup_need *n);

/* Distinct tags among the targets: entries that a NIC's table needs for all of them. */
size_t setup_need_tags(const struct setup_need *n);

/* Where the config asks for the value that @pt has on axis @a. */
const struct mark *setup_place(const struct config *c, const struct point *pt, enum axis a);

/* Work requests a queue pair holds for @pt. */
uint32_t setup_wrs(const struct point *pt, const struct op *op);

/**
 * struct setup_target - a target with what it was made from
 * @open: @at is valid; @why: why it cannot be had, owned, NULL = it is open or was not tried
 * @shown: the driver shows its hint as switched on (column tph_evidence)
 */
struct setup_target {
	struct target_key key;
	struct peer_target at;
	bool open, shown;
	char *why;
};

/**
 * struct setup_link - an open link
 * @cq: one a lane; @qp: lane by lane, @per_lane places each; @qpx: likewise for ibv_wr_*(), or NULLs
 * @peer: the responder's handle, valid when @connected; @cm: connected by rdma_cm, or NULL
 */
struct setup_link {
	struct link_key key;
	uint32_t lanes, per_lane;
	struct ibv_cq **cq;
	struct ibv_qp **qp;
	struct ibv_qp_ex **qpx;
	uint32_t peer;
	struct nic_cm *cm;
	bool connected;
};

/**
 * struct setup_copy - how fast the CPU copied the messages of a point
 * @span: bytes of all its slots
 */
struct setup_copy {
	int64_t source, target, size, pattern;
	uint64_t span;
	double gbyte_s;
};

/* Those known so far; each is measured once a setup. */
struct setup_copies {
	struct setup_copy *at;
	size_t n;
};

/**
 * struct setup - an open one; all fields for reading only
 * @nic: the initiator's; @there: the responder's in this process, NULL = it is elsewhere
 * @loop: they are one
 * @source_buf, @source: by index into config->memory, valid where the need said so; @asked: what was opened
 *as source, as target, then the mirrors
 * @mirror_buf, @mirror: by the same index: host memory for setup_mirror()
 * @blame: after a failure: the place in the config that asked for it, or NULL
 * @copies: filled by visits
 * @took_ns: time setup_open() took
 */
struct setup {
	struct nic *nic, *there;
	bool loop;
	struct mem_ctx *mem;
	const struct config *config;
	bool wr_api, on_demand;
	struct peer *peer;
	struct mem_buf *source_buf;
	struct nic_mr *source;
	struct mem_buf *mirror_buf;
	struct nic_mr *mirror;
	struct config_memory *asked;
	uint32_t *memory;
	struct setup_target *target;
	size_t n_targets;
	struct setup_link *link;
	size_t n_links;
	const struct mark *blame;
	struct setup_copies copies;
	int64_t took_ns;
};

/**
 * struct setup_ends - where a setup is made; borrowed until setup_close()
 * @nic, @mem: open here
 * @there: the responder's NIC in this process, maybe @nic; NULL = that of @peer at @host
 */
struct setup_ends {
	struct nic *nic, *there;
	struct mem_ctx *mem;
	struct peer_host *host;
	const struct config_nic *peer;
};

/**
 * setup_open() - open memory, register, create and connect queue pairs
 *
 * A target that carries a hint and cannot be registered is not a failure: setup_lacks() tells its points.
 * Return: 0, or the first failure with its message (-EINVAL: asked beyond the device's maximum; -EBUSY: no
 * room for so many tags), and then @out->blame says where it was asked for.
 */
int setup_open(const struct setup_ends *ends, const struct config *c, const struct setup_need *need,
	       struct setup *out, struct err *e);

/* Idempotent; accepts a zeroed or half-built setup. */
void setup_close(struct setup *s);

/* What the setup has for @pt; NULL when its need never heard of such a point, or the target is not open. */
const struct setup_target *setup_target(const struct setup *s, const struct point *pt);

/* Why the target of @pt cannot be had; NULL when it can. */
const char *setup_lacks(const struct setup *s, const struct point *pt);

/**
 * setup_target_take() - have the target of @pt open for a visit; setup_target_give(): the visit is over
 *
 * Return: 0; as peer_target_open().
 */
int setup_target_take(const struct setup *s, const struct point *pt, struct err *e);
void setup_target_give(const struct setup *s, const struct point *pt);

/* Register the target of @pt, which is open, anew. Return: as peer_target_open(); it is closed then. */
int setup_target_renew(const struct setup *s, const struct point *pt, struct err *e);

/*
 * Have a mirror of @memory, of which a target has @target_bytes, registered here: as much of it as the
 * longest source has, beyond which no message lies. Return: 0; as mem_open() and nic_mr_reg().
 */
int setup_mirror(const struct setup *s, int64_t memory, uint64_t target_bytes, struct err *e);

const struct setup_link *setup_link(const struct setup *s, const struct point *pt);

/**
 * setup_link_open() - a link for one visit to @pt: receives left by an earlier visit would be stale
 * @link: closed with setup_link_close(), which accepts a zeroed one
 */
int setup_link_open(const struct setup *s, const struct point *pt, const struct op *op,
		    struct setup_link *link, struct err *e);
void setup_link_close(const struct setup *s, struct setup_link *link);

/* Is `post` of @pt ibv_wr_*() on this device. */
bool setup_posts_wr(bool wr_api, const struct point *pt);

/* Can the CPU here work on the source of @pt as on any memory? Else its data goes through the NIC. */
bool setup_source_ram(const struct setup *s, const struct point *pt);

/* The part of the setup that lane @lane of @pt lies on. */
struct lane_bed setup_bed(const struct setup *s, const struct setup_link *link, const struct point *pt,
			  uint32_t lane);

#endif
