// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "peer_look.h"

#include <errno.h>
#include <stdio.h>

#include "base/err.h"
#include "bench.h"
#include "peer/host.h"
#include "version.h"

/* What a machine is asked may make it read every device it has. */
#define ASK_NS 120000000000ll

static int dial(const struct opt *o, struct peer_host **out, struct err *e)
{
	struct peer_dial d = {.token_file = o->token_file, .version = P2P_VERSION};
	struct channel *c;
	int pid, rc = peer_place_parse(o->peer, &d.place, e);

	if (!rc && o->token_file && d.place.kind == PEER_SSH)
		rc = err_set(e, -EINVAL, "--token-file is for HOST:PORT: over ssh nobody asks for a token");
	if (!rc)
		rc = peer_dial_open(&d, &c, &pid, e);
	return rc ? rc : peer_host_open(c, pid, out, e);
}

/* Names as others write them are shown as far as a terminal should see them. */
static void print_name(const char *text)
{
	for (; *text; text++)
		putc(*text >= ' ' && *text <= '~' ? *text : '?', stderr);
}

int peer_look(const struct opt *o, const char *verb, json_t *ask, json_t **answer)
{
	struct peer_host *host = NULL;
	struct err e = {0};
	int rc = dial(o, &host, &e);

	*answer = NULL;
	if (!rc && !o->quiet) {
		fprintf(stderr, "note: %s: what follows is about ", o->peer);
		print_name(peer_host_about(host)->hostname);
		fputc('\n', stderr);
	}
	if (!rc)
		rc = peer_host_ask(host, verb, ask, answer, ASK_NS, &e);
	peer_host_close(host);
	json_decref(ask);
	return rc ? fail_with(&e, rc == -EINVAL ? EXIT_USAGE : EXIT_MACHINE) : EXIT_OK;
}
