// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mem/receive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "base/err.h"
#include "base/sys.h"
#include "config/config.h"

/* Room for more than the one descriptor that is right, to see that there are more; a sender's others are
 * never opened here (MSG_CTRUNC). */
enum { WAIT_MS = 5000, STEP_MS = 50, ROOM = 4 };

static int socket_error(const struct config_memory *m, const char *what, int rc, struct err *e)
{
	err_set(e, rc, "memory '%s': socket %s: %s: %s", m->name, m->socket, what, err_name(rc));
	if (rc == -ENOENT || rc == -ECONNREFUSED)
		return err_hint(e, rc, "start the process that owns the device and sends its dma-buf first");
	if (rc == -EACCES || rc == -EPERM)
		return err_hint(e, rc, "the socket belongs to another user");
	return rc;
}

int receive_probe(const struct sys *sys, const struct config_memory *m, struct err *e)
{
	struct stat st;
	int fd = sys->open(m->socket, O_PATH, 0), rc;

	if (fd < 0)
		return socket_error(m, "open", fd, e);
	rc = sys->fstat(fd, &st);
	sys->close(fd);
	if (rc < 0)
		return socket_error(m, "fstat", rc, e);
	return S_ISSOCK(st.st_mode)
		       ? 0
		       : err_set(e, -ENOTSOCK, "memory '%s': %s is no socket", m->name, m->socket);
}

/* A full backlog answers EAGAIN: the sender is busy. */
static int connect_patiently(const struct sys *sys, int fd, const struct sockaddr_un *addr)
{
	int rc = -EAGAIN;

	for (int waited = 0; rc == -EAGAIN && waited <= WAIT_MS; waited += STEP_MS) {
		rc = sys->connect(fd, (const struct sockaddr *)addr, sizeof(*addr));
		if (rc == -EAGAIN)
			sys->poll(NULL, 0, STEP_MS);
	}
	return rc == -EAGAIN ? -ETIMEDOUT : rc;
}

static int connect_as(const struct sys *sys, int type, const struct sockaddr_un *addr)
{
	int fd = sys->socket(AF_UNIX, type | SOCK_NONBLOCK, 0), rc;

	if (fd < 0)
		return fd;
	rc = connect_patiently(sys, fd, addr);
	if (rc < 0)
		sys->close(fd);
	return rc < 0 ? rc : fd;
}

static int connected(const struct sys *sys, const struct config_memory *m, struct err *e)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(m->socket) >= sizeof(addr.sun_path))
		return socket_error(m, "its path is too long", -ENAMETOOLONG, e);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", m->socket);
	fd = connect_as(sys, SOCK_STREAM, &addr);
	if (fd == -EPROTOTYPE)
		fd = connect_as(sys, SOCK_SEQPACKET, &addr);
	return fd < 0 ? socket_error(m, "connect", fd, e) : fd;
}

/* Takes every descriptor out of @msg: the first into @fd (-1 = none), the others are closed. Return: how many
 * there were. */
static size_t take(const struct sys *sys, struct msghdr *msg, int *fd)
{
	size_t found = 0;

	*fd = -1;
	for (struct cmsghdr *h = CMSG_FIRSTHDR(msg); h; h = CMSG_NXTHDR(msg, h)) {
		size_t n = h->cmsg_len < CMSG_LEN(0) ? 0 : (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int got;

			memcpy(&got, CMSG_DATA(h) + i * sizeof(int), sizeof(got));
			if (found++)
				sys->close(got);
			else
				*fd = got;
		}
	}
	return found;
}

static int wrong_message(const struct config_memory *m, ssize_t bytes, size_t fds, bool more, struct err *e)
{
	if (more && !fds) {
		err_set(e, -EINVAL, "memory '%s': socket %s: a descriptor came that cannot be opened here",
			m->name, m->socket);
		return err_hint(e, -EINVAL,
				"too many open files (ulimit -n)? Or a security module refuses it");
	}
	if (!bytes && !fds)
		err_set(e, -EINVAL, "memory '%s': socket %s: closed by its owner, nothing was sent", m->name,
			m->socket);
	else if (!fds)
		err_set(e, -EINVAL, "memory '%s': socket %s: %zd bytes came and no descriptor", m->name,
			m->socket, bytes);
	else
		err_set(e, -EINVAL, "memory '%s': socket %s: %zu%s descriptors came", m->name, m->socket, fds,
			more ? " and more" : "");
	return err_hint(
		e, -EINVAL,
		"one message with one descriptor, the dma-buf (SCM_RIGHTS), and one byte is expected");
}

static int receive_message(const struct sys *sys, const struct config_memory *m, int conn, struct err *e)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(ROOM * sizeof(int))];
	} control;
	char data[64];
	struct iovec iov = {data, sizeof(data)};
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	ssize_t n = sys->recvmsg(conn, &msg, 0);
	bool more;
	size_t fds;
	int fd;

	if (n < 0)
		return socket_error(m, "recvmsg", (int)n, e);
	fds = take(sys, &msg, &fd);
	more = msg.msg_flags & MSG_CTRUNC;
	if (fds == 1 && !more)
		return fd;
	if (fd >= 0)
		sys->close(fd);
	return wrong_message(m, n, fds, more, e);
}

static int wait_readable(const struct sys *sys, const struct config_memory *m, int conn, struct err *e)
{
	struct pollfd p = {.fd = conn, .events = POLLIN};
	int rc = sys->poll(&p, 1, WAIT_MS);

	if (rc > 0)
		return 0;
	if (rc < 0)
		return socket_error(m, "poll", rc, e);
	socket_error(m, "nothing came within 5 s", -ETIMEDOUT, e);
	return err_hint(e, -ETIMEDOUT, "does its owner send, and to everyone who connects?");
}

int receive_fd(const struct sys *sys, const struct config_memory *m, struct err *e)
{
	int conn = connected(sys, m, e), rc;

	if (conn < 0)
		return conn;
	rc = wait_readable(sys, m, conn, e);
	if (!rc)
		rc = receive_message(sys, m, conn, e);
	sys->close(conn);
	return rc;
}
