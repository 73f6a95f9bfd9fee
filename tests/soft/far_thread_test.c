// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Lanes of two devices at once, each with its CQ and its thread at both ends: every message arrives in order
 * and whole, atomics of all lanes on one word add up, the last byte of a WRITE lands last. With both devices
 * in one process the thread sanitizer sees both ends; between processes it sees nothing of the other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mem/mem.h"
#include "nic/nic.h"

enum { LANES = 3, MESSAGES = 3000, RECEIVES = 16, SLOT = 64, BYTES = 65536, COUNTER = 60000 };

/* Seen by both ends: addresses, and how far each has come. */
struct board {
	struct nic_qp_addr addr[2][LANES];
	uint64_t address[2];
	uint32_t key[2];
	_Atomic uint32_t opened, connected, received;
	atomic_int failed;
};

struct side {
	struct board *board;
	int me;
	void *(*work)(void *lane);
	struct nic *n;
	struct mem_buf buf;
	struct nic_mr mr;
	struct ibv_cq *cq[LANES];
	struct ibv_qp *qp[LANES];
};

struct lane {
	struct side *s;
	int i;
};

#define MUST(b, x)                                                                                           \
	do {                                                                                                 \
		if (!(x)) {                                                                                  \
			atomic_store(&(b)->failed, __LINE__);                                                \
			return NULL;                                                                         \
		}                                                                                            \
	} while (0)

static void arrive(_Atomic uint32_t *at, uint32_t all)
{
	atomic_fetch_add(at, 1);
	while (atomic_load(at) < all)
		sched_yield();
}

static uint64_t place(int lane, uint32_t i)
{
	return (uint64_t)lane * RECEIVES * SLOT + i % RECEIVES * SLOT;
}

static int post_receive(struct lane *l, uint32_t i)
{
	struct ibv_sge sge = {l->s->mr.addr + place(l->i, i), SLOT, l->s->mr.mr->lkey};
	struct ibv_recv_wr wr = {.wr_id = i, .sg_list = &sge, .num_sge = 1}, *bad;

	return ibv_post_recv(l->s->qp[l->i], &wr, &bad);
}

/* The message says its number all over. */
static void *receiver(void *arg)
{
	struct lane *l = arg;
	struct board *b = l->s->board;
	const unsigned char *bytes = l->s->buf.va;
	struct ibv_wc wc;

	for (uint32_t i = 0; i < RECEIVES; i++)
		MUST(b, !post_receive(l, i));
	for (uint32_t i = 0; i < MESSAGES;) {
		int n = ibv_poll_cq(l->s->cq[l->i], 1, &wc);
		unsigned char whole[SLOT];

		if (!n) {
			MUST(b, !atomic_load(&b->failed));
			sched_yield();
			continue;
		}
		MUST(b, n == 1 && !wc.status && wc.wr_id == i && wc.byte_len == SLOT);
		memset(whole, (int)(i % 251), sizeof(whole));
		MUST(b, !memcmp(bytes + place(l->i, i), whole, SLOT));
		if (i + RECEIVES < MESSAGES)
			MUST(b, !post_receive(l, i + RECEIVES));
		i++;
	}
	atomic_fetch_add(&b->received, 1);
	return NULL;
}

static int one(struct lane *l, const struct ibv_send_wr *like, uint64_t at, uint32_t bytes)
{
	struct ibv_sge sge = {l->s->mr.addr + at, bytes, l->s->mr.mr->lkey};
	struct ibv_send_wr wr = *like, *bad;
	struct ibv_wc wc;
	int n;

	wr.sg_list = &sge;
	wr.num_sge = 1;
	wr.send_flags = IBV_SEND_SIGNALED;
	if (ibv_post_send(l->s->qp[l->i], &wr, &bad))
		return -1;
	while ((n = ibv_poll_cq(l->s->cq[l->i], 1, &wc)) == 0)
		sched_yield();
	return n == 1 ? (int)wc.status : -1;
}

static void *sender(void *arg)
{
	struct lane *l = arg;
	struct board *b = l->s->board;
	const struct ibv_send_wr send = {.opcode = IBV_WR_SEND};
	struct ibv_send_wr add = {.opcode = IBV_WR_ATOMIC_FETCH_AND_ADD};
	const uint64_t at = place(l->i, 0);

	add.wr.atomic.remote_addr = b->address[1] + COUNTER;
	add.wr.atomic.rkey = b->key[1];
	add.wr.atomic.compare_add = 1;
	for (uint32_t i = 0; i < MESSAGES; i++) {
		memset((unsigned char *)l->s->buf.va + at, (int)(i % 251), SLOT);
		MUST(b, !one(l, &send, at, SLOT));
		MUST(b, !one(l, &add, at + SLOT, 8));
	}
	return NULL;
}

/* ---- ping-pong by WRITE, as the echo does it: the last byte counts ---- */

enum { PING = 512 };

/* The bytes of message @i have landed when the last one has. */
static bool landed(struct lane *l, uint32_t i)
{
	const unsigned char *p = (unsigned char *)l->s->buf.va + (size_t)l->i * PING;
	unsigned char whole[PING];

	while (__atomic_load_n(&p[PING - 1], __ATOMIC_ACQUIRE) != i % 251 + 1) {
		if (atomic_load(&l->s->board->failed))
			return false;
		sched_yield();
	}
	memset(whole, (int)(i % 251 + 1), sizeof(whole));
	return !memcmp(p, whole, sizeof(whole));
}

/* From a place of its own: the other end writes where this one looks. */
static bool hit(struct lane *l, uint32_t i)
{
	struct board *b = l->s->board;
	const uint64_t from = BYTES / 2 + (uint64_t)l->i * PING;
	struct ibv_send_wr wr = {.opcode = IBV_WR_RDMA_WRITE};

	wr.wr.rdma.remote_addr = b->address[!l->s->me] + (uint64_t)l->i * PING;
	wr.wr.rdma.rkey = b->key[!l->s->me];
	memset((unsigned char *)l->s->buf.va + from, (int)(i % 251 + 1), PING);
	return !one(l, &wr, from, PING);
}

static void *ping(void *arg)
{
	struct lane *l = arg;

	for (uint32_t i = 0; i < MESSAGES; i++)
		MUST(l->s->board, hit(l, i) && landed(l, i));
	return NULL;
}

static void *pong(void *arg)
{
	struct lane *l = arg;

	for (uint32_t i = 0; i < MESSAGES; i++)
		MUST(l->s->board, landed(l, i) && hit(l, i));
	atomic_fetch_add(&l->s->board->received, 1);
	return NULL;
}

/* ---- an end ---- */

static int open_side(struct side *s)
{
	const struct nic_mr_spec all = {.bytes = BYTES,
					.access = IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE |
						  IBV_ACCESS_REMOTE_ATOMIC};
	struct board *b = s->board;
	int rc = nic_open("soft0", 1, -1, &s->n, NULL);

	if (!rc)
		rc = nic_mr_reg(s->n, &s->buf, &all, &s->mr, NULL);
	for (int i = 0; !rc && i < LANES; i++) {
		struct nic_qp_spec spec = {.send_wrs = 4, .recv_wrs = RECEIVES};

		rc = nic_cq_create(s->n, 64, &s->cq[i], NULL);
		spec.send_cq = spec.recv_cq = s->cq[i];
		if (!rc)
			rc = nic_qp_create(s->n, &spec, &s->qp[i], NULL);
		if (!rc)
			nic_qp_addr(s->n, s->qp[i], &b->addr[s->me][i]);
	}
	b->address[s->me] = s->mr.addr;
	b->key[s->me] = rc ? 0 : s->mr.mr->rkey;
	return rc;
}

static void close_side(struct side *s)
{
	for (int i = 0; i < LANES; i++) {
		nic_qp_destroy(s->n, s->qp[i], NULL);
		nic_cq_destroy(s->n, s->cq[i], NULL);
	}
	nic_mr_dereg(s->n, &s->mr, NULL);
	nic_close(s->n);
}

/* A whole end, from opening to closing, in step with the other one. Return: what failed, 0. */
static void *run_side(void *arg)
{
	struct side *s = arg;
	struct board *b = s->board;
	pthread_t thread[LANES];
	struct lane lane[LANES];

	if (open_side(s))
		atomic_store(&b->failed, __LINE__);
	arrive(&b->opened, 2);
	for (int i = 0; i < LANES; i++) {
		if (nic_qp_connect(s->n, s->qp[i], &b->addr[s->me][i], &b->addr[!s->me][i],
				   IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_REMOTE_ATOMIC, NULL))
			atomic_store(&b->failed, __LINE__);
	}
	arrive(&b->connected, 2);
	for (int i = 0; i < LANES; i++) {
		lane[i] = (struct lane){s, i};
		pthread_create(&thread[i], NULL, s->work, &lane[i]);
	}
	for (int i = 0; i < LANES; i++)
		pthread_join(thread[i], NULL);
	arrive(&b->opened, 4);
	close_side(s);
	return NULL;
}

static struct mem_buf make_memory(void)
{
	int fd = memfd_create("far", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *va;

	assert_true(fd > 0);
	assert_int_equal(ftruncate(fd, BYTES), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	va = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(va, MAP_FAILED);
	return (struct mem_buf){.kind = MEM_HOST, .bytes = BYTES, .va = va, .fd = -1, .shared_fd = fd};
}

static void lanes_of(bool process, void *(*first)(void *), void *(*second)(void *), uint64_t counted)
{
	struct board *b = mmap(NULL, sizeof(*b), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct side side[2];
	uint64_t sum;
	int status = 0;

	assert_ptr_not_equal(b, MAP_FAILED);
	for (int i = 0; i < 2; i++)
		side[i] =
			(struct side){.board = b, .me = i, .work = i ? second : first, .buf = make_memory()};
	if (process) {
		pid_t pid = fork();

		if (!pid) {
			run_side(&side[1]);
			_exit(0);
		}
		run_side(&side[0]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
	} else {
		pthread_t other;

		assert_int_equal(pthread_create(&other, NULL, run_side, &side[1]), 0);
		run_side(&side[0]);
		pthread_join(other, NULL);
	}
	assert_int_equal(status, 0);
	assert_int_equal(atomic_load(&b->failed), 0);
	assert_int_equal(atomic_load(&b->received), LANES);
	memcpy(&sum, (unsigned char *)side[1].buf.va + COUNTER, sizeof(sum));
	assert_int_equal(sum, counted);
	for (int i = 0; i < 2; i++) {
		munmap(side[i].buf.va, BYTES);
		close(side[i].buf.shared_fd);
	}
	munmap(b, sizeof(*b));
}

static void messages(void **state)
{
	(void)state;
	lanes_of(true, sender, receiver, (uint64_t)LANES * MESSAGES);
	lanes_of(false, sender, receiver, (uint64_t)LANES * MESSAGES);
}

static void echoes(void **state)
{
	(void)state;
	lanes_of(true, ping, pong, 0);
	lanes_of(false, ping, pong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages),
		cmocka_unit_test(echoes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
