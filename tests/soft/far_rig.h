/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_TESTS_SOFT_FAR_RIG_H
#define P2P_TESTS_SOFT_FAR_RIG_H

/*
 * Two ends of connections of software devices: end 0 in the test, end 1 where it is told to be. What an end
 * does is asked for by far_ask(), so a test reads the same wherever end 1 is; the memory of both is seen by
 * both.
 */

#include <stdarg.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>

#include "base/err.h"
#include "mem/mem.h"
#include "nic/backend.h"
#include "nic/nic.h"
#include "nic/soft/soft.h"

enum { FAR_QPS = 3, FAR_BYTES = 1 << 16, FAR_DEPTH = 32, FAR_INLINE = 64, FAR_WCS = 8 };

#define FAR_ACCESS                                                                                           \
	(IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_REMOTE_READ | IBV_ACCESS_REMOTE_ATOMIC)

/* Where end 1 is: on the device of end 0, on another of the same process, in another process. */
enum far_where { FAR_SAME_DEVICE, FAR_SAME_PROCESS, FAR_OTHER_PROCESS };

/* How its memory is registered: by address with a memfd behind, as a memfd, by address of private memory. */
enum far_memory { FAR_HOST, FAR_MEMFD, FAR_PRIVATE };

enum far_what {
	FAR_OPEN,	/* @access, @memory; the answer has addresses, key and address of the memory */
	FAR_CONNECT,	/* @remote of all queue pairs */
	FAR_POST,	/* a send WR */
	FAR_RECEIVE,	/* a receive: qp, at, bytes, id */
	FAR_POLL,	/* up to FAR_WCS completions */
	FAR_STATE,	/* of a queue pair */
	FAR_FLUSH,	/* a queue pair into ERR */
	FAR_DESTROY_QP, /* a queue pair */
	FAR_REREG,	/* deregister and register anew with @access */
	FAR_DEREG,
	FAR_REVOKE,
	FAR_ALIVE, /* 0 or -ENODEV */
	FAR_COUNT, /* n: ops, bytes of the region */
	FAR_EVENT, /* the next event's text */
	FAR_CLOSE,
	FAR_HANG, /* does not answer any more */
};

struct far_ask {
	enum far_what what;
	uint32_t qp;
	int access;
	enum far_memory memory;
	struct nic_qp_addr remote[FAR_QPS];
	struct ibv_send_wr wr; /* without its SGE */
	uint64_t at, id;
	uint32_t bytes;
	bool wr_api;
};

struct far_wc {
	uint64_t id;
	uint32_t status, opcode, bytes, imm, qp, flags;
};

struct far_answer {
	int rc;
	struct nic_qp_addr addr[FAR_QPS];
	uint64_t address;
	uint32_t key;
	struct far_wc wc[FAR_WCS];
	struct soft_count count;
	char text[512];
};

struct far_end {
	struct nic *n;
	struct nic *borrowed; /* the device of the other end, not to be closed */
	struct mem_buf buf;
	struct nic_mr mr;
	struct ibv_cq *cq;
	struct ibv_qp *qp[FAR_QPS];
};

struct far {
	enum far_where where;
	struct far_end end[2];
	unsigned char *bytes[2];
	int memfd[2];
	pid_t pid;
	int socket;
	struct far_answer open[2]; /* what FAR_OPEN answered */
};

/* Memory, and the process where there is to be one; nothing opened. First thing in a test. */
void far_start(struct far *f, enum far_where where);
/* Ends what is still open. */
void far_stop(struct far *f);
void far_kill(struct far *f); /* end 1, without a chance to say goodbye */

/* Both ends open, with rights and memory of end 1 as given, and connected. */
void far_link(struct far *f, int access, enum far_memory memory);

/* Both memories with what @seed gives. */
void far_fill(struct far *f, uint64_t seed);

/* @test with all rights, at every place end 1 can be and with every kind of memory that works there. */
void far_everywhere(void (*test)(struct far *f));

struct far_answer far_ask(struct far *f, int end, const struct far_ask *ask);

/* Shorthands; they assert nothing. */
int far_simple(struct far *f, int end, enum far_what what, uint32_t qp);
int far_receive(struct far *f, int end, uint32_t qp, uint64_t at, uint32_t bytes, uint64_t id);

/* A signaled WR of @bytes at @at of both ends from @end to the other; its number is @id. */
struct far_ask far_op(const struct far *f, int end, uint32_t qp, enum ibv_wr_opcode opcode, uint64_t at,
		      uint32_t bytes);

/* Exactly one completion, with that status, is next. */
struct far_wc far_expect(struct far *f, int end, uint64_t id, enum ibv_wc_status status);
void far_expect_none(struct far *f, int end);

/* Posts it at @end and expects its completion there. */
struct far_wc far_run(struct far *f, int end, const struct far_ask *op, enum ibv_wc_status status);

#endif
