// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The responder's half of a ping-pong: see the last byte change, read the payload if asked, write it back.
 * Its own completions are taken right after each post, when there is time; waiting for one is the exception.
 */
#include <string.h>

#include "base/clock.h"
#include "peer/serve.h"

/* Every byte into a register, eight at a time: the compiler may not drop a load. */
static void read_all(const uint8_t *p, uint64_t bytes)
{
	uint64_t word;

	for (; bytes >= sizeof(word); p += sizeof(word), bytes -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		__asm__ volatile("" : : "r"(word));
	}
	for (; bytes; p++, bytes--)
		__asm__ volatile("" : : "r"(*p));
}

static void consume(const struct service *s, const uint8_t *slot)
{
	uint64_t t0 = clock_start(s->ask.clock_raw);

	read_all(slot, s->slots.size);
	hist_record(s->consume, clock_stop(s->ask.clock_raw) - t0);
}

/* Take what has completed. Return: 0, or -1 with the failure recorded. */
static int reap(struct serve_lane *l)
{
	struct ibv_wc wc[SERVE_POLL];
	int n = ibv_poll_cq(l->cq, SERVE_POLL, wc);

	if (n < 0) {
		serve_fail_call(l, "ibv_poll_cq", NULL, n);
		return -1;
	}
	for (int i = 0; i < n; i++) {
		l->s->link->echoes--;
		if (wc[i].status != IBV_WC_SUCCESS) {
			serve_fail_wc(l, &wc[i]);
			return -1;
		}
	}
	return 0;
}

/* Return: 0; 1 stopped while the send queue was full; -1 failed. */
static int answer(struct serve_lane *l, struct ibv_send_wr *wr)
{
	struct link *link = l->s->link;
	struct ibv_send_wr *bad;
	int rc;

	while (link->echoes == link->spec.send_wrs) {
		if (reap(l))
			return -1;
		if (atomic_load_explicit(&l->s->stop, memory_order_relaxed))
			return 1;
	}
	rc = ibv_post_send(link->qp[0], wr, &bad);
	if (rc) {
		serve_fail_call(l, "ibv_post_send", link->qp[0], rc);
		return -1;
	}
	link->echoes++;
	l->messages++;
	return reap(l);
}

void serve_echo(struct serve_lane *l)
{
	const struct service *s = l->s;
	const uint8_t *slot = (const uint8_t *)s->target->memory->buf.va + s->slots.offset;
	const uint8_t *last = slot + s->slots.size - 1;
	struct ibv_sge sge = {
		.addr = s->target->mr.addr + s->slots.offset,
		.length = (uint32_t)s->slots.size,
		.lkey = s->target->mr.mr->lkey,
	};
	struct ibv_send_wr wr = {
		.sg_list = &sge,
		.num_sge = 1,
		.opcode = IBV_WR_RDMA_WRITE,
		.send_flags = IBV_SEND_SIGNALED,
		.wr.rdma = {.remote_addr = s->ask.reply_addr, .rkey = s->ask.reply_rkey},
	};
	uint8_t next = 1;

	while (!atomic_load_explicit(&s->stop, memory_order_relaxed)) {
		if (__atomic_load_n(last, __ATOMIC_ACQUIRE) != next)
			continue;
		next = next == 255 ? 1 : next + 1;
		if (s->consume)
			consume(s, slot);
		if (answer(l, &wr))
			return;
	}
	reap(l);
}
