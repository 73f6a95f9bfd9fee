// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The analyzer: accesses by the hint their MRs carry, MRs come and gone, through the contract of nic.h. */
#include "soft/rig.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct nic_backend *const soft = &nic_backend_soft;

static const struct mem_hint tag_1 = {TPH_EXPORTER, 1, AXIS_EMPTY, 0, AXIS_EMPTY, AXIS_EMPTY};
static const struct mem_hint tag_1_ph_2 = {TPH_EXPORTER, 1, AXIS_EMPTY, 2, AXIS_EMPTY, AXIS_EMPTY};
static const struct mem_hint tag_1_ext = {TPH_EXPORTER, 1, 300, 0, AXIS_EMPTY, AXIS_EMPTY};
static const struct mem_hint handle = {TPH_DMAH, 1, AXIS_EMPTY, 0, AXIS_EMPTY, AXIS_EMPTY};
static const struct mem_hint none_but = {TPH_NONE, 7, 7, 7, 7, 7};

static struct ibv_mr *reg(struct rig *r, const struct mem_hint *hint)
{
	struct ibv_mr *mr;

	assert_int_equal(soft->mr_reg_va(&r->n, r->buf[1], r->bytes, RIG_ACCESS, hint, &mr, NULL), 0);
	return mr;
}

static void access_mr(struct rig *r, const struct ibv_mr *mr, enum ibv_wr_opcode opcode, uint32_t bytes)
{
	struct ibv_send_wr *bad;
	struct rig_op op;

	rig_op(r, &op, opcode, 0, bytes, 1, IBV_SEND_SIGNALED);
	op.wr.wr.rdma.rkey = mr->rkey;
	assert_int_equal(ibv_post_send(r->qp[0], &op.wr, &bad), 0);
	rig_expect(r->cq[0], 1, IBV_WC_SUCCESS);
}

static void expect(struct rig *r, int index, const struct mem_hint *h, uint64_t ops, uint64_t bytes)
{
	struct nic_hint_count c[8];
	bool none = h->tph == TPH_NONE;

	assert_in_range(soft->hint_counts(&r->n, c, 8), index + 1, 8);
	assert_int_equal(c[index].tph, h->tph);
	assert_int_equal(c[index].st, none ? AXIS_EMPTY : h->st);
	assert_int_equal(c[index].st_ext, none ? AXIS_EMPTY : h->st_ext);
	assert_int_equal(c[index].ph, none ? AXIS_EMPTY : h->ph);
	assert_int_equal(c[index].ops, ops);
	assert_int_equal(c[index].bytes, bytes);
}

static void test_counts(void **state)
{
	static const struct mem_hint *const hints[] = {&tag_1, &tag_1_ph_2, &tag_1_ext, &handle};
	struct nic_hint_count few[2];
	struct ibv_mr *mr[4], *again;
	struct rig r;

	(void)state;
	rig_open(&r, &(struct rig_opt){0});
	for (int i = 0; i < 4; i++)
		mr[i] = reg(&r, hints[i]);
	again = reg(&r, &none_but); /* no sixth */
	assert_int_equal(soft->hint_counts(&r.n, NULL, 0), 5);
	assert_int_equal(soft->mr_dereg(&r.n, again, NULL), 0);
	for (int i = 0; i < 4; i++) {
		for (int k = 0; k <= i; k++)
			access_mr(&r, mr[i], k & 1 ? IBV_WR_RDMA_READ : IBV_WR_RDMA_WRITE, 10);
		expect(&r, i + 1, hints[i], (uint64_t)i + 1, 10 * ((uint64_t)i + 1));
	}
	expect(&r, 0, &none_but, 10, 100); /* the source's side of all of them */
	again = reg(&r, &tag_1);
	access_mr(&r, again, IBV_WR_RDMA_WRITE, 1);
	assert_int_equal(soft->mr_dereg(&r.n, mr[0], NULL), 0);
	expect(&r, 1, &tag_1, 2, 11); /* two MRs, one of them closed */
	assert_int_equal(soft->mr_dereg(&r.n, again, NULL), 0);
	expect(&r, 1, &tag_1, 2, 11);
	few[1].ops = 0;
	assert_int_equal(soft->hint_counts(&r.n, few, 2), 5);
	assert_int_equal(few[1].ops, 2);
	for (int i = 1; i < 4; i++)
		assert_int_equal(soft->mr_dereg(&r.n, mr[i], NULL), 0);
	rig_close(&r);
}

/* By nic.h: what the buffer's exporter says counts, and a fresh device has seen nothing. */
static void test_contract(void **state)
{
	struct mem_buf buf = {
		.kind = MEM_HOST, .bytes = 4096, .granule = 4096, .fd = -1, .hint = MEM_NO_HINT};
	struct nic_hint_count c[4];
	struct nic_mr mr;
	struct nic *n;

	(void)state;
	buf.va = aligned_alloc(4096, 4096);
	assert_non_null(buf.va);
	assert_int_equal(nic_open("soft0", 1, -1, &n, NULL), 0);
	assert_int_equal(nic_hint_counts(n, c, 4), 0);
	assert_int_equal(nic_mr_reg(n, &buf, &(struct nic_mr_spec){0, 4096, 0, &handle, false}, &mr, NULL),
			 0);
	assert_int_equal(nic_hint_counts(n, c, 4), 1);
	assert_int_equal(c[0].tph, TPH_DMAH);
	assert_int_equal(c[0].ops, 0);
	assert_int_equal(nic_mr_alive(n, &buf, &mr, NULL), 0);
	assert_int_equal(nic_mr_dereg(n, &mr, NULL), 0);
	nic_close(n);
	free(buf.va);
}

/* Whatever exports it: the hint on a dma-buf counts, asked for or not; a handle wins over it. */
static void test_exporters(void **state)
{
	static const int64_t kinds[] = {MEM_MEMFD, MEM_VFIO, MEM_FD};
	struct mem_buf buf = {.bytes = 4096, .granule = 4096, .hint = tag_1_ph_2};
	struct nic_hint_count c[4];
	struct nic_mr mr;
	struct nic *n;

	(void)state;
	buf.fd = memfd_create("hint_test", MFD_CLOEXEC);
	assert_int_equal(ftruncate(buf.fd, 4096), 0);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		buf.kind = kinds[i];
		assert_int_equal(nic_open("soft0", 1, -1, &n, NULL), 0);
		assert_int_equal(nic_mr_reg(n, &buf, &(struct nic_mr_spec){.bytes = 4096}, &mr, NULL), 0);
		assert_int_equal(nic_hint_counts(n, c, 4), 1);
		assert_int_equal(c[0].tph, TPH_EXPORTER);
		assert_int_equal(c[0].st, 1);
		assert_int_equal(c[0].ph, 2);
		assert_int_equal(nic_mr_dereg(n, &mr, NULL), 0);
		assert_int_equal(
			nic_mr_reg(n, &buf, &(struct nic_mr_spec){.bytes = 4096, .hint = &handle}, &mr, NULL),
			0);
		assert_int_equal(nic_hint_counts(n, c, 4), 2);
		assert_int_equal(c[1].tph, TPH_DMAH);
		assert_int_equal(nic_mr_dereg(n, &mr, NULL), 0);
		nic_close(n);
	}
	close(buf.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_contract),
		cmocka_unit_test(test_exporters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
