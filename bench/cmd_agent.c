// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * agent: the other end of `peer: ssh:HOST`. Standard input and output are the protocol, so nothing else may
 * reach them: they are taken away from the rest of the program before anything happens.
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent_verbs.h"
#include "base/err.h"
#include "peer/auth.h"
#include "peer/channel.h"
#include "version.h"

#define GREET_NS 15000000000ll

static int check(const struct opt *o)
{
	if (!o->stdio || o->n_args)
		fputs("p2pbench: agent: started by `peer: ssh:HOST` of a run elsewhere, as `p2pbench agent "
		      "--stdio`\n",
		      stderr);
	else if (isatty(STDIN_FILENO) || isatty(STDOUT_FILENO))
		fputs("p2pbench: agent: speaks with a p2pbench on standard input and output, not with a "
		      "terminal; "
		      "write\n          `peer: ssh:THIS-HOST` in the config of the other end, and run it "
		      "there\n",
		      stderr);
	else
		return EXIT_OK;
	return EXIT_USAGE;
}

/* A copy of @fd, which from here on is that of @instead. */
static int take(int fd, int instead, struct err *e)
{
	int own = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	if (own >= 0 && dup2(instead, fd) >= 0)
		return own;
	err_set(e, -errno, "agent: standard input and output: %s", strerror(errno));
	if (own >= 0)
		close(own);
	return e->code;
}

/* The protocol's own two descriptors. */
static struct channel *open_channel(struct err *e)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), in, out;
	struct channel *c;

	if (null < 0) {
		err_set(e, -errno, "/dev/null: %s", strerror(errno));
		return NULL;
	}
	in = take(STDIN_FILENO, null, e);
	close(null);
	out = in < 0 ? in : take(STDOUT_FILENO, STDERR_FILENO, e);
	if (out < 0) {
		if (in >= 0)
			close(in);
		return NULL;
	}
	c = channel_new(in, out, "initiator");
	if (!c)
		err_set(e, -ENOMEM, "agent: out of memory");
	return c;
}

/* Over ssh nobody has to prove anything: whoever got here may log in. */
static int greet(struct channel *c, struct err *e)
{
	int64_t deadline = channel_now() + GREET_NS;
	struct auth a;
	int rc = auth_serve(c, NULL, P2P_VERSION, deadline, &a, e);

	return rc ? rc : auth_welcome(c, &a, deadline, e);
}

int cmd_agent(const struct opt *o)
{
	struct err e = {0};
	struct channel *c;
	int rc = check(o);

	if (rc)
		return rc;
	c = open_channel(&e);
	if (!c)
		return fail_with(&e, EXIT_MACHINE);
	rc = greet(c, &e);
	if (!rc)
		rc = agent_session(NULL, c, &e);
	channel_free(c);
	return rc ? fail_with(&e, EXIT_MACHINE) : EXIT_OK;
}
