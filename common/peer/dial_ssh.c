// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* ssh as a child with pipes; see dial.h. */
#include "peer/dial.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "peer/channel.h"

extern char **environ;

enum { WORDS = 32, COMMAND = 1024, END_MS = 2000, SSH_FAILED = 255, NO_COMMAND = 127 };

/**
 * struct pipes - what is between us and ssh
 * @to, @from, @said: its standard input, output and error; [0] is read, [1] written
 */
struct pipes {
	int to[2], from[2], said[2];
};

static void pipes_close(struct pipes *p)
{
	int *const end[] = {p->to, p->to + 1, p->from, p->from + 1, p->said, p->said + 1};

	for (size_t i = 0; i < ARRAY_LEN(end); i++) {
		if (*end[i] >= 0)
			close(*end[i]);
		*end[i] = -1;
	}
}

static int pipes_open(struct pipes *p, struct err *e)
{
	*p = (struct pipes){{-1, -1}, {-1, -1}, {-1, -1}};
	if (!pipe2(p->to, O_CLOEXEC) && !pipe2(p->from, O_CLOEXEC) && !pipe2(p->said, O_CLOEXEC))
		return 0;
	err_set(e, -errno, "pipe: %s", strerror(errno));
	pipes_close(p);
	return e ? e->code : -EMFILE;
}

static const char *command_of(const struct peer_dial *d)
{
	const char *own = d->ssh ? d->ssh : getenv("P2PBENCH_SSH");

	return own && *own ? own : "ssh -T -o BatchMode=yes";
}

/* Split at blanks in place. Return: how many words, or -E2BIG. */
static int split(char *text, char *word[WORDS], int room)
{
	char *save = NULL;
	int n = 0;

	for (char *w = strtok_r(text, " \t", &save); w; w = strtok_r(NULL, " \t", &save)) {
		if (n == room)
			return -E2BIG;
		word[n++] = w;
	}
	return n;
}

/* The child begins with nothing blocked, SIGPIPE as usual, and in a process group of its own. */
static int start(const struct pipes *p, char *const argv[], int *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, usual;
	int rc;

	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	sigaddset(&usual, SIGINT);
	sigaddset(&usual, SIGTERM);
	sigaddset(&usual, SIGXFSZ);
	rc = posix_spawn_file_actions_init(&files);
	if (rc)
		return -rc;
	rc = posix_spawnattr_init(&attr);
	if (rc) {
		posix_spawn_file_actions_destroy(&files);
		return -rc;
	}
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &usual);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(&attr,
				 POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	rc = posix_spawn_file_actions_adddup2(&files, p->to[0], 0);
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(&files, p->from[1], 1);
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(&files, p->said[1], 2);
	if (!rc)
		rc = posix_spawnp(pid, argv[0], &files, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return -rc;
}

static int cannot_start(const char *program, int rc, struct err *e)
{
	err_set(e, rc, "%s: cannot be started: %s", program, strerror(-rc));
	if (rc == -ENOENT)
		return err_hint(e, rc, "install an ssh client, or name another command in P2PBENCH_SSH");
	return rc;
}

int dial_ssh(const struct peer_dial *d, struct channel **out, int *pid, struct err *e)
{
	char text[COMMAND], remote[COMMAND], name[300];
	char host[sizeof(d->place.host)], dashes[] = "--";
	char *argv[WORDS];
	struct pipes p;
	int n, rc;

	if (snprintf(text, sizeof(text), "%s", command_of(d)) >= (int)sizeof(text) ||
	    snprintf(remote, sizeof(remote), "%s agent --stdio", d->agent ? d->agent : "p2pbench") >=
		    (int)sizeof(remote))
		return err_set(e, -EINVAL, "ssh: a command of more than %d bytes", COMMAND - 1);
	snprintf(host, sizeof(host), "%s", d->place.host);
	n = split(text, argv, WORDS - 4);
	if (n < 1)
		return err_set(e, -EINVAL, "ssh: the command '%.80s' has %s", command_of(d),
			       n ? "too many words" : "no word");
	argv[n++] = dashes;
	argv[n++] = host;
	argv[n++] = remote;
	argv[n] = NULL;
	rc = pipes_open(&p, e);
	if (rc)
		return rc;
	rc = start(&p, argv, pid);
	if (rc) {
		pipes_close(&p);
		*pid = -1;
		return cannot_start(argv[0], rc, e);
	}
	snprintf(name, sizeof(name), "ssh:%s", d->place.host);
	*out = channel_new(p.from[0], p.to[1], name);
	p.from[0] = p.to[1] = -1;
	if (*out) {
		channel_log(*out, p.said[0]);
		p.said[0] = -1;
	}
	pipes_close(&p);
	return *out ? 0 : err_set(e, -ENOMEM, "%s: no memory for a channel", name);
}

/* ssh's own words for what went wrong before anything ran there. */
static int ssh_failed(struct channel *c, const char *host, const char *line, struct err *e)
{
	static const struct {
		const char *words;
		int code;
		const char *hint;
	} known[] = {
		{"Host key verification failed", -EACCES, "run `ssh %s` once by hand and look at its key"},
		{"HOST IDENTIFICATION HAS CHANGED", -EACCES, "run `ssh %s` once by hand and look at its key"},
		{"Permission denied", -EACCES,
		 "nobody is asked for a password here: ssh-copy-id %s, or an agent that holds the key"},
		{"Connection refused", -ECONNREFUSED, "does sshd run on %s?"},
		{"Could not resolve", -EHOSTUNREACH, "is %s in the resolver or in ~/.ssh/config?"},
		{"No route to host", -EHOSTUNREACH, "is %s up?"},
		{"Network is unreachable", -EHOSTUNREACH, "is the network of %s reachable from here?"},
		{"timed out", -ETIMEDOUT, "is %s up, and does a firewall let ssh through?"},
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		char hint[400];

		if (!strstr(line, known[i].words))
			continue;
		err_set(e, known[i].code, "%s: ssh: %s", channel_name(c), line);
		snprintf(hint, sizeof(hint), "%.*s%s%s", (int)strcspn(known[i].hint, "%"), known[i].hint,
			 host, strstr(known[i].hint, "%s") + 2);
		return err_hint(e, known[i].code, "%s", hint);
	}
	err_set(e, -EACCES, "%s: ssh failed: %s", channel_name(c), *line ? line : "it said nothing");
	return err_hint(e, -EACCES, "run `ssh -o BatchMode=yes %s true` by hand", host);
}

int dial_ssh_why(const struct peer_dial *d, struct channel *c, int *pid, int code, struct err *e)
{
	const char *agent = d->agent ? d->agent : "p2pbench";
	const char *line;
	int status;

	if (code != -EPIPE || dial_reap(*pid, END_MS, &status))
		return code;
	*pid = -1;
	line = channel_last_line(c);
	if (WIFSIGNALED(status))
		return err_set(e, -EPROTO, "%s: ssh was ended by signal %d", channel_name(c),
			       WTERMSIG(status));
	if (WEXITSTATUS(status) == SSH_FAILED)
		return ssh_failed(c, d->place.host, line, e);
	if (WEXITSTATUS(status) == NO_COMMAND) {
		err_set(e, -EPROTO, "%s: no program '%s' there: %s", channel_name(c), agent, line);
		return err_hint(e, -EPROTO, "install p2pbench there, where a login finds it in its PATH");
	}
	err_set(e, -EPROTO, "%s: `%s agent --stdio` ended there with status %d: %s", channel_name(c), agent,
		WEXITSTATUS(status), *line ? line : "it said nothing");
	return err_hint(e, -EPROTO, "is the p2pbench there as new as this one?");
}
