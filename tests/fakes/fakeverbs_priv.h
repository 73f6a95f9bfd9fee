/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_FAKEVERBS_PRIV_H
#define P2P_FAKEVERBS_PRIV_H

/* State and objects of the fake; private to tests/fakes/fakeverbs*.c. */

#include "fakes/fakeverbs.h"

enum { FAKE_DEVICES_MAX = 8, FAKE_MODIFY_MAX = 32 };

struct fake_machine_device {
	struct ibv_device ibv; /* first: the program sees this */
	struct fake_device d;
};

/* @scripted: fake_reset() was called, there are no devices but those added */
struct fake_machine {
	struct fake_machine_device device[FAKE_DEVICES_MAX];
	int n_devices;
	bool scripted;
	enum fake_call fail_call;
	int fail_in; /* fails when it counts down to 0; -1 = every call; 0 = none */
	int fail_error;
	int count[FAKE_CALLS];
	int live;
	struct fake_modify modify[FAKE_MODIFY_MAX];
	struct fake_reg reg;
	struct fake_mr *mrs;
	struct fake_qp *qps;
	uint32_t last_qpn, last_key;
};

extern struct fake_machine fake_machine;

/* Counts a call. Return: 0, or what it is to fail with: the positive errno, -1 for none. */
int fake_called(enum fake_call call);

/* Zeroed object, counted as alive until fake_delete(). */
void *fake_new(size_t size);
void fake_delete(void *o);

const struct fake_device *fake_device_of(struct ibv_context *ctx);

/* @host: where the bytes are; NULL when a dma-buf could not be mapped; @map: what munmap() takes */
struct fake_mr {
	struct ibv_mr ibv; /* first: the program sees this */
	struct fake_mr *next;
	uint64_t iova;
	int access;
	char *host;
	void *map;
	size_t map_bytes;
};

struct fake_cq {
	struct ibv_cq ibv;
	struct ibv_wc *ring; /* of ibv.cqe entries */
	uint32_t head, tail;
};

struct fake_qp {
	struct ibv_qp ibv;
	struct fake_qp *next;
	uint32_t dest_qpn;
	unsigned int access;
};

struct fake_mr *fake_mr_find(uint32_t key);
struct fake_qp *fake_qp_find(uint32_t qpn);

/* Installed in context->ops. */
int fake_post_send(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad);
int fake_poll_cq(struct ibv_cq *cq, int n, struct ibv_wc *wc);

#endif
