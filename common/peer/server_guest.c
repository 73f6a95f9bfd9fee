// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What happens in the process of one connection; see server.h. */
#include "peer/server_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "peer/auth.h"
#include "peer/channel.h"

#define AUTH_NS	 INT64_C(5000000000)
#define FINAL_NS INT64_C(2000000000)

static void say(const struct server_input *in, const char *who, const char *what, const struct err *e)
{
	char line[1200];

	snprintf(line, sizeof(line), "%s: %s%s%s%s%s", who, what, e ? ": " : "", e ? e->text : "",
		 e && e->hint[0] ? "; " : "", e ? e->hint : "");
	in->say(in->arg, line);
}

/* May this connection be the session? The listener knows. */
static int ask(int talk, struct verdict *v)
{
	ssize_t n;

	if (send(talk, "", 1, MSG_NOSIGNAL) != 1)
		return -errno;
	do
		n = recv(talk, v, sizeof(*v), 0);
	while (n < 0 && errno == EINTR);
	if (n != sizeof(*v))
		return n < 0 ? -errno : -EPIPE;
	v->text[sizeof(v->text) - 1] = '\0';
	return 0;
}

static int enter(const struct server_input *in, struct channel *c, int talk, struct err *e)
{
	int64_t deadline_ns = channel_now() + (in->auth_ns ? in->auth_ns : AUTH_NS);
	struct verdict v = {0};
	struct auth a;
	int rc = auth_serve(c, in->token, in->version, deadline_ns, &a, e);

	if (rc)
		return rc;
	rc = ask(talk, &v);
	if (rc)
		return err_set(e, rc, "%s: the listener does not answer: %s", channel_name(c), strerror(-rc));
	if (v.code) {
		auth_refuse(c, v.code, v.text, channel_now() + FINAL_NS);
		return err_set(e, v.code, "%s: sent away: %s", channel_name(c), v.text);
	}
	return auth_welcome(c, &a, channel_now() + FINAL_NS, e);
}

void guest_serve(const struct server_input *in, int fd, int talk, const char *who)
{
	struct channel *c = channel_new(fd, fd, who);
	struct err e = {0};
	int rc;

	if (!c)
		_exit(1);
	rc = enter(in, c, talk, &e);
	if (rc) {
		/* The name of the channel is in front of it already. */
		in->say(in->arg, e.text);
	} else {
		say(in, who, "session begins", NULL);
		rc = in->session(in->arg, c, &e);
		say(in, who, rc ? "session failed" : "session ends", rc ? &e : NULL);
	}
	/* What was read and not taken would turn the end of the connection into a reset that eats the last
	 * word. */
	shutdown(fd, SHUT_WR);
	channel_free(c);
	_exit(rc ? 1 : 0);
}
