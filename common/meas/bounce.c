// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a bounce copies, and the thread that does it beside the transfers. */
#include "meas/bounce.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "config/keys.h"
#include "meas/lane_bounce.h"

enum { WORD = 8 };

const char *bounce_cannot(const struct lane_shape *s, int64_t by)
{
	if (by == BOUNCE_BY_NIC)
		return "bounce_by nic is not in this version: the CPU copies";
	if (by == BOUNCE_BY_DEVICE)
		return "bounce_by device is not in this version: the CPU copies";
	if (s->interval_ns > 0)
		return "a bounce at a given rate is not in this version: leave `rate` out";
	if (s->bidi)
		return "a bounce in both directions at once is not in this version";
	return NULL;
}

void bounce_copy(struct bounce *b, uint32_t i)
{
	struct bounce_qp *bq = &b->qp[i];
	uint64_t at = bq->slots.offset + slots_index(&bq->slots, bq->at) * bq->slots.stride;
	char *memory = (char *)b->at.memory + at, *staging = (char *)b->at.staging + at;

	if (b->at.cpu == MEM_CPU_DEVICE && b->reads)
		mem_device_read(staging, memory, bq->slots.size);
	else if (b->at.cpu == MEM_CPU_DEVICE)
		mem_device_write(memory, staging, bq->slots.size);
	else
		memcpy(b->reads ? staging : memory, b->reads ? memory : staging, bq->slots.size);
	bq->last = at;
	bq->at = bq->at + 1 == bq->slots.ring ? 0 : bq->at + 1;
	atomic_store_explicit(&bq->copied, atomic_load_explicit(&bq->copied, memory_order_relaxed) + 1,
			      memory_order_release);
}

void bounce_flush(const struct bounce *b, uint32_t i)
{
	const struct bounce_qp *bq = &b->qp[i];
	uint64_t bytes = bq->slots.size < WORD ? bq->slots.size : WORD;
	char word[WORD];

	if (b->at.cpu == MEM_CPU_DEVICE)
		mem_device_read(word, (char *)b->at.memory + bq->last + bq->slots.size - bytes, bytes);
}

bool bounce_turn(struct lane *l, const atomic_bool *stop)
{
	struct bounce *b = l->bounce;
	uint64_t n = (uint64_t)b->turn * l->group_msgs;

	for (uint64_t k = 0; k < n; k++) {
		for (uint32_t i = 0; i < b->n_qp; i++) {
			if (atomic_load_explicit(stop, memory_order_relaxed))
				return false;
			bounce_copy(b, i);
		}
	}
	return true;
}

void bounce_settle(struct lane *l)
{
	struct bounce *b = l->bounce;

	for (uint32_t i = 0; !b->reads && i < b->n_qp; i++) {
		uint64_t posted = lane_posts(&l->qp[i]) * l->group_msgs;

		if (!posted)
			continue;
		while (atomic_load_explicit(&b->qp[i].copied, memory_order_acquire) < posted)
			bounce_copy(b, i);
		bounce_flush(b, i);
	}
}

static bool may_copy(const struct bounce *b, const struct bounce_qp *bq)
{
	uint64_t completed = atomic_load_explicit(&bq->completed, memory_order_acquire);
	uint64_t copied = atomic_load_explicit(&bq->copied, memory_order_relaxed);

	return b->reads ? copied - completed < b->ahead : copied < completed;
}

static void *copier_main(void *arg)
{
	struct bounce *b = arg;

	for (;;) {
		while (sem_wait(&b->go))
			; /* interrupted */
		if (atomic_load(&b->quit))
			return NULL;
		while (!atomic_load_explicit(&b->pause, memory_order_relaxed))
			for (uint32_t i = 0; i < b->n_qp; i++)
				if (may_copy(b, &b->qp[i]))
					bounce_copy(b, i);
		sem_post(&b->parked);
	}
}

void bounce_start(struct lane *l)
{
	struct bounce *b = l->bounce;

	for (uint32_t i = 0; i < b->n_qp; i++) {
		struct bounce_qp *bq = &b->qp[i];
		const struct lane_qp *q = &l->qp[i];
		uint64_t posts = lane_posts(q);

		bq->posted = posts * l->group_msgs;
		bq->next = (uint32_t)(posts % q->n);
		bq->in_flight = 0;
		bq->at = q->at;
		atomic_store(&bq->completed, bq->posted);
		atomic_store(&bq->copied, bq->posted);
	}
	if (!b->overlap)
		return;
	atomic_store(&b->pause, false);
	sem_post(&b->go);
}

void bounce_stop(struct lane *l)
{
	struct bounce *b = l->bounce;

	if (!b->overlap)
		return;
	atomic_store(&b->pause, true);
	while (sem_wait(&b->parked))
		; /* interrupted */
}

/* On @cpu, or where the caller may run. */
static int start_copier(struct bounce *b, int cpu, struct err *e)
{
	pthread_attr_t attr;
	cpu_set_t set;
	int rc = pthread_attr_init(&attr);

	if (rc)
		return err_set(e, -rc, "bounce: thread attributes: %s", err_name(rc));
	if (cpu >= 0) {
		CPU_ZERO(&set);
		CPU_SET((size_t)cpu, &set);
		pthread_attr_setaffinity_np(&attr, sizeof(set), &set);
	}
	rc = pthread_create(&b->copier, &attr, copier_main, b);
	pthread_attr_destroy(&attr);
	b->overlap = !rc;
	return rc ? err_set(e, -EAGAIN, "bounce: cannot start a thread to copy (CPU %d): %s", cpu,
			    err_name(rc))
		  : 0;
}

static int check(const struct lane_bed *bed, const struct lane_shape *s, struct err *e)
{
	const char *why = bounce_cannot(s, BOUNCE_BY_CPU);

	if (why)
		return err_set(e, -EOPNOTSUPP, "%s", why);
	if (!bed->bounce || bed->bounce->bytes < bed->bytes)
		return err_set(e, -EINVAL, "bounce: nothing to copy between, or less than the target has");
	return 0;
}

int bounce_open(struct lane *l, const struct lane_bed *bed, const struct lane_shape *s, const struct op *op,
		struct err *e)
{
	struct bounce *b;
	int rc = check(bed, s, e);

	if (rc)
		return rc;
	b = calloc(1, sizeof(*b));
	if (b)
		b->qp = aligned_alloc(128, l->n_qp * sizeof(*b->qp));
	if (!b || !b->qp) {
		free(b);
		return err_set(e, -ENOMEM, "bounce: out of memory for %u queue pairs", l->n_qp);
	}
	b->at = *bed->bounce;
	b->n_qp = l->n_qp;
	b->reads = lane_bounce_reads(op);
	b->ahead = l->qp->slots.count > l->group_msgs ? l->qp->slots.count : l->group_msgs;
	b->turn = b->ahead / l->group_msgs < l->depth ? (uint32_t)(b->ahead / l->group_msgs) : l->depth;
	memset(b->qp, 0, l->n_qp * sizeof(*b->qp));
	for (uint32_t i = 0; i < l->n_qp; i++)
		b->qp[i].slots = l->qp[i].slots;
	sem_init(&b->go, 0, 0);
	sem_init(&b->parked, 0, 0);
	rc = s->overlap && op->measure == MEASURE_BW ? start_copier(b, bed->copier_cpu, e) : 0;
	if (rc) {
		bounce_close(b);
		return rc;
	}
	l->bounce = b;
	if (op->measure == MEASURE_BW && !b->overlap)
		l->step = (uint64_t)b->turn * l->group_msgs * b->n_qp;
	return 0;
}

void bounce_close(struct bounce *b)
{
	if (!b)
		return;
	if (b->overlap) {
		atomic_store(&b->quit, true);
		sem_post(&b->go);
		pthread_join(b->copier, NULL);
	}
	sem_destroy(&b->go);
	sem_destroy(&b->parked);
	free(b->qp);
	free(b);
}
