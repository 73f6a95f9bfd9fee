// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Starting and ending a service: what it needs is checked and prepared first, so that the loops only loop. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "peer/serve.h"

void serve_fail_wc(struct serve_lane *l, const struct ibv_wc *wc)
{
	struct link *link = l->s->link;

	l->fault = (struct serve_fault){.status = (int)wc->status, .vendor_err = wc->vendor_err};
	for (uint32_t i = 0; i < link->spec.n; i++)
		if (link->qp[i]->qp_num == wc->qp_num)
			l->fault.qp = link->qp[i];
}

void serve_fail_call(struct serve_lane *l, const char *call, struct ibv_qp *qp, int rc)
{
	l->fault = (struct serve_fault){.status = rc > 0 ? -rc : rc, .call = call, .qp = qp};
}

static void service_free(struct service *s)
{
	free(s->qp);
	free(s->lane);
	free(s->consume);
	free(s);
}

/* Does the slots' description hold for every queue pair that takes part. */
static int check_slots(const struct peer_service *ask, const struct target *t, struct err *e)
{
	for (uint32_t i = 0; i < ask->qps; i++) {
		const struct slots *s = &ask->slots[i];

		if (!slots_fit(s, t->mr.bytes) || s->size > UINT32_MAX)
			return err_set(e, -EINVAL,
				       "peer: queue pair %u: %llu slots of %llu bytes do not fit target %u",
				       i, (unsigned long long)s->count, (unsigned long long)s->size,
				       ask->target);
	}
	return 0;
}

static int check_receive(const struct service *s, struct err *e)
{
	if (!s->link->spec.recv_wrs)
		return err_set(e, -EINVAL, "peer: link %u was connected without receives", s->ask.link);
	return s->ask.imm ? 0 : check_slots(&s->ask, s->target, e);
}

static int check_echo(const struct service *s, struct err *e)
{
	if (s->target->access & IBV_ACCESS_RELAXED_ORDERING)
		return err_set(e, -EINVAL,
			       "peer: target %u has relaxed ordering: its last byte may arrive first",
			       s->ask.target);
	if (!s->ask.slots[0].size)
		return err_set(e, -EINVAL, "peer: an empty message has no last byte to poll");
	return check_slots(&s->ask, s->target, e);
}

/* The target that is received into or polled. */
static int find_served(const struct responder *r, struct service *s, bool echo, struct err *e)
{
	int rc = 0;

	s->target = responder_find_target(r, s->ask.target, e);
	if (!s->target)
		return -EINVAL;
	if (s->target->interconnect == INTERCONNECT_BOUNCE)
		return err_set(e, -EINVAL, "peer: target %u is bounced: nobody copies what a service moves",
			       s->ask.target);
	if (echo && s->target->memory->buf.cpu != MEM_CPU_RAM)
		return err_set(e, -EINVAL, "peer: target %u (%s) is no memory that a CPU can poll",
			       s->ask.target, mem_kind_name(s->target->memory->buf.kind));
	if (echo)
		rc = responder_reach_target(r, s->ask.target, &s->target, e);
	return rc;
}

static int look_up(struct responder *r, struct service *s, struct err *e)
{
	bool echo = s->ask.work == PEER_ECHO;
	int rc;

	s->link = responder_table_find(&r->links, s->ask.link);
	if (!s->link)
		return err_set(e, -EINVAL, "peer: no link %u", s->ask.link);
	if (!s->ask.qps || s->ask.qps > s->link->spec.n || (echo && s->ask.qps != 1))
		return err_set(e, -EINVAL, "peer: link %u has %u queue pairs, %u are to take part%s",
			       s->ask.link, s->link->spec.n, s->ask.qps, echo ? " in a ping-pong of 1" : "");
	if (s->link->received)
		return err_set(e, -EINVAL,
			       "peer: receives of link %u lead to an earlier service's slots: connect anew",
			       s->ask.link);
	if (s->ask.imm && !echo)
		return check_receive(s, e);
	if (!s->ask.slots)
		return err_set(e, -EINVAL, "peer: a service without slots");
	rc = find_served(r, s, echo, e);
	if (rc)
		return rc;
	return echo ? check_echo(s, e) : check_receive(s, e);
}

static int allocate(struct service *s, struct err *e)
{
	uint32_t qps = s->ask.qps, lanes = s->link->spec.lanes;
	bool timed = s->ask.work == PEER_ECHO && s->ask.consume == CONSUME_ALL;

	s->n_lanes = qps < lanes ? qps : lanes;
	s->lane = aligned_alloc(128, s->n_lanes * sizeof(*s->lane));
	s->qp = aligned_alloc(128, qps * sizeof(*s->qp));
	s->consume = timed ? malloc(sizeof(*s->consume)) : NULL;
	if (!s->lane || !s->qp || (timed && !s->consume))
		return err_set(e, -ENOMEM, "peer: out of memory for a service of %u queue pairs", qps);
	memset(s->lane, 0, s->n_lanes * sizeof(*s->lane));
	memset(s->qp, 0, qps * sizeof(*s->qp));
	for (uint32_t i = 0; i < s->n_lanes; i++) {
		s->lane[i].s = s;
		s->lane[i].cq = s->link->cq[i];
	}
	for (uint32_t i = 0; i < qps; i++) {
		s->qp[i].qp = s->link->qp[i];
		if (s->target)
			s->qp[i].slots = s->ask.slots[i];
	}
	if (s->target)
		s->slots = s->ask.slots[0];
	s->ask.slots = NULL; /* the caller's; copied */
	if (s->consume)
		hist_clear(s->consume);
	return 0;
}

static void *serve_main(void *arg)
{
	struct serve_lane *l = arg;

	if (l->s->ask.work == PEER_RECEIVE)
		serve_receive(l);
	else
		serve_echo(l);
	return NULL;
}

/* This thread's CPUs without @avoid, as long as any is left. */
static void keep_off(pthread_attr_t *attr, const int *avoid, uint32_t n)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return;
	for (uint32_t i = 0; i < n; i++)
		if (avoid[i] >= 0 && avoid[i] < CPU_SETSIZE)
			CPU_CLR(avoid[i], &set);
	if (CPU_COUNT(&set))
		pthread_attr_setaffinity_np(attr, sizeof(set), &set);
}

static int start_threads(struct service *s, const int *avoid, uint32_t n_avoid, struct err *e)
{
	pthread_attr_t attr;
	int rc = pthread_attr_init(&attr);

	if (rc)
		return err_set(e, -rc, "peer: thread attributes: %s", err_name(rc));
	keep_off(&attr, avoid, n_avoid);
	for (; !rc && s->started < s->n_lanes; s->started += !rc) {
		struct serve_lane *l = &s->lane[s->started];

		rc = pthread_create(&l->thread, &attr, serve_main, l);
	}
	pthread_attr_destroy(&attr);
	return rc ? err_set(e, -rc, "peer: cannot start thread %u of %u of a service: %s", s->started + 1,
			    s->n_lanes, err_name(rc))
		  : 0;
}

static void join_threads(struct service *s)
{
	atomic_store_explicit(&s->stop, true, memory_order_release);
	for (uint32_t i = 0; i < s->started; i++)
		pthread_join(s->lane[i].thread, NULL);
}

static int prepare(struct service *s, struct err *e)
{
	uint8_t *slot;

	if (s->ask.work == PEER_RECEIVE)
		return serve_receive_prepare(s, e);
	slot = (uint8_t *)s->target->memory->buf.va + s->slots.offset;
	slot[s->slots.size - 1] = 0;
	return 0;
}

int responder_serve(struct responder *r, const struct peer_service *ask, const int *avoid, uint32_t n_avoid,
		    struct err *e)
{
	struct service *s;
	int rc;

	if (r->service)
		return err_set(e, -EBUSY, "peer: a service is running already");
	s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(e, -ENOMEM, "peer: out of memory for a service");
	s->ask = *ask;
	rc = look_up(r, s, e);
	if (!rc)
		rc = allocate(s, e);
	if (!rc)
		rc = prepare(s, e);
	if (!rc)
		rc = start_threads(s, avoid, n_avoid, e);
	if (rc) {
		join_threads(s);
		service_free(s);
		return rc;
	}
	r->service = s;
	return 0;
}

/* What lane @l met, in a user's words. Return: -EIO. */
static int tell(struct responder *r, const struct serve_lane *l, struct err *e)
{
	const struct serve_fault *f = &l->fault;
	uint32_t qp_num = f->qp ? f->qp->qp_num : 0;
	const char *state = f->qp ? nic_qp_state(r->nic, f->qp) : "?";

	if (!f->call) {
		err_set(e, -EIO, "responder: completion %s (%d), vendor_err 0x%x, QP 0x%x now in %s",
			nic_wc_name(f->status), f->status, f->vendor_err, qp_num, state);
		return err_hint(e, -EIO, "%s", nic_wc_hint(f->status));
	}
	if (f->qp)
		return err_set(e, -EIO, "responder: %s on QP 0x%x, now in %s: %s", f->call, qp_num, state,
			       err_name(f->status));
	return err_set(e, -EIO, "responder: %s returned %d: the completion queue is broken", f->call,
		       f->status);
}

int responder_serve_stop(struct responder *r, struct peer_served *out, struct err *e)
{
	struct service *s = r->service;
	uint64_t messages = 0;
	int rc = 0;

	if (s) {
		join_threads(s);
		for (uint32_t i = 0; i < s->n_lanes; i++) {
			messages += s->lane[i].messages;
			if (!rc && s->lane[i].fault.status)
				rc = tell(r, &s->lane[i], e);
		}
	}
	if (out)
		out->messages = messages;
	if (out && out->consume && s && s->consume)
		*out->consume = *s->consume;
	else if (out && out->consume)
		hist_clear(out->consume);
	if (s)
		service_free(s);
	r->service = NULL;
	return rc;
}

bool responder_serves_target(const struct responder *r, const struct target *t)
{
	return r->service && r->service->target == t;
}

bool responder_serves_link(const struct responder *r, const struct link *l)
{
	return r->service && r->service->link == l;
}

bool responder_busy(const struct responder *r)
{
	return r->service;
}
