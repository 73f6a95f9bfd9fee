// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Injected faults. Arming one swaps the context's post_send, so an unarmed device runs code that knows
 * nothing of faults. Only tests reach this; no flag or config key of the program does.
 */
#include "nic/soft/fault.h"

#include "base/clock.h"
#include "nic/soft/far.h"

void soft_fault_set(struct ibv_context *ctx, const struct soft_fault *f)
{
	struct soft_dev *d = soft_dev(ctx);

	d->fault.cfg = f ? *f : (struct soft_fault){.kind = SOFT_FAULT_NONE};
	atomic_store(&d->fault.seen, 0);
	atomic_store(&d->fault.fired, false);
	soft_dev_choose_post(d);
}

/* True for one operation in the life of the fault, whatever the number of posting threads. */
static bool strike(struct soft_fault_state *f)
{
	return !atomic_exchange(&f->fired, true);
}

static bool signaled(const struct soft_qp *qp, const struct ibv_send_wr *wr)
{
	return qp->sig_all || (wr->send_flags & IBV_SEND_SIGNALED);
}

static struct soft_done null_exec(struct soft_qp *qp, const struct ibv_send_wr *wr)
{
	(void)qp;
	(void)wr;
	return (struct soft_done){.status = IBV_WC_SUCCESS};
}

static struct soft_done plain(struct soft_qp *qp, const struct ibv_send_wr *wr)
{
	return soft_dev(qp->ibv.context)->moves_data ? soft_exec_any(qp, wr) : null_exec(qp, wr);
}

/* An operation without data, or that fails by itself, leaves the fault to a later one. */
static struct soft_done spoil(struct soft_fault_state *f, struct soft_qp *qp, const struct ibv_send_wr *wr)
{
	struct soft_done done;

	if (!soft_dev(qp->ibv.context)->moves_data || !strike(f))
		return plain(qp, wr);
	done = soft_exec_spoiled(qp, wr);
	if (done.status != IBV_WC_SUCCESS || !done.bytes)
		atomic_store(&f->fired, false);
	return done;
}

static void revoke(struct soft_fault_state *f, struct soft_qp *qp, const struct ibv_send_wr *wr)
{
	const bool reaches = soft_dev(qp->ibv.context)->moves_data;
	struct share_mr *far = reaches && qp->far ? soft_far_target(qp, wr) : NULL;
	struct soft_mr *mr = reaches && !qp->far ? soft_exec_target(qp, wr) : NULL;

	if (far && strike(f))
		share_mr_revoke(far);
	if (mr && strike(f))
		soft_mr_revoke(mr);
}

static void wait_ns(int64_t ns)
{
	int64_t end = clock_raw_ns() + ns;

	while (clock_raw_ns() < end)
		;
}

static void async_event(struct soft_fault_state *f, struct soft_dev *d)
{
	struct soft_qp *qp = soft_table_find(&d->qps, f->cfg.qp_num);

	if (!strike(f))
		return;
	if (!f->cfg.qp_num)
		soft_event(&d->events, true, 0, "DEVICE_FATAL on %s", d->device.name);
	else
		soft_event(&d->events, false, f->cfg.qp_num, "QP_FATAL on QP 0x%x", f->cfg.qp_num);
	if (qp)
		soft_qp_fail(qp);
}

/* The fault is due. */
static struct soft_done faulty(struct soft_fault_state *f, struct soft_qp *qp, const struct ibv_send_wr *wr)
{
	static const struct soft_done gone = {.status = IBV_WC_SUCCESS, .silent = true};
	struct soft_done done;

	switch (f->cfg.kind) {
	case SOFT_FAULT_ERROR:
		if (strike(f))
			return (struct soft_done){.status = f->cfg.status, .syndrome = SOFT_SYN_FAULT};
		break;
	case SOFT_FAULT_LOST:
		done = plain(qp, wr);
		if (done.status == IBV_WC_SUCCESS && signaled(qp, wr))
			done.silent = strike(f);
		return done;
	case SOFT_FAULT_WRONG_DATA:
		return spoil(f, qp, wr);
	case SOFT_FAULT_DROP:
		if (!f->cfg.qp_num || f->cfg.qp_num == qp->ibv.qp_num)
			return null_exec(qp, wr);
		break;
	case SOFT_FAULT_STUCK:
		return gone;
	case SOFT_FAULT_REVOKE:
		revoke(f, qp, wr);
		break;
	case SOFT_FAULT_SLOW:
		wait_ns(f->cfg.delay_ns);
		break;
	case SOFT_FAULT_ASYNC:
		async_event(f, soft_dev(qp->ibv.context));
		if (!f->cfg.qp_num)
			return gone;
		break;
	case SOFT_FAULT_NONE:
		break;
	}
	return plain(qp, wr);
}

struct soft_done soft_fault_exec(struct soft_qp *qp, const struct ibv_send_wr *wr)
{
	struct soft_fault_state *f = &soft_dev(qp->ibv.context)->fault;
	bool due = atomic_fetch_add(&f->seen, 1) >= f->cfg.after;
	struct soft_done done = due ? faulty(f, qp, wr) : plain(qp, wr);

	if (done.status == IBV_WC_RNR_RETRY_EXC_ERR) /* comes again */
		atomic_fetch_sub(&f->seen, 1);
	return done;
}
