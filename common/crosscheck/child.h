/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_CROSSCHECK_CHILD_H
#define P2P_CROSSCHECK_CHILD_H

/*
 * Programs as children: a server, when it listens its client, both bounded in time and output. Nothing of
 * them is left when a call returns: each is the leader of a process group of its own that is killed as a
 * whole before it is reaped, and dies with this thread. No file is made: reports come by pipes and by a
 * descriptor that the client inherits.
 */

#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct err;

enum { CHILD_TEXT_MAX = 256 * 1024 };

/* What a program has printed; text[len] is NUL. */
struct child_text {
	char *text;
	size_t len;
};

/**
 * struct child_spec - what to run
 * @server: NULL = the client alone; @port: TCP port the client waits for
 * @server_cpus, @client_cpus: where they may run, NULL = as the caller
 * @inherit: descriptor the client gets under the same number, -1 = none
 * @start_ns: until the server listens; @run_ns: from then to the client's end
 * @interrupt: a signal's number once one has come: it is forwarded, and both are ended
 */
struct child_spec {
	char *const *server, *const *client;
	int port;
	const cpu_set_t *server_cpus, *client_cpus;
	int inherit;
	int64_t start_ns, run_ns;
	const atomic_int *interrupt;
};

/* @took_ns: from the start of the first to the end of the client. */
struct child_output {
	struct child_text out, err;
	struct child_text server_out, server_err;
	int64_t took_ns;
};

/**
 * child_run() - run and wait
 * @out: also on failure; freed with child_output_free()
 *
 * Return: 0 both ended with status 0; -ENOENT, -EACCES, ... it could not be started; -EADDRINUSE the server
 * ended because its port was taken; -EPROTO one of them ended with another status or by a signal; -ETIMEDOUT;
 * -EFBIG more than CHILD_TEXT_MAX was printed; -EINTR; -ENOMEM. @e has the last words of the one that failed.
 */
int child_run(const struct child_spec *spec, struct child_output *out, struct err *e);
void child_output_free(struct child_output *o);

/* A TCP port nobody listens on just now. Return: the port, -errno. */
int child_free_port(void);

/* Does anybody listen on @port: a line of state LISTEN in a text of /proc/net/tcp or tcp6. Pure. */
int child_listens(const char *table, int port);

#endif
