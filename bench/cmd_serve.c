// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * serve: agents for initiators that come by TCP, one at a time, for hosts without ssh between them. Says on
 * standard output where it listens, on standard error who comes and goes.
 */
#include "bench.h"

#include <errno.h>
#include <stdio.h>

#include "agent_verbs.h"
#include "base/err.h"
#include "peer/auth.h"
#include "peer/server.h"
#include "version.h"

/* Both ends of a session need it before the session only. */
struct serving {
	struct auth_token token;
};

static int session(void *arg, struct channel *c, struct err *e)
{
	struct serving *s = arg;

	/* In a process of its own: the listener's copy stays. */
	auth_token_wipe(&s->token);
	return agent_session(NULL, c, e);
}

static void say(void *arg, const char *line)
{
	(void)arg;
	fprintf(stderr, "p2pbench: serve: %s\n", line);
}

static int check_flags(const struct opt *o)
{
	const char *wrong = NULL;

	if (o->n_args)
		wrong = "takes no word";
	else if (!o->bind)
		wrong = "--bind ADDR[:PORT] says which address of this machine is listened on; there is no "
			"default";
	else if (!o->token_file && !o->no_auth)
		wrong = "--token-file FILE holds the secret of both ends; without one anybody is served, "
			"which "
			"--no-auth asks for";
	else if (o->token_file && o->no_auth)
		wrong = "one of --token-file and --no-auth";
	else if (o->force && !o->no_auth)
		wrong = "--force belongs to --no-auth";
	if (!wrong)
		return EXIT_OK;
	fprintf(stderr,
		"p2pbench: serve: %s\n          p2pbench serve --bind ADDR[:PORT] --token-file FILE "
		"[--once]\n",
		wrong);
	return EXIT_USAGE;
}

/* Whoever reaches it may write to this machine's memory, by its devices. */
static int check_open(const struct opt *o, const struct server *s)
{
	if (!o->no_auth || o->force || server_is_loopback(s))
		return EXIT_OK;
	fprintf(stderr,
		"p2pbench: serve: %s is not a loopback address: without a token everybody on that network "
		"could use "
		"this machine's devices and memory\n          use --token-file FILE, or --force if the "
		"network is "
		"yours alone\n",
		server_address(s));
	return EXIT_USAGE;
}

static int serve(const struct opt *o, struct server *s, struct serving *serving)
{
	struct server_input in = {
		.token = o->no_auth ? NULL : &serving->token,
		.version = P2P_VERSION,
		.once = o->once,
		.session = session,
		.say = say,
		.arg = serving,
	};
	struct err e = {0};

	/* A line for scripts, before the first connection can be taken. */
	printf("%s\n", server_address(s));
	if (fflush(stdout)) {
		perror("p2pbench: standard output");
		return EXIT_MACHINE;
	}
	return server_run(s, &in, &e) ? fail_with(&e, EXIT_MACHINE) : EXIT_OK;
}

int cmd_serve(const struct opt *o)
{
	struct serving serving = {0};
	struct server *s = NULL;
	struct err e = {0};
	int status = check_flags(o), rc;

	if (status)
		return status;
	rc = o->token_file ? auth_token_read(o->token_file, &serving.token, &e) : 0;
	if (!rc)
		rc = server_open(o->bind, &s, &e);
	if (rc)
		status = fail_with(&e, rc == -EINVAL ? EXIT_USAGE : EXIT_MACHINE);
	if (!status)
		status = check_open(o, s);
	if (!status)
		status = serve(o, s, &serving);
	server_close(s);
	auth_token_wipe(&serving.token);
	return status;
}
