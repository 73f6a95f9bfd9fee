// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Addresses and memory that cannot be reached: each is refused with the reason, nothing stays open, and
 * nothing that is not a device's share is ever mapped.
 */
#include "soft/far_rig.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static int open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static struct share_gid own_gid(const struct far *f)
{
	struct share_gid g;

	memcpy(&g, f->open[0].addr[0].gid, sizeof(g));
	return g;
}

/* Connecting queue pair 2 of end 0 to @gid; it is in RESET before and after. */
static int connect_to(struct far *f, const struct share_gid *gid, struct err *e)
{
	struct nic *n = f->end[0].n;
	struct nic_qp_addr local, remote;
	struct ibv_qp_attr reset = {.qp_state = IBV_QPS_RESET};
	int rc;

	nic_qp_addr(n, f->end[0].qp[2], &local);
	remote = local;
	memcpy(remote.gid, gid, sizeof(remote.gid));
	*e = (struct err){0};
	rc = nic_qp_connect(n, f->end[0].qp[2], &local, &remote, FAR_ACCESS, e);
	assert_int_equal(n->backend->qp_modify(n, f->end[0].qp[2], &reset, IBV_QP_STATE, NULL), 0);
	return rc;
}

static void refused(struct far *f, const struct share_gid *gid, int rc, const char *says)
{
	int before = open_fds();
	struct err e;

	assert_int_equal(connect_to(f, gid, &e), rc);
	if (!strstr(e.text, says))
		fail_msg("'%s' is not in: %s", says, e.text);
	assert_int_equal(open_fds(), before);
}

static void open_one(struct far *f)
{
	far_start(f, FAR_SAME_PROCESS);
	f->open[0] = far_ask(f, 0, &(struct far_ask){.what = FAR_OPEN, .access = FAR_ACCESS});
	assert_int_equal(f->open[0].rc, 0);
}

static void own_address(void **state)
{
	struct share_gid gid, none = {0};
	struct err e;
	struct far f;

	(void)state;
	open_one(&f);
	gid = own_gid(&f);
	assert_int_equal(gid.pid, getpid());
	assert_int_equal(connect_to(&f, &gid, &e), 0);
	assert_int_equal(connect_to(&f, &none, &e), 0);
	assert_null(soft_dev(f.end[0].cq->context)->segs);
	far_stop(&f);
}

static void bad_addresses(void **state)
{
	struct share_gid gid;
	struct far f;
	pid_t pid;

	(void)state;
	open_one(&f);
	gid = (struct share_gid){.pid = 0x80fe, .place = 1}; /* fe80:: */
	refused(&f, &gid, -EINVAL, "not that of a software device");
	gid = own_gid(&f);
	gid.pid = UINT32_MAX;
	refused(&f, &gid, -EINVAL, "not that of a software device");
	gid = own_gid(&f);
	gid.place ^= 2;
	refused(&f, &gid, -ENETUNREACH, "another machine");
	gid = own_gid(&f);
	gid.cookie++;
	refused(&f, &gid, -ENETUNREACH, "has gone");
	gid = own_gid(&f);
	gid.tag_fd |= SHARE_FD_MAX;
	refused(&f, &gid, -ENETUNREACH, "has gone");

	pid = fork();
	if (!pid)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	gid = own_gid(&f);
	gid.pid = (uint32_t)pid;
	refused(&f, &gid, -ENETUNREACH, "has gone");
	far_stop(&f);
}

/* ---- what the address names is something else ---- */

static int memfd_of(off_t bytes, int seals)
{
	int fd = memfd_create("other", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, bytes), 0);
	if (seals)
		assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static void refused_fd(struct far *f, int fd, int rc, const char *says)
{
	struct share_gid gid = own_gid(f);

	gid.tag_fd = (uint32_t)SHARE_GID_TAG << 24 | (uint32_t)fd;
	refused(f, &gid, rc, says);
	close(fd);
}

static int share_like(const struct far *f, struct share_head head, int seals)
{
	int fd = memfd_of(sizeof(struct share), seals);

	(void)f;
	assert_int_equal(pwrite(fd, &head, sizeof(head), 0), sizeof(head));
	return fd;
}

static void bad_shares(void **state)
{
	const off_t bytes = sizeof(struct share);
	struct share_head good;
	struct far f;
	int pipes[2];

	(void)state;
	open_one(&f);
	good = soft_dev(f.end[0].cq->context)->share->head;
	refused_fd(&f, open("/dev/null", O_RDWR | O_CLOEXEC), -ENETUNREACH, "has gone");
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	refused_fd(&f, pipes[0], -ENETUNREACH, "has gone");
	close(pipes[1]);
	refused_fd(&f, memfd_of(bytes, 0), -ENETUNREACH, "has gone");
	refused_fd(&f, memfd_of(16, F_SEAL_SHRINK), -ENETUNREACH, "has gone");
	refused_fd(&f, memfd_of(bytes - 4096, F_SEAL_SHRINK), -EPROTO, "same build");
	refused_fd(&f, memfd_of(bytes, F_SEAL_SHRINK), -ENETUNREACH, "has gone");
	refused_fd(&f, share_like(&f, good, 0), -ENETUNREACH, "has gone");
	good.version++;
	refused_fd(&f, share_like(&f, good, F_SEAL_SHRINK), -EPROTO, "version");
	good.version--;
	good.bytes++;
	refused_fd(&f, share_like(&f, good, F_SEAL_SHRINK), -EPROTO, "version");
	good.bytes--;
	good.cookie++;
	refused_fd(&f, share_like(&f, good, F_SEAL_SHRINK), -ENETUNREACH, "has gone");
	far_stop(&f);
}

/* ---- rights ---- */

/* What a child of other rights gets when it connects to this process; -1000: it could not become one. */
static int child_connects(struct far *f, int (*become)(void), char *text, size_t room)
{
	struct share_gid gid = own_gid(f);
	int pipes[2], rc, status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		struct far mine;
		struct err e = {0};

		rc = become() ? -1000 : 0;
		if (!rc && fork()) { /* a PID namespace is that of the next child */
			wait(&status);
			_exit(0);
		}
		if (!rc) {
			open_one(&mine);
			rc = connect_to(&mine, &gid, &e);
		}
		if (write(pipes[1], &rc, sizeof(rc)) < 0 || write(pipes[1], e.text, sizeof(e.text)) < 0)
			_exit(1);
		_exit(0);
	}
	close(pipes[1]);
	assert_int_equal(read(pipes[0], &rc, sizeof(rc)), sizeof(rc));
	n = read(pipes[0], text, room - 1);
	text[n > 0 ? n : 0] = '\0';
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(pipes[0]);
	return rc;
}

static int other_user(void)
{
	return setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534);
}

static int other_namespace(void)
{
	return unshare(CLONE_NEWPID);
}

static int same(void)
{
	return 0;
}

static void other_rights(void **state)
{
	static const struct {
		int (*become)(void);
		int rc;
		const char *says;
	} ways[] = {
		{same, 0, ""},
		{other_user, -ENETUNREACH, "must not be looked into"},
		{other_namespace, -ENETUNREACH, "another PID namespace"},
	};
	char text[512];
	struct far f;

	(void)state;
	open_one(&f);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		int rc = child_connects(&f, ways[i].become, text, sizeof(text));

		if (rc == -1000) {
			print_message("   way %zu: not possible here\n", i);
			continue;
		}
		assert_int_equal(rc, ways[i].rc);
		assert_non_null(strstr(text, ways[i].says));
	}
	far_stop(&f);
}

/* ---- memory ---- */

/* A WRITE to end 1, whose memory end 0 must not map. */
static void unreachable(struct far *f, const char *says)
{
	struct far_ask w = far_op(f, 0, 0, IBV_WR_RDMA_WRITE, 0, 8);
	struct far_answer a;
	int before = open_fds();

	assert_int_equal(far_run(f, 0, &w, IBV_WC_REM_ACCESS_ERR).bytes, SOFT_SYN_PRIVATE);
	a = far_ask(f, 0, &(struct far_ask){.what = FAR_EVENT});
	assert_int_equal(a.rc, 1);
	assert_non_null(strstr(a.text, says));
	assert_int_equal(open_fds(), before);
}

static struct share_mr *their_region(struct far *f)
{
	return ((struct soft_mr *)f->end[1].mr.mr)->shared;
}

static void bad_memory(void **state)
{
	struct far f;
	int fd;

	(void)state;
	far_start(&f, FAR_SAME_PROCESS); /* not sealed */
	fd = memfd_of(FAR_BYTES, 0);
	assert_int_equal(dup2(fd, f.memfd[1]), f.memfd[1]);
	far_link(&f, FAR_ACCESS, FAR_HOST);
	unreachable(&f, "sealed");
	close(fd);
	far_stop(&f);

	far_start(&f, FAR_SAME_PROCESS); /* closed, and something else opened */
	far_link(&f, FAR_ACCESS, FAR_HOST);
	fd = memfd_of(FAR_BYTES, F_SEAL_SHRINK);
	assert_int_equal(dup2(fd, f.memfd[1]), f.memfd[1]);
	unreachable(&f, "ESTALE");
	close(fd);
	far_stop(&f);

	far_start(&f, FAR_SAME_PROCESS); /* longer than the memfd is */
	far_link(&f, FAR_ACCESS, FAR_HOST);
	their_region(&f)->bytes = 4 * FAR_BYTES;
	unreachable(&f, "not within");
	far_stop(&f);

	far_start(&f, FAR_SAME_PROCESS); /* address and place do not fit */
	far_link(&f, FAR_ACCESS, FAR_HOST);
	their_region(&f)->offset = 4;
	unreachable(&f, "within a page");
	far_stop(&f);

	far_start(&f, FAR_SAME_PROCESS); /* no file at all */
	far_link(&f, FAR_ACCESS, FAR_HOST);
	their_region(&f)->fd = 1 << 20;
	unreachable(&f, "ENOENT");
	far_stop(&f);
}

/* A region of no sense is none. */
static void wild_region(void **state)
{
	struct far f;
	struct far_ask w;

	(void)state;
	far_start(&f, FAR_SAME_PROCESS);
	far_link(&f, FAR_ACCESS, FAR_HOST);
	their_region(&f)->iova = UINT64_MAX - 10;
	w = far_op(&f, 0, 0, IBV_WR_RDMA_WRITE, 0, 8);
	assert_int_equal(far_run(&f, 0, &w, IBV_WC_REM_ACCESS_ERR).bytes, SOFT_SYN_KEY);
	far_stop(&f);
}

/* Without a file of that size a device works within itself, and says why it does nothing more. */
static void no_room_for_a_share(void **state)
{
	struct rlimit old, small;
	struct share_gid gid, none = {0};
	struct nic_qp_addr a;
	struct err e;
	struct far f;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	far_start(&f, FAR_SAME_PROCESS);
	small = (struct rlimit){1 << 20, old.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	f.open[0] = far_ask(&f, 0, &(struct far_ask){.what = FAR_OPEN, .access = FAR_ACCESS});
	assert_int_equal(f.open[0].rc, 0);
	nic_qp_addr(f.end[0].n, f.end[0].qp[0], &a);
	assert_memory_equal(a.gid, &none, sizeof(a.gid));
	assert_int_equal(connect_to(&f, &none, &e), 0);
	gid = (struct share_gid){
		.pid = 1, .tag_fd = (uint32_t)SHARE_GID_TAG << 24, .place = share_place(), .cookie = 1};
	assert_int_equal(connect_to(&f, &gid, &e), -EFBIG);
	assert_non_null(strstr(e.hint, "ulimit -f"));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	far_stop(&f);
}

/* Where nothing can be looked at, nothing is said of where the other end is. */
static void no_descriptor_left(void **state)
{
	struct share_gid gid = {
		.pid = 1, .tag_fd = (uint32_t)SHARE_GID_TAG << 24, .place = share_place(), .cookie = 1};
	struct rlimit old, small;
	struct nic_qp_addr a;
	struct err e;
	struct far f;
	int next;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	far_start(&f, FAR_SAME_PROCESS);
	f.open[0] = far_ask(&f, 0, &(struct far_ask){.what = FAR_OPEN, .access = FAR_ACCESS});
	nic_qp_addr(f.end[0].n, f.end[0].qp[0], &a);
	next = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	assert_true(next >= 0);
	close(next);
	small = (struct rlimit){(rlim_t)next, old.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &small), 0);
	assert_int_equal(connect_to(&f, &gid, &e), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_non_null(strstr(e.text, "EMFILE"));
	far_stop(&f);
}

/* null0 looks at nobody: its other end may be anything. */
static void null_devices(void **state)
{
	static unsigned char bytes[64];
	const struct mem_buf buf = {.kind = MEM_HOST, .bytes = sizeof(bytes), .va = bytes, .fd = -1};
	const struct nic_mr_spec all = {.bytes = sizeof(bytes), .access = IBV_ACCESS_LOCAL_WRITE};
	struct nic_qp_spec spec = {.send_wrs = 4, .recv_wrs = 4};
	struct nic_qp_addr addr[2];
	struct ibv_sge sge;
	struct ibv_send_wr wr = {.sg_list = &sge,
				 .num_sge = 1,
				 .opcode = IBV_WR_RDMA_WRITE,
				 .send_flags = IBV_SEND_SIGNALED},
			   *bad;
	struct ibv_cq *cq[2];
	struct ibv_qp *qp[2];
	struct nic *n[2];
	struct nic_mr mr;
	struct ibv_wc wc;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(nic_open("null0", 1, -1, &n[i], NULL), 0);
		assert_int_equal(nic_cq_create(n[i], 8, &cq[i], NULL), 0);
		spec.send_cq = spec.recv_cq = cq[i];
		assert_int_equal(nic_qp_create(n[i], &spec, &qp[i], NULL), 0);
		nic_qp_addr(n[i], qp[i], &addr[i]);
	}
	addr[1].gid[3] = 9;
	assert_int_equal(nic_qp_connect(n[0], qp[0], &addr[0], &addr[1], 0, NULL), 0);
	assert_int_equal(nic_mr_reg(n[0], &buf, &all, &mr, NULL), 0);
	sge = (struct ibv_sge){mr.addr, sizeof(bytes), mr.mr->lkey};
	assert_int_equal(ibv_post_send(qp[0], &wr, &bad), 0);
	assert_int_equal(ibv_poll_cq(cq[0], 1, &wc), 1);
	assert_int_equal(wc.status, IBV_WC_SUCCESS);
	nic_mr_dereg(n[0], &mr, NULL);
	for (int i = 0; i < 2; i++) {
		nic_qp_destroy(n[i], qp[i], NULL);
		nic_cq_destroy(n[i], cq[i], NULL);
		nic_close(n[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_address),	       cmocka_unit_test(bad_addresses),
		cmocka_unit_test(bad_shares),	       cmocka_unit_test(other_rights),
		cmocka_unit_test(bad_memory),	       cmocka_unit_test(wild_region),
		cmocka_unit_test(no_room_for_a_share), cmocka_unit_test(no_descriptor_left),
		cmocka_unit_test(null_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
