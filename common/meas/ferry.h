/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEAS_FERRY_H
#define P2P_MEAS_FERRY_H

/*
 * Moving contents between memory here and a target through a connected queue pair, outside of any window:
 * how patterns get into targets that no CPU can write, or should not, and how they are read back.
 *
 * Reading back is also what proves that earlier WRITEs have been placed: the responder executes the READ
 * behind the WRITEs of the same queue pair, and on PCIe a read may not pass earlier posted writes on its
 * path. It says nothing about WRITEs of other queue pairs, MRs or PCI functions (data-direct and main
 * function are different requesters). With relaxed ordering, look at every byte. (kernel.md 8.3)
 */

#include <stdint.h>

#include <infiniband/verbs.h>

struct err;

enum { FERRY_DEPTH = 16 }; /* most work requests in flight */

/**
 * struct ferry - the way; borrowed
 * @qp: connected, with nothing in flight: after lane_drain(); @cq: where it completes, empty
 * @depth: work requests its send queue holds; at most FERRY_DEPTH of them are used; at least 1
 * @chunk: bytes of a work request at most, 0 = 1 MiB; never more than the device's max_msg_size
 * @local, @lkey, @remote, @rkey: addresses of both buffers' first bytes; offsets are the same in both
 * @timeout_ns: longest wait for one completion, counted from the one before it
 *
 * Used by one thread, which may be any as long as no other uses @qp and @cq.
 */
struct ferry {
	struct ibv_qp *qp;
	struct ibv_cq *cq;
	uint32_t depth;
	uint32_t chunk;
	uint64_t local, remote;
	uint32_t lkey, rkey;
	int64_t timeout_ns;
};

/**
 * ferry_put() - [offset, offset+bytes) from here to the target by RDMA WRITE; @bytes may be 0
 * ferry_get() - the same range from the target to here by RDMA READ
 *
 * Every work request is signalled and every completion's status checked. A put is done when the
 * responder's NIC has taken all of it over; for its data being in the target, read the last of it back.
 *
 * Return: 0; -EINVAL @depth is 0; -ETIMEDOUT no completion within @timeout_ns; -EIO a completion failed, a
 * poll failed, or a completion came that is not the ferry's; else -errno of the post. @e says at which
 * offset. After a failure the queue pair has to be made anew.
 */
int ferry_put(const struct ferry *f, uint64_t offset, uint64_t bytes, struct err *e);
int ferry_get(const struct ferry *f, uint64_t offset, uint64_t bytes, struct err *e);

#endif
