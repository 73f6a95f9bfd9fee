// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Two threads a connection, for TSan above all: SENDs against receives with echoes, so that each CQ has
 * two producers; an error while receives are being posted; a CPU that waits for the last byte of a WRITE.
 */
#include "soft/rig.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

enum { LANES = 8, MESSAGES = 1500, SLOTS = 4, SLOT = 64, REPLY = 2048, PAGE = 4096 };

/* One end of a connection with its thread; cmocka's asserts belong to the main thread. */
struct end {
	pthread_t thread;
	struct rig *rig;
	int i; /* of the rig */
	bool starts;
	uint64_t sent, received, completed, flushed, wrong;
	uint64_t failed_sends, failed_receives;
};

static void post_receive(struct end *e, uint64_t slot)
{
	struct rig *r = e->rig;
	struct ibv_sge sge = {(uintptr_t)r->buf[e->i] + REPLY + slot * SLOT, SLOT, r->mr[e->i]->lkey};
	struct ibv_recv_wr *bad, wr = {.wr_id = slot, .sg_list = &sge, .num_sge = 1};

	e->failed_receives += ibv_post_recv(r->qp[e->i], &wr, &bad) != 0;
}

/* Message number @n of this end: its number, in a slot of its own half. */
static void post_send(struct end *e, uint64_t n, uint32_t bytes)
{
	struct rig *r = e->rig;
	unsigned char *from = r->buf[e->i] + n % SLOTS * SLOT;
	struct ibv_sge sge = {(uintptr_t)from, bytes, r->mr[e->i]->lkey};
	struct ibv_send_wr *bad, wr = {
					 .sg_list = &sge,
					 .num_sge = 1,
					 .opcode = n & 1 ? IBV_WR_SEND_WITH_IMM : IBV_WR_SEND,
					 .imm_data = (__be32)n,
					 .send_flags = IBV_SEND_SIGNALED,
				 };

	memcpy(from, &n, sizeof(n));
	if (ibv_post_send(r->qp[e->i], &wr, &bad))
		e->failed_sends++;
	else
		e->sent++;
}

static void take_receive(struct end *e, const struct ibv_wc *wc)
{
	uint64_t n;

	memcpy(&n, e->rig->buf[e->i] + REPLY + wc->wr_id * SLOT, sizeof(n));
	e->wrong += n != e->received || wc->byte_len != sizeof(n) || wc->wr_id != n % SLOTS;
	e->wrong += !!(wc->wc_flags & IBV_WC_WITH_IMM) != (n & 1) || ((n & 1) && wc->imm_data != (__be32)n);
	e->received++;
}

static void take(struct end *e, const struct ibv_wc *wc)
{
	if (wc->status != IBV_WC_SUCCESS)
		e->flushed++;
	else if (wc->opcode & IBV_WC_RECV)
		take_receive(e, wc);
	else
		e->completed++;
}

/* The end that starts keeps SLOTS messages out; the other one sends back as many as it receives. */
static void *talk(void *arg)
{
	struct end *e = arg;
	uint64_t reposted = 0;
	struct ibv_wc wc[3];

	while (e->completed < MESSAGES || e->received < MESSAGES) {
		uint64_t allowed = e->starts ? e->received + SLOTS : e->received;
		int n = ibv_poll_cq(e->rig->cq[e->i], 3, wc);

		if (n < 0 || e->flushed || e->failed_sends || e->failed_receives)
			break;
		for (int k = 0; k < n; k++)
			take(e, &wc[k]);
		for (; reposted < e->received; reposted++)
			post_receive(e, reposted % SLOTS);
		while (e->sent < MESSAGES && e->sent < allowed && e->sent - e->completed < SLOTS)
			post_send(e, e->sent, sizeof(uint64_t));
		if (!n)
			sched_yield();
	}
	return NULL;
}

/* Receives are posted only once the threads run: the first SENDs wait for them. */
static void *talk_late(void *arg)
{
	for (uint64_t s = 0; s < SLOTS; s++)
		post_receive(arg, s);
	return talk(arg);
}

static void start(struct end *e, struct rig *r, int i, void *(*run)(void *))
{
	*e = (struct end){.rig = r, .i = i, .starts = i == 0};
	assert_int_equal(pthread_create(&e->thread, NULL, run, e), 0);
}

static void test_lanes(void **state)
{
	static struct rig rig[LANES];
	static struct end end[LANES][2];

	(void)state;
	for (int l = 0; l < LANES; l++)
		rig_open(&rig[l], &(struct rig_opt){.share = l ? &rig[0] : NULL,
						    .sq_depth = SLOTS,
						    .rq_depth = SLOTS,
						    .cq_depth = 2 * SLOTS});
	for (int l = 0; l < LANES; l++) {
		for (int i = 0; i < 2; i++)
			start(&end[l][i], &rig[l], i, talk_late);
	}
	for (int l = 0; l < LANES; l++) {
		for (int i = 0; i < 2; i++) {
			const struct end *e = &end[l][i];

			assert_int_equal(pthread_join(e->thread, NULL), 0);
			assert_int_equal(e->received, MESSAGES);
			assert_int_equal(e->completed, MESSAGES);
			assert_int_equal(e->wrong + e->flushed + e->failed_sends + e->failed_receives, 0);
		}
	}
	for (int l = LANES; l-- > 0;)
		rig_close(&rig[l]);
}

/* ---- an error in the middle ---- */

struct breaker {
	struct end end;
	uint64_t posted;
};

/* Posts and polls until it has seen the error, then until everything posted has come back. */
static void *receive_all(void *arg)
{
	struct breaker *b = arg;
	struct end *e = &b->end;
	struct ibv_wc wc[4];

	while (!e->flushed || b->posted != e->received + e->flushed) {
		int n = ibv_poll_cq(e->rig->cq[1], 4, wc);

		for (int k = 0; k < n; k++)
			take(e, &wc[k]);
		while (!e->flushed && b->posted - e->received < SLOTS) {
			post_receive(e, b->posted++ % SLOTS);
			if (e->failed_receives)
				return NULL;
		}
		if (n <= 0)
			sched_yield();
	}
	return NULL;
}

static void *send_until_refused(void *arg)
{
	struct end *e = arg;
	struct ibv_wc wc;

	while (!e->flushed) {
		post_send(e, e->sent, e->sent < MESSAGES / 2 ? sizeof(uint64_t) : SLOT + 1);
		while (ibv_poll_cq(e->rig->cq[0], 1, &wc) != 1)
			sched_yield();
		take(e, &wc);
	}
	return NULL;
}

/* The responder posts receives while the sender's message moves it to ERR: each comes back once. */
static void test_error_under_way(void **state)
{
	(void)state;
	for (int turn = 0; turn < 20; turn++) {
		struct breaker b = {.posted = 0};
		struct end sender;
		struct rig r;

		rig_open(&r, &(struct rig_opt){.rq_depth = SLOTS});
		start(&sender, &r, 0, send_until_refused);
		b.end = (struct end){.rig = &r, .i = 1};
		assert_int_equal(pthread_create(&b.end.thread, NULL, receive_all, &b), 0);
		assert_int_equal(pthread_join(sender.thread, NULL), 0);
		assert_int_equal(pthread_join(b.end.thread, NULL), 0);
		assert_int_equal(sender.completed, MESSAGES / 2);
		assert_int_equal(b.end.received, MESSAGES / 2);
		assert_int_equal(b.end.wrong + b.end.failed_receives, 0);
		rig_expect_empty(r.cq[1]);
		rig_close(&r);
	}
}

/* ---- the last byte ---- */

/* WRITEs @value over the page of the other end. */
static int write_page(struct rig *r, int from, unsigned char value)
{
	struct ibv_sge sge = {(uintptr_t)r->buf[from], PAGE, r->mr[from]->lkey};
	struct ibv_send_wr *bad, wr = {
					 .sg_list = &sge,
					 .num_sge = 1,
					 .opcode = IBV_WR_RDMA_WRITE,
					 .send_flags = IBV_SEND_SIGNALED,
				 };
	struct ibv_wc wc;

	wr.wr.rdma.remote_addr = (uintptr_t)r->buf[!from] + PAGE;
	wr.wr.rdma.rkey = r->mr[!from]->rkey;
	memset(r->buf[from], value, PAGE);
	return ibv_post_send(r->qp[from], &wr, &bad) || ibv_poll_cq(r->cq[from], 1, &wc) != 1 || wc.status;
}

/* Waits for @value in the last byte and counts bytes that are not there yet. */
static uint64_t missing_bytes(const struct rig *r, int end, unsigned char value)
{
	const unsigned char *page = r->buf[end] + PAGE;
	uint64_t missing = 0;

	while (__atomic_load_n(&page[PAGE - 1], __ATOMIC_ACQUIRE) != value)
		sched_yield();
	for (int i = 0; i < PAGE; i++)
		missing += page[i] != value;
	return missing;
}

static void *ping_pong(void *arg)
{
	struct end *e = arg;

	for (unsigned int m = 0; m < MESSAGES; m++) {
		unsigned char value = (unsigned char)(1 + m % 255);

		if (e->starts)
			e->failed_sends += (uint64_t)write_page(e->rig, e->i, value);
		e->wrong += missing_bytes(e->rig, e->i, value);
		if (!e->starts)
			e->failed_sends += (uint64_t)write_page(e->rig, e->i, value);
	}
	return NULL;
}

static void test_last_byte(void **state)
{
	struct end end[2];
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){.bytes = (size_t)2 * PAGE});
	for (int i = 0; i < 2; i++)
		start(&end[i], &r, i, ping_pong);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(end[i].thread, NULL), 0);
		assert_int_equal(end[i].wrong, 0);
		assert_int_equal(end[i].failed_sends, 0);
	}
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lanes),
		cmocka_unit_test(test_error_under_way),
		cmocka_unit_test(test_last_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
