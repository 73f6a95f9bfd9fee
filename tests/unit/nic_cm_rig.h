/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_NIC_CM_RIG_H
#define P2P_NIC_CM_RIG_H

/* Two sets of queue pairs on one fake device, to be connected with each other by rdma_cm. */

#include <arpa/inet.h>
#include <time.h>

#include "fakes/fakecm.h"
#include "fakes/nic_check.h"
#include "nic/nic_cm.h"

enum { RIG_MAX = 5, RIGHTS = IBV_ACCESS_REMOTE_READ | IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_REMOTE_ATOMIC };

struct rig {
	struct nic *n;
	struct ibv_cq *cq;
	uint32_t qps;
	struct ibv_qp *caller_qp[RIG_MAX], *listener_qp[RIG_MAX];
	struct nic_qp_addr caller_addr[RIG_MAX], listener_addr[RIG_MAX];
	struct nic_cm_set caller_set, listener_set;
	struct nic_cm_where where;
	struct nic_cm *caller, *listener;
};

/* Nothing here takes long; what has to time out is given a deadline in the past. */
static inline int64_t rig_soon(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (ts.tv_sec + 100) * 1000000000ll;
}

static inline void rig_open(struct rig *r, const struct fake_device *d, uint32_t qps)
{
	*r = (struct rig){.n = check_open(d), .qps = qps};
	assert_int_equal(nic_cq_create(r->n, 64, &r->cq, NULL), 0);
	for (uint32_t i = 0; i < qps; i++) {
		assert_int_equal(check_qp_create(r->n, r->cq, 4, &r->caller_qp[i], NULL), 0);
		assert_int_equal(check_qp_create(r->n, r->cq, 4, &r->listener_qp[i], NULL), 0);
		nic_qp_addr(r->n, r->caller_qp[i], &r->caller_addr[i]);
		nic_qp_addr(r->n, r->listener_qp[i], &r->listener_addr[i]);
	}
	r->caller_set = (struct nic_cm_set){qps, r->caller_qp, r->caller_addr, r->listener_addr,
					    IBV_ACCESS_REMOTE_WRITE};
	r->listener_set = (struct nic_cm_set){qps, r->listener_qp, r->listener_addr, r->caller_addr, RIGHTS};
}

static inline int rig_listen(struct rig *r, struct err *e)
{
	return nic_cm_listen(r->n, &r->listener_set, &r->listener, &r->where, e);
}

static inline int rig_connect(struct rig *r, struct err *e)
{
	int rc = rig_listen(r, e);

	if (!rc)
		rc = nic_cm_call(r->n, &r->caller_set, &r->where, rig_soon(), &r->caller, e);
	if (!rc)
		rc = nic_cm_accept(r->listener, rig_soon(), e);
	if (!rc)
		rc = nic_cm_finish(r->caller, rig_soon(), e);
	return rc ? rc : nic_cm_finish(r->listener, rig_soon(), e);
}

static inline void rig_close(struct rig *r)
{
	nic_cm_close(r->caller);
	nic_cm_close(r->listener);
	for (uint32_t i = 0; i < r->qps; i++) {
		assert_int_equal(nic_qp_destroy(r->n, r->caller_qp[i], NULL), 0);
		assert_int_equal(nic_qp_destroy(r->n, r->listener_qp[i], NULL), 0);
	}
	assert_int_equal(nic_cq_destroy(r->n, r->cq, NULL), 0);
	nic_close(r->n);
	assert_int_equal(fakecm_live(), 0);
}

static inline int rig_setup(void **state)
{
	fakecm_reset();
	return check_setup(state);
}

static inline int rig_teardown(void **state)
{
	assert_int_equal(fakecm_live(), 0);
	return check_teardown(state);
}

#endif
