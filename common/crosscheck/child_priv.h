/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_CROSSCHECK_CHILD_PRIV_H
#define P2P_CROSSCHECK_CHILD_PRIV_H

/* One process: started, listened to, ended. Private to child*.c. */

#include <stdbool.h>
#include <sys/types.h>

#include "crosscheck/child.h"

struct err;

/**
 * struct proc - a child; all zero = never started
 * @what: "server", "client": for messages; @name: program
 * @ended: it has been reaped, with wait status @status
 */
struct proc {
	const char *what, *name;
	pid_t pid;
	int fd[2]; /* its stdout and stderr, -1 = closed */
	struct child_text text[2];
	bool ended;
	int status;
};

/* Return: 0; -errno of what failed, also of execve(2), with @e. */
int proc_start(struct proc *p, char *const *argv, const cpu_set_t *cpus, int inherit, struct err *e);

/* Take what was printed and see who has ended, waiting at most @ms. Return: 0, -EFBIG, -ENOMEM. */
int proc_pump(struct proc *const *p, int n, int ms, struct err *e);

/* End it if it runs: @sig, a second of grace, then SIGKILL to its whole group. */
void proc_end(struct proc *p, int sig);

/* How it ended, as an error with its last words. Return: 0 status 0, else -EPROTO. */
int proc_verdict(const struct proc *p, struct err *e);

/* Last line it has printed that says something, to stderr if there is one; "" for none. */
void proc_last_words(const struct proc *p, char *buf, size_t len);

/* Is @port listened on by anyone on this machine. */
bool port_taken(int port);

#endif
