// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A whole life of a device, once for every verbs call in it, with that call failing: the failure is
 * reported, nothing is leaked, and data still moves when nothing fails.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "fakes/nic_check.h"
#include "mem/mem.h"

enum { BYTES = 8192, DEPTH = 8, RIGHTS = IBV_ACCESS_REMOTE_READ | IBV_ACCESS_REMOTE_WRITE };

/* @hint: of the target; with a DMA handle, which is freed behind it, or none */
struct life {
	bool wr_api;
	const struct mem_hint *hint;
	struct nic *n;
	struct nic_mr local, target;
	struct ibv_cq *cq;
	struct ibv_qp *qp;
};

static int life_open(struct life *l, const struct mem_buf *host, const struct mem_buf *dmabuf, struct err *e)
{
	int rc = nic_open("fake0", 1, -1, &l->n, e);

	if (!rc)
		rc = check_reg(l->n, host, 0, BYTES, IBV_ACCESS_LOCAL_WRITE, &l->local, e);
	if (!rc)
		rc = nic_mr_reg(
			l->n, dmabuf,
			&(struct nic_mr_spec){0, BYTES, IBV_ACCESS_LOCAL_WRITE | RIGHTS, l->hint, false},
			&l->target, e);
	if (!rc)
		rc = nic_cq_create(l->n, DEPTH, &l->cq, e);
	if (!rc)
		rc = nic_qp_create(l->n,
				   &(struct nic_qp_spec){.send_cq = l->cq,
							 .recv_cq = l->cq,
							 .send_wrs = DEPTH,
							 .recv_wrs = DEPTH,
							 .inline_bytes = 64,
							 .wr_api = l->wr_api},
				   &l->qp, e);
	return rc;
}

static int life_connect(struct life *l, struct err *e)
{
	struct nic_qp_addr addr;

	nic_qp_addr(l->n, l->qp, &addr);
	return nic_qp_connect(l->n, l->qp, &addr, &addr, RIGHTS, e);
}

static void write_once(struct life *l)
{
	struct ibv_sge sge = {.addr = l->local.addr, .length = BYTES, .lkey = l->local.mr->lkey};
	struct ibv_send_wr *bad,
		wr = {
			.wr_id = 5,
			.sg_list = &sge,
			.num_sge = 1,
			.opcode = IBV_WR_RDMA_WRITE,
			.send_flags = IBV_SEND_SIGNALED,
			.wr.rdma = {.remote_addr = l->target.addr, .rkey = l->target.mr->rkey},
		};
	struct ibv_wc wc = {0};

	assert_int_equal(ibv_post_send(l->qp, &wr, &bad), 0);
	assert_int_equal(ibv_poll_cq(l->cq, 1, &wc), 1);
	assert_int_equal(wc.status, IBV_WC_SUCCESS);
	assert_int_equal(wc.wr_id, 5);
}

static void keep_first(int rc, int *first, const struct err *e, struct err *out)
{
	if (rc && !*first) {
		*first = rc;
		*out = *e;
	}
}

/* Tears down what there is. Return: the first failure, in @out as well. */
static int life_close(struct life *l, struct err *out)
{
	struct err e = {0};
	int first = 0;

	if (!l->n)
		return 0;
	if (l->qp)
		keep_first(nic_qp_destroy(l->n, l->qp, &e), &first, &e, out);
	if (l->cq)
		keep_first(nic_cq_destroy(l->n, l->cq, &e), &first, &e, out);
	keep_first(nic_mr_dereg(l->n, &l->target, &e), &first, &e, out);
	keep_first(nic_mr_dereg(l->n, &l->local, &e), &first, &e, out);
	nic_close(l->n);
	return first;
}

/* Return: what the user would be told; 0 when all went well. */
static int life(const struct mem_buf *host, const struct mem_buf *dmabuf, const struct life *kind,
		struct err *e)
{
	struct life l = *kind;
	int rc = life_open(&l, host, dmabuf, e), closed;

	if (!rc)
		rc = life_connect(&l, e);
	if (!rc)
		write_once(&l);
	if (!rc)
		rc = nic_mr_alive(l.n, dmabuf, &l.target, e);
	closed = life_close(&l, rc ? &(struct err){0} : e);
	return rc ? rc : closed;
}

/* Calls of nic_open(); its last four look for ibv_wr_*() and have nobody to tell. */
static int calls_of_open(void)
{
	struct nic *n = check_open(&fake_roce);
	int calls = fake_count(FAKE_ANY);

	nic_close(n);
	fake_reset();
	return calls;
}

static void every_call_fails(const struct mem_buf *host, const struct mem_buf *dmabuf,
			     const struct life *kind)
{
	int open = calls_of_open(), calls;
	struct fake_device d;
	struct err e = {0};

	assert_true(fake_driver("mlx5", &d));
	fake_device_add(&d);
	assert_int_equal(life(host, dmabuf, kind, &e), 0);
	calls = fake_count(FAKE_ANY);
	assert_true(calls > open + 12);
	for (int n = 1; n <= calls; n++) {
		/* neither has nic_close(), nor who frees a handle behind its MR */
		bool silent = n > calls - 2 || (n > open - 4 && n <= open) || (kind->hint && n == calls - 3);

		fake_reset();
		fake_device_add(&d);
		fake_fail(FAKE_ANY, n, EPROTO);
		e = (struct err){0};
		if (n == 1) /* the device list: its errno is in the text, the code is "no such device" */
			assert_int_equal(life(host, dmabuf, kind, &e), -ENODEV);
		else
			assert_int_equal(life(host, dmabuf, kind, &e), silent ? 0 : -EPROTO);
		if (fake_live())
			fail_msg("call %d failed and %d objects stayed", n, fake_live());
		if (!silent)
			CHECK_MESSAGE(&e, "EPROTO");
	}
}

static void every_call_fails_once(void **state)
{
	CLEANUP_FREE char *data = malloc(BYTES);
	CLEANUP_FD int fd = memfd_create("dma-buf", MFD_CLOEXEC);
	const struct mem_buf host = {.kind = MEM_HOST, .bytes = BYTES, .va = data, .fd = -1};
	const struct mem_buf dmabuf = {.kind = MEM_UDMABUF, .bytes = BYTES, .granule = 4096, .fd = fd};
	const struct mem_hint dmah = {TPH_DMAH, AXIS_EMPTY, AXIS_EMPTY, 2, AXIS_EMPTY, AXIS_EMPTY};

	(void)state;
	memset(data, 0x5a, BYTES);
	assert_int_equal(ftruncate(fd, BYTES), 0);
	every_call_fails(&host, &dmabuf, &(struct life){0});
	fake_reset();
	every_call_fails(&host, &dmabuf, &(struct life){.wr_api = true});
	fake_reset();
	every_call_fails(&host, &dmabuf, &(struct life){.hint = &dmah});
}

static void data_arrives(void **state)
{
	CLEANUP_FREE char *data = malloc(BYTES);
	CLEANUP_FD int fd = memfd_create("dma-buf", MFD_CLOEXEC);
	const struct mem_buf host = {.kind = MEM_HOST, .bytes = BYTES, .va = data, .fd = -1};
	const struct mem_buf dmabuf = {.kind = MEM_UDMABUF, .bytes = BYTES, .fd = fd};
	char got[BYTES];

	(void)state;
	memset(data, 0x5a, BYTES);
	assert_int_equal(ftruncate(fd, BYTES), 0);
	fake_device_add(&fake_roce);
	assert_int_equal(life(&host, &dmabuf, &(struct life){0}, &(struct err){0}), 0);
	assert_int_equal(pread(fd, got, BYTES, 0), BYTES);
	assert_memory_equal(got, data, BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(every_call_fails_once),
		CHECK_TEST(data_arrives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
