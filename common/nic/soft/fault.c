// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Injected faults. Arming one swaps the context's post_send, so an unarmed device runs code that knows
 * nothing of faults. Only tests reach this; no flag or config key of the program does.
 */
#include "nic/soft/fault.h"

void soft_fault_set(struct ibv_context *ctx, const struct soft_fault *f)
{
	struct soft_dev *d = soft_dev(ctx);

	d->fault.cfg = f ? *f : (struct soft_fault){.kind = SOFT_FAULT_NONE};
	atomic_store(&d->fault.seen, 0);
	atomic_store(&d->fault.fired, false);
	if (d->fault.cfg.kind != SOFT_FAULT_NONE)
		ctx->ops.post_send = soft_post_faulty;
	else
		ctx->ops.post_send = d->moves_data ? soft_post_copy : soft_post_null;
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

struct soft_done soft_fault_exec(struct soft_qp *qp, const struct ibv_send_wr *wr,
				 struct soft_done (*exec)(struct soft_qp *, const struct ibv_send_wr *))
{
	struct soft_dev *d = soft_dev(qp->ibv.context);
	struct soft_fault_state *f = &d->fault;
	bool due = atomic_fetch_add(&f->seen, 1) >= f->cfg.after;
	struct soft_done done;

	if (due && f->cfg.kind == SOFT_FAULT_STUCK)
		return (struct soft_done){.status = IBV_WC_SUCCESS, .silent = true};
	if (due && f->cfg.kind == SOFT_FAULT_ERROR && strike(f))
		return (struct soft_done){.status = f->cfg.status, .syndrome = SOFT_SYN_FAULT};
	if (due && f->cfg.kind == SOFT_FAULT_DROP && (!f->cfg.qp_num || f->cfg.qp_num == qp->ibv.qp_num))
		return (struct soft_done){.status = IBV_WC_SUCCESS};
	done = exec(qp, wr);
	if (!due || done.status != IBV_WC_SUCCESS)
		return done;
	if (f->cfg.kind == SOFT_FAULT_LOST && signaled(qp, wr))
		done.silent = strike(f);
	if (f->cfg.kind == SOFT_FAULT_WRONG_DATA && done.bytes && strike(f))
		soft_exec_spoil(qp, wr);
	return done;
}
