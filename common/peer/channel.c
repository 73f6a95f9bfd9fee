// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Frames over two descriptors; see channel.h. */
#include "peer/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"

enum {
	HEAD = 4,	     /* bytes of a length */
	ROOM_FIRST = 4096,   /* of a buffer; it doubles when it is full */
	ROOM_KEPT = 1 << 20, /* a larger one is given back at the next call */
	LOG_KEPT = 2048,
};

/**
 * struct channel - see channel.h
 * @socket: @out is one: its writes can be told not to raise SIGPIPE
 * @why: what killed it; code 0 = alive
 * @buf, @room: the frame received last
 * @log: -1 = none; @said, @n_said: the end of what came from it
 */
struct channel {
	int in, out, log;
	bool socket;
	struct err why;
	char *buf;
	size_t room;
	char said[LOG_KEPT + 1];
	size_t n_said;
	char line[256];
	char name[300];
};

int64_t channel_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

static void unblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0)
		fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

struct channel *channel_new(int in, int out, const char *name)
{
	struct channel *c = calloc(1, sizeof(*c));
	struct stat st;

	if (!c) {
		close(in);
		if (out != in)
			close(out);
		return NULL;
	}
	c->in = in;
	c->out = out;
	c->log = -1;
	c->socket = !fstat(out, &st) && S_ISSOCK(st.st_mode);
	snprintf(c->name, sizeof(c->name), "%s", name);
	unblock(in);
	unblock(out);
	return c;
}

void channel_free(struct channel *c)
{
	if (!c)
		return;
	close(c->in);
	if (c->out != c->in)
		close(c->out);
	if (c->log >= 0)
		close(c->log);
	free(c->buf);
	free(c);
}

const char *channel_name(const struct channel *c)
{
	return c->name;
}

void channel_log(struct channel *c, int fd)
{
	if (c->log >= 0)
		close(c->log);
	unblock(fd);
	c->log = fd;
}

static void log_add(struct channel *c, const char *text, size_t n)
{
	size_t keep = c->n_said;

	if (n > LOG_KEPT) {
		text += n - LOG_KEPT;
		n = LOG_KEPT;
	}
	if (keep > LOG_KEPT - n)
		keep = LOG_KEPT - n;
	memmove(c->said, c->said + c->n_said - keep, keep);
	memcpy(c->said + keep, text, n);
	c->n_said = keep + n;
}

/* A bounded look: a writer that never ends must not hold the reader of frames. */
static void log_read(struct channel *c)
{
	char part[1024];

	for (int i = 0; c->log >= 0 && i < 16; i++) {
		ssize_t n = read(c->log, part, sizeof(part));

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			close(c->log);
			c->log = -1;
			return;
		}
		log_add(c, part, (size_t)n);
	}
}

const char *channel_last_line(struct channel *c)
{
	const char *end, *at;
	size_t n = 0;

	log_read(c);
	end = c->said + c->n_said;
	while (end > c->said && strchr("\r\n\t ", end[-1]))
		end--;
	for (at = end; at > c->said && at[-1] != '\n'; at--)
		;
	/* It goes to a terminal: nothing that is not plain text. */
	for (; at < end && n < sizeof(c->line) - 1; at++)
		if (*at != '\r')
			c->line[n++] = (char)(*at >= ' ' && *at < 0x7f ? *at : '?');
	c->line[n] = '\0';
	return c->line;
}

/* Record why it died, once; @e gets the same. */
static int die(struct channel *c, int code, const char *what, struct err *e)
{
	const char *line = channel_last_line(c);

	if (*line)
		err_set(&c->why, code, "%s: %s; it said: %s", c->name, what, line);
	else
		err_set(&c->why, code, "%s: %s", c->name, what);
	if (e)
		*e = c->why;
	return code;
}

static int die_errno(struct channel *c, const char *call, int no, struct err *e)
{
	char what[128];

	snprintf(what, sizeof(what), "%s: %s (%s)", call, strerror(no), err_name(no));
	return die(c, -no, what, e);
}

static int dead(const struct channel *c, struct err *e)
{
	return err_set(e, -ENOTCONN, "the channel is gone since: %.470s", c->why.text);
}

/* Wait until @fd can go on. Return: 0 (look again); -ETIMEDOUT; another -errno of ppoll(). */
static int wait_for(struct channel *c, int fd, short events, int64_t deadline_ns)
{
	struct pollfd p[2] = {{.fd = fd, .events = events}, {.fd = c->log, .events = POLLIN}};
	int64_t left = deadline_ns - channel_now();
	struct timespec ts;
	int rc;

	if (left <= 0)
		return -ETIMEDOUT;
	ts = (struct timespec){.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
	rc = ppoll(p, 2, &ts, NULL);
	if (rc < 0)
		return errno == EINTR ? 0 : -errno;
	if (p[1].revents)
		log_read(c);
	return 0;
}

/* A pipe has no MSG_NOSIGNAL: keep SIGPIPE from this thread, and take back what a write has raised. */
static ssize_t write_pipe(int fd, const struct iovec *v, int n)
{
	const struct timespec now = {0};
	sigset_t pipe, before, pending;
	bool was;
	ssize_t rc;
	int no;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	sigemptyset(&pending);
	sigpending(&pending);
	was = sigismember(&pending, SIGPIPE) == 1;
	pthread_sigmask(SIG_BLOCK, &pipe, &before);
	rc = writev(fd, v, n);
	no = errno;
	if (rc < 0 && no == EPIPE && !was)
		while (sigtimedwait(&pipe, NULL, &now) < 0 && errno == EINTR)
			;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = no;
	return rc;
}

static ssize_t write_some(const struct channel *c, struct iovec *v, int n)
{
	struct msghdr msg = {.msg_iov = v, .msg_iovlen = (size_t)n};

	return c->socket ? sendmsg(c->out, &msg, MSG_NOSIGNAL) : write_pipe(c->out, v, n);
}

/* Bytes [done, HEAD + n) of a frame. Return: how many vectors. */
static int rest(struct iovec v[2], const unsigned char *head, const char *text, size_t n, size_t done)
{
	int i = 0;

	if (done < HEAD)
		v[i++] = (struct iovec){.iov_base = (void *)(uintptr_t)(head + done), .iov_len = HEAD - done};
	done = done < HEAD ? 0 : done - HEAD;
	if (done < n)
		v[i++] = (struct iovec){.iov_base = (void *)(uintptr_t)(text + done), .iov_len = n - done};
	return i;
}

int channel_send(struct channel *c, const char *text, size_t n, int64_t deadline_ns, struct err *e)
{
	unsigned char head[HEAD] = {(unsigned char)(n >> 24), (unsigned char)(n >> 16),
				    (unsigned char)(n >> 8), (unsigned char)n};
	size_t done = 0;
	struct iovec v[2];
	ssize_t got;
	int rc;

	if (c->why.code)
		return dead(c, e);
	if (n > CHANNEL_FRAME_MAX)
		return err_set(e, -EMSGSIZE, "%s: a message of %zu bytes; at most %d go over", c->name, n,
			       CHANNEL_FRAME_MAX);
	while (done < HEAD + n) {
		got = write_some(c, v, rest(v, head, text, n, done));
		if (got > 0) {
			done += (size_t)got;
			continue;
		}
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && (errno == EPIPE || errno == ECONNRESET))
			return die(c, -EPIPE, "the other side has closed", e);
		if (got < 0 && errno != EAGAIN)
			return die_errno(c, "write", errno, e);
		rc = wait_for(c, c->out, POLLOUT, deadline_ns);
		if (rc == -ETIMEDOUT)
			return die(c, rc, "takes nothing: time is over", e);
		if (rc)
			return die_errno(c, "poll", -rc, e);
	}
	return 0;
}

/*
 * Read until @at has @n bytes. @first: nothing of this frame has come yet.
 * Return: 0 or what it died of.
 */
static int read_all(struct channel *c, void *at, size_t n, bool first, int64_t deadline_ns, struct err *e)
{
	size_t have = 0;
	int rc;

	while (have < n) {
		ssize_t got = read(c->in, (char *)at + have, n - have);

		if (got > 0) {
			have += (size_t)got;
			continue;
		}
		if (got < 0 && errno == EINTR)
			continue;
		if (!got || errno == ECONNRESET)
			return die(c, -EPIPE,
				   first && !have ? "the other side has closed"
						  : "the other side has closed in the middle of a message",
				   e);
		if (errno != EAGAIN)
			return die_errno(c, "read", errno, e);
		rc = wait_for(c, c->in, POLLIN, deadline_ns);
		if (rc == -ETIMEDOUT)
			return die(c, rc,
				   first && !have ? "no answer: time is over"
						  : "time is over in the middle of a message",
				   e);
		if (rc)
			return die_errno(c, "poll", -rc, e);
	}
	return 0;
}

/* Room for @room bytes. Return: 0 or what it died of. */
static int make_room(struct channel *c, size_t room, struct err *e)
{
	char *buf;

	if (room <= c->room)
		return 0;
	buf = realloc(c->buf, room);
	if (!buf)
		return die(c, -ENOMEM, "no memory for a message", e);
	c->buf = buf;
	c->room = room;
	return 0;
}

/* A stranger's first words are worth telling. */
static int too_long(struct channel *c, const unsigned char head[HEAD], size_t n, size_t max, struct err *e)
{
	char what[128];
	bool text = true;

	for (int i = 0; i < HEAD; i++)
		text = text && head[i] >= ' ' && head[i] < 0x7f;
	if (text)
		snprintf(what, sizeof(what), "no p2pbench speaks there: it begins with '%.4s'",
			 (const char *)head);
	else
		snprintf(what, sizeof(what), "a message of %zu bytes; at most %zu are taken", n, max);
	die(c, -EMSGSIZE, what, e);
	return text ? err_hint(e, -EMSGSIZE,
			       "another service listens there, or a login script prints to standard output")
		    : -EMSGSIZE;
}

int channel_receive(struct channel *c, size_t max, const char **text, size_t *n, int64_t deadline_ns,
		    struct err *e)
{
	unsigned char head[HEAD];
	size_t len, have = 0;
	int rc;

	if (c->why.code)
		return dead(c, e);
	if (c->room > ROOM_KEPT) {
		free(c->buf);
		c->buf = NULL;
		c->room = 0;
	}
	rc = read_all(c, head, HEAD, true, deadline_ns, e);
	if (rc)
		return rc;
	len = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
	if (len > max || len > CHANNEL_FRAME_MAX)
		return too_long(c, head, len, max < CHANNEL_FRAME_MAX ? max : CHANNEL_FRAME_MAX, e);
	do {
		size_t room = have ? 2 * have : ROOM_FIRST;

		rc = make_room(c, room > len ? len + 1 : room, e);
		room = c->room - 1 < len ? c->room - 1 : len;
		if (!rc)
			rc = read_all(c, c->buf + have, room - have, false, deadline_ns, e);
		if (rc)
			return rc;
		have = room;
	} while (have < len);
	c->buf[len] = '\0';
	*text = c->buf;
	*n = len;
	return 0;
}
