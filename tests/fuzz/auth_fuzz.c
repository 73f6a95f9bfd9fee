// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Any bytes from the other side, as frames and as the exchange before a session, for either end of it. Nobody
 * gets in who must prove a token: the nonces are fresh. The first byte chooses the end.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "peer/auth.h"
#include "peer/channel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { MOST = 100000 }; /* fits a socket's buffer */

static void read_frames(struct channel *c, struct err *e)
{
	const char *text;
	size_t n;

	while (!channel_receive(c, AUTH_FRAME_MAX, &text, &n, channel_now() + 1000000000, e))
		if (text[n])
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct auth_token token = {.n = 16, .bytes = "0123456789abcdef"};
	int64_t deadline_ns = channel_now() + 5000000000;
	struct channel *c;
	struct err e = {0};
	struct auth a;
	int fd[2], rc = 0;
	bool proof;

	if (!len || len > MOST || socketpair(AF_UNIX, SOCK_STREAM, 0, fd))
		return 0;
	c = channel_new(fd[0], fd[0], "fuzz");
	if (!c || write(fd[1], data + 1, len - 1) != (ssize_t)len - 1)
		abort();
	shutdown(fd[1], SHUT_WR);
	proof = data[0] & 1;
	if (data[0] & 2)
		rc = auth_serve(c, proof ? &token : NULL, "1", deadline_ns, &a, &e);
	else if (data[0] & 4)
		rc = auth_dial(c, proof ? &token : NULL, "1", deadline_ns, &e);
	else
		proof = false;
	if (proof && !rc)
		abort();
	if (rc && (rc != e.code || !e.text[0] || rc == -ETIMEDOUT))
		abort();
	if (!rc)
		read_frames(c, &e);
	channel_free(c);
	close(fd[1]);
	return 0;
}
