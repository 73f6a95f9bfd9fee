// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The fake itself: what its data path moves, and how it answers wrong keys, ranges, rights and states; the
 * same by ibv_post_send() and by ibv_wr_*().
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include "fakes/nic_check.h"
#include "mem/mem.h"

enum {
	BYTES = 4096,
	DEPTH = 4,
	INLINE = 64,
	RIGHTS = IBV_ACCESS_REMOTE_READ | IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_REMOTE_ATOMIC,
	ALL_RIGHTS = RIGHTS | IBV_ACCESS_LOCAL_WRITE
};

/* @qp is connected to itself */
struct rig {
	bool wr_api;
	struct nic *n;
	struct ibv_cq *cq, *recv_cq;
	struct ibv_qp *qp;
	struct nic_mr local, remote;
	_Alignas(8) char near[BYTES];
	_Alignas(8) char far[BYTES];
};

static void rig_open(struct rig *r, bool wr_api, int remote_rights)
{
	const struct mem_buf near = {.kind = MEM_HOST, .bytes = BYTES, .va = r->near, .fd = -1};
	const struct mem_buf far = {.kind = MEM_HOST, .bytes = BYTES, .va = r->far, .fd = -1};
	struct nic_qp_spec spec = {
		.send_wrs = DEPTH, .recv_wrs = DEPTH, .inline_bytes = INLINE, .wr_api = wr_api};
	struct nic_qp_addr addr;

	r->wr_api = wr_api;
	r->n = check_open(&fake_roce);
	assert_int_equal(check_reg(r->n, &near, 0, BYTES, ALL_RIGHTS, &r->local, NULL), 0);
	assert_int_equal(check_reg(r->n, &far, 0, BYTES, remote_rights, &r->remote, NULL), 0);
	assert_int_equal(nic_cq_create(r->n, DEPTH, &r->cq, NULL), 0);
	assert_int_equal(nic_cq_create(r->n, DEPTH, &r->recv_cq, NULL), 0);
	spec.send_cq = r->cq;
	spec.recv_cq = r->recv_cq;
	assert_int_equal(nic_qp_create(r->n, &spec, &r->qp, NULL), 0);
	nic_qp_addr(r->n, r->qp, &addr);
	assert_int_equal(nic_qp_connect(r->n, r->qp, &addr, &addr, RIGHTS, NULL), 0);
	memset(r->near, 0x11, BYTES);
	memset(r->far, 0x22, BYTES);
}

static void rig_close(struct rig *r)
{
	assert_int_equal(nic_qp_destroy(r->n, r->qp, NULL), 0);
	assert_int_equal(nic_cq_destroy(r->n, r->cq, NULL), 0);
	assert_int_equal(nic_cq_destroy(r->n, r->recv_cq, NULL), 0);
	assert_int_equal(nic_mr_dereg(r->n, &r->local, NULL), 0);
	assert_int_equal(nic_mr_dereg(r->n, &r->remote, NULL), 0);
	nic_close(r->n);
}

static void wr_op(struct ibv_qp_ex *ex, const struct ibv_send_wr *wr)
{
	const uint32_t rkey = wr->wr.rdma.rkey;
	const uint64_t addr = wr->wr.rdma.remote_addr;

	ex->wr_id = wr->wr_id;
	ex->wr_flags = wr->send_flags & ~(unsigned int)IBV_SEND_INLINE;
	if (wr->opcode == IBV_WR_RDMA_WRITE)
		ibv_wr_rdma_write(ex, rkey, addr);
	else if (wr->opcode == IBV_WR_RDMA_WRITE_WITH_IMM)
		ibv_wr_rdma_write_imm(ex, rkey, addr, wr->imm_data);
	else if (wr->opcode == IBV_WR_RDMA_READ)
		ibv_wr_rdma_read(ex, rkey, addr);
	else if (wr->opcode == IBV_WR_SEND)
		ibv_wr_send(ex);
	else if (wr->opcode == IBV_WR_ATOMIC_FETCH_AND_ADD)
		ibv_wr_atomic_fetch_add(ex, wr->wr.atomic.rkey, addr, wr->wr.atomic.compare_add);
	else
		ibv_wr_atomic_cmp_swp(ex, wr->wr.atomic.rkey, addr, wr->wr.atomic.compare_add,
				      wr->wr.atomic.swap);
}

static int post_list(struct rig *r, struct ibv_send_wr *wr)
{
	struct ibv_qp_ex *ex = nic_qp_ex(r->n, r->qp);
	struct ibv_send_wr *bad;

	if (!r->wr_api)
		return ibv_post_send(r->qp, wr, &bad);
	ibv_wr_start(ex);
	for (; wr; wr = wr->next) {
		const struct ibv_sge *s = wr->sg_list;

		wr_op(ex, wr);
		if (wr->send_flags & IBV_SEND_INLINE)
			ibv_wr_set_inline_data(ex, (void *)(uintptr_t)s->addr, s->length);
		else
			ibv_wr_set_sge(ex, s->lkey, s->addr, s->length);
	}
	return ibv_wr_complete(ex);
}

/* A signaled request over @sge to the start of the far memory; atomics at @offset there. */
static struct ibv_send_wr request(struct rig *r, enum ibv_wr_opcode op, struct ibv_sge *sge)
{
	return (struct ibv_send_wr){.wr_id = 7,
				    .sg_list = sge,
				    .num_sge = 1,
				    .opcode = op,
				    .send_flags = IBV_SEND_SIGNALED,
				    .wr.rdma = {r->remote.addr, r->remote.mr->rkey}};
}

static struct ibv_send_wr atomic_request(struct rig *r, enum ibv_wr_opcode op, struct ibv_sge *sge,
					 uint64_t offset, uint64_t compare_add, uint64_t swap)
{
	struct ibv_send_wr wr = request(r, op, sge);

	wr.wr.atomic.remote_addr = r->remote.addr + offset;
	wr.wr.atomic.compare_add = compare_add;
	wr.wr.atomic.swap = swap;
	wr.wr.atomic.rkey = r->remote.mr->rkey;
	return wr;
}

static struct ibv_sge near_sge(const struct rig *r, uint32_t bytes)
{
	return (struct ibv_sge){r->local.addr, bytes, r->local.mr->lkey};
}

static struct ibv_wc one_completion(struct ibv_cq *cq)
{
	struct ibv_wc wc = {0};

	assert_int_equal(ibv_poll_cq(cq, 1, &wc), 1);
	return wc;
}

static void no_completion(struct ibv_cq *cq)
{
	struct ibv_wc wc;

	assert_int_equal(ibv_poll_cq(cq, 1, &wc), 0);
}

static enum ibv_wc_status status_of(struct rig *r, struct ibv_send_wr wr)
{
	struct ibv_wc wc;

	assert_int_equal(post_list(r, &wr), 0);
	wc = one_completion(r->cq);
	assert_int_equal(wc.wr_id, 7);
	return wc.status;
}

static void post_recv(struct rig *r, uint64_t wr_id, uint64_t offset, uint32_t bytes)
{
	struct ibv_sge sge = {r->remote.addr + offset, bytes, r->remote.mr->lkey};
	struct ibv_recv_wr *bad, wr = {.wr_id = wr_id, .sg_list = &sge, .num_sge = bytes ? 1 : 0};

	assert_int_equal(ibv_post_recv(r->qp, &wr, &bad), 0);
}

static void rdma(bool wr_api)
{
	struct rig r;
	struct ibv_sge sge;

	rig_open(&r, wr_api, ALL_RIGHTS);
	sge = near_sge(&r, 8);
	assert_int_equal(status_of(&r, request(&r, IBV_WR_RDMA_READ, &sge)), IBV_WC_SUCCESS);
	assert_int_equal(r.near[7], 0x22);
	assert_int_equal(r.near[8], 0x11);
	r.near[0] = 0x33;
	assert_int_equal(status_of(&r, request(&r, IBV_WR_RDMA_WRITE, &sge)), IBV_WC_SUCCESS);
	assert_int_equal(r.far[0], 0x33);
	rig_close(&r);
}

static void atomics(bool wr_api)
{
	uint64_t was, is = 40;
	struct ibv_sge sge;
	struct rig r;

	rig_open(&r, wr_api, ALL_RIGHTS);
	sge = near_sge(&r, 8);
	memcpy(r.far + 16, &is, 8);
	assert_int_equal(status_of(&r, atomic_request(&r, IBV_WR_ATOMIC_FETCH_AND_ADD, &sge, 16, 2, 0)),
			 IBV_WC_SUCCESS);
	memcpy(&was, r.near, 8);
	memcpy(&is, r.far + 16, 8);
	assert_int_equal(was, 40);
	assert_int_equal(is, 42);
	assert_int_equal(status_of(&r, atomic_request(&r, IBV_WR_ATOMIC_CMP_AND_SWP, &sge, 16, 42, 9)),
			 IBV_WC_SUCCESS);
	assert_int_equal(status_of(&r, atomic_request(&r, IBV_WR_ATOMIC_CMP_AND_SWP, &sge, 16, 42, 1)),
			 IBV_WC_SUCCESS);
	memcpy(&was, r.near, 8);
	memcpy(&is, r.far + 16, 8);
	assert_int_equal(was, 9);
	assert_int_equal(is, 9); /* compared with 42: not swapped */
	assert_int_equal(status_of(&r, atomic_request(&r, IBV_WR_ATOMIC_FETCH_AND_ADD, &sge, 12, 2, 0)),
			 IBV_WC_REM_INV_REQ_ERR);
	rig_close(&r);
}

static void receives(bool wr_api)
{
	struct ibv_send_wr wr;
	struct ibv_sge sge;
	struct ibv_wc wc;
	struct rig r;

	rig_open(&r, wr_api, ALL_RIGHTS);
	sge = near_sge(&r, 8);
	post_recv(&r, 100, 64, 16);
	assert_int_equal(status_of(&r, request(&r, IBV_WR_SEND, &sge)), IBV_WC_SUCCESS);
	wc = one_completion(r.recv_cq);
	assert_int_equal(wc.wr_id, 100);
	assert_int_equal(wc.opcode, IBV_WC_RECV);
	assert_int_equal(wc.byte_len, 8);
	assert_int_equal(r.far[64], 0x11);
	assert_int_equal(r.far[72], 0x22);

	/* Without a receive both wait, in order, though the second needs none. */
	wr = request(&r, IBV_WR_RDMA_WRITE_WITH_IMM, &sge);
	wr.imm_data = 0xabcd;
	assert_int_equal(post_list(&r, &wr), 0);
	wr = request(&r, IBV_WR_RDMA_WRITE, &sge);
	assert_int_equal(post_list(&r, &wr), 0);
	no_completion(r.cq);
	post_recv(&r, 101, 0, 0);
	wc = one_completion(r.recv_cq);
	assert_int_equal(wc.wr_id, 101);
	assert_int_equal(wc.opcode, IBV_WC_RECV_RDMA_WITH_IMM);
	assert_int_equal(wc.wc_flags, IBV_WC_WITH_IMM);
	assert_int_equal(wc.imm_data, 0xabcd);
	assert_int_equal(one_completion(r.cq).status, IBV_WC_SUCCESS);
	assert_int_equal(one_completion(r.cq).status, IBV_WC_SUCCESS);
	no_completion(r.cq);
	rig_close(&r);
}

/* Taken while posting: neither a key nor the memory is needed afterwards. */
static void inline_data(bool wr_api)
{
	struct ibv_send_wr wr;
	struct ibv_sge sge;
	char own[INLINE + 1];
	struct rig r;

	rig_open(&r, wr_api, ALL_RIGHTS);
	memset(own, 0x44, sizeof(own));
	sge = (struct ibv_sge){(uintptr_t)own, INLINE, 0};
	wr = request(&r, IBV_WR_SEND, &sge);
	wr.send_flags |= IBV_SEND_INLINE;
	assert_int_equal(post_list(&r, &wr), 0);
	memset(own, 0x55, sizeof(own));
	post_recv(&r, 1, 0, BYTES);
	assert_int_equal(one_completion(r.cq).status, IBV_WC_SUCCESS);
	assert_int_equal(r.far[0], 0x44);
	assert_int_equal(r.far[INLINE - 1], 0x44);
	assert_int_equal(r.far[INLINE], 0x22);
	sge.length = INLINE + 1;
	wr = request(&r, IBV_WR_RDMA_WRITE, &sge);
	wr.send_flags |= IBV_SEND_INLINE;
	assert_int_equal(post_list(&r, &wr), EINVAL);
	rig_close(&r);
}

static void both_ways(void (*test)(bool wr_api))
{
	test(false);
	fake_reset();
	test(true);
}

static void rdma_moves_data(void **state)
{
	(void)state;
	both_ways(rdma);
}

static void atomics_change_words(void **state)
{
	(void)state;
	both_ways(atomics);
}

static void sends_need_receives(void **state)
{
	(void)state;
	both_ways(receives);
}

static void inline_needs_no_key(void **state)
{
	(void)state;
	both_ways(inline_data);
}

static void faults(void **state)
{
	static const struct {
		enum ibv_wr_opcode op;
		uint32_t bytes, lkey_off, rkey_off;
		int rights, want;
	} row[] = {
		{IBV_WR_RDMA_WRITE, 8, 100, 0, ALL_RIGHTS, IBV_WC_LOC_PROT_ERR},
		{IBV_WR_RDMA_WRITE, 8, 0, 100, ALL_RIGHTS, IBV_WC_REM_ACCESS_ERR},
		{IBV_WR_RDMA_WRITE, BYTES + 1, 0, 0, ALL_RIGHTS, IBV_WC_REM_ACCESS_ERR},
		{IBV_WR_RDMA_WRITE, 8, 0, 0, IBV_ACCESS_REMOTE_READ, IBV_WC_REM_ACCESS_ERR},
	};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct ibv_send_wr wr;
		struct ibv_sge sge;

		fake_reset();
		rig_open(&r, false, row[i].rights);
		sge = near_sge(&r, row[i].bytes);
		sge.lkey += row[i].lkey_off;
		wr = request(&r, row[i].op, &sge);
		wr.wr.rdma.rkey += row[i].rkey_off;
		assert_int_equal(status_of(&r, wr), row[i].want);
		assert_string_equal(nic_qp_state(r.n, r.qp), "ERR");
		assert_int_equal(status_of(&r, wr), IBV_WC_WR_FLUSH_ERR);
		rig_close(&r);
	}
}

static void receive_faults(void **state)
{
	static const struct {
		uint32_t recv_bytes;
		int rights, sender, receiver;
	} row[] = {
		{7, ALL_RIGHTS, IBV_WC_REM_INV_REQ_ERR, IBV_WC_LOC_LEN_ERR},
		{8, RIGHTS & ~IBV_ACCESS_REMOTE_WRITE, IBV_WC_REM_OP_ERR, IBV_WC_LOC_PROT_ERR},
	};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct ibv_sge sge;

		fake_reset();
		rig_open(&r, false, row[i].rights);
		sge = near_sge(&r, 8);
		post_recv(&r, 1, 0, row[i].recv_bytes);
		post_recv(&r, 2, 0, 8);
		assert_int_equal(status_of(&r, request(&r, IBV_WR_SEND, &sge)), row[i].sender);
		assert_int_equal(one_completion(r.recv_cq).status, row[i].receiver);
		assert_int_equal(one_completion(r.recv_cq).status, IBV_WC_WR_FLUSH_ERR);
		rig_close(&r);
	}
}

static void rnr_retry_counts(void **state)
{
	struct ibv_qp_attr attr = {.rnr_retry = 6};
	struct ibv_sge sge;
	struct rig r;

	(void)state;
	rig_open(&r, false, ALL_RIGHTS);
	sge = near_sge(&r, 8);
	assert_int_equal(ibv_modify_qp(r.qp, &attr, IBV_QP_RNR_RETRY), 0);
	assert_int_equal(status_of(&r, request(&r, IBV_WR_SEND, &sge)), IBV_WC_RNR_RETRY_EXC_ERR);
	rig_close(&r);
}

static void what_waits_is_flushed(void **state)
{
	struct ibv_send_wr wr;
	struct ibv_sge sge;
	struct rig r;

	(void)state;
	rig_open(&r, false, ALL_RIGHTS);
	sge = near_sge(&r, 8);
	wr = request(&r, IBV_WR_SEND, &sge);
	for (int i = 0; i < DEPTH; i++)
		assert_int_equal(post_list(&r, &wr), 0);
	assert_int_equal(post_list(&r, &wr), ENOMEM);
	no_completion(r.cq);
	assert_int_equal(nic_qp_flush(r.n, r.qp), 0);
	for (int i = 0; i < DEPTH; i++)
		assert_int_equal(one_completion(r.cq).status, IBV_WC_WR_FLUSH_ERR);
	no_completion(r.cq);
	rig_close(&r);
}

static void overflow_is_an_event(void **state)
{
	struct nic_event ev;
	struct ibv_send_wr wr;
	struct ibv_sge sge;
	struct rig r;

	(void)state;
	rig_open(&r, false, ALL_RIGHTS);
	sge = near_sge(&r, 8);
	wr = request(&r, IBV_WR_RDMA_WRITE, &sge);
	wr.send_flags = 0;
	assert_int_equal(post_list(&r, &wr), 0);
	no_completion(r.cq);
	wr.send_flags = IBV_SEND_SIGNALED;
	for (int i = 0; i < DEPTH; i++)
		assert_int_equal(post_list(&r, &wr), 0);
	assert_int_equal(nic_async(r.n, &ev), 0);
	assert_int_equal(post_list(&r, &wr), 0);
	assert_int_equal(nic_async(r.n, &ev), 1);
	assert_non_null(strstr(ev.text, "CQ_ERR"));
	rig_close(&r);
}

/* A batch with a wrong request, or one too long, is dropped as a whole. */
static void wr_batches(void **state)
{
	struct ibv_qp_ex *ex;
	struct ibv_sge sge;
	struct rig r;

	(void)state;
	rig_open(&r, true, ALL_RIGHTS);
	ex = nic_qp_ex(r.n, r.qp);
	sge = near_sge(&r, 8);
	for (int n = DEPTH; n <= DEPTH + 1; n++) {
		ibv_wr_start(ex);
		for (int i = 0; i < n; i++) {
			struct ibv_send_wr wr = request(&r, IBV_WR_RDMA_WRITE, &sge);

			wr_op(ex, &wr);
			ibv_wr_set_sge(ex, sge.lkey, sge.addr, sge.length);
		}
		assert_int_equal(ibv_wr_complete(ex), n > DEPTH ? ENOMEM : 0);
		for (int i = 0; i < DEPTH && n == DEPTH; i++)
			assert_int_equal(one_completion(r.cq).status, IBV_WC_SUCCESS);
		no_completion(r.cq);
	}
	ibv_wr_start(ex);
	ex->wr_flags = IBV_SEND_SIGNALED;
	ibv_wr_rdma_write(ex, r.remote.mr->rkey, r.remote.addr);
	ibv_wr_abort(ex);
	assert_int_equal(ibv_wr_complete(ex), 0);
	no_completion(r.cq);
	rig_close(&r);
}

static void refused_requests(void **state)
{
	struct ibv_send_wr wr;
	struct ibv_recv_wr *bad, recv = {.num_sge = 2};
	struct ibv_sge sge;
	struct rig r;

	(void)state;
	rig_open(&r, false, ALL_RIGHTS);
	sge = near_sge(&r, 8);
	wr = request(&r, IBV_WR_SEND_WITH_INV, &sge);
	assert_int_equal(post_list(&r, &wr), EINVAL);
	wr = request(&r, IBV_WR_RDMA_READ, &sge);
	wr.send_flags |= IBV_SEND_INLINE;
	assert_int_equal(post_list(&r, &wr), EINVAL);
	assert_int_equal(ibv_post_recv(r.qp, &recv, &bad), EINVAL);
	assert_ptr_equal(bad, &recv);
	for (int i = 0; i < DEPTH; i++)
		post_recv(&r, 0, 0, 8);
	recv.num_sge = 0;
	assert_int_equal(ibv_post_recv(r.qp, &recv, &bad), ENOMEM);
	rig_close(&r);
}

enum { MESSAGES = 20000 };

/* Keeps receives posted and counts what arrives. Return: NULL, or a word for what went wrong. */
static void *receiver(void *arg)
{
	struct rig *r = arg;
	struct ibv_recv_wr *bad, wr = {.num_sge = 0};
	int posted = 0, done = 0;

	while (done < MESSAGES) {
		struct ibv_wc wc;

		if (posted - done < DEPTH && posted < MESSAGES) {
			if (ibv_post_recv(r->qp, &wr, &bad))
				return (void *)"post";
			posted++;
		}
		if (ibv_poll_cq(r->recv_cq, 1, &wc) != 1)
			sched_yield();
		else if (wc.status != IBV_WC_SUCCESS || wc.imm_data != (uint32_t)done++)
			return (void *)"order";
	}
	return NULL;
}

/* One thread sends, the other receives; neither waits for the other, so requests wait for receives. */
static void two_threads(void **state)
{
	struct ibv_sge sge;
	pthread_t thread;
	void *wrong;
	struct rig r;

	(void)state;
	rig_open(&r, true, ALL_RIGHTS);
	sge = near_sge(&r, 8);
	assert_int_equal(pthread_create(&thread, NULL, receiver, &r), 0);
	for (uint32_t sent = 0, done = 0; done < MESSAGES;) {
		struct ibv_send_wr wr = request(&r, IBV_WR_RDMA_WRITE_WITH_IMM, &sge);
		struct ibv_wc wc;

		wr.imm_data = sent;
		if (sent - done < DEPTH && sent < MESSAGES) {
			assert_int_equal(post_list(&r, &wr), 0);
			sent++;
		}
		if (ibv_poll_cq(r.cq, 1, &wc) == 1) {
			assert_int_equal(wc.status, IBV_WC_SUCCESS);
			done++;
		} else {
			sched_yield();
		}
	}
	assert_int_equal(pthread_join(thread, &wrong), 0);
	if (wrong)
		fail_msg("receiver: %s", (char *)wrong);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(rdma_moves_data),
		CHECK_TEST(atomics_change_words),
		CHECK_TEST(sends_need_receives),
		CHECK_TEST(inline_needs_no_key),
		CHECK_TEST(faults),
		CHECK_TEST(receive_faults),
		CHECK_TEST(rnr_retry_counts),
		CHECK_TEST(what_waits_is_flushed),
		CHECK_TEST(overflow_is_an_event),
		CHECK_TEST(wr_batches),
		CHECK_TEST(refused_requests),
		CHECK_TEST(two_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
