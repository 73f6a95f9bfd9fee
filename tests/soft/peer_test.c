// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Requests about memory and targets: handles, rights, hints, contents, registration time. */
#include <errno.h>
#include <string.h>

#include "nic/soft/soft.h"
#include "soft/peer_rig.h"

enum { KEY = 5 };

static const struct peer_link_spec one = {.n = 1, .lanes = 1, .send_wrs = 1};
static const struct slots eight = {
	.offset = 4096, .size = 1000, .stride = 1024, .count = 8, .pattern = PATTERN_SEQ, .ring = 8};

/* Whoever looks, RDMA through either key and the CPU through either handle: one memory. */
static void targets_of_one_memory_are_the_same_bytes(void **state)
{
	static const int64_t kinds[] = {MEM_HOST, MEM_MEMFD};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct peer_rig r;
		struct peer_target other, second;
		struct rig_wr w;
		struct err e;

		peer_rig_open(&r, kinds[i]);
		peer_rig_link(&r, &one);
		assert_int_equal(peer_rig_target(&r, NULL, true, &other, NULL), 0);
		assert_int_not_equal(other.id, r.target.id);
		assert_int_not_equal(other.rkey, r.target.rkey);
		assert_int_equal(other.kind, kinds[i]);
		assert_int_equal(other.bytes, RIG_BYTES);
		assert_true(other.cpu == MEM_CPU_RAM && other.reg_ns >= 0);
		assert_int_equal(peer_target_poison(r.peer, r.target.id, 0, RIG_BYTES, NULL), 0);
		pattern_fill(r.bytes, 0, RIG_BYTES, KEY);
		peer_rig_wr(&r, &w, IBV_WR_RDMA_WRITE, 4096, 1000);
		w.wr.wr.rdma.rkey = other.rkey;
		w.wr.wr.rdma.remote_addr = other.addr + 4096;
		assert_int_equal(peer_rig_do(&r, 0, &w), IBV_WC_SUCCESS);
		assert_int_equal(peer_target_check(r.peer, r.target.id, &eight, 1, KEY, true, NULL), 0);
		assert_int_equal(peer_target_check(r.peer, other.id, &eight, 2, KEY, true, &e), -EBADMSG);
		assert_non_null(strstr(e.text, "offset 5120"));
		assert_int_equal(peer_target_close(r.peer, other.id, NULL), 0);
		assert_int_equal(peer_target_close(r.peer, other.id, NULL), -EINVAL);
		assert_int_equal(peer_rig_target(&r, NULL, false, &second, NULL), 0);
		assert_int_equal(second.id, other.id); /* a free handle comes again: a sweep needs few */
		peer_rig_close(&r);
	}
}

static void contents_are_as_asked(void **state)
{
	const struct slots words = {
		.offset = 64, .size = 8, .stride = 64, .count = 4, .pattern = PATTERN_SEQ, .ring = 4};
	struct peer_rig r;
	struct rig_wr w;
	uint64_t bad, sum, old;
	struct err e;

	(void)state;
	peer_rig_open(&r, MEM_MEMFD);
	peer_rig_link(&r, &one);
	assert_int_equal(peer_target_fill(r.peer, r.target.id, 0, RIG_BYTES, KEY, NULL), 0);
	assert_int_equal(peer_target_check(r.peer, r.target.id, &eight, 99, KEY, false, NULL), 0);
	peer_rig_wr(&r, &w, IBV_WR_RDMA_READ, 0, RIG_BYTES);
	assert_int_equal(peer_rig_do(&r, 0, &w), IBV_WC_SUCCESS);
	assert_int_equal(pattern_check(r.bytes, &eight, 99, KEY, true, &bad, NULL), 0);
	assert_int_equal(peer_target_zero(r.peer, r.target.id, 64, 256, NULL), 0);
	assert_int_equal(peer_target_sum(r.peer, r.target.id, &words, &sum, NULL), 0);
	assert_int_equal(sum, 0);
	for (uint64_t i = 0; i < 4; i++) {
		peer_rig_wr(&r, &w, IBV_WR_ATOMIC_FETCH_AND_ADD, 64 + 64 * i, 8);
		w.wr.wr.atomic.remote_addr = r.target.addr + 64 + 64 * i;
		w.wr.wr.atomic.rkey = r.target.rkey;
		w.wr.wr.atomic.compare_add = 10 + i;
		assert_int_equal(peer_rig_do(&r, 0, &w), IBV_WC_SUCCESS);
		memcpy(&old, r.bytes + 64 + 64 * i, sizeof(old));
		assert_int_equal(old, 0);
	}
	assert_int_equal(peer_target_sum(r.peer, r.target.id, &words, &sum, NULL), 0);
	assert_int_equal(sum, 10 + 11 + 12 + 13);
	assert_int_equal(peer_target_poison(r.peer, r.target.id, 4096, 1, NULL), 0);
	assert_int_equal(peer_target_check(r.peer, r.target.id, &eight, 1, KEY, false, &e), -EBADMSG);
	assert_non_null(strstr(e.text, "offset 4096"));
	/* The CPU's copy goes where messages go, from the same place of the source. */
	pattern_fill(r.bytes, 0, RIG_BYTES, KEY + 1);
	if (peer_rig_here) {
		assert_int_equal(peer_target_copy(r.peer, r.target.id, &eight, r.bytes, 0, 3, NULL), 0);
		assert_int_equal(peer_target_check(r.peer, r.target.id, &eight, 3, KEY + 1, true, NULL), 0);
		assert_int_equal(peer_target_check(r.peer, r.target.id, &eight, 4, KEY + 1, true, &e),
				 -EBADMSG);
		assert_int_equal(peer_target_copy(r.peer, r.target.id + 1, &eight, r.bytes, 0, 1, &e),
				 -EINVAL);
	}
	assert_int_equal(peer_target_copy(r.peer, r.target.id, &eight, r.bytes, 0, 1, &e),
			 peer_rig_here ? 0 : -EOPNOTSUPP);
	peer_rig_close(&r);
}

static void bad_requests_are_refused(void **state)
{
	struct slots s = eight;
	struct peer_target t;
	struct peer_rig r;
	uint64_t v;
	struct err e;

	(void)state;
	peer_rig_open(&r, MEM_HOST);
	for (unsigned int i = 0; i < 2; i++) {
		uint32_t id = i ? UINT32_MAX : r.target.id + 1;

		assert_int_equal(peer_target_close(r.peer, id, &e), -EINVAL);
		assert_int_equal(peer_target_alive(r.peer, id, &e), -EINVAL);
		assert_int_equal(peer_target_poison(r.peer, id, 0, 1, &e), -EINVAL);
		assert_int_equal(peer_target_zero(r.peer, id, 0, 1, &e), -EINVAL);
		assert_int_equal(peer_target_fill(r.peer, id, 0, 1, KEY, &e), -EINVAL);
		assert_int_equal(peer_target_check(r.peer, id, &s, 1, KEY, true, &e), -EINVAL);
		assert_int_equal(peer_target_sum(r.peer, id, &s, &v, &e), -EINVAL);
		assert_int_equal(peer_target_open(r.peer, &(struct peer_target_spec){.memory = id}, &t, &e),
				 -EINVAL);
		assert_int_equal(peer_disconnect(r.peer, id, &e), -EINVAL);
	}
	assert_int_equal(peer_target_zero(r.peer, r.target.id, RIG_BYTES, 0, &e), 0);
	assert_int_equal(peer_target_zero(r.peer, r.target.id, RIG_BYTES, 1, &e), -EINVAL);
	assert_int_equal(peer_target_poison(r.peer, r.target.id, 1, RIG_BYTES, &e), -EINVAL);
	assert_int_equal(peer_target_fill(r.peer, r.target.id, UINT64_MAX, 2, KEY, &e), -EINVAL);
	s.offset = RIG_BYTES - 7 * 1024 - 999;
	assert_int_equal(peer_target_check(r.peer, r.target.id, &s, 1, KEY, true, &e), -EINVAL);
	s.offset--;
	assert_int_equal(peer_target_check(r.peer, r.target.id, &s, 0, KEY, true, &e), 0);
	s.ring = 0;
	assert_int_equal(peer_target_sum(r.peer, r.target.id, &s, &v, &e), -EINVAL);
	s.ring = 8;
	s.size = 7;
	assert_int_equal(peer_target_sum(r.peer, r.target.id, &s, &v, &e), -EINVAL);
	peer_rig_close(&r);
}

static void bad_links_are_refused(void **state)
{
	static const struct peer_link_spec bad[] = {
		{.n = 0, .lanes = 1, .send_wrs = 1},
		{.n = 1, .lanes = 0, .send_wrs = 1},
		{.n = 1, .lanes = 2, .send_wrs = 1},
		{.n = 1, .lanes = 1, .send_wrs = 0},
		{.n = 2, .lanes = 1, .send_wrs = UINT32_MAX},
		{.n = 1, .lanes = 1, .send_wrs = 1, .recv_wrs = UINT32_MAX},
	};
	struct nic_qp_addr none[2] = {{0}}, local[2];
	struct peer_rig r;
	struct err e;
	uint32_t link;

	(void)state;
	peer_rig_open(&r, MEM_HOST);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(peer_connect(r.peer, &bad[i], none, local, &link, &e), -EINVAL);
	peer_rig_close(&r);
}

static uint64_t counted(struct peer *p, const struct mem_hint *h)
{
	struct nic_hint_count c[8];
	uint64_t ops = 0;
	int all = peer_hint_counts(p, c, 8, NULL);

	for (int i = 0; i < all && i < 8; i++)
		if (c[i].tph == h->tph && c[i].st == h->st && c[i].ph == h->ph)
			ops += c[i].ops;
	return ops;
}

/* Each target has its own hint, the memory stays one: what an analyzer sees follows the key that was used. */
static void a_hint_belongs_to_its_target(void **state)
{
	const struct mem_hint hint[2] = {
		{TPH_EXPORTER, 0x11, AXIS_EMPTY, 2, AXIS_EMPTY, AXIS_EMPTY},
		{TPH_EXPORTER, 0x22, AXIS_EMPTY, 1, AXIS_EMPTY, AXIS_EMPTY},
	};
	struct peer_target t[2];
	struct peer_rig r;
	struct rig_wr w;

	(void)state;
	peer_rig_open(&r, MEM_MEMFD);
	peer_rig_link(&r, &one);
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(peer_rig_target(&r, &hint[i], false, &t[i], NULL), 0);
	for (unsigned int i = 0; i < 5; i++) {
		peer_rig_wr(&r, &w, IBV_WR_RDMA_WRITE, 0, 64);
		w.wr.wr.rdma.rkey = t[i > 2].rkey;
		w.wr.wr.rdma.remote_addr = t[i > 2].addr;
		assert_int_equal(peer_rig_do(&r, 0, &w), IBV_WC_SUCCESS);
	}
	assert_int_equal(counted(r.peer, &hint[0]), 3);
	assert_int_equal(counted(r.peer, &hint[1]), 2);
	peer_rig_close(&r);
}

static void a_hint_needs_an_exporter(void **state)
{
	const struct mem_hint hint = {TPH_EXPORTER, 1, AXIS_EMPTY, AXIS_EMPTY, AXIS_EMPTY, AXIS_EMPTY};
	struct peer_target t;
	struct peer_rig r;
	struct err e;

	(void)state;
	peer_rig_open(&r, MEM_HOST);
	assert_int_equal(peer_rig_target(&r, &hint, false, &t, &e), -ENOTSUP);
	assert_string_equal(peer_rig_said(&e), mem_can_export(MEM_HOST));
	assert_int_equal(peer_rig_target(&r, NULL, false, &t, &e), 0);
	peer_rig_close(&r);
}

static void registration_is_timed(void **state)
{
	static struct hist reg, dereg;
	const struct peer_reg times = {&reg, &dereg};
	struct peer_rig r;
	uint64_t n;
	struct err e;

	(void)state;
	hist_clear(&reg);
	hist_clear(&dereg);
	peer_rig_open(&r, MEM_MEMFD);
	assert_int_equal(peer_target_reg(r.peer, r.target.id, 4096, 0, 10, &times, &e), 0);
	assert_int_equal(hist_count(&reg), 10);
	assert_int_equal(hist_count(&dereg), 10);
	assert_true(reg.max > 0);
	assert_int_equal(peer_target_reg(r.peer, r.target.id, RIG_BYTES, 2000000, 1, &times, &e), 0);
	n = hist_count(&reg);
	assert_true(n > 10);
	assert_int_equal(hist_count(&dereg), n);
	assert_int_equal(peer_target_reg(r.peer, r.target.id, 0, 0, 1, &times, &e), -EINVAL);
	assert_int_equal(peer_target_reg(r.peer, r.target.id, RIG_BYTES + 1, 0, 1, &times, &e), -EINVAL);
	assert_int_equal(peer_target_reg(r.peer, 77, 64, 0, 1, &times, &e), -EINVAL);
	assert_int_equal(hist_count(&reg), n);
	assert_int_equal(peer_target_alive(r.peer, r.target.id, &e), 0);
	peer_rig_close(&r);
}

/* Revocation is asked of the target, not guessed from the completion; a sister over the same memory lives on.
 */
static void a_revoked_target_is_known(void **state)
{
	const struct soft_fault revoke = {.kind = SOFT_FAULT_REVOKE};
	struct peer_target other;
	struct peer_rig r;
	struct rig_wr w;
	struct err e;

	(void)state;
	peer_rig_open(&r, MEM_MEMFD);
	peer_rig_link(&r, &one);
	assert_int_equal(peer_rig_target(&r, NULL, false, &other, NULL), 0);
	soft_fault_set(r.cq[0]->context, &revoke);
	peer_rig_wr(&r, &w, IBV_WR_RDMA_WRITE, 0, 64);
	assert_int_not_equal(peer_rig_do(&r, 0, &w), IBV_WC_SUCCESS);
	soft_fault_set(r.cq[0]->context, NULL);
	assert_int_equal(peer_target_alive(r.peer, r.target.id, &e), -ENODEV);
	assert_int_equal(peer_target_alive(r.peer, other.id, &e), 0);
	peer_rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets_of_one_memory_are_the_same_bytes),
		cmocka_unit_test(contents_are_as_asked),
		cmocka_unit_test(bad_requests_are_refused),
		cmocka_unit_test(bad_links_are_refused),
		cmocka_unit_test(a_hint_belongs_to_its_target),
		cmocka_unit_test(a_hint_needs_an_exporter),
		cmocka_unit_test(registration_is_timed),
		cmocka_unit_test(a_revoked_target_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
