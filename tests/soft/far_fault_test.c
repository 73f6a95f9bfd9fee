// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What goes wrong between two devices ends as it does within one: statuses, states of both ends, what is
 * flushed. And what only two processes have: one of them dies, its memory is its own, it says nonsense.
 */
#include "soft/far_rig.h"

#include <errno.h>
#include <string.h>

#include "base/rng.h"
#include "nic/soft/far.h"

static void expect_state(struct far *f, int end, uint32_t qp, const char *state)
{
	struct far_answer a = far_ask(f, end, &(struct far_ask){.what = FAR_STATE, .qp = qp});

	assert_string_equal(a.text, state);
}

/* @op of end 0 is refused by end 1: both are in ERR, nothing has moved, what follows is flushed. */
static void refused(struct far *f, const struct far_ask *op, enum ibv_wc_status status,
		    enum soft_syndrome syndrome)
{
	struct far_ask next = far_op(f, 0, op->qp, IBV_WR_RDMA_WRITE, 0, 8);
	static unsigned char before[FAR_BYTES];

	memcpy(before, f->bytes[1], FAR_BYTES);
	assert_int_equal(far_run(f, 0, op, status).bytes, syndrome);
	far_run(f, 0, &next, IBV_WC_WR_FLUSH_ERR);
	assert_memory_equal(before, f->bytes[1], FAR_BYTES);
	expect_state(f, 0, op->qp, "ERR");
}

static void bad_keys_and_ranges(struct far *f)
{
	struct far_ask key = far_op(f, 0, 0, IBV_WR_RDMA_WRITE, 0, 8);
	struct far_ask bounds = far_op(f, 0, 1, IBV_WR_RDMA_READ, FAR_BYTES - 7, 8);
	struct far_ask align = far_op(f, 0, 2, IBV_WR_ATOMIC_FETCH_AND_ADD, 4, 8);

	key.wr.wr.rdma.rkey += 0x100;
	bounds.at = 0;
	refused(f, &key, IBV_WC_REM_ACCESS_ERR, SOFT_SYN_KEY);
	expect_state(f, 1, 0, "ERR");
	refused(f, &bounds, IBV_WC_REM_ACCESS_ERR, SOFT_SYN_BOUNDS);
	expect_state(f, 1, 1, "ERR");
	expect_state(f, 1, 2, "RTS");
	refused(f, &align, IBV_WC_REM_INV_REQ_ERR, SOFT_SYN_ALIGN);
	expect_state(f, 1, 2, "ERR");
}

static void keys_and_ranges(void **state)
{
	(void)state;
	far_everywhere(bad_keys_and_ranges);
}

static void less_rights(struct far *f)
{
	struct far_ask less = {.what = FAR_REREG, .access = IBV_ACCESS_REMOTE_READ};
	struct far_ask w, r, old = far_op(f, 0, 0, IBV_WR_RDMA_READ, 0, 8);
	struct far_answer a;

	far_run(f, 0, &old, IBV_WC_SUCCESS); /* whatever is kept of it must not live on */
	a = far_ask(f, 1, &less);
	assert_int_equal(a.rc, 0);
	refused(f, &old, IBV_WC_REM_ACCESS_ERR, SOFT_SYN_KEY);
	f->open[1].key = a.key;
	f->open[1].address = a.address;
	w = far_op(f, 0, 1, IBV_WR_RDMA_WRITE, 0, 8);
	r = far_op(f, 0, 1, IBV_WR_RDMA_READ, 0, 8);
	far_run(f, 0, &r, IBV_WC_SUCCESS);
	refused(f, &w, IBV_WC_REM_ACCESS_ERR, SOFT_SYN_RIGHTS);
}

static void rights(void **state)
{
	(void)state;
	far_everywhere(less_rights);
}

static void revoked_by_owner(struct far *f)
{
	struct far_ask w = far_op(f, 0, 0, IBV_WR_RDMA_WRITE, 0, 8);

	far_run(f, 0, &w, IBV_WC_SUCCESS);
	assert_int_equal(far_simple(f, 1, FAR_ALIVE, 0), 0);
	far_simple(f, 1, FAR_REVOKE, 0);
	refused(f, &w, IBV_WC_REM_ACCESS_ERR, SOFT_SYN_REVOKED);
	assert_int_equal(far_simple(f, 1, FAR_ALIVE, 0), -ENODEV);
}

static void arm(struct far *f, const struct soft_fault *fault)
{
	soft_fault_set(f->end[0].cq->context, fault);
}

static void revoked_from_afar(struct far *f)
{
	struct far_ask s = far_op(f, 0, 0, IBV_WR_SEND, 0, 8);
	struct far_ask w = far_op(f, 0, 1, IBV_WR_RDMA_WRITE, 0, 8);

	assert_int_equal(far_receive(f, 1, 0, 64, 64, 3), 0);
	arm(f, &(struct soft_fault){.kind = SOFT_FAULT_REVOKE});
	assert_int_equal(far_run(f, 0, &s, IBV_WC_REM_OP_ERR).bytes, SOFT_SYN_REVOKED);
	assert_int_equal(far_expect(f, 1, 3, IBV_WC_LOC_PROT_ERR).bytes, SOFT_SYN_REVOKED);
	assert_int_equal(far_simple(f, 1, FAR_ALIVE, 0), -ENODEV);
	refused(f, &w, IBV_WC_REM_ACCESS_ERR, SOFT_SYN_REVOKED);
}

static void revocation(void **state)
{
	(void)state;
	far_everywhere(revoked_by_owner);
	far_everywhere(revoked_from_afar);
}

static void deregistered(struct far *f)
{
	struct far_ask w = far_op(f, 0, 0, IBV_WR_RDMA_WRITE, 0, 8);

	far_run(f, 0, &w, IBV_WC_SUCCESS);
	assert_int_equal(far_simple(f, 1, FAR_DEREG, 0), 0);
	refused(f, &w, IBV_WC_REM_ACCESS_ERR, SOFT_SYN_KEY);
}

static void deregistration(void **state)
{
	(void)state;
	far_everywhere(deregistered);
}

/* A queue pair in ERR does not answer; its receives come back. */
static void answerer_in_err(struct far *f)
{
	struct far_ask w = far_op(f, 0, 0, IBV_WR_RDMA_WRITE, 0, 8);
	struct far_ask gone = far_op(f, 0, 1, IBV_WR_SEND, 0, 8);
	struct far_ask waits = far_op(f, 0, 2, IBV_WR_SEND, 16, 8);
	struct far_answer a;

	assert_int_equal(far_receive(f, 1, 0, 0, 8, 5), 0);
	assert_int_equal(far_receive(f, 1, 0, 0, 8, 6), 0);
	assert_int_equal(far_simple(f, 1, FAR_FLUSH, 0), 0);
	a = far_ask(f, 1, &(struct far_ask){.what = FAR_POLL});
	assert_int_equal(a.rc, 2);
	assert_int_equal(a.wc[0].id, 5);
	assert_int_equal(a.wc[1].id, 6);
	assert_int_equal(a.wc[1].status, IBV_WC_WR_FLUSH_ERR);
	refused(f, &w, IBV_WC_RETRY_EXC_ERR, SOFT_SYN_NO_PEER);

	assert_int_equal(far_ask(f, 0, &waits).rc, 0);
	far_expect_none(f, 0);
	far_simple(f, 1, FAR_DESTROY_QP, 1);
	refused(f, &gone, IBV_WC_RETRY_EXC_ERR, SOFT_SYN_NO_PEER);
	assert_int_equal(far_simple(f, 1, FAR_FLUSH, 2), 0);
	far_expect(f, 0, waits.id, IBV_WC_RETRY_EXC_ERR);
}

static void nobody_answers(void **state)
{
	(void)state;
	far_everywhere(answerer_in_err);
}

/* Both ends are told, and the receives behind are flushed. */
static void send_too_long(struct far *f)
{
	struct far_ask s = far_op(f, 0, 0, IBV_WR_SEND, 0, 65);
	struct far_answer a;

	assert_int_equal(far_receive(f, 1, 0, 0, 64, 1), 0);
	assert_int_equal(far_receive(f, 1, 0, 0, 64, 2), 0);
	refused(f, &s, IBV_WC_REM_INV_REQ_ERR, SOFT_SYN_LENGTH);
	a = far_ask(f, 1, &(struct far_ask){.what = FAR_POLL});
	if (a.rc == 1) { /* the flush may come with the next poll */
		assert_int_equal(a.wc[0].status, IBV_WC_LOC_LEN_ERR);
		far_expect(f, 1, 2, IBV_WC_WR_FLUSH_ERR);
	} else {
		assert_int_equal(a.rc, 2);
		assert_int_equal(a.wc[0].status, IBV_WC_LOC_LEN_ERR);
		assert_int_equal(a.wc[1].status, IBV_WC_WR_FLUSH_ERR);
	}
	expect_state(f, 1, 0, "ERR");
}

static void too_long(void **state)
{
	(void)state;
	far_everywhere(send_too_long);
}

/* An end finds out by its next poll or post that the other one has moved it to ERR. */
static void told_by_naks(struct far *f)
{
	struct far_ask bad = far_op(f, 0, 0, IBV_WR_RDMA_WRITE, 0, 8);
	struct far_ask own = far_op(f, 1, 0, IBV_WR_RDMA_WRITE, 0, 8);
	uint64_t flushed = 0;

	assert_int_equal(far_receive(f, 1, 0, 0, 8, 9), 0);
	bad.wr.wr.rdma.rkey = 0;
	refused(f, &bad, IBV_WC_REM_ACCESS_ERR, SOFT_SYN_KEY);
	assert_int_equal(far_ask(f, 1, &own).rc, 0);
	for (int polls = 0; polls < 3; polls++) {
		struct far_answer a = far_ask(f, 1, &(struct far_ask){.what = FAR_POLL});

		for (int k = 0; k < a.rc; k++) {
			assert_int_equal(a.wc[k].status, IBV_WC_WR_FLUSH_ERR);
			flushed += a.wc[k].id;
		}
	}
	assert_int_equal(flushed, 9 + own.id);
}

static void naks(void **state)
{
	(void)state;
	far_everywhere(told_by_naks);
}

static void injected(struct far *f)
{
	struct far_ask w = far_op(f, 0, 0, IBV_WR_RDMA_WRITE, 0, 100);

	arm(f, &(struct soft_fault){.kind = SOFT_FAULT_WRONG_DATA});
	far_run(f, 0, &w, IBV_WC_SUCCESS);
	assert_int_equal(f->bytes[1][0], (unsigned char)~f->bytes[0][0]);
	assert_memory_equal(f->bytes[0] + 1, f->bytes[1] + 1, 99);
	arm(f, NULL);
	far_run(f, 0, &w, IBV_WC_SUCCESS);
	assert_memory_equal(f->bytes[0], f->bytes[1], 100);
	arm(f, &(struct soft_fault){.kind = SOFT_FAULT_DROP});
	w = far_op(f, 0, 0, IBV_WR_RDMA_WRITE, 200, 100);
	far_run(f, 0, &w, IBV_WC_SUCCESS);
	assert_memory_not_equal(f->bytes[0] + 200, f->bytes[1] + 200, 100);
	arm(f, &(struct soft_fault){.kind = SOFT_FAULT_ERROR, .status = IBV_WC_LOC_QP_OP_ERR});
	refused(f, &w, IBV_WC_LOC_QP_OP_ERR, SOFT_SYN_FAULT);
	arm(f, NULL);
}

static void faults(void **state)
{
	(void)state;
	far_everywhere(injected);
}

/* ---- of two processes only ---- */

static void private_memory(void **state)
{
	struct far f;
	struct far_ask w;
	struct far_answer a;

	(void)state;
	far_start(&f, FAR_OTHER_PROCESS);
	far_link(&f, FAR_ACCESS, FAR_PRIVATE);
	w = far_op(&f, 0, 0, IBV_WR_RDMA_WRITE, 0, 8);
	refused(&f, &w, IBV_WC_REM_ACCESS_ERR, SOFT_SYN_PRIVATE);
	a = far_ask(&f, 0, &(struct far_ask){.what = FAR_EVENT});
	assert_int_equal(a.rc, 1);
	assert_non_null(strstr(a.text, "private"));
	far_stop(&f);
}

/* Posts until that fails, which has to be soon. */
static void post_until_dead(struct far *f, uint32_t qp)
{
	for (int i = 0; i <= SOFT_FAR_LOOK; i++) {
		struct far_ask w = far_op(f, 0, qp, IBV_WR_RDMA_WRITE, 0, 8);
		struct far_answer a;

		assert_int_equal(far_ask(f, 0, &w).rc, 0);
		a = far_ask(f, 0, &(struct far_ask){.what = FAR_POLL});
		assert_int_equal(a.rc, 1);
		if (a.wc[0].status != IBV_WC_SUCCESS) {
			assert_int_equal(a.wc[0].status, IBV_WC_RETRY_EXC_ERR);
			assert_int_equal(a.wc[0].bytes, SOFT_SYN_NO_PEER);
			return;
		}
	}
	fail_msg("a dead peer answers");
}

static void killed(void **state)
{
	struct far f;
	struct far_ask waits;

	(void)state;
	far_start(&f, FAR_OTHER_PROCESS);
	far_link(&f, FAR_ACCESS, FAR_HOST);
	waits = far_op(&f, 0, 1, IBV_WR_SEND, 0, 8);
	waits.id = 99;
	assert_int_equal(far_ask(&f, 0, &waits).rc, 0);
	far_expect_none(&f, 0);
	far_kill(&f);
	for (int i = 0; i <= SOFT_FAR_LOOK; i++) { /* what waits for a receive finds out by polling */
		struct far_answer a = far_ask(&f, 0, &(struct far_ask){.what = FAR_POLL});

		if (a.rc) {
			assert_int_equal(a.wc[0].id, 99);
			assert_int_equal(a.wc[0].status, IBV_WC_RETRY_EXC_ERR);
			break;
		}
		assert_int_not_equal(i, SOFT_FAR_LOOK);
	}
	post_until_dead(&f, 0);
	far_stop(&f);
}

/* Who sends died in the middle of a message: its receiver still gets its receives back. */
static void killed_in_a_message(void **state)
{
	struct far f;

	(void)state;
	far_start(&f, FAR_OTHER_PROCESS);
	far_link(&f, FAR_ACCESS, FAR_HOST);
	assert_int_equal(far_receive(&f, 0, 0, 0, 8, 4), 0);
	atomic_store(&((struct soft_qp *)f.end[0].qp[0])->shared->rq_busy, 1);
	assert_int_equal(far_simple(&f, 0, FAR_FLUSH, 0), 0);
	far_expect_none(&f, 0);
	far_kill(&f);
	far_expect(&f, 0, 4, IBV_WC_WR_FLUSH_ERR);
	far_stop(&f);
}

static void closed(void **state)
{
	struct far f;
	struct far_ask w;

	(void)state;
	far_start(&f, FAR_OTHER_PROCESS);
	far_link(&f, FAR_ACCESS, FAR_HOST);
	w = far_op(&f, 0, 0, IBV_WR_RDMA_WRITE, 0, 8);
	far_run(&f, 0, &w, IBV_WC_SUCCESS);
	far_simple(&f, 1, FAR_CLOSE, 0);
	refused(&f, &w, IBV_WC_RETRY_EXC_ERR, SOFT_SYN_NO_PEER);
	far_stop(&f);
}

/* A process that stops without a word is as hardware that is slow: nothing fails. */
static void hanging(void **state)
{
	struct far f;
	struct far_ask w;

	(void)state;
	far_start(&f, FAR_OTHER_PROCESS);
	far_link(&f, FAR_ACCESS, FAR_HOST);
	far_ask(&f, 1, &(struct far_ask){.what = FAR_HANG});
	for (int i = 0; i < 2 * SOFT_FAR_LOOK; i++) {
		w = far_op(&f, 0, 0, IBV_WR_RDMA_WRITE, 8 * (uint64_t)i, 8);
		far_run(&f, 0, &w, IBV_WC_SUCCESS);
	}
	far_kill(&f);
	far_stop(&f);
}

/* What a broken process writes where both can ends connections, and nothing else. */
static void nonsense(void **state)
{
	static const uint32_t taken[] = {1, 5000, UINT32_MAX};
	struct far f;

	(void)state;
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		struct share_qp *mine;

		far_start(&f, FAR_OTHER_PROCESS);
		far_link(&f, FAR_ACCESS, FAR_HOST);
		mine = ((struct soft_qp *)f.end[0].qp[1])->shared;
		atomic_store(&mine->rq_taken, taken[i]);
		far_expect_none(&f, 0);
		expect_state(&f, 0, 1, "ERR");
		expect_state(&f, 0, 0, "RTS");
		far_stop(&f);
	}
}

/* Completions that came over are in bounds whatever was written. */
static void wild_completion(void **state)
{
	struct share_receive *r;
	struct soft_qp *qp;
	struct far_wc wc;
	struct far f;

	(void)state;
	far_start(&f, FAR_OTHER_PROCESS);
	far_link(&f, FAR_ACCESS, FAR_HOST);
	assert_int_equal(far_receive(&f, 0, 0, 0, 8, 4), 0);
	qp = (struct soft_qp *)f.end[0].qp[0];
	r = (struct share_receive *)(void *)qp->far->own;
	memset(r, 0xff, sizeof(*r));
	r->status = IBV_WC_SUCCESS;
	atomic_store(&qp->shared->rq_taken, 1);
	wc = far_expect(&f, 0, 4, IBV_WC_SUCCESS);
	assert_int_equal(wc.bytes, 8);
	assert_int_equal(wc.opcode, IBV_WC_RECV);
	far_stop(&f);
}

/* Whatever a broken process writes where it can: no operation goes beyond what was mapped, each one ends. */
static void scribbled(void **state)
{
	static const enum ibv_wr_opcode codes[] = {IBV_WR_RDMA_WRITE, IBV_WR_RDMA_READ, IBV_WR_SEND,
						   IBV_WR_RDMA_WRITE_WITH_IMM, IBV_WR_ATOMIC_FETCH_AND_ADD};
	struct rng r = {4711};
	uint32_t failed = 0;

	(void)state;
	for (int round = 0; round < 40; round++) {
		struct share *s;
		struct far f;

		far_start(&f, FAR_OTHER_PROCESS);
		far_link(&f, FAR_ACCESS, FAR_HOST);
		for (uint32_t q = 0; q < FAR_QPS; q++)
			assert_int_equal(far_receive(&f, 1, q, 0, 64, q), 0);
		s = ((struct soft_qp *)f.end[0].qp[0])->far->seg->share;
		for (int i = 0; i < 60; i++) {
			unsigned char *at =
				rng_next(&r) & 1 ? (unsigned char *)s->qps : (unsigned char *)s->mrs;
			unsigned char *ring = s->rings[1 + rng_next(&r) % 3];

			at[rng_next(&r) % 600] = (unsigned char)rng_next(&r);
			ring[rng_next(&r) % 100] = (unsigned char)rng_next(&r);
		}
		for (uint32_t i = 0; i < 5 * FAR_QPS; i++) {
			struct far_ask op = far_op(&f, 0, i % FAR_QPS, codes[i / FAR_QPS], 0, 8);
			struct far_answer a;

			far_ask(&f, 0, &op);
			a = far_ask(&f, 0, &(struct far_ask){.what = FAR_POLL});
			failed += a.rc > 0 && a.wc[0].status != IBV_WC_SUCCESS;
			assert_true(far_simple(&f, 1, FAR_POLL, 0) >= 0);
		}
		far_stop(&f);
	}
	assert_true(failed > 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_and_ranges),
		cmocka_unit_test(rights),
		cmocka_unit_test(revocation),
		cmocka_unit_test(deregistration),
		cmocka_unit_test(nobody_answers),
		cmocka_unit_test(too_long),
		cmocka_unit_test(naks),
		cmocka_unit_test(faults),
		cmocka_unit_test(private_memory),
		cmocka_unit_test(killed),
		cmocka_unit_test(killed_in_a_message),
		cmocka_unit_test(closed),
		cmocka_unit_test(hanging),
		cmocka_unit_test(nonsense),
		cmocka_unit_test(wild_completion),
		cmocka_unit_test(scribbled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
