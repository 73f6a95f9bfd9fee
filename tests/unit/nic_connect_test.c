// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* RESET -> INIT -> RTR -> RTS: the exact masks and values, and what both ends agree on. */
#include <errno.h>

#include "fakes/nic_check.h"

enum { RIGHTS = IBV_ACCESS_REMOTE_READ | IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_REMOTE_ATOMIC, DEPTH = 16 };

struct end {
	struct nic *n;
	struct ibv_cq *cq;
	struct ibv_qp *qp;
	struct nic_qp_addr addr;
};

static struct end end_open(const struct fake_device *d)
{
	struct end x = {.n = check_open(d)};

	assert_int_equal(nic_cq_create(x.n, DEPTH, &x.cq, NULL), 0);
	assert_int_equal(check_qp_create(x.n, x.cq, DEPTH, &x.qp, NULL), 0);
	nic_qp_addr(x.n, x.qp, &x.addr);
	return x;
}

static void end_close(struct end *x)
{
	assert_int_equal(nic_qp_destroy(x->n, x->qp, NULL), 0);
	assert_int_equal(nic_cq_destroy(x->n, x->cq, NULL), 0);
	nic_close(x->n);
}

static void masks_and_values(void **state)
{
	struct end x = end_open(&fake_roce);
	struct nic_qp_addr far = x.addr;
	const struct ibv_qp_attr *a;

	(void)state;
	far.qp_num = 0x777;
	far.psn = 0xabcdef;
	far.gid[15] = 9;
	assert_int_equal(nic_qp_connect(x.n, x.qp, &x.addr, &far, RIGHTS, NULL), 0);
	assert_int_equal(fake_count(FAKE_MODIFY_QP), 3);

	assert_int_equal(fake_modify(0)->mask,
			 IBV_QP_STATE | IBV_QP_PKEY_INDEX | IBV_QP_PORT | IBV_QP_ACCESS_FLAGS);
	a = &fake_modify(0)->attr;
	assert_int_equal(a->qp_state, IBV_QPS_INIT);
	assert_int_equal(a->pkey_index, 0);
	assert_int_equal(a->port_num, 1);
	assert_int_equal(a->qp_access_flags, RIGHTS);

	assert_int_equal(fake_modify(1)->mask, IBV_QP_STATE | IBV_QP_AV | IBV_QP_PATH_MTU | IBV_QP_DEST_QPN |
						       IBV_QP_RQ_PSN | IBV_QP_MAX_DEST_RD_ATOMIC |
						       IBV_QP_MIN_RNR_TIMER);
	a = &fake_modify(1)->attr;
	assert_int_equal(a->qp_state, IBV_QPS_RTR);
	assert_int_equal(a->path_mtu, IBV_MTU_1024);
	assert_int_equal(a->dest_qp_num, 0x777);
	assert_int_equal(a->rq_psn, 0xabcdef);
	assert_int_equal(a->max_dest_rd_atomic, 16);
	assert_int_equal(a->min_rnr_timer, 12);
	assert_int_equal(a->ah_attr.port_num, 1);
	assert_int_equal(a->ah_attr.is_global, 1);
	assert_int_equal(a->ah_attr.grh.sgid_index, 1);
	assert_int_equal(a->ah_attr.grh.hop_limit, 255);
	assert_memory_equal(a->ah_attr.grh.dgid.raw, far.gid, sizeof(far.gid));

	assert_int_equal(fake_modify(2)->mask, IBV_QP_STATE | IBV_QP_SQ_PSN | IBV_QP_TIMEOUT |
						       IBV_QP_RETRY_CNT | IBV_QP_RNR_RETRY |
						       IBV_QP_MAX_QP_RD_ATOMIC);
	a = &fake_modify(2)->attr;
	assert_int_equal(a->qp_state, IBV_QPS_RTS);
	assert_int_equal(a->sq_psn, x.addr.psn);
	assert_int_equal(a->timeout, 14);
	assert_int_equal(a->retry_cnt, 7);
	assert_int_equal(a->rnr_retry, 7);
	assert_int_equal(a->max_rd_atomic, 16);
	end_close(&x);
}

static void infiniband_uses_the_lid(void **state)
{
	static const struct ibv_gid_entry gid = {.gid.raw = {0xfe, 0x80, [15] = 1}, .port_num = 1};
	struct fake_device d = fake_roce;
	struct nic_qp_addr far;
	struct end x;

	(void)state;
	d.port.link_layer = IBV_LINK_LAYER_INFINIBAND;
	d.port.lid = 4;
	d.gids = &gid;
	x = end_open(&d);
	assert_int_equal(x.addr.lid, 4);
	far = x.addr;
	far.lid = 7;
	assert_int_equal(nic_qp_connect(x.n, x.qp, &x.addr, &far, RIGHTS, NULL), 0);
	assert_int_equal(fake_modify(1)->attr.ah_attr.dlid, 7);
	assert_int_equal(fake_modify(1)->attr.ah_attr.is_global, 0);

	far.gid[7] = 1; /* another subnet: only a router gets there */
	assert_int_equal(nic_qp_connect(x.n, x.qp, &x.addr, &far, RIGHTS, NULL), 0);
	assert_int_equal(fake_modify(4)->attr.ah_attr.is_global, 1);
	assert_int_equal(fake_modify(4)->attr.ah_attr.grh.sgid_index, 0);
	end_close(&x);
}

static void mtu_is_the_smaller(void **state)
{
	static const struct {
		uint32_t local, remote;
		int want;
	} row[] = {{1024, 1024, IBV_MTU_1024}, {1024, 4096, IBV_MTU_1024}, {4096, 256, IBV_MTU_256},
		   {4096, 4096, IBV_MTU_4096}, {4096, 1500, IBV_MTU_1024}, {8192, 9000, IBV_MTU_4096}};
	struct end x = end_open(&fake_roce);

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct nic_qp_addr local = x.addr, remote = x.addr;

		local.mtu = row[i].local;
		remote.mtu = row[i].remote;
		assert_int_equal(nic_qp_connect(x.n, x.qp, &local, &remote, RIGHTS, NULL), 0);
		assert_int_equal(fake_modify(3 * (int)i + 1)->attr.path_mtu, row[i].want);
	}
	end_close(&x);
}

static void no_mtu_fits(void **state)
{
	struct end x = end_open(&fake_roce);
	struct nic_qp_addr far = x.addr;
	struct err e;

	(void)state;
	far.mtu = 100;
	assert_int_equal(nic_qp_connect(x.n, x.qp, &x.addr, &far, RIGHTS, &e), -EINVAL);
	CHECK_MESSAGE(&e, "fake0", "1024", "100", "256");
	end_close(&x);
}

/* What this end sends and the far end takes, and the other way round. */
static void rd_atomic_is_the_smaller(void **state)
{
	static const struct {
		uint32_t init, taken, far_init, far_taken;
		int out, in;
	} row[] = {
		{128, 128, 128, 128, 128, 128}, {8, 128, 128, 128, 8, 128},	 {128, 128, 128, 2, 2, 128},
		{128, 4, 128, 128, 128, 4},	{128, 128, 3, 128, 128, 3},	 {0, 16, 0, 16, 0, 0},
		{255, 128, 255, 255, 255, 128}, {1000, 999, 700, 800, 255, 255},
	};
	struct fake_device d = fake_roce;
	struct end x;

	(void)state;
	d.attr.max_qp_rd_atom = 128;
	d.attr.max_qp_init_rd_atom = 1000;
	x = end_open(&d);
	assert_int_equal(x.addr.rd_atomic, 128);
	assert_int_equal(x.addr.rd_init, 255);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct nic_qp_addr local = x.addr, far = x.addr;

		local.rd_init = row[i].init;
		local.rd_atomic = row[i].taken;
		far.rd_init = row[i].far_init;
		far.rd_atomic = row[i].far_taken;
		assert_int_equal(nic_qp_connect(x.n, x.qp, &local, &far, RIGHTS, NULL), 0);
		assert_int_equal(fake_modify(3 * (int)i + 2)->attr.max_rd_atomic, row[i].out);
		assert_int_equal(fake_modify(3 * (int)i + 1)->attr.max_dest_rd_atomic, row[i].in);
	}
	end_close(&x);
}

static void psn_is_fresh_and_fits(void **state)
{
	struct end x = end_open(&fake_roce);
	struct nic_qp_addr again;

	(void)state;
	nic_qp_addr(x.n, x.qp, &again);
	assert_int_not_equal(again.psn, x.addr.psn);
	assert_true(again.psn <= 0xffffff && x.addr.psn <= 0xffffff);
	assert_int_equal(again.qp_num, x.qp->qp_num);
	assert_int_equal(again.mtu, 1024);
	assert_memory_equal(again.gid, nic_attr(x.n)->gid.raw, sizeof(again.gid));
	end_close(&x);
}

static void states_have_names(void **state)
{
	struct end x = end_open(&fake_roce);

	(void)state;
	assert_string_equal(nic_qp_state(x.n, x.qp), "RESET");
	assert_int_equal(nic_qp_connect(x.n, x.qp, &x.addr, &x.addr, RIGHTS, NULL), 0);
	assert_string_equal(nic_qp_state(x.n, x.qp), "RTS");
	assert_int_equal(nic_qp_flush(x.n, x.qp), 0);
	assert_string_equal(nic_qp_state(x.n, x.qp), "ERR");
	fake_fail(FAKE_QUERY_QP, 1, EIO);
	assert_string_equal(nic_qp_state(x.n, x.qp), "unknown");
	fake_fail(FAKE_MODIFY_QP, 1, EIO);
	assert_int_equal(nic_qp_flush(x.n, x.qp), -EIO);
	fake_fail(FAKE_MODIFY_QP, 1, -ENXIO); /* a provider that gives its errno a sign */
	assert_int_equal(nic_qp_flush(x.n, x.qp), -ENXIO);
	end_close(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(masks_and_values),	      CHECK_TEST(infiniband_uses_the_lid),
		CHECK_TEST(mtu_is_the_smaller),	      CHECK_TEST(no_mtu_fits),
		CHECK_TEST(rd_atomic_is_the_smaller), CHECK_TEST(psn_is_fresh_and_fits),
		CHECK_TEST(states_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
