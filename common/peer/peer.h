/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PEER_PEER_H
#define P2P_PEER_PEER_H

/*
 * The responder: everything that happens at the target's side of a run goes through here, as requests and
 * answers (message.h) that cross a wire (peer_open_at()) or do not (peer_open()); the caller cannot tell,
 * but where a function says that it needs a responder in this process: elsewhere that is -EOPNOTSUPP.
 * Memory contents are described (a pattern and a range), never shipped.
 *
 * Of a responder elsewhere every function may also return -ENOTCONN, -EPIPE or -ETIMEDOUT: the host is dead
 * (host.h), and handles of it are only good for closing.
 */

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "mem/mem.h"
#include "mem/pattern.h"
#include "nic/nic.h"
#include "stats/hist.h"

struct err;
struct peer; /* opaque */
struct peer_host;
struct nic_cm;
struct nic_cm_set;

/**
 * peer_open() - a responder on this process
 * @nic: its device; borrowed until peer_close() (peer_nic defaults to the initiator's own: loopback)
 * @mem: what memory is opened on; borrowed likewise
 */
int peer_open(struct nic *nic, struct mem_ctx *mem, struct peer **out, struct err *e);

/**
 * peer_open_at() - a responder on another host, which opens the device and the memory itself
 * @device, @port, @gid_index: as nic_open(), there
 *
 * Return: 0; as nic_open() does there; as peer_host_ask().
 */
int peer_open_at(struct peer_host *h, const char *device, int port, int gid_index, struct peer **out,
		 struct err *e);
void peer_close(struct peer *p);

/* The responder's device as it said at open. Valid until peer_close(). */
const struct nic_attr *peer_nic_attr(const struct peer *p);

/**
 * peer_hint_counts() - nic_hint_counts() of the responder's device: what has reached the targets
 * peer_async() - nic_async() of it
 *
 * Return as those, or -errno with @e.
 */
int peer_hint_counts(struct peer *p, struct nic_hint_count *out, int max, struct err *e);
int peer_async(struct peer *p, struct nic_event *out, struct err *e);

/* Is it in this process. */
bool peer_is_here(const struct peer *p);

/* Handles: closed ones may come again; a handle that is not open is -EINVAL everywhere. */

/**
 * peer_memory_open() - allocate and map memory that targets are made of
 * @m: borrowed until peer_close()
 * @id: handle for peer_target_open()
 *
 * Return as mem_open().
 */
int peer_memory_open(struct peer *p, const struct config_memory *m, uint32_t *id, struct err *e);

/**
 * struct peer_target - a target as the initiator sees it
 * @id: handle for later requests; @addr, @rkey, @bytes: where RDMA may go
 * @kind: MEM_* actually used (column target_kind); @reg_ns: time of its registration
 * @interconnect: INTERCONNECT_* of the registration, never auto
 * @cpu: what the responder's CPU can do with it. RAM: data can be checked there, ping-pong and SEND verified;
 *	DEVICE: slowly and a little of it; NONE, DEVICE: data is checked through the NIC (meas/ferry.h)
 */
struct peer_target {
	uint32_t id;
	uint64_t addr;
	uint32_t rkey;
	uint64_t bytes;
	int64_t kind;
	int64_t reg_ns;
	int64_t interconnect;
	enum mem_cpu cpu;
};

/**
 * struct peer_target_spec - how to register a memory
 * @hint: NULL = none; @ro: relaxed ordering
 * @interconnect: INTERCONNECT_MAIN, _DATA_DIRECT, or _BOUNCE: the MR is then over host memory of the same
 *	length (staging), and somebody copies (peer_target_bounce())
 * @staging: bounce: node and pages of the staging, the rest is not looked at; NULL = any. Copied
 */
struct peer_target_spec {
	uint32_t memory;
	const struct mem_hint *hint;
	bool ro;
	int64_t interconnect;
	const struct config_memory *staging;
};

/**
 * peer_target_open() - one MR over all of a memory, or of its staging
 *
 * Rights: local and remote write, remote read, and atomics where the device has them. All targets of one
 * memory are the same bytes; staging is a target's own. Return as mem_export(), nic_mr_reg() and, for
 * staging, mem_open(); -ENODEV the memory was taken away (peer_target_revoke()).
 */
int peer_target_open(struct peer *p, const struct peer_target_spec *spec, struct peer_target *out,
		     struct err *e);
int peer_target_close(struct peer *p, uint32_t id, struct err *e); /* -EBUSY while it serves */

/**
 * struct peer_bounce - both ends of a bounce; needs a responder in this process
 * @staging: what the NIC reaches; @memory: the target's own bytes, by @cpu's rules; both @bytes long
 */
struct peer_bounce {
	void *staging, *memory;
	enum mem_cpu cpu;
	uint64_t bytes;
};

/* Return: 0; -EINVAL no bounce target; -EOPNOTSUPP the CPU cannot reach the memory; -ENODEV it is taken away.
 */
int peer_target_bounce(struct peer *p, uint32_t id, struct peer_bounce *out, struct err *e);

/**
 * peer_target_revoke() - have the memory behind a target taken away; mem_revoke()
 * peer_target_restore() - and given back: mem_restore(). Its MR is what the importer makes of it: mlx5's
 *	faults the memory in again, irdma's is dead. After MEM_REVOKE_CLOSE every target of the device can
 *	only be closed; after MEM_REVOKE_MEMORY_OFF and before the restore no CPU may touch the memory. Either
 *	way what asks for that is refused with -ENODEV
 * peer_target_health() - mem_health()
 */
int peer_target_revoke(struct peer *p, uint32_t id, enum mem_revoke how, struct err *e);
int peer_target_restore(struct peer *p, uint32_t id, struct err *e);
int peer_target_health(struct peer *p, uint32_t id, struct mem_health *out, struct err *e);

/* What the device says of tags on a memory: mem_tph(). */
int peer_memory_tph(struct peer *p, uint32_t memory, struct mem_tph *out, struct err *e);

/* nic_mr_shows_tph() of a target's MR. */
int peer_target_shows_tph(struct peer *p, uint32_t id, struct nic_mr_tph *out, struct err *e);

/* After an error: 0 the target still reaches its memory; -ENODEV its exporter has revoked it. */
int peer_target_alive(struct peer *p, uint32_t id, struct err *e);

/**
 * struct peer_reg - what repeated registration took; peer_target_reg()
 * @reg, @dereg: nanoseconds of each call
 */
struct peer_reg {
	struct hist *reg, *dereg;
};

/**
 * peer_target_reg() - register and deregister the first @bytes of a target's memory again and again
 * @ns: for at least this long and at least @least times, whichever is later
 * @out: histograms of the caller, which are added to
 *
 * Export, hint and rights as the target's own. Return: 0 or the first failure.
 */
int peer_target_reg(struct peer *p, uint32_t id, uint64_t bytes, int64_t ns, uint64_t least,
		    const struct peer_reg *out, struct err *e);

/**
 * struct peer_link_spec - a set of responder queue pairs
 * @n: how many; queue pair i belongs to lane i % @lanes, as at the initiator
 * @lanes: completion queues, 1..@n, each served by one thread at most
 * @recv_wrs: receives each holds, 0 = none; @send_wrs: what it posts itself (echo), at least 1
 *
 * Receives cannot be taken back: those a service leaves behind lead to its slots, and would swallow the first
 * messages of the next one. So PEER_RECEIVE is the last that a link serves: a window that needs receives
 * connects queue pairs of its own (before the window, at both ends) and disconnects them after it.
 */
struct peer_link_spec {
	uint32_t n, lanes, recv_wrs, send_wrs;
};

/**
 * peer_connect() - one responder QP per initiator QP, each to RTS
 * @remote: addresses of the initiator's QPs, already lowered to the MTU and reads that are asked
 * @local: receives the addresses of the responder's
 * @link: handle of the set
 */
int peer_connect(struct peer *p, const struct peer_link_spec *spec, const struct nic_qp_addr *remote,
		 struct nic_qp_addr *local, uint32_t *link, struct err *e);

/**
 * peer_connect_cm() - the same by rdma_cm, both ends at once
 * @nic, @set: the initiator's device and queue pairs, in RESET; @set's remote is not looked at
 * @cm: to be closed by nic_cm_close() before those queue pairs are destroyed
 *
 * Return: as nic_cm.h; each step of either end takes 15 s at most. After a failure there is no link.
 */
int peer_connect_cm(struct peer *p, const struct peer_link_spec *spec, struct nic *nic,
		    const struct nic_cm_set *set, struct nic_cm **cm, uint32_t *link, struct err *e);

/* Destroy one set (-EBUSY while it serves); peer_close() destroys what is left. */
int peer_disconnect(struct peer *p, uint32_t link, struct err *e);

/*
 * What the responder's CPU does during a window:
 * PEER_RECEIVE keeps receives posted on every queue pair: message m of queue pair i goes to slots_offset(m).
 * PEER_ECHO answers a ping-pong on queue pair 0. The last byte of a message counts 1, 2, ... 255, 1, ...;
 *	the responder polls it in slot 0 of the target and, when it has the next value, WRITEs the whole
 *	slot to the initiator's reply address. Without relaxed ordering the last byte arrives last.
 */
enum peer_work { PEER_RECEIVE, PEER_ECHO };

/**
 * struct peer_service - a request for such work
 * @qps: the first so many of the link take part; @slots: of each of them, copied
 * @imm: receives carry no data (WRITE with immediate); @slots and @target are not looked at
 * @reply_addr, @reply_rkey, @consume: echo: where the answer goes; CONSUME_*: whether the CPU reads the
 *	whole payload first (timed)
 * @clock_raw: echo: which ticks it is timed in (struct clock.raw)
 */
struct peer_service {
	enum peer_work work;
	uint32_t link, target, qps;
	const struct slots *slots;
	bool imm;
	uint64_t reply_addr;
	uint32_t reply_rkey;
	int64_t consume;
	bool clock_raw;
};

/**
 * peer_serve() - start it: one thread a lane of the link, off the CPUs in @avoid
 * @avoid: CPUs the initiator's lanes run on here (-1 entries are ignored), @n_avoid of them
 *
 * When it returns, receives are posted, or the byte the echo polls is 0 and the thread on its way. Until
 * peer_serve_stop() nobody else may touch the slots at the responder, and the link and the target stay.
 * Return: 0; -EBUSY one is running already; -EINVAL bad handle, slots beyond the target, more queue pairs
 * than the link has, a link without receives or with used ones, a bounce target, an echo on memory that is
 * not RAM to the CPU or with relaxed ordering; -ENODEV the memory was taken away; -EAGAIN, -ENOMEM no thread.
 */
int peer_serve(struct peer *p, const struct peer_service *s, const int *avoid, uint32_t n_avoid,
	       struct err *e);

/**
 * struct peer_served - what came of it
 * @messages: receives whose completion the responder saw, or echoes sent
 * @consume: time to read the payload, in ticks (of a responder elsewhere: in ns), of each message since
 *peer_serve(), warm-up included; the caller's, NULL = not wanted
 */
struct peer_served {
	uint64_t messages;
	struct hist *consume;
};

/**
 * peer_serve_stop() - end it and join its threads; the link's receives stay as they are
 * @out: filled whatever the return; NULL = not wanted
 *
 * Return: 0 (also when none runs: no messages); -EIO the responder saw a failed completion, poll or post (@e
 * says which came first at its lane). A lane's work ends at its first failure.
 */
int peer_serve_stop(struct peer *p, struct peer_served *out, struct err *e);

/*
 * The contents of a target's memory by the responder's CPU; of a bounce target the memory's, not the
 * staging's. Slow where cpu is DEVICE. Return, of all that follow: 0; -EINVAL bad handle or range;
 * -EOPNOTSUPP cpu is NONE; -ENODEV the memory was taken away.
 */

/* Fill [offset, offset+bytes) of a target: poison, zero, or the pattern of @key (mem/pattern.h). */
int peer_target_poison(struct peer *p, uint32_t id, uint64_t offset, uint64_t bytes, struct err *e);
int peer_target_zero(struct peer *p, uint32_t id, uint64_t offset, uint64_t bytes, struct err *e);
int peer_target_fill(struct peer *p, uint32_t id, uint64_t offset, uint64_t bytes, uint64_t key,
		     struct err *e);

/* pattern_check() at the responder; arguments and results as there, plus -errno of the request itself;
 * -ENOMEM.
 */
int peer_target_check(struct peer *p, uint32_t id, const struct slots *s, uint64_t messages, uint64_t key,
		      bool full, struct err *e);

/**
 * peer_target_copy() - have the CPU copy messages @first to @first + @n - 1 from @source into their slots
 * @source: memory of this process; a slot has the same offset in it as in the target
 *
 * What a copy of the same bytes takes without a device between; needs a responder in this process.
 */
int peer_target_copy(struct peer *p, uint32_t id, const struct slots *s, const void *source, uint64_t first,
		     uint64_t n, struct err *e);

/**
 * peer_target_spot() - a few words of the first @messages at the responder, until they are there
 *
 * For memory with cpu DEVICE: the only look that does not go through the NIC. A CPU's read is not ordered
 * against the NIC's writes, so a mismatch is asked again until @timeout_ns is over.
 * Return: 0; -EBADMSG still wrong.
 */
int peer_target_spot(struct peer *p, uint32_t id, const struct slots *s, uint64_t messages, uint64_t key,
		     int64_t timeout_ns, struct err *e);

/* Sum, modulo 2^64, of the first 64-bit word of every slot: proof of atomics. */
int peer_target_sum(struct peer *p, uint32_t id, const struct slots *s, uint64_t *sum, struct err *e);

#endif
