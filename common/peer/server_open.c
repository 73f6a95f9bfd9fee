// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The listening socket; see server.h. */
#include "peer/server_priv.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "peer/place.h"

enum { BACKLOG = 64 };

void server_name(const struct sockaddr *a, unsigned int len, char *out, size_t size)
{
	char host[48], port[8];

	if (getnameinfo(a, len, host, sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV))
		snprintf(out, size, "unknown");
	else
		snprintf(out, size, a->sa_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

union address {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

static bool loopback(const union address *a)
{
	const struct in6_addr *six = &a->six.sin6_addr;

	if (a->any.sa_family == AF_INET)
		return ntohl(a->four.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return IN6_IS_ADDR_LOOPBACK(six) || (IN6_IS_ADDR_V4MAPPED(six) && six->s6_addr[12] == IN_LOOPBACKNET);
}

static int listen_on(struct server *s, const struct addrinfo *a)
{
	union address own = {.six = {0}};
	socklen_t len = sizeof(own);
	int on = 1;

	s->listener = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->listener < 0)
		return -errno;
	/* A server that is started again must not wait for the connections of the last one to be forgotten.
	 */
	setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(s->listener, a->ai_addr, a->ai_addrlen) || listen(s->listener, BACKLOG) ||
	    getsockname(s->listener, &own.any, &len))
		return -errno;
	s->loopback = loopback(&own);
	server_name(&own.any, len, s->address, sizeof(s->address));
	return 0;
}

static int tell(const char *bind, int rc, struct err *e)
{
	err_set(e, rc, "bind %s: %s", bind, strerror(-rc));
	if (rc == -EADDRINUSE)
		return err_hint(e, rc, "another server listens there; port 0 takes one that is free");
	if (rc == -EADDRNOTAVAIL)
		return err_hint(e, rc, "an address of this machine: `ip addr` lists them");
	return rc;
}

int server_open(const char *bind, struct server **out, struct err *e)
{
	struct addrinfo want = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | AI_PASSIVE};
	struct addrinfo *list = NULL;
	struct peer_place place;
	struct server *s;
	char port[8];
	int rc = place_split("bind", bind, 0, &place, e);

	if (rc)
		return rc;
	snprintf(port, sizeof(port), "%u", place.port);
	rc = getaddrinfo(place.host, port, &want, &list);
	if (rc)
		return err_set(e, -EADDRNOTAVAIL, "bind %s: %s", bind, gai_strerror(rc));
	s = calloc(1, sizeof(*s));
	if (!s) {
		freeaddrinfo(list);
		return err_set(e, -ENOMEM, "bind %s: no memory", bind);
	}
	s->listener = s->signals = -1;
	rc = listen_on(s, list);
	freeaddrinfo(list);
	if (rc) {
		server_close(s);
		return tell(bind, rc, e);
	}
	*out = s;
	return 0;
}

void server_close(struct server *s)
{
	if (s && s->listener >= 0)
		close(s->listener);
	free(s);
}

const char *server_address(const struct server *s)
{
	return s->address;
}

bool server_is_loopback(const struct server *s)
{
	return s->loopback;
}
