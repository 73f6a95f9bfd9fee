// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * hostile ADDR:PORT STATE DEED [TOKEN-FILE]: a client that misbehaves. It goes as far as STATE:
 *	connected, greeted (the greeting was read), entered (authenticated), hello (the agent's hello was
 *read) and then does DEED: junk	1 MB of random bytes frames	random bytes in well-formed frames lie
 *a length of 64 MiB, and 1 KB of it half	half of a request, then closed
 *	die	SIGKILL of itself in the middle of a request
 *	wait	nothing, until the other side closes
 *	drip	a byte of a long frame whenever nothing comes back for a while, until the other side closes
 * STATE is printed when it is reached; a busy server is asked again.
 * Exit status 0: the deed was done, whatever came back.
 *
 * hostile terminal PROGRAM ARGUMENT...: becomes that program on a terminal of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/rng.h"
#include "peer/auth.h"
#include "peer/channel.h"
#include "peer/host.h"

#define LATE_NS (channel_now() + 60000000000ll)

static const char hello[] =
	"{\"n\":1,\"ask\":\"hello\",\"at\":0,\"with\":{\"magic\":\"p2pbench\",\"protocol\":1,"
	"\"oldest\":1,\"version\":\"0\",\"features\":[]}}";

static void quit(const char *what, const struct err *e)
{
	fprintf(stderr, "hostile: %s: %s\n", what, e ? e->text : strerror(errno));
	exit(1);
}

static int dial(const char *text)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	struct peer_place p;
	struct err e;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (peer_place_parse(text, &p, &e))
		quit(text, &e);
	to.sin_port = htons(p.port);
	if (inet_pton(AF_INET, p.host, &to.sin_addr) != 1 || fd < 0 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)))
		quit(text, NULL);
	return fd;
}

/* The way to a state is honest. Return: false: the server is busy. */
static bool go(int fd, const char *state, const char *token_file)
{
	struct channel *c = channel_new(dup(fd), dup(fd), "server");
	struct auth_token token;
	struct err e = {0};
	const char *text;
	size_t n;
	int rc = 0;

	if (!c)
		quit("channel", NULL);
	if (!strcmp(state, "greeted")) {
		rc = channel_receive(c, AUTH_FRAME_MAX, &text, &n, LATE_NS, &e);
	} else if (strcmp(state, "connected") != 0) {
		if (token_file && auth_token_read(token_file, &token, &e))
			quit(token_file, &e);
		rc = auth_dial(c, token_file ? &token : NULL, "0", LATE_NS, &e);
	}
	if (!rc && !strcmp(state, "hello")) {
		rc = channel_send(c, hello, strlen(hello), LATE_NS, &e);
		if (!rc)
			rc = channel_receive(c, 1 << 20, &text, &n, LATE_NS, &e);
	}
	channel_free(c);
	if (rc && rc != -EBUSY)
		quit(state, &e);
	return !rc;
}

/* As much as the other side takes. */
static void put(int fd, const void *bytes, size_t n)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	for (size_t at = 0; at < n;) {
		ssize_t got = send(fd, (const char *)bytes + at, n - at, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (got < 0 && errno == EAGAIN) {
			if (poll(&p, 1, 5000) <= 0)
				return;
			continue;
		}
		if (got < 0)
			return;
		at += (size_t)got;
	}
}

static void await_close(int fd)
{
	char bytes[4096];

	/* The channel has left it non-blocking. */
	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

		if (!n || (n < 0 && errno != EAGAIN && errno != EINTR))
			return;
		if (n < 0)
			poll(&p, 1, -1);
	}
}

static void drip(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLRDHUP};

	put(fd, "\0\0\x0f\xff", 4);
	while (!poll(&p, 1, 100))
		put(fd, " ", 1);
}

static void junk(int fd, int framed)
{
	enum { N = 1 << 20 };
	static uint64_t bytes[N / sizeof(uint64_t)];
	struct rng r = {.state = 7};

	for (size_t i = 0; i < N / sizeof(*bytes); i++)
		bytes[i] = rng_next(&r);
	for (size_t at = 0; framed && at + 300 < N; at += 300)
		memcpy((char *)bytes + at, "\0\0\1\x28", 4);
	put(fd, bytes, N);
}

static void deed(int fd, const char *what)
{
	static const char half[] = "\0\0\0\x40{\"n\":2,\"ask\":\"";
	char some[1024] = "\4";

	if (!strcmp(what, "junk") || !strcmp(what, "frames"))
		junk(fd, *what == 'f');
	else if (!strcmp(what, "lie"))
		put(fd, some, sizeof(some));
	else if (!strcmp(what, "wait"))
		await_close(fd);
	else if (!strcmp(what, "drip"))
		drip(fd);
	else
		put(fd, half, sizeof(half) - 1);
	if (!strcmp(what, "die"))
		raise(SIGKILL);
}

/* Become @argv with a terminal for standard input and output; its other end stays open with it. */
static int on_terminal(char **argv)
{
	int top = posix_openpt(O_RDWR | O_NOCTTY), end;
	const char *name = top < 0 || grantpt(top) || unlockpt(top) ? NULL : ptsname(top);

	end = name ? open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
	if (end < 0 || dup2(end, STDIN_FILENO) < 0 || dup2(end, STDOUT_FILENO) < 0)
		quit("a terminal", NULL);
	execv(argv[0], argv);
	quit(argv[0], NULL);
	return 1;
}

int main(int argc, char **argv)
{
	int fd;

	if (argc > 2 && !strcmp(argv[1], "terminal"))
		return on_terminal(argv + 2);
	if (argc < 4)
		return 2;
	while (fd = dial(argv[1]), !go(fd, argv[2], argv[4]))
		close(fd);
	puts(argv[2]);
	fflush(stdout);
	deed(fd, argv[3]);
	close(fd);
	return 0;
}
