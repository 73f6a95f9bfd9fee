// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What went wrong in a window, for the row: what was seen first at the initiator, what the responder saw, and
 * whether the target is still there.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "run/visit_parts.h"

void visit_fail(struct visit *v, struct row *row, enum status status, int code, const char *reason,
		const struct err *e)
{
	v->status = status;
	v->broken = true;
	row_text(row, COL_REASON, reason);
	row_int(row, COL_ERR_CODE, code < 0 ? -code : code);
	row_text(row, COL_ERR_TEXT, e->text);
}

static int events_of(struct stage *s, struct nic *nic)
{
	struct nic_event ev;

	while (nic_async(nic, &ev) == 1) {
		if (!s->event.text[0] || ev.fatal)
			s->event = ev;
		/* The others show in completions, which say more. */
		if (ev.fatal)
			return -EIO;
	}
	return 0;
}

int stage_events(struct stage *s)
{
	const struct setup *up = s->v->setup;
	int rc = events_of(s, up->nic);

	return rc || up->loop || !up->there ? rc : events_of(s, up->there);
}

int stage_watch(void *arg)
{
	struct stage *s = arg;

	stage_revoke(s);
	return stage_events(s);
}

/* State of the queue pair a fault names, by the device. */
static const char *qp_state(const struct stage *s, const struct lane *l, uint32_t qp_num)
{
	for (uint32_t i = 0; i < l->n_qp; i++)
		if (l->qp[i].first->qp->qp_num == qp_num)
			return nic_qp_state(visit_nic(s->v), l->qp[i].first->qp);
	return "?";
}

/* What a lane saw. Return: err_code; @reason is set. */
static int lane_words(const struct stage *s, const struct lane *l, const char **reason, struct err *e)
{
	const struct lane_fault *f = &l->fault;
	const char *state = qp_state(s, l, f->qp_num);
	char wr[160];

	lane_fault_text(l, wr, sizeof(wr));
	if (f->status > 0) {
		*reason = nic_wc_name(f->status);
		err_set(e, -EIO, "%s: completion %s (%d), vendor_err 0x%x, QP 0x%x now in %s: %s", wr,
			*reason, f->status, f->vendor_err, f->qp_num, state, nic_wc_hint(f->status));
		return f->status;
	}
	if (f->posting) {
		*reason = "post refused";
		err_set(e, f->status, "%s: post on QP 0x%x in %s: %s", wr, f->qp_num, state,
			err_name(f->status));
	} else {
		*reason = "poll failed";
		err_set(e, f->status, "ibv_poll_cq returned %d: the completion queue is broken", f->raw);
	}
	return -f->status;
}

static void timeout_words(const struct stage *s, const struct lane *l, struct err *e)
{
	const struct ibv_qp *qp = l->qp[0].first->qp;

	err_set(e, -ETIMEDOUT,
		"no completion for %.1f s, %u groups in flight on %u QPs of lane %u, the first (0x%x) in %s",
		(double)s->rule.timeout_ns / 1e9, l->in_flight, l->n_qp, s->w.lane, qp->qp_num,
		qp_state(s, l, qp->qp_num));
}

/* "...; responder: ..." */
static void append(struct err *e, const char *who, const char *text)
{
	struct err first = *e;

	if (text[0])
		err_set(e, first.code, "%.300s%s%s: %.180s", first.text, first.text[0] ? "; " : "", who,
			text);
}

/* Is the memory behind the target gone. After a revoke that was asked for nobody need ask. */
static bool target_gone(const struct stage *s, struct err *e)
{
	return s->target && !s->taken && peer_target_alive(s->v->setup->peer, s->target->id, e) == -ENODEV;
}

void stage_fail(struct stage *s, int code, const char *reason, const struct err *e)
{
	struct err gone = {0};

	if (target_gone(s, &gone))
		visit_fail(s->v, s->row, ST_REVOKED, code, "target revoked", e);
	else
		visit_fail(s->v, s->row, ST_ERROR, code, reason, e);
}

void stage_fault(struct stage *s)
{
	const struct lane *l = s->w.lane < s->lanes ? &s->lane[s->w.lane] : NULL;
	enum status status = s->w.end == WINDOW_TIMEOUT ? ST_TIMEOUT : ST_ERROR;
	const char *reason = "asynchronous event";
	struct err e = {.code = -EIO}, gone = {0};
	int code = EIO;

	if (l && s->w.end == WINDOW_TIMEOUT) {
		reason = "completions stopped";
		code = ETIMEDOUT;
		timeout_words(s, l, &e);
	} else if (l) {
		code = lane_words(s, l, &reason, &e);
	}
	if (target_gone(s, &gone)) {
		status = ST_REVOKED;
		reason = "target revoked";
	}
	append(&e, "device", s->event.text);
	append(&e, "responder", s->serve_err.text);
	visit_fail(s->v, s->row, status, code, reason, &e);
}
