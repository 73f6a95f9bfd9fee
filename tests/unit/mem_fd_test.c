// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Kind fd: a descriptor that is inherited or comes over a socket. The other end is a socketpair's, so what it
 * does wrong is really done; memfds stand for dma-bufs, and fdinfo says what the test wants it to say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"
#include "mem/mem.h"

enum { BYTES = 16384, MANY = 250 };

/* @exporter: of every descriptor, NULL = none of them is a dma-buf; @far: the sender's end of the next
 * connection, @type of its socket. */
static struct {
	const char *exporter;
	int far, type, connect_rc, busy, polls, fail_at, calls;
	bool no_mmap, never;
} fake;

static int gate(void)
{
	return ++fake.calls == fake.fail_at ? -EIO : 0;
}

static int fake_open(const char *path, int flags, mode_t mode)
{
	char text[128];
	int fd, rc = gate();

	if (rc || strncmp(path, "/proc/self/fdinfo/", 18) != 0)
		return rc ? rc : sys_real.open(path, flags, mode);
	fd = memfd_create("fdinfo", MFD_CLOEXEC);
	snprintf(text, sizeof(text), "pos:\t0\nflags:\t02\n%s%s%s",
		 fake.exporter ? "exp_name:\t" : "mnt_id:\t1", fake.exporter ? fake.exporter : "",
		 fake.exporter ? "\nsize:\t16384\n" : "\n");
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static int fake_socket(int domain, int type, int protocol)
{
	int pair[2], rc = gate();

	(void)protocol;
	if (rc)
		return rc;
	assert_int_equal(domain, AF_UNIX);
	/* of the type that the sender listens with; a connect by the other is EPROTOTYPE */
	assert_int_equal(socketpair(AF_UNIX, fake.type | SOCK_CLOEXEC, 0, pair), 0);
	fake.connect_rc = (type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) == fake.type ? 0 : -EPROTOTYPE;
	if (fake.connect_rc)
		close(pair[1]);
	else
		fake.far = pair[1];
	return pair[0];
}

static void (*sender)(void);

static int fake_connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	int rc = gate();

	(void)fd;
	(void)len;
	if (rc)
		return rc;
	assert_string_equal(((const struct sockaddr_un *)(const void *)addr)->sun_path, "donor.sock");
	if (fake.busy && fake.busy-- > 0)
		return -EAGAIN;
	if (!fake.connect_rc && sender)
		sender();
	return fake.connect_rc;
}

/* Waiting is counted instead of done. */
static int fake_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	int rc = gate();

	fake.polls++;
	assert_true(timeout_ms > 0 && timeout_ms <= 10000);
	return rc ? rc : sys_real.poll(fds, n, 0);
}

static ssize_t fake_recvmsg(int fd, struct msghdr *msg, int flags)
{
	int rc = gate();

	return rc ? rc : sys_real.recvmsg(fd, msg, flags);
}

static int fake_mmap(void **out, size_t length, int prot, int flags, int fd, off_t offset)
{
	return fake.no_mmap ? -EINVAL : sys_real.mmap(out, length, prot, flags, fd, offset);
}

static struct sys fake_sys(void)
{
	struct sys s = sys_real;

	s.open = fake_open;
	s.socket = fake_socket;
	s.connect = fake_connect;
	s.poll = fake_poll;
	s.recvmsg = fake_recvmsg;
	s.mmap = fake_mmap;
	return s;
}

static size_t open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static struct sys sys;
static struct mem_ctx *ctx;
static size_t fds_before;

static int setup(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	fake.exporter = "udmabuf";
	fake.far = -1;
	fake.type = SOCK_STREAM;
	sender = NULL;
	sys = fake_sys();
	fds_before = open_fds();
	return mem_ctx_open(&sys, NULL, &ctx, NULL);
}

static int teardown(void **state)
{
	(void)state;
	mem_ctx_close(ctx);
	if (fake.far >= 0)
		close(fake.far);
	if (open_fds() != fds_before)
		printf("descriptors leaked: %zu, %zu\n", fds_before, open_fds());
	return open_fds() != fds_before;
}

static int new_dmabuf(void)
{
	int fd = memfd_create("dmabuf", MFD_CLOEXEC);

	assert_int_equal(ftruncate(fd, BYTES), 0);
	return fd;
}

static struct config_memory inherited(int fd)
{
	return (struct config_memory){
		.name = "f", .kind = MEM_FD, .length = BYTES, .fd = fd, .numa = CONFIG_NUMA_ANY};
}

static struct config_memory sent(void)
{
	struct config_memory m = inherited(-1);

	m.socket = "donor.sock";
	return m;
}

/* Sends @n descriptors of dma-bufs, and @bytes of data; no more than that many control messages fit one send.
 */
static void send_fds(size_t n, size_t bytes)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(MANY * sizeof(int))];
	} control = {0};
	char data[256] = "dma-buf";
	struct iovec iov = {data, bytes};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	int fds[MANY];

	for (size_t i = 0; i < n; i++)
		fds[i] = new_dmabuf();
	if (n) {
		struct cmsghdr *h;

		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
		h = CMSG_FIRSTHDR(&msg);
		h->cmsg_level = SOL_SOCKET;
		h->cmsg_type = SCM_RIGHTS;
		h->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(h), fds, n * sizeof(int));
	}
	assert_int_equal(sendmsg(fake.far, &msg, 0), bytes);
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

static void send_one(void)
{
	send_fds(1, 1);
}

static void send_two(void)
{
	send_fds(2, 1);
}

static void send_many(void)
{
	send_fds(MANY, 8);
}

/* One, which this process has no room for. */
static void send_no_room(void)
{
	struct rlimit lim;
	int next;

	send_fds(1, 1);
	next = dup(0);
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &lim), 0);
	lim.rlim_cur = (rlim_t)next;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &lim), 0);
}

/* 300 of them do not fit a message. */
static void send_300(void)
{
	send_fds(MANY, 1);
	send_fds(50, 1);
}

static void send_garbage(void)
{
	send_fds(0, 200);
}

static void send_nothing(void)
{
}

static void hang_up(void)
{
	close(fake.far);
	fake.far = -1;
}

static void an_inherited_dmabuf_is_used(void **state)
{
	int fd = new_dmabuf();
	struct config_memory m = inherited(fd);
	struct mem_tph tph;
	struct mem_buf b;
	unsigned char c = 0;
	struct err e;

	(void)state;
	m.length = 4096;
	m.offset = 8192;
	m.exporter = "udmabuf";
	assert_int_equal(mem_probe(ctx, &m, &e), 0);
	assert_int_equal(mem_open(ctx, &m, &b, &e), 0);
	assert_int_equal(b.cpu, MEM_CPU_RAM);
	assert_int_equal(b.bytes, 4096);
	assert_int_equal(b.fd_offset, 8192);
	assert_int_not_equal(b.fd, fd); /* a copy: the next memory can use it too */
	memset(b.va, 0x5a, b.bytes);
	assert_int_equal(pread(fd, &c, 1, 8192), 1);
	assert_int_equal(c, 0x5a);
	assert_int_equal(pread(fd, &c, 1, 8191), 1);
	assert_int_equal(c, 0);
	mem_tph(&b, &tph);
	assert_false(tph.usable);
	mem_close(&b);
	close(fd);
}

/* What no CPU can map is for the NIC alone; what is no RAM is accessed as a device. */
static void the_cpu_may_have_no_access(void **state)
{
	int fd = new_dmabuf();
	struct config_memory m = inherited(fd);
	struct mem_buf b;
	struct err e;

	(void)state;
	fake.exporter = "amdgpu";
	assert_int_equal(mem_open(ctx, &m, &b, &e), 0);
	assert_int_equal(b.cpu, MEM_CPU_DEVICE);
	mem_close(&b);
	fake.no_mmap = true;
	assert_int_equal(mem_open(ctx, &m, &b, &e), 0);
	assert_int_equal(b.cpu, MEM_CPU_NONE);
	assert_null(b.va);
	assert_true(b.fd >= 0);
	mem_close(&b);
	close(fd);
}

static void refused(const struct config_memory *m, int rc, const char *text)
{
	struct mem_buf b;
	struct err e = {0};

	assert_int_equal(mem_open(ctx, m, &b, &e), rc);
	assert_int_equal(b.fd, -1);
	if (!strstr(e.text, text))
		fail_msg("no '%s' in: %s", text, e.text);
}

/* A sender that has one descriptor to give is asked once, however often the memory is opened. */
static void it_is_received_once(void **state)
{
	const struct config_memory m = sent();
	struct mem_buf a, b;
	struct err e;

	(void)state;
	sender = send_one;
	assert_int_equal(mem_open(ctx, &m, &a, &e), 0);
	sender = hang_up;
	assert_int_equal(mem_open(ctx, &m, &b, &e), 0);
	assert_int_not_equal(a.fd, b.fd);
	memset(a.va, 0x5a, a.bytes);
	assert_memory_equal(a.va, b.va, a.bytes);
	mem_close(&a);
	mem_close(&b);
	assert_int_equal(mem_open(ctx, &m, &b, &e), 0);
	mem_close(&b);
}

static void a_wrong_descriptor_is_refused(void **state)
{
	int fd = new_dmabuf();
	struct config_memory m = inherited(fd);
	struct err e;

	(void)state;
	m.exporter = "vfio_pci_core";
	refused(&m, -EINVAL, "is of udmabuf");
	assert_int_equal(mem_probe(ctx, &m, &e), -EINVAL);
	m.exporter = NULL;
	m.offset = 4096;
	refused(&m, -EINVAL, "16384 bytes at offset 4096 asked, the dma-buf has 16384");
	m.offset = INT64_C(1) << 40;
	refused(&m, -EINVAL, "the dma-buf has 16384");
	fake.exporter = NULL;
	refused(&m, -EINVAL, "not a dma-buf");
	close(fd);
	refused(&m, -EBADF, "EBADF");
	assert_int_equal(mem_probe(ctx, &m, &e), -EBADF);
	assert_non_null(strstr(e.hint, "exec"));
}

/* As if nothing had been received yet. */
static void forget(void)
{
	mem_ctx_close(ctx);
	assert_int_equal(mem_ctx_open(&sys, NULL, &ctx, NULL), 0);
}

static void a_descriptor_is_received(void **state)
{
	static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET};
	const struct config_memory m = sent();
	struct err e;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct mem_buf b;

		forget();

		fake.type = types[i];
		fake.busy = i ? 3 : 0; /* its backlog is full for a while */
		sender = send_one;
		if (mem_open(ctx, &m, &b, &e))
			fail_msg("%s", e.text);
		assert_int_equal(fcntl(b.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
		memset(b.va, 1, b.bytes);
		mem_close(&b);
		close(fake.far);
		fake.far = -1;
	}
}

static void bad_senders_are_refused(void **state)
{
	static const struct {
		void (*send)(void);
		int rc;
		const char *text;
	} rows[] = {
		{send_two, -EINVAL, "2 descriptors came"},
		{send_many, -EINVAL, "and more descriptors came"},
		{send_300, -EINVAL, "and more descriptors came"},
		{send_garbage, -EINVAL, "bytes came and no descriptor"},
		{send_no_room, -EINVAL, "cannot be opened here"},
		{hang_up, -EINVAL, "nothing was sent"},
		{send_nothing, -ETIMEDOUT, "5 s"},
	};
	const struct config_memory m = sent();
	struct rlimit lim;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &lim), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t before = open_fds();

		sender = rows[i].send;
		refused(&m, rows[i].rc, rows[i].text);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &lim), 0);
		if (fake.far >= 0)
			close(fake.far);
		fake.far = -1;
		assert_int_equal(open_fds(), before);
	}
}

static void a_busy_sender_is_not_waited_for_for_ever(void **state)
{
	const struct config_memory m = sent();

	(void)state;
	fake.busy = 1 << 20;
	refused(&m, -ETIMEDOUT, "ETIMEDOUT");
	assert_true(fake.polls > 10 && fake.polls < 1000);
}

static void every_call_may_fail(void **state)
{
	const struct config_memory m = sent();
	struct mem_buf b;
	struct err e;
	int n = 1, rc;

	(void)state;
	for (;; n++) {
		size_t before = open_fds();

		fake.calls = 0;
		fake.fail_at = n;
		sender = send_one;
		rc = mem_open(ctx, &m, &b, &e);
		mem_close(&b);
		forget();
		if (fake.far >= 0)
			close(fake.far);
		fake.far = -1;
		assert_int_equal(open_fds(), before);
		if (fake.calls < n)
			break;
		assert_int_equal(rc, -EIO);
		assert_non_null(strstr(e.text, "EIO"));
	}
	assert_int_equal(rc, 0);
	assert_true(n > 4);
}

static int listener(const char *path, int type)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int s = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	assert_int_equal(bind(s, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(s, 1), 0);
	return s;
}

static void *serve(void *arg)
{
	fake.far = accept(*(int *)arg, NULL, NULL);
	send_one();
	return NULL;
}

/* The real way: a socket in the file system, probed without connecting, then connected to. */
static void a_socket_has_a_path(void **state)
{
	static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET};
	char dir[] = "/tmp/p2pbench-fd-XXXXXX", path[64];
	struct config_memory m = sent();
	struct err e;

	(void)state;
	sys = sys_real;
	sys.open = fake_open;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/s", dir);
	m.socket = path;
	assert_int_equal(mem_probe(ctx, &m, &e), -ENOENT);
	assert_non_null(strstr(e.hint, "first"));
	for (size_t i = 0; i < 2; i++) {
		int s = listener(path, types[i]);
		pthread_t thread;
		struct mem_buf b;

		forget();
		assert_int_equal(mem_probe(ctx, &m, &e), 0);
		assert_int_equal(pthread_create(&thread, NULL, serve, &s), 0);
		if (mem_open(ctx, &m, &b, &e))
			fail_msg("%s", e.text);
		pthread_join(thread, NULL);
		mem_close(&b);
		close(fake.far);
		fake.far = -1;
		close(s);
		forget();
		refused(&m, -ECONNREFUSED, "ECONNREFUSED");
		unlink(path);
	}
	m.socket = dir;
	assert_int_equal(mem_probe(ctx, &m, &e), -ENOTSOCK);
	rmdir(dir);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(an_inherited_dmabuf_is_used),   TEST(the_cpu_may_have_no_access),
		TEST(a_wrong_descriptor_is_refused), TEST(a_descriptor_is_received),
		TEST(bad_senders_are_refused),	     TEST(a_busy_sender_is_not_waited_for_for_ever),
		TEST(every_call_may_fail),	     TEST(a_socket_has_a_path),
		TEST(it_is_received_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
