/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_FAKEVERBS_PRIV_H
#define P2P_FAKEVERBS_PRIV_H

/* State and objects of the fake; private to tests/fakes/fakeverbs*.c. */

#undef NDEBUG /* what a test relies on is checked in release builds as well */
#include <assert.h>

#include "fakes/fakeverbs.h"
#include "uapi/verbs_ex.h"

struct fakevfio_dmabuf;

enum { FAKE_DEVICES_MAX = 8, FAKE_MODIFY_MAX = 32, FAKE_EVENTS_MAX = 32, FAKE_SGE_MAX = 4, FAKE_ST_MAX = 64 };

/* An entry of a steering tag table; @users 0 = free */
struct fake_st {
	uint32_t tag;
	int users;
};

struct fake_machine_device {
	struct ibv_device ibv; /* first: the program sees this */
	struct fake_device d;
	struct fake_st st[FAKE_ST_MAX];
};

/* @scripted: fake_reset() was called, there are no devices but those added */
struct fake_machine {
	struct fake_machine_device device[FAKE_DEVICES_MAX];
	int n_devices;
	bool scripted, no_net_admin;
	int rdma_core;
	enum fake_call fail_call;
	int fail_in; /* fails when it counts down to 0; -1 = every call; 0 = none */
	int fail_error;
	int count[FAKE_CALLS];
	int live;
	struct fake_modify modify[FAKE_MODIFY_MAX];
	struct fake_reg reg;
	struct ibv_qp_init_attr_ex qp;
	struct fake_mr *mrs;
	struct fake_qp *qps;
	struct ibv_async_event event[FAKE_EVENTS_MAX];
	int event_head, event_tail, unacked;
	uint32_t last_qpn, last_key;
};

extern struct fake_machine fake_machine;

/* Counts a call. Return: 0, or what it is to fail with: the positive errno, -1 for none. */
int fake_called(enum fake_call call);

/* Zeroed object, counted as alive until fake_delete(). */
void *fake_new(size_t size);
void fake_delete(void *o);

const struct fake_device *fake_device_of(struct ibv_context *ctx);

/* @users: MRs that carry it; @st: its place in the tag table, 0 = none */
struct fake_dmah {
	struct ibv_context *ctx; /* first, as in struct ibv_dmah */
	struct uapi_dmah_attr attr;
	int users;
	unsigned int st;
};

/**
 * struct fake_mr - a registered range
 * @host: where the bytes are; NULL when a dma-buf could not be mapped; @map: what munmap() takes
 * @dmabuf: the VFIO exporter's side of it, NULL = none; @revokes: how many it had seen at registration
 * @tph, @ph, @st: hints are on; place in the tag table, 0 = none; @owns_st: it is this MR's to give back
 */
struct fake_mr {
	struct ibv_mr ibv; /* first: the program sees this */
	struct fake_mr *next;
	uint64_t iova;
	int access;
	char *host;
	void *map;
	size_t map_bytes;
	struct fakevfio_dmabuf *dmabuf;
	unsigned int revokes;
	struct fake_dmah *dmah;
	bool tph, owns_st;
	uint8_t ph;
	unsigned int st;
};

struct fake_cq {
	struct ibv_cq ibv;
	struct ibv_wc *ring; /* of ibv.cqe entries */
	uint32_t head, tail;
};

/* A work request as posted; @inline_data: its bytes, when it was posted inline, as one SGE */
struct fake_send {
	struct ibv_send_wr wr;
	struct ibv_sge sge[FAKE_SGE_MAX];
	char *inline_data;
};

struct fake_recv {
	uint64_t wr_id;
	struct ibv_sge sge;
};

/**
 * struct fake_qp - a queue pair
 * @ibv, @ex: what the program sees; @wr_api: ex may be used
 * @send, @recv: rings of @send_wrs and @recv_wrs; what lies between tail and head waits to be carried out
 * @built, @build_error: requests behind send_head since ibv_wr_start(), and the first that was wrong
 */
struct fake_qp {
	union {
		struct ibv_qp ibv;
		struct ibv_qp_ex ex;
	};
	bool wr_api;
	struct fake_qp *next;
	uint32_t dest_qpn;
	unsigned int access;
	int rnr_retry;
	uint32_t max_inline;
	uint32_t send_wrs, send_head, send_tail;
	uint32_t recv_wrs, recv_head, recv_tail;
	struct fake_send *send;
	struct fake_recv *recv;
	char *inline_memory;
	uint32_t built;
	int build_error;
};

/* Adds what FAKE_NICS names. Return: it names any. (fakeverbs_drivers.c) */
bool fake_drivers_from_environment(void);

/* fakeverbs_mr.c */
struct fake_mr *fake_mr_find(uint32_t key);
/* The memory can be reached now: it has not been revoked. */
bool fake_mr_live(const struct fake_mr *mr);
/* In place of the calls in verbs_ex.h. */
struct ibv_mr *fake_reg_mr_ex(struct ibv_pd *pd, struct uapi_mr_attr *attr);
struct ibv_mr *fake_reg_direct(struct ibv_pd *pd, uint64_t offset, size_t length, uint64_t iova, int fd,
			       int access, int mlx5_access);

/* fakeverbs_dmah.c */
/* An entry for @tag. Return: its place, counted from 1; 0 the table is full. */
unsigned int fake_st_get(struct ibv_context *ctx, uint32_t tag);
void fake_st_put(struct ibv_context *ctx, unsigned int st);
struct ibv_dmah *fake_alloc_dmah(struct ibv_context *ctx, struct uapi_dmah_attr *attr);
int fake_dealloc_dmah(struct ibv_dmah *dmah);

struct fake_qp *fake_qp_find(uint32_t qpn);

/* fakeverbs_objects.c; installed in verbs_context. */
struct ibv_qp *fake_create_qp_ex(struct ibv_context *ctx, struct ibv_qp_init_attr_ex *attr);

/* fakeverbs_exec.c */
/* Carries out what waits on @qp, up to a request whose receive is not there yet. */
void fake_run(struct fake_qp *qp);
/* What waits for @qp at the far ends. */
void fake_run_senders(const struct fake_qp *qp);
/* Into ERR: what waits is flushed. */
void fake_to_error(struct fake_qp *qp);
/* Return: 0, or EINVAL: a request this device does not know or take. */
int fake_op_check(const struct fake_qp *qp, const struct fake_send *s);

/* fakeverbs_data.c. The first three are installed in context->ops. */
int fake_post_send(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad);
int fake_post_recv(struct ibv_qp *qp, struct ibv_recv_wr *wr, struct ibv_recv_wr **bad);
int fake_poll_cq(struct ibv_cq *cq, int n, struct ibv_wc *wc);
/* Attributes of ibv_modify_qp() that the data path looks at; into ERR what waits is flushed. */
void fake_qp_keep(struct fake_qp *qp, const struct ibv_qp_attr *attr, int mask);
/* Empty entry for the next request, @ahead of those already built; NULL when the ring is full. */
struct fake_send *fake_send_slot(struct fake_qp *qp, uint32_t ahead);
/* Return: 0 or positive errno: a request that no state or device takes. */
int fake_send_check(struct fake_qp *qp, const struct fake_send *s);
/* Hands the next @n entries to the device. */
void fake_send_commit(struct fake_qp *qp, uint32_t n);

/* fakeverbs_wr.c: fills the ibv_wr_*() of a queue pair. */
void fake_wr_install(struct fake_qp *qp);

#endif
