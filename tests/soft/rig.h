/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_TESTS_SOFT_RIG_H
#define P2P_TESTS_SOFT_RIG_H

/*
 * Two connected queue pairs of one software device over two buffers: what most soft tests start from.
 * End 0 posts, end 1 answers; each has its own CQ and its own MR. Everything asserts.
 */

#include <stdarg.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "nic/backend.h"
#include "nic/soft/soft.h"

#define RIG_ACCESS                                                                                           \
	(IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_REMOTE_READ | IBV_ACCESS_REMOTE_ATOMIC)

struct rig;

/* What differs between rigs; 0 means the value in brackets. */
struct rig_opt {
	const struct rig *share; /* live on its device, not on an own one */
	const char *device;	 /* [soft0] */
	uint32_t cq_depth;	 /* [64] */
	uint32_t sq_depth;	 /* [16] */
	uint32_t rq_depth;	 /* [16] */
	uint32_t max_sge;	 /* send and receive [1] */
	uint32_t max_inline;	 /* [0] */
	bool wr_api;
	size_t bytes;	/* of each buffer [4096] */
	int sq_sig_all; /* [0] */
};

struct rig {
	struct nic n;
	bool shared; /* the device is another rig's */
	size_t bytes;
	unsigned char *buf[2];
	struct ibv_mr *mr[2];
	struct ibv_cq *cq[2];
	struct ibv_qp *qp[2];
};

void rig_open(struct rig *r, const struct rig_opt *o);
void rig_close(struct rig *r); /* NULL members are gone already */

/* One end of a connection as modify wants it; rig_link_default() is what rig_open() uses. */
struct rig_link {
	int access;
	uint32_t dest_qp_num;
	uint32_t rq_psn;
	uint32_t sq_psn;
	uint8_t max_rd_atomic;
	uint8_t max_dest_rd_atomic;
	uint8_t rnr_retry; /* 7 = for ever */
	uint8_t min_rnr_timer;
};

struct rig_link rig_link_default(uint32_t dest_qp_num);

/* RESET -> @to (INIT, RTR or RTS). */
void rig_bring_up(struct rig *r, struct ibv_qp *qp, const struct rig_link *l, enum ibv_qp_state to);

int rig_modify(struct rig *r, struct ibv_qp *qp, enum ibv_qp_state to);

/* A WR of one SGE: @bytes from offset @at of buffer 0 to or from the same offset of buffer 1. */
struct rig_op {
	struct ibv_sge sge;
	struct ibv_send_wr wr;
};

void rig_op(struct rig *r, struct rig_op *op, enum ibv_wr_opcode opcode, size_t at, uint32_t bytes,
	    uint64_t wr_id, unsigned int flags);

/* Posts one such WR on @qp; the return value of ibv_post_send(), *bad checked against it. */
int rig_post(struct rig *r, struct ibv_qp *qp, enum ibv_wr_opcode opcode, size_t at, uint32_t bytes,
	     uint64_t wr_id, unsigned int flags);

/* Posts a receive on end @end into its buffer; the return value of ibv_post_recv(), *bad checked against it.
 */
int rig_recv(struct rig *r, int end, size_t at, uint32_t bytes, uint64_t wr_id);

/* One more connected pair on the device and in the CQs of @r. */
void rig_pair(struct rig *r, struct ibv_qp *qp[2]);
void rig_unpair(struct rig *r, struct ibv_qp *qp[2]);

/* Exactly one completion, with this wr_id and status, is next. */
struct ibv_wc rig_expect(struct ibv_cq *cq, uint64_t wr_id, enum ibv_wc_status status);
void rig_expect_empty(struct ibv_cq *cq);

#endif
