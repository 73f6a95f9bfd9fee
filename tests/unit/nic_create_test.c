// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Queues: what is asked of the device, what it grants, and what is said when it is not enough. */
#include <errno.h>

#include "fakes/nic_check.h"

enum {
	DEPTH = 16,
	PLAIN_OPS = IBV_QP_EX_WITH_RDMA_WRITE | IBV_QP_EX_WITH_RDMA_WRITE_WITH_IMM | IBV_QP_EX_WITH_SEND |
		    IBV_QP_EX_WITH_RDMA_READ,
	ATOMIC_OPS = IBV_QP_EX_WITH_ATOMIC_CMP_AND_SWP | IBV_QP_EX_WITH_ATOMIC_FETCH_AND_ADD,
};

struct rig {
	struct nic *n;
	struct ibv_cq *send_cq, *recv_cq;
};

static struct rig rig_open(const struct fake_device *d)
{
	struct rig r = {.n = check_open(d)};

	assert_int_equal(nic_cq_create(r.n, DEPTH, &r.send_cq, NULL), 0);
	assert_int_equal(nic_cq_create(r.n, DEPTH, &r.recv_cq, NULL), 0);
	return r;
}

static void rig_close(struct rig *r)
{
	assert_int_equal(nic_cq_destroy(r->n, r->send_cq, NULL), 0);
	assert_int_equal(nic_cq_destroy(r->n, r->recv_cq, NULL), 0);
	nic_close(r->n);
}

static struct nic_qp_spec spec_of(const struct rig *r)
{
	return (struct nic_qp_spec){.send_cq = r->send_cq, .recv_cq = r->recv_cq, .send_wrs = DEPTH};
}

static void refused(struct rig *r, const struct nic_qp_spec *spec, int code, struct err *e)
{
	struct ibv_qp *qp = (struct ibv_qp *)r;
	int live = fake_live();

	assert_int_equal(nic_qp_create(r->n, spec, &qp, e), code);
	assert_int_equal(e->code, code);
	assert_null(qp);
	assert_int_equal(fake_live(), live);
}

static void depths_are_checked(void **state)
{
	struct rig r = rig_open(&fake_roce);
	struct nic_qp_spec spec = spec_of(&r);
	struct ibv_cq *cq;
	struct err e;

	(void)state;
	assert_int_equal(nic_cq_create(r.n, 0, &cq, &e), -EINVAL);
	assert_int_equal(nic_cq_create(r.n, (1 << 20) + 1, &cq, &e), -EINVAL);
	assert_null(cq);
	CHECK_MESSAGE(&e, "fake0", "1048577 entries asked", "1..1048576", "max_cqe", "lower qd");
	spec.send_wrs = 0;
	refused(&r, &spec, -EINVAL, &e);
	spec.send_wrs = 40000;
	refused(&r, &spec, -EINVAL, &e);
	CHECK_MESSAGE(&e, "fake0", "send queue", "40000 entries asked", "1..32768", "max_qp_wr", "lower qd");
	spec.send_wrs = DEPTH;
	spec.recv_wrs = 32769;
	refused(&r, &spec, -EINVAL, &e);
	CHECK_MESSAGE(&e, "fake0", "receive queue", "32769 entries asked", "1..32768", "max_qp_wr");
	assert_int_equal(fake_count(FAKE_CREATE_QP), 0);
	rig_close(&r);
}

static void what_is_asked(void **state)
{
	struct rig r = rig_open(&fake_roce);
	struct nic_qp_spec spec = spec_of(&r);
	const struct ibv_qp_init_attr_ex *asked = fake_last_qp();
	struct ibv_qp *qp;

	(void)state;
	assert_int_equal(nic_qp_create(r.n, &spec, &qp, NULL), 0);
	assert_ptr_equal(asked->send_cq, r.send_cq);
	assert_ptr_equal(asked->recv_cq, r.recv_cq);
	assert_int_equal(asked->qp_type, IBV_QPT_RC);
	assert_int_equal(asked->sq_sig_all, 0);
	assert_int_equal(asked->cap.max_send_wr, DEPTH);
	assert_int_equal(asked->cap.max_recv_wr, 1); /* a queue that is never used still has an entry */
	assert_int_equal(asked->cap.max_send_sge, 1);
	assert_int_equal(asked->cap.max_inline_data, 0);
	assert_null(nic_qp_ex(r.n, qp));
	assert_int_equal(nic_qp_destroy(r.n, qp, NULL), 0);

	spec.recv_wrs = 32768;
	spec.inline_bytes = 256;
	assert_int_equal(nic_qp_create(r.n, &spec, &qp, NULL), 0);
	assert_int_equal(asked->cap.max_recv_wr, 32768);
	assert_int_equal(asked->cap.max_inline_data, 256);
	assert_int_equal(nic_qp_destroy(r.n, qp, NULL), 0);
	rig_close(&r);
}

static void inline_beyond(uint32_t limit, bool cut, uint32_t asked, const char *most)
{
	struct fake_device d = fake_roce;
	struct nic_qp_spec spec;
	struct err e;
	struct rig r;

	fake_reset();
	d.max_inline = limit;
	d.inline_cut = cut;
	r = rig_open(&d);
	for (int wr = 0; wr < 2; wr++) {
		spec = spec_of(&r);
		spec.inline_bytes = asked;
		spec.wr_api = wr;
		refused(&r, &spec, -EINVAL, &e);
		CHECK_MESSAGE(&e, "fake0", "depth 16", most, "max_inline_data", "inline: 0");
	}
	assert_true(fake_count(FAKE_CREATE_QP) <= 34);
	rig_close(&r);
}

static void inline_is_bounded(void **state)
{
	(void)state;
	inline_beyond(256, false, 257, "257 bytes inline asked");
	inline_beyond(256, false, 257, "at most 256 ");
	inline_beyond(220, false, 1 << 20, "at most 220 ");
	inline_beyond(220, false, UINT32_MAX, "at most 220 ");
	inline_beyond(0, false, 1, "at most 0 ");
	inline_beyond(1, false, 64, "at most 1 ");
	inline_beyond(64, true, 65, "at most 64 ");
	inline_beyond(0, true, 512, "at most 0 ");
}

/* The device is short of memory with or without inline data: that is said, not an inline limit. */
static void inline_is_not_blamed(void **state)
{
	struct rig r = rig_open(&fake_roce);
	struct nic_qp_spec spec = spec_of(&r);
	struct err e;

	(void)state;
	spec.inline_bytes = 64;
	fake_fail(FAKE_CREATE_QP, 0, ENOMEM);
	refused(&r, &spec, -ENOMEM, &e);
	CHECK_MESSAGE(&e, "fake0", "depth 16", "receive depth 0", "ibv_create_qp", "ENOMEM", "less depth");
	fake_fail(FAKE_CREATE_QP, 1, EIO);
	refused(&r, &spec, -EIO, &e);
	CHECK_MESSAGE(&e, "ibv_create_qp", "EIO");
	rig_close(&r);
}

static void wr_api(void **state)
{
	struct rig r = rig_open(&fake_roce);
	struct nic_qp_spec spec = spec_of(&r);
	struct ibv_qp *qp;
	struct err e;

	(void)state;
	assert_true(nic_attr(r.n)->wr_api);
	spec.wr_api = true;
	assert_int_equal(nic_qp_create(r.n, &spec, &qp, NULL), 0);
	assert_int_equal(fake_last_qp()->send_ops_flags, PLAIN_OPS | ATOMIC_OPS);
	assert_non_null(nic_qp_ex(r.n, qp));
	assert_int_equal(nic_qp_destroy(r.n, qp, NULL), 0);

	fake_fail(FAKE_CREATE_QP_EX, 1, ENOMEM);
	refused(&r, &spec, -ENOMEM, &e);
	CHECK_MESSAGE(&e, "ibv_create_qp_ex", "ENOMEM", "less depth");
	rig_close(&r);
}

static void wr_api_without_atomics(void **state)
{
	struct fake_device d = fake_roce;
	struct rig r;

	(void)state;
	d.attr.atomic_cap = IBV_ATOMIC_NONE;
	r = rig_open(&d);
	assert_false(nic_attr(r.n)->atomics);
	assert_true(nic_attr(r.n)->wr_api);
	assert_int_equal(fake_last_qp()->send_ops_flags, PLAIN_OPS);
	rig_close(&r);
}

static void no_wr_api_on(const struct fake_device *d, const char *answer)
{
	struct nic_qp_spec spec;
	struct ibv_qp *qp;
	struct err e;
	struct rig r;

	fake_reset();
	r = rig_open(d);
	assert_false(nic_attr(r.n)->wr_api);
	spec = spec_of(&r);
	spec.wr_api = true;
	refused(&r, &spec, -EOPNOTSUPP, &e);
	CHECK_MESSAGE(&e, "fake0", "ibv_wr_*()", "IBV_QP_INIT_ATTR_SEND_OPS_FLAGS", answer, "post: classic");
	spec.wr_api = false;
	assert_int_equal(nic_qp_create(r.n, &spec, &qp, NULL), 0);
	assert_null(nic_qp_ex(r.n, qp));
	assert_int_equal(nic_qp_destroy(r.n, qp, NULL), 0);
	rig_close(&r);
}

static void no_wr_api(void **state)
{
	struct fake_device d = fake_roce;

	(void)state;
	d.no_wr = EOPNOTSUPP;
	no_wr_api_on(&d, "EOPNOTSUPP");
	d.no_wr = EINVAL;
	no_wr_api_on(&d, "EINVAL");
	d.no_wr = 0;
	d.wr_ignored = true;
	no_wr_api_on(&d, "EOPNOTSUPP");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(depths_are_checked),
		CHECK_TEST(what_is_asked),
		CHECK_TEST(inline_is_bounded),
		CHECK_TEST(inline_is_not_blamed),
		CHECK_TEST(wr_api),
		CHECK_TEST(wr_api_without_atomics),
		CHECK_TEST(no_wr_api),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
