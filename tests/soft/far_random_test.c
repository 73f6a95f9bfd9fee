// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The same random sequence of requests, good and bad ones, on queue pairs of one device, of two, and of two
 * in two processes: the same answers, completions and memory. Order is promised for each queue of a queue
 * pair, so completions are compared by queue.
 */
#include "soft/far_rig.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

enum { SEEDS = 40, STEPS = 250, MOST = 4 * STEPS, QUEUES = 2 * FAR_QPS * 2 };

struct record {
	int answer[STEPS];
	struct far_wc wc[QUEUES][MOST];
	uint32_t n[QUEUES];
	char state[2 * FAR_QPS][8];
	int alive[2];
	struct soft_count count;
	unsigned char bytes[2][FAR_BYTES];
};

static uint32_t up_to(struct rng *r, uint32_t n)
{
	return (uint32_t)(rng_next(r) % n);
}

/* Requests and receives of failed completions have no opcode: their numbers tell them apart. */
static uint64_t number(bool receive, int step)
{
	return (uint64_t)step << 1 | receive;
}

/* All there is: how many come with one poll is nobody's promise. */
static void poll_all(struct far *f, int end, struct record *out)
{
	for (int idle = 0; idle < 3;) {
		struct far_answer a = far_ask(f, end, &(struct far_ask){.what = FAR_POLL});

		assert_true(a.rc >= 0);
		idle = a.rc ? 0 : idle + 1;
		for (int i = 0; i < a.rc; i++) {
			uint32_t queue = ((uint32_t)end * FAR_QPS + a.wc[i].qp) * 2 + (a.wc[i].id & 1);

			assert_true(a.wc[i].qp < FAR_QPS && out->n[queue] < MOST);
			out->wc[queue][out->n[queue]++] = a.wc[i];
		}
	}
}

static int post(struct far *f, struct rng *r, int end, int step)
{
	static const enum ibv_wr_opcode codes[] = {
		IBV_WR_RDMA_WRITE, IBV_WR_RDMA_WRITE_WITH_IMM,	IBV_WR_SEND,
		IBV_WR_RDMA_READ,  IBV_WR_SEND_WITH_IMM,	IBV_WR_ATOMIC_CMP_AND_SWP,
		IBV_WR_RDMA_WRITE, IBV_WR_ATOMIC_FETCH_AND_ADD,
	};
	enum ibv_wr_opcode code = codes[up_to(r, sizeof(codes) / sizeof(codes[0]))];
	uint64_t at = 8 * (uint64_t)up_to(r, FAR_BYTES / 8 - 600);
	const bool small = code == IBV_WR_ATOMIC_CMP_AND_SWP || code == IBV_WR_ATOMIC_FETCH_AND_ADD;
	uint32_t bytes = small ? 8 : up_to(r, 4000);
	struct far_ask ask = far_op(f, end, up_to(r, FAR_QPS), code, at, bytes);

	ask.id = number(false, step);
	ask.wr_api = up_to(r, 2);
	ask.wr.imm_data = (uint32_t)rng_next(r);
	if (small) {
		ask.wr.wr.atomic.compare_add = up_to(r, 3);
		ask.wr.wr.atomic.swap = up_to(r, 3);
	}
	if (!up_to(r, 5))
		ask.wr.send_flags = 0;
	if (code <= IBV_WR_SEND_WITH_IMM && bytes <= FAR_INLINE)
		ask.wr.send_flags |= IBV_SEND_INLINE;
	if (!up_to(r, 200) && !small)
		ask.wr.wr.rdma.rkey ^= 0x700000; /* not that of the other end, which one device has as well */
	if (!up_to(r, 200) && !small)
		ask.wr.wr.rdma.remote_addr += FAR_BYTES - up_to(r, 3000);
	return far_ask(f, end, &ask).rc;
}

static int step(struct far *f, struct rng *r, int at, struct record *out)
{
	const int end = (int)up_to(r, 2);
	const uint32_t what = up_to(r, 400);

	if (what < 190)
		return post(f, r, end, at);
	if (what < 330)
		return far_receive(f, end, up_to(r, FAR_QPS), 8 * (uint64_t)up_to(r, 7000),
				   3950 + up_to(r, 1000), number(true, at));
	if (what < 396) {
		poll_all(f, end, out);
		return 0;
	}
	if (what < 397)
		return far_simple(f, end, FAR_FLUSH, up_to(r, FAR_QPS));
	return up_to(r, 6) ? 0 : far_simple(f, 1, FAR_REVOKE, 0);
}

static void play(enum far_where where, uint64_t seed, struct record *out)
{
	struct rng r = {seed};
	struct far f;

	memset(out, 0, sizeof(*out));
	far_start(&f, where);
	far_link(&f, FAR_ACCESS, seed & 1 ? FAR_HOST : FAR_MEMFD);
	far_fill(&f, seed);
	for (int i = 0; i < STEPS; i++)
		out->answer[i] = step(&f, &r, i, out);
	for (int end = 0; end < 4; end++) /* what one end does may be news to the other */
		poll_all(&f, end & 1, out);
	for (uint32_t i = 0; i < 2 * FAR_QPS; i++) {
		const struct far_ask state = {.what = FAR_STATE, .qp = i % FAR_QPS};

		memcpy(out->state[i], far_ask(&f, i >= FAR_QPS, &state).text, sizeof(out->state[i]));
	}
	for (int end = 0; end < 2; end++) {
		out->alive[end] = far_simple(&f, end, FAR_ALIVE, 0);
		memcpy(out->bytes[end], f.bytes[end], FAR_BYTES);
	}
	out->count = far_ask(&f, 1, &(struct far_ask){.what = FAR_COUNT}).count;
	far_stop(&f);
}

static void compare(uint64_t seed, const struct record *a, const struct record *b)
{
	for (int i = 0; i < STEPS; i++) {
		if (a->answer[i] != b->answer[i])
			fail_msg("seed %u step %d: %d and %d", (unsigned int)seed, i, a->answer[i],
				 b->answer[i]);
	}
	for (uint32_t q = 0; q < QUEUES; q++) {
		for (uint32_t i = 0; i < a->n[q] && i < b->n[q]; i++) {
			if (memcmp(&a->wc[q][i], &b->wc[q][i], sizeof(a->wc[q][i])) != 0)
				fail_msg("seed %u queue %u completion %u of step %u: status %u and %u, "
					 "syndrome "
					 "or bytes %u and %u",
					 (unsigned int)seed, q, i, (unsigned int)(a->wc[q][i].id >> 1),
					 a->wc[q][i].status, b->wc[q][i].status, a->wc[q][i].bytes,
					 b->wc[q][i].bytes);
		}
		if (a->n[q] != b->n[q])
			fail_msg("seed %u queue %u: %u and %u completions", (unsigned int)seed, q, a->n[q],
				 b->n[q]);
	}
	assert_memory_equal(a->state, b->state, sizeof(a->state));
	assert_memory_equal(a->alive, b->alive, sizeof(a->alive));
	assert_memory_equal(a->bytes, b->bytes, sizeof(a->bytes));
	assert_memory_equal(&a->count, &b->count, sizeof(a->count));
}

/* A sequence that breaks everything at once proves little: most of it has to have worked. */
static uint32_t good(const struct record *a)
{
	uint32_t n = 0;

	for (uint32_t q = 0; q < QUEUES; q++) {
		for (uint32_t i = 0; i < a->n[q]; i++)
			n += a->wc[q][i].status == IBV_WC_SUCCESS;
	}
	return n;
}

static void same_as_within_a_device(void **state)
{
	struct record *one = malloc(sizeof(*one)), *other = malloc(sizeof(*other));
	uint32_t worked = 0;

	(void)state;
	assert_non_null(one);
	assert_non_null(other);
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		play(FAR_SAME_DEVICE, seed, one);
		play(FAR_SAME_PROCESS, seed, other);
		compare(seed, one, other);
		play(FAR_OTHER_PROCESS, seed, other);
		compare(seed, one, other);
		worked += good(one);
	}
	print_message("   %u operations and receives succeeded\n", worked);
	assert_true(worked > 20 * SEEDS);
	free(one);
	free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_as_within_a_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
