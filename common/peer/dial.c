// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reaching an agent, and the first words with it; see host.h. */
#include "peer/dial.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/err.h"
#include "peer/auth.h"
#include "peer/channel.h"

enum { DIAL_S = 15, END_MS = 2000, STEP_MS = 10 };

static int open_tcp(const struct peer_dial *d, int64_t deadline_ns, struct channel **out, struct err *e)
{
	char name[300];
	int fd = -1;
	int rc = dial_tcp(&d->place, deadline_ns, &fd, e);

	if (rc)
		return rc;
	snprintf(name, sizeof(name), strchr(d->place.host, ':') ? "[%s]:%u" : "%s:%u", d->place.host,
		 d->place.port);
	*out = channel_new(fd, fd, name);
	return *out ? 0 : err_set(e, -ENOMEM, "%s: no memory for a channel", name);
}

/* Prove ourselves, with the token's file read at the last moment and forgotten at once. */
static int greet(const struct peer_dial *d, struct channel *c, int64_t deadline_ns, struct err *e)
{
	const char *version = d->version ? d->version : "unknown";
	struct auth_token token;
	int rc;

	if (d->place.kind != PEER_TCP || !d->token_file)
		return auth_dial(c, NULL, version, deadline_ns, e);
	rc = auth_token_read(d->token_file, &token, e);
	if (rc)
		return rc;
	rc = auth_dial(c, &token, version, deadline_ns, e);
	auth_token_wipe(&token);
	return rc;
}

int peer_dial_open(const struct peer_dial *dial, struct channel **out, int *pid, struct err *e)
{
	int64_t deadline_ns =
		channel_now() + (dial->timeout_ns ? dial->timeout_ns : DIAL_S * INT64_C(1000000000));
	struct err own = {0};
	int rc;

	*out = NULL;
	*pid = -1;
	if (dial->place.kind == PEER_SSH)
		rc = dial_ssh(dial, out, pid, &own);
	else
		rc = open_tcp(dial, deadline_ns, out, &own);
	if (!rc)
		rc = greet(dial, *out, deadline_ns, &own);
	if (rc && *pid >= 0) {
		rc = dial_ssh_why(dial, *out, pid, rc, &own);
	} else if (rc == -EPIPE) {
		rc = err_set(&own, -EPROTO, "%s: no p2pbench speaks there: it closed without a word",
			     channel_name(*out));
		err_hint(&own, rc, "another service listens there, or too many dial at the same time");
	}
	if (!rc)
		return 0;
	peer_dial_close(*out, *pid);
	*out = NULL;
	*pid = -1;
	if (e)
		*e = own;
	return rc;
}

int dial_reap(int pid, int ms, int *status)
{
	for (int left = ms;; left -= STEP_MS) {
		int rc = waitpid(pid, status, WNOHANG);

		if (rc == pid)
			return 0;
		if (rc < 0 && errno != EINTR)
			return -errno;
		if (left <= 0)
			return -ETIMEDOUT;
		poll(NULL, 0, STEP_MS);
	}
}

void peer_dial_close(struct channel *c, int pid)
{
	static const int how[] = {SIGTERM, SIGKILL};
	int status;

	/* An agent whose input ends goes by itself, and ssh with it. */
	channel_free(c);
	if (pid <= 0)
		return;
	for (int i = 0; i < 2 && dial_reap(pid, END_MS, &status) == -ETIMEDOUT; i++)
		kill(-pid, how[i]);
	dial_reap(pid, END_MS, &status);
}
