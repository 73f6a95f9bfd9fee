// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The ferry over soft0: what it carries and what it leaves alone, one chunk at a time and many, and its end
 * when the device fails it. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "meas/ferry.h"
#include "nic/soft/soft.h"
#include "soft/peer_rig.h"

enum { KEY = 5, DEPTH = 16 };
#define SECOND 1000000000ll

static struct ferry ferry_of(const struct peer_rig *r, uint32_t depth, uint32_t chunk)
{
	return (struct ferry){
		.qp = r->qp[0],
		.cq = r->cq[0],
		.depth = depth,
		.chunk = chunk,
		.local = r->mr.addr,
		.remote = r->target.addr,
		.lkey = r->mr.mr->lkey,
		.rkey = r->target.rkey,
		.timeout_ns = 20 * SECOND,
	};
}

static struct slots range(uint64_t offset, uint64_t bytes)
{
	return (struct slots){
		.offset = offset, .size = bytes, .count = 1, .ring = 1, .pattern = PATTERN_SAME};
}

/* @bytes of @at hold the pattern, all around poison. */
static void only_the_range(const uint8_t *at, uint64_t offset, uint64_t bytes, uint64_t key)
{
	const struct slots s = range(offset, bytes);
	uint8_t want[RIG_BYTES];
	struct err e = {0};
	uint64_t bad;

	pattern_poison(want, 0, RIG_BYTES);
	memcpy(want + offset, at + offset, bytes);
	assert_memory_equal(at, want, RIG_BYTES);
	if (bytes && pattern_check(at, &s, 1, key, true, &bad, &e))
		fail_msg("%s", e.text);
}

static void there_and_back(void **state)
{
	static const struct {
		uint64_t offset, bytes;
		uint32_t depth, chunk;
	} way[] = {
		{0, RIG_BYTES, DEPTH, 4096},
		{0, RIG_BYTES, 1, 1000},
		{0, RIG_BYTES, 1000, 0},
		{4093, 7, DEPTH, 2},
		{17, 1, 2, 1},
		{100, 0, DEPTH, 0},
		{1, 40000, 3, 977},
		{RIG_BYTES - 1, 1, 1, 64},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(way); i++) {
		struct peer_rig r;
		struct ferry f;
		uint8_t *target;
		struct err e = {0};

		peer_rig_open(&r, MEM_HOST);
		peer_rig_link(&r, &peer_rig_plain);
		f = ferry_of(&r, way[i].depth, way[i].chunk);
		target = (uint8_t *)(uintptr_t)r.target.addr;
		pattern_poison(target, 0, RIG_BYTES);
		pattern_fill(r.bytes, 0, RIG_BYTES, KEY);
		if (ferry_put(&f, way[i].offset, way[i].bytes, &e))
			fail_msg("%s", e.text);
		only_the_range(target, way[i].offset, way[i].bytes, KEY);

		pattern_poison(r.bytes, 0, RIG_BYTES);
		pattern_fill(target, 0, RIG_BYTES, KEY + 1);
		if (ferry_get(&f, way[i].offset, way[i].bytes, &e))
			fail_msg("%s", e.text);
		only_the_range(r.bytes, way[i].offset, way[i].bytes, KEY + 1);
		peer_rig_close(&r);
	}
}

/* Places nobody put anything: memory behind no CPU mapping is seen by the NIC alone. */
static void a_target_is_checked_through_the_nic(void **state)
{
	const struct slots all = range(0, RIG_BYTES);
	struct peer_rig r;
	struct ferry f;
	struct err e = {0};
	uint64_t bad;

	(void)state;
	peer_rig_open(&r, MEM_MEMFD);
	peer_rig_link(&r, &peer_rig_plain);
	f = ferry_of(&r, DEPTH, 4096);
	pattern_fill(r.bytes, 0, RIG_BYTES, KEY);
	assert_int_equal(ferry_put(&f, 0, RIG_BYTES, &e), 0);
	assert_int_equal(peer_target_check(r.peer, r.target.id, &all, 1, KEY, true, &e), 0);
	soft_fault_set(r.cq[0]->context, &(struct soft_fault){.kind = SOFT_FAULT_WRONG_DATA, .after = 5});
	pattern_poison(r.bytes, 0, RIG_BYTES);
	assert_int_equal(ferry_get(&f, 0, RIG_BYTES, &e), 0);
	assert_int_equal(pattern_check(r.bytes, &all, 1, KEY, true, &bad, &e), -EBADMSG);
	assert_int_equal(bad, 5 * 4096);
	peer_rig_close(&r);
}

/* Every chunk fails once, in either direction: it is named, and nothing behind it counts. */
static void a_failed_chunk_is_named(void **state)
{
	(void)state;
	for (unsigned int get = 0; get < 2; get++)
		for (unsigned int at = 0; at < 16; at++) {
			const struct soft_fault fault = {
				.kind = SOFT_FAULT_ERROR, .after = at, .status = IBV_WC_REM_ACCESS_ERR};
			struct peer_rig r;
			struct ferry f;
			struct err e = {0};
			char where[64];

			peer_rig_open(&r, MEM_HOST);
			peer_rig_link(&r, &peer_rig_plain);
			f = ferry_of(&r, at % 2 ? 1 : DEPTH, 4096);
			soft_fault_set(r.cq[0]->context, &fault);
			assert_int_equal(get ? ferry_get(&f, 0, RIG_BYTES, &e)
					     : ferry_put(&f, 0, RIG_BYTES, &e),
					 -EIO);
			snprintf(where, sizeof(where), "4096 bytes at offset %u: REM_ACCESS_ERR", at * 4096);
			assert_non_null(strstr(e.text, where));
			assert_non_null(strstr(e.text, get ? "reading from" : "writing to"));
			assert_true(e.hint[0]);
			soft_fault_set(r.cq[0]->context, NULL);
			peer_rig_close(&r);
		}
}

static void a_lost_completion_is_a_timeout(void **state)
{
	(void)state;
	for (unsigned int kind = 0; kind < 2; kind++) {
		const struct soft_fault fault = {.kind = kind ? SOFT_FAULT_STUCK : SOFT_FAULT_LOST,
						 .after = 3};
		struct peer_rig r;
		struct ferry f;
		struct err e = {0};
		int rc;

		peer_rig_open(&r, MEM_HOST);
		peer_rig_link(&r, &peer_rig_plain);
		f = ferry_of(&r, kind ? DEPTH : 1, 4096);
		f.timeout_ns = SECOND / 50;
		soft_fault_set(r.cq[0]->context, &fault);
		rc = ferry_put(&f, 0, RIG_BYTES, &e);
		assert_int_equal(rc, -ETIMEDOUT);
		assert_non_null(strstr(e.text, "offset 12288: no completion in 20 ms"));
		soft_fault_set(r.cq[0]->context, NULL);
		peer_rig_close(&r);
	}
}

/* The one before the last is lost: the next completion is not the one that is due. */
static void a_strange_completion_is_refused(void **state)
{
	const struct soft_fault fault = {.kind = SOFT_FAULT_LOST, .after = 3};
	struct peer_rig r;
	struct ferry f;
	struct rig_wr w;
	struct ibv_send_wr *bad;
	struct err e = {0};

	(void)state;
	peer_rig_open(&r, MEM_HOST);
	peer_rig_link(&r, &peer_rig_plain);
	f = ferry_of(&r, DEPTH, 4096);
	soft_fault_set(r.cq[0]->context, &fault);
	assert_int_equal(ferry_put(&f, 0, RIG_BYTES, &e), -EIO);
	assert_non_null(strstr(e.text, "not the next one's"));
	peer_rig_close(&r);

	peer_rig_open(&r, MEM_HOST);
	peer_rig_link(&r, &peer_rig_plain);
	f = ferry_of(&r, 1, 4096);
	peer_rig_wr(&r, &w, IBV_WR_RDMA_WRITE, 64, 64); /* somebody's, still in the queue */
	assert_int_equal(ibv_post_send(r.qp[0], &w.wr, &bad), 0);
	assert_int_equal(ferry_get(&f, 0, RIG_BYTES, &e), -EIO);
	assert_non_null(strstr(e.text, "wr_id 0x40"));
	peer_rig_close(&r);
}

static int refusing_post(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad)
{
	(void)qp;
	*bad = wr;
	return -ENOSPC; /* some providers give the errno a sign */
}

static int broken_poll(struct ibv_cq *cq, int n, struct ibv_wc *wc)
{
	(void)cq;
	(void)n;
	(void)wc;
	return -2;
}

static void a_broken_provider_is_told(void **state)
{
	struct ibv_context_ops *ops, good;
	struct peer_rig r;
	struct ferry f;
	struct err e = {0};

	(void)state;
	peer_rig_open(&r, MEM_HOST);
	peer_rig_link(&r, &peer_rig_plain);
	ops = &r.qp[0]->context->ops;
	good = *ops;
	f = ferry_of(&r, 0, 0);
	assert_int_equal(ferry_put(&f, 0, 64, &e), -EINVAL);
	f.depth = 1;
	ops->post_send = refusing_post;
	assert_int_equal(ferry_put(&f, 4096, 64, &e), -ENOSPC);
	assert_non_null(strstr(e.text, "64 bytes at offset 4096: ibv_post_send"));
	*ops = good;
	ops->poll_cq = broken_poll;
	assert_int_equal(ferry_get(&f, 0, 64, &e), -EIO);
	assert_non_null(strstr(e.text, "ibv_poll_cq returned -2"));
	*ops = good;
	peer_rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(a_target_is_checked_through_the_nic),
		cmocka_unit_test(a_failed_chunk_is_named),
		cmocka_unit_test(a_lost_completion_is_a_timeout),
		cmocka_unit_test(a_strange_completion_is_refused),
		cmocka_unit_test(a_broken_provider_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
