// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See far_rig.h. */
#include "soft/far_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/rng.h"

/* ---- an end ---- */

static int reg(struct far_end *e, int access)
{
	const struct nic_mr_spec spec = {.bytes = FAR_BYTES, .access = access};

	return nic_mr_reg(e->n, &e->buf, &spec, &e->mr, NULL);
}

static int make_qp(struct far_end *e, int i)
{
	const struct nic_qp_spec spec = {
		.send_cq = e->cq,
		.recv_cq = e->cq,
		.send_wrs = FAR_DEPTH,
		.recv_wrs = FAR_DEPTH,
		.inline_bytes = FAR_INLINE,
		.wr_api = true,
	};

	return nic_qp_create(e->n, &spec, &e->qp[i], NULL);
}

static int open_end(struct far_end *e, const struct far_ask *ask, struct far_answer *a)
{
	int rc = 0;

	e->n = e->borrowed;
	if (ask->memory == FAR_MEMFD) {
		e->buf.kind = MEM_MEMFD;
		e->buf.fd = e->buf.shared_fd;
		e->buf.shared_fd = 0;
	} else if (ask->memory == FAR_PRIVATE) {
		e->buf.shared_fd = 0;
	}
	if (!e->n)
		rc = nic_open("soft0", 1, -1, &e->n, NULL);
	if (!rc)
		rc = reg(e, ask->access);
	if (!rc)
		rc = nic_cq_create(e->n, 2 * FAR_QPS * FAR_DEPTH, &e->cq, NULL);
	for (int i = 0; !rc && i < FAR_QPS; i++) {
		rc = make_qp(e, i);
		if (!rc)
			nic_qp_addr(e->n, e->qp[i], &a->addr[i]);
	}
	if (!rc) {
		a->address = e->mr.addr;
		a->key = e->mr.mr->rkey;
	}
	return rc;
}

static void destroy_qp(struct far_end *e, uint32_t i)
{
	if (e->qp[i])
		nic_qp_destroy(e->n, e->qp[i], NULL);
	e->qp[i] = NULL;
}

static void close_end(struct far_end *e)
{
	if (!e->n)
		return;
	for (uint32_t i = 0; i < FAR_QPS; i++)
		destroy_qp(e, i);
	if (e->cq)
		nic_cq_destroy(e->n, e->cq, NULL);
	nic_mr_dereg(e->n, &e->mr, NULL);
	if (!e->borrowed)
		nic_close(e->n);
	*e = (struct far_end){.buf = MEM_BUF_CLOSED};
}

static int connect_end(struct far_end *e, const struct far_ask *ask, struct far_answer *a)
{
	struct err err = {0};
	int rc = 0;

	for (int i = 0; !rc && i < FAR_QPS; i++) {
		struct nic_qp_addr local;

		/* the PSN is what the other end was told */
		local = ask->remote[i];
		local.psn = (uint32_t)ask->id + (uint32_t)i;
		rc = nic_qp_connect(e->n, e->qp[i], &local, &ask->remote[i], ask->access, &err);
	}
	snprintf(a->text, sizeof(a->text), "%s", err.text);
	return rc;
}

static int post_api(struct ibv_qp_ex *x, const struct ibv_send_wr *w)
{
	const struct ibv_sge *s = w->sg_list;

	ibv_wr_start(x);
	x->wr_id = w->wr_id;
	x->wr_flags = w->send_flags & ~(unsigned int)IBV_SEND_INLINE;
	switch (w->opcode) {
	case IBV_WR_RDMA_WRITE:
		ibv_wr_rdma_write(x, w->wr.rdma.rkey, w->wr.rdma.remote_addr);
		break;
	case IBV_WR_RDMA_WRITE_WITH_IMM:
		ibv_wr_rdma_write_imm(x, w->wr.rdma.rkey, w->wr.rdma.remote_addr, w->imm_data);
		break;
	case IBV_WR_RDMA_READ:
		ibv_wr_rdma_read(x, w->wr.rdma.rkey, w->wr.rdma.remote_addr);
		break;
	case IBV_WR_SEND:
		ibv_wr_send(x);
		break;
	case IBV_WR_SEND_WITH_IMM:
		ibv_wr_send_imm(x, w->imm_data);
		break;
	case IBV_WR_ATOMIC_FETCH_AND_ADD:
		ibv_wr_atomic_fetch_add(x, w->wr.atomic.rkey, w->wr.atomic.remote_addr,
					w->wr.atomic.compare_add);
		break;
	default:
		ibv_wr_atomic_cmp_swp(x, w->wr.atomic.rkey, w->wr.atomic.remote_addr,
				      w->wr.atomic.compare_add, w->wr.atomic.swap);
	}
	if (w->send_flags & IBV_SEND_INLINE)
		ibv_wr_set_inline_data(x, (void *)(uintptr_t)s->addr, s->length);
	else
		ibv_wr_set_sge(x, s->lkey, s->addr, s->length);
	return ibv_wr_complete(x);
}

static int post(struct far_end *e, const struct far_ask *ask)
{
	const uint64_t base = ask->wr.send_flags & IBV_SEND_INLINE ? (uintptr_t)e->buf.va : e->mr.addr;
	struct ibv_sge sge = {base + ask->at, ask->bytes, e->mr.mr->lkey};
	struct ibv_send_wr wr = ask->wr, *bad;

	wr.wr_id = ask->id;
	wr.sg_list = &sge;
	wr.num_sge = 1;
	wr.next = NULL;
	if (ask->wr_api)
		return post_api(nic_qp_ex(e->n, e->qp[ask->qp]), &wr);
	return ibv_post_send(e->qp[ask->qp], &wr, &bad);
}

static int receive(struct far_end *e, const struct far_ask *ask)
{
	struct ibv_sge sge = {e->mr.addr + ask->at, ask->bytes, e->mr.mr->lkey};
	struct ibv_recv_wr wr = {.wr_id = ask->id, .sg_list = &sge, .num_sge = ask->bytes ? 1 : 0}, *bad;

	return ibv_post_recv(e->qp[ask->qp], &wr, &bad);
}

static uint32_t index_of(const struct far_end *e, uint32_t number)
{
	uint32_t i = 0;

	while (i < FAR_QPS && !(e->qp[i] && e->qp[i]->qp_num == number))
		i++;
	return i;
}

static int poll_end(struct far_end *e, struct far_answer *a)
{
	struct ibv_wc wc[FAR_WCS];
	int n = ibv_poll_cq(e->cq, FAR_WCS, wc);

	for (int i = 0; i < n; i++) {
		const bool ok = wc[i].status == IBV_WC_SUCCESS;

		a->wc[i] = (struct far_wc){
			.id = wc[i].wr_id,
			.status = wc[i].status,
			.opcode = ok ? wc[i].opcode : 0,
			.bytes = ok ? wc[i].byte_len : wc[i].vendor_err,
			.imm = ok && wc[i].wc_flags & IBV_WC_WITH_IMM ? wc[i].imm_data : 0,
			.qp = index_of(e, wc[i].qp_num),
			.flags = ok ? wc[i].wc_flags : 0,
		};
	}
	return n;
}

static int next_event(struct far_end *e, struct far_answer *a)
{
	struct nic_event v;
	int n = nic_async(e->n, &v);

	snprintf(a->text, sizeof(a->text), "%s", n > 0 ? v.text : "");
	return n;
}

static int state_of(struct far_end *e, uint32_t qp, struct far_answer *a)
{
	snprintf(a->text, sizeof(a->text), "%s", nic_qp_state(e->n, e->qp[qp]));
	return 0;
}

static int rereg(struct far_end *e, int access, struct far_answer *a)
{
	int rc;

	nic_mr_dereg(e->n, &e->mr, NULL);
	rc = reg(e, access);
	a->key = rc ? 0 : e->mr.mr->rkey;
	a->address = e->mr.addr;
	return rc;
}

static void end_do(struct far_end *e, const struct far_ask *ask, struct far_answer *a)
{
	*a = (struct far_answer){.rc = 0};
	switch (ask->what) {
	case FAR_OPEN:
		a->rc = open_end(e, ask, a);
		break;
	case FAR_CONNECT:
		a->rc = connect_end(e, ask, a);
		break;
	case FAR_POST:
		a->rc = post(e, ask);
		break;
	case FAR_RECEIVE:
		a->rc = receive(e, ask);
		break;
	case FAR_POLL:
		a->rc = poll_end(e, a);
		break;
	case FAR_STATE:
		a->rc = state_of(e, ask->qp, a);
		break;
	case FAR_FLUSH:
		a->rc = nic_qp_flush(e->n, e->qp[ask->qp]);
		break;
	case FAR_DESTROY_QP:
		destroy_qp(e, ask->qp);
		break;
	case FAR_REREG:
		a->rc = rereg(e, ask->access, a);
		break;
	case FAR_DEREG:
		a->rc = nic_mr_dereg(e->n, &e->mr, NULL);
		break;
	case FAR_REVOKE:
		soft_mr_revoke((struct soft_mr *)e->mr.mr);
		break;
	case FAR_ALIVE:
		a->rc = nic_mr_alive(e->n, &e->buf, &e->mr, NULL);
		break;
	case FAR_COUNT:
		a->count = soft_mr_count(e->mr.mr);
		break;
	case FAR_EVENT:
		a->rc = next_event(e, a);
		break;
	case FAR_CLOSE:
		close_end(e);
		break;
	case FAR_HANG:
		break;
	}
}

/* ---- the process ---- */

static void serve(struct far_end *e, int fd)
{
	struct far_ask ask;
	struct far_answer a;

	while (read(fd, &ask, sizeof(ask)) == (ssize_t)sizeof(ask) && ask.what != FAR_HANG) {
		end_do(e, &ask, &a);
		if (write(fd, &a, sizeof(a)) != (ssize_t)sizeof(a))
			_exit(1);
	}
	if (ask.what == FAR_HANG)
		pause();
	close_end(e);
}

static void start_process(struct far *f)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	f->pid = fork();
	assert_true(f->pid >= 0);
	if (!f->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(pair[0]);
		serve(&f->end[1], pair[1]);
		_exit(0);
	}
	close(pair[1]);
	f->socket = pair[0];
}

static void make_memory(struct far *f, int i)
{
	int fd = memfd_create("far", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd > 0);
	assert_int_equal(ftruncate(fd, FAR_BYTES), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	f->bytes[i] = mmap(NULL, FAR_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(f->bytes[i], MAP_FAILED);
	f->memfd[i] = fd;
	f->end[i].buf = (struct mem_buf){.kind = MEM_HOST,
					 .bytes = FAR_BYTES,
					 .granule = 4096,
					 .va = f->bytes[i],
					 .cpu = MEM_CPU_RAM,
					 .fd = -1,
					 .shared_fd = fd};
}

void far_start(struct far *f, enum far_where where)
{
	*f = (struct far){.where = where, .socket = -1};
	for (int i = 0; i < 2; i++)
		make_memory(f, i);
	if (where == FAR_OTHER_PROCESS)
		start_process(f);
}

static void wait_for_end(struct far *f)
{
	int status;

	assert_int_equal(waitpid(f->pid, &status, 0), f->pid);
	f->pid = 0;
	close(f->socket);
	assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0);
}

void far_kill(struct far *f)
{
	assert_int_equal(kill(f->pid, SIGKILL), 0);
	wait_for_end(f);
}

void far_stop(struct far *f)
{
	if (f->pid) {
		shutdown(f->socket, SHUT_RDWR);
		wait_for_end(f);
	} else {
		close_end(&f->end[1]);
	}
	close_end(&f->end[0]);
	for (int i = 0; i < 2; i++) {
		munmap(f->bytes[i], FAR_BYTES);
		close(f->memfd[i]);
	}
}

struct far_answer far_ask(struct far *f, int end, const struct far_ask *ask)
{
	struct far_answer a;

	if (end == 0 || f->where != FAR_OTHER_PROCESS) {
		end_do(&f->end[end], ask, &a);
		return a;
	}
	assert_int_equal(write(f->socket, ask, sizeof(*ask)), sizeof(*ask));
	if (ask->what == FAR_HANG)
		return (struct far_answer){.rc = 0};
	assert_int_equal(read(f->socket, &a, sizeof(a)), sizeof(a));
	return a;
}

/* ---- shorthands ---- */

static void open_both(struct far *f, int access, enum far_memory memory)
{
	for (int i = 0; i < 2; i++) {
		const struct far_ask ask = {
			.what = FAR_OPEN, .access = i ? access : FAR_ACCESS, .memory = i ? memory : FAR_HOST};

		if (i && f->where == FAR_SAME_DEVICE)
			f->end[1].borrowed = f->end[0].n;
		f->open[i] = far_ask(f, i, &ask);
		assert_int_equal(f->open[i].rc, 0);
	}
}

void far_link(struct far *f, int access, enum far_memory memory)
{
	open_both(f, access, memory);
	for (int i = 0; i < 2; i++) {
		struct far_ask ask = {
			.what = FAR_CONNECT, .access = FAR_ACCESS, .id = (uint64_t)(100 + 100 * i)};
		struct far_answer a;

		for (int q = 0; q < FAR_QPS; q++) {
			ask.remote[q] = f->open[!i].addr[q];
			ask.remote[q].psn = (uint32_t)(100 + 100 * !i + q);
		}
		a = far_ask(f, i, &ask);
		assert_string_equal(a.text, "");
		assert_int_equal(a.rc, 0);
	}
}

int far_simple(struct far *f, int end, enum far_what what, uint32_t qp)
{
	return far_ask(f, end, &(struct far_ask){.what = what, .qp = qp}).rc;
}

int far_receive(struct far *f, int end, uint32_t qp, uint64_t at, uint32_t bytes, uint64_t id)
{
	const struct far_ask ask = {.what = FAR_RECEIVE, .qp = qp, .at = at, .bytes = bytes, .id = id};

	return far_ask(f, end, &ask).rc;
}

struct far_ask far_op(const struct far *f, int end, uint32_t qp, enum ibv_wr_opcode opcode, uint64_t at,
		      uint32_t bytes)
{
	struct far_ask ask = {
		.what = FAR_POST,
		.qp = qp,
		.at = at,
		.bytes = bytes,
		.wr = {.opcode = opcode, .send_flags = IBV_SEND_SIGNALED, .imm_data = 0x01020304},
		.id = 1000 + at,
	};

	if (opcode == IBV_WR_ATOMIC_FETCH_AND_ADD || opcode == IBV_WR_ATOMIC_CMP_AND_SWP) {
		ask.wr.wr.atomic.remote_addr = f->open[!end].address + at;
		ask.wr.wr.atomic.rkey = f->open[!end].key;
	} else {
		ask.wr.wr.rdma.remote_addr = f->open[!end].address + at;
		ask.wr.wr.rdma.rkey = f->open[!end].key;
	}
	return ask;
}

struct far_wc far_expect(struct far *f, int end, uint64_t id, enum ibv_wc_status status)
{
	struct far_answer a = far_ask(f, end, &(struct far_ask){.what = FAR_POLL});

	assert_int_equal(a.rc, 1);
	assert_int_equal(a.wc[0].status, status);
	assert_int_equal(a.wc[0].id, id);
	return a.wc[0];
}

void far_expect_none(struct far *f, int end)
{
	assert_int_equal(far_simple(f, end, FAR_POLL, 0), 0);
}

struct far_wc far_run(struct far *f, int end, const struct far_ask *op, enum ibv_wc_status status)
{
	assert_int_equal(far_ask(f, end, op).rc, 0);
	return far_expect(f, end, op->id, status);
}

void far_fill(struct far *f, uint64_t seed)
{
	struct rng r = {seed};

	for (int end = 0; end < 2; end++) {
		for (size_t i = 0; i < FAR_BYTES; i++)
			f->bytes[end][i] = (unsigned char)rng_next(&r);
	}
}

void far_everywhere(void (*test)(struct far *f))
{
	static const struct {
		const char *name;
		enum far_where where;
		enum far_memory memory;
	} places[] = {
		{"one device", FAR_SAME_DEVICE, FAR_HOST},
		{"two devices, host", FAR_SAME_PROCESS, FAR_HOST},
		{"two devices, memfd", FAR_SAME_PROCESS, FAR_MEMFD},
		{"two devices, private", FAR_SAME_PROCESS, FAR_PRIVATE},
		{"two processes, host", FAR_OTHER_PROCESS, FAR_HOST},
		{"two processes, memfd", FAR_OTHER_PROCESS, FAR_MEMFD},
	};

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		struct far f;

		print_message("   %s\n", places[i].name);
		far_start(&f, places[i].where);
		far_link(&f, FAR_ACCESS, places[i].memory);
		far_fill(&f, 7 + i);
		test(&f);
		far_stop(&f);
	}
}
