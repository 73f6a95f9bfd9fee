// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The public contract of nic.h on soft0, as a measurement uses it: open, register, connect, move, flush. */
#include "soft/rig.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mem/mem.h"

enum { BYTES = 8192 };

struct loop {
	struct nic *n;
	struct nic_mr local, remote;
	struct ibv_cq *cq;
	struct ibv_qp *qp[2];
};

static void connect_both(struct loop *l)
{
	struct nic_qp_addr addr[2];

	for (int i = 0; i < 2; i++)
		nic_qp_addr(l->n, l->qp[i], &addr[i]);
	for (int i = 0; i < 2; i++)
		assert_int_equal(nic_qp_connect(l->n, l->qp[i], &addr[i], &addr[!i], RIG_ACCESS, NULL), 0);
	assert_string_equal(nic_qp_state(l->n, l->qp[0]), "RTS");
}

static void open_loop(struct loop *l, const struct mem_buf *local, const struct mem_buf *remote)
{
	struct nic_qp_spec spec = {.send_wrs = 16};

	assert_int_equal(nic_open("soft0", 1, -1, &l->n, NULL), 0);
	assert_int_equal(nic_mr_reg(l->n, local,
				    &(struct nic_mr_spec){0, BYTES, IBV_ACCESS_LOCAL_WRITE, NULL, false},
				    &l->local, NULL),
			 0);
	assert_int_equal(nic_mr_reg(l->n, remote, &(struct nic_mr_spec){4096, 4096, RIG_ACCESS, NULL, false},
				    &l->remote, NULL),
			 0);
	assert_int_equal(nic_cq_create(l->n, 16, &l->cq, NULL), 0);
	spec.send_cq = spec.recv_cq = l->cq;
	for (int i = 0; i < 2; i++)
		assert_int_equal(nic_qp_create(l->n, &spec, &l->qp[i], NULL), 0);
	connect_both(l);
}

static void close_loop(struct loop *l)
{
	for (int i = 0; i < 2; i++)
		assert_int_equal(nic_qp_destroy(l->n, l->qp[i], NULL), 0);
	assert_int_equal(nic_cq_destroy(l->n, l->cq, NULL), 0);
	assert_int_equal(nic_mr_dereg(l->n, &l->local, NULL), 0);
	assert_int_equal(nic_mr_dereg(l->n, &l->remote, NULL), 0);
	nic_close(l->n);
}

static void write_all(struct loop *l, uint64_t wr_id)
{
	struct ibv_sge sge = {l->local.addr, 4096, l->local.mr->lkey};
	struct ibv_send_wr *bad, wr = {
					 .wr_id = wr_id,
					 .sg_list = &sge,
					 .num_sge = 1,
					 .opcode = IBV_WR_RDMA_WRITE,
					 .send_flags = IBV_SEND_SIGNALED,
				 };

	wr.wr.rdma.remote_addr = l->remote.addr;
	wr.wr.rdma.rkey = l->remote.mr->rkey;
	assert_int_equal(ibv_post_send(l->qp[0], &wr, &bad), 0);
}

/* From host memory into the second page of a memfd, then flushed. */
static void test_loopback(void **state)
{
	static unsigned char source[BYTES] __attribute__((aligned(4096)));
	struct mem_buf local = {.kind = MEM_HOST, .bytes = BYTES, .granule = 4096, .va = source, .fd = -1};
	struct mem_buf remote = {.kind = MEM_MEMFD, .bytes = BYTES, .granule = 4096};
	struct loop l = {0};
	unsigned char *view;

	(void)state;
	remote.fd = memfd_create("contract_test", MFD_CLOEXEC);
	assert_int_equal(ftruncate(remote.fd, BYTES), 0);
	view = mmap(NULL, BYTES, PROT_READ, MAP_SHARED, remote.fd, 0);
	assert_ptr_not_equal(view, MAP_FAILED);
	memset(source, 0x5a, sizeof(source));
	open_loop(&l, &local, &remote);
	write_all(&l, 1);
	rig_expect(l.cq, 1, IBV_WC_SUCCESS);
	assert_int_equal(view[4095], 0);
	assert_memory_equal(view + 4096, source, 4096);
	assert_int_equal(nic_qp_flush(l.n, l.qp[0]), 0);
	assert_string_equal(nic_qp_state(l.n, l.qp[0]), "ERR");
	write_all(&l, 2);
	rig_expect(l.cq, 2, IBV_WC_WR_FLUSH_ERR);
	close_loop(&l);
	munmap(view, BYTES);
	close(remote.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_loopback)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
