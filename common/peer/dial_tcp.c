// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Connecting with a deadline over all addresses; see dial.h. */
#include "peer/dial.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "peer/channel.h"
#include "peer/tcp.h"

/* Wait until connect() has an answer. Return: 0 or -errno of the connection. */
static int connected(int fd, int64_t deadline_ns)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	socklen_t len = sizeof(int);
	int answer = 0, rc;

	do {
		int64_t left = deadline_ns - channel_now();

		if (left <= 0)
			return -ETIMEDOUT;
		rc = poll(&p, 1, left / 1000000 > 60000 ? 60000 : (int)(left / 1000000) + 1);
	} while (!rc || (rc < 0 && errno == EINTR));
	if (rc < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &answer, &len))
		return -errno;
	return -answer;
}

static int try_one(const struct addrinfo *a, int64_t deadline_ns, int *out)
{
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc;

	if (fd < 0)
		return -errno;
	tcp_tune(fd);
	rc = connect(fd, a->ai_addr, a->ai_addrlen) ? -errno : 0;
	if (rc == -EINPROGRESS || rc == -EINTR)
		rc = connected(fd, deadline_ns);
	if (rc)
		close(fd);
	else
		*out = fd;
	return rc;
}

static int tell(const struct peer_place *p, int rc, struct err *e)
{
	err_set(e, rc, "%s port %u: cannot connect: %s", p->host, p->port, strerror(-rc));
	if (rc == -ECONNREFUSED)
		return err_hint(e, rc, "start it there: p2pbench serve --bind ADDR:%u --token-file FILE",
				p->port);
	if (rc == -ETIMEDOUT)
		return err_hint(e, rc, "is the host up, and does a firewall let port %u through?", p->port);
	return rc;
}

int dial_tcp(const struct peer_place *p, int64_t deadline_ns, int *fd, struct err *e)
{
	struct addrinfo want = {.ai_family = AF_UNSPEC,
				.ai_socktype = SOCK_STREAM,
				.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG};
	struct addrinfo *list = NULL;
	int rc = -EHOSTUNREACH, left = 0;
	char port[8];

	snprintf(port, sizeof(port), "%u", p->port);
	rc = getaddrinfo(p->host, port, &want, &list);
	/* Loopback alone is no address to AI_ADDRCONFIG: ask again without it. */
	want.ai_flags = AI_NUMERICSERV;
	if (rc)
		rc = getaddrinfo(p->host, port, &want, &list);
	if (rc) {
		err_set(e, -EHOSTUNREACH, "%s: no such host: %s", p->host,
			rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
		return err_hint(e, -EHOSTUNREACH, "peer: takes a name the resolver knows, or an address");
	}
	for (const struct addrinfo *a = list; a; a = a->ai_next)
		left++;
	/* Each gets its share, so that a dead first address does not eat the time of the second. */
	rc = -EHOSTUNREACH;
	for (const struct addrinfo *a = list; a && *fd < 0; a = a->ai_next, left--) {
		int64_t now = channel_now();

		rc = try_one(a, now + (deadline_ns - now) / left, fd);
	}
	freeaddrinfo(list);
	return *fd >= 0 ? 0 : tell(p, rc, e);
}
