// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The listener's loop; see server.h. */
#include "peer/server_priv.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "peer/channel.h"
#include "peer/tcp.h"

enum { HALF_OPEN = 16, PAUSE_MS = 100, END_MS = 3000 };
#define S_NS	 INT64_C(1000000000)
#define AUTH_NS	 (5 * S_NS)
#define GRACE_NS (30 * S_NS)
#define WAIT_NS	 (5 * S_NS)
#define SPARE_NS (10 * S_NS) /* a process that should have given up by itself */

static void say(const struct server_input *in, const char *who, const char *what)
{
	char line[200];

	snprintf(line, sizeof(line), "%s: %s", who, what);
	in->say(in->arg, line);
}

static void forget(struct guest *g)
{
	close(g->talk);
	close(g->fd);
	*g = (struct guest){0};
}

/* Return: the session that has just ended was the one of --once. */
static bool ended(const struct server_input *in, struct guest *g, int status)
{
	bool session = g->session;
	char what[64];

	if (WIFSIGNALED(status)) {
		snprintf(what, sizeof(what), "%s ended by signal %d (%s)", session ? "session" : "connection",
			 WTERMSIG(status), sigabbrev_np(WTERMSIG(status)));
		say(in, g->who, what);
	}
	forget(g);
	return session && in->once;
}

/* Take in every process that has ended. Return: as ended(). */
static bool reap(struct server *s, const struct server_input *in)
{
	bool last = false;
	int status;

	for (size_t i = 0; i < GUESTS; i++)
		if (s->guest[i].pid && waitpid(s->guest[i].pid, &status, WNOHANG) == s->guest[i].pid)
			last |= ended(in, &s->guest[i], status);
	return last;
}

static struct guest *session_of(struct server *s)
{
	for (size_t i = 0; i < GUESTS; i++)
		if (s->guest[i].pid && s->guest[i].session)
			return &s->guest[i];
	return NULL;
}

/* A place for a connection; the oldest that has not authenticated gives way. NULL: none does. */
static struct guest *place(struct server *s, const struct server_input *in)
{
	uint32_t max = in->half_open ? in->half_open : HALF_OPEN, open = 0;
	struct guest *oldest = NULL, *room = NULL;
	int status;

	for (size_t i = 0; i < GUESTS; i++) {
		struct guest *g = &s->guest[i];

		if (!g->pid) {
			room = room ? room : g;
		} else if (!g->asked_ns) {
			open++;
			if (!oldest || g->since_ns < oldest->since_ns)
				oldest = g;
		}
	}
	if (room && open < max)
		return room;
	if (!oldest)
		return NULL;
	say(in, oldest->who, "cut: too many connections that have not authenticated");
	kill(oldest->pid, SIGKILL);
	waitpid(oldest->pid, &status, 0);
	forget(oldest);
	return oldest;
}

/* In the new process: leave behind what is the listener's. Never returns. */
static void become_guest(struct server *s, const struct server_input *in, const struct guest *me, int talk,
			 pid_t parent)
{
	/* With the listener gone nobody could end a session that hangs. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	close(s->listener);
	close(s->signals);
	for (size_t i = 0; i < GUESTS; i++)
		if (s->guest[i].pid) {
			close(s->guest[i].talk);
			close(s->guest[i].fd);
		}
	close(me->talk);
	sigprocmask(SIG_SETMASK, &s->before, NULL);
	guest_serve(in, me->fd, talk, me->who);
}

static void take(struct server *s, const struct server_input *in, struct guest *g, int fd,
		 const struct sockaddr *from, socklen_t len)
{
	struct guest me = {.fd = fd, .since_ns = channel_now()};
	pid_t parent = getpid();
	int talk[2];

	server_name(from, len, me.who, sizeof(me.who));
	tcp_tune(fd);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, talk)) {
		say(in, me.who, "cut: no descriptors left for it");
		close(fd);
		return;
	}
	me.talk = talk[0];
	me.pid = fork();
	if (!me.pid)
		become_guest(s, in, &me, talk[1], parent);
	close(talk[1]);
	*g = me;
	if (me.pid > 0)
		return;
	say(in, me.who, "cut: no process to be had for it");
	forget(g);
}

/* Return: false: resources are short, leave the listener alone for a moment. */
static bool greet(struct server *s, const struct server_input *in)
{
	struct sockaddr_storage from = {0};
	socklen_t len = sizeof(from);
	struct guest *g;
	int fd = accept4(s->listener, (struct sockaddr *)&from, &len, SOCK_CLOEXEC);

	if (fd < 0)
		return errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM;
	g = place(s, in);
	if (g)
		take(s, in, g, fd, (struct sockaddr *)&from, len);
	else
		close(fd);
	return g != NULL;
}

static void begin_session(struct guest *g)
{
	time_t now = time(NULL);
	struct tm tm;

	g->session = true;
	g->since_ns = channel_now();
	strftime(g->since, sizeof(g->since), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
}

static bool has_gone(struct guest *g)
{
	struct pollfd p = {.fd = g->fd, .events = POLLRDHUP};

	if (!g->gone_ns && poll(&p, 1, 0) > 0)
		g->gone_ns = channel_now();
	return g->gone_ns != 0;
}

/*
 * @g has authenticated: it is the session, or learns whose turn it is. A session whose initiator has gone is
 * about to end: the next one in a script must not meet it.
 */
static void answer(struct server *s, struct guest *g)
{
	struct guest *busy = session_of(s);
	struct verdict v = {0};

	if (busy && has_gone(busy) && channel_now() - g->asked_ns < WAIT_NS)
		return;
	g->told = true;
	if (busy) {
		int64_t seconds = (channel_now() - busy->since_ns) / S_NS;

		v.code = -EBUSY;
		snprintf(v.text, sizeof(v.text), "serves %s since %s (%lld min %lld s)", busy->who,
			 busy->since, (long long)seconds / 60, (long long)seconds % 60);
	}
	if (send(g->talk, &v, sizeof(v), MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof(v) && !v.code)
		begin_session(g);
}

static void hear(struct server *s, struct guest *g)
{
	char byte;

	if (g->asked_ns || recv(g->talk, &byte, 1, MSG_DONTWAIT) != 1)
		return;
	g->asked_ns = channel_now();
	answer(s, g);
}

/* Return: nanoseconds until one of them has waited long enough, INT64_MAX = nobody waits. */
static int64_t answer_waiting(struct server *s)
{
	int64_t now = channel_now(), next = INT64_MAX;

	for (size_t i = 0; i < GUESTS; i++) {
		struct guest *g = &s->guest[i];

		if (!g->pid || !g->asked_ns || g->told)
			continue;
		answer(s, g);
		if (!g->told && g->asked_ns + WAIT_NS - now < next)
			next = g->asked_ns + WAIT_NS - now;
	}
	return next < 0 ? 0 : next;
}

/* End what does not end by itself. Return: ms until there is something to look at, -1 = never. */
static int check_times(struct server *s, const struct server_input *in)
{
	int64_t now = channel_now(), next = answer_waiting(s);

	for (size_t i = 0; i < GUESTS; i++) {
		struct guest *g = &s->guest[i];
		int64_t end = g->since_ns + (in->auth_ns ? in->auth_ns : AUTH_NS) + SPARE_NS;

		if (!g->pid || (g->session && !g->gone_ns))
			continue;
		if (g->session)
			end = g->gone_ns + (in->grace_ns ? in->grace_ns : GRACE_NS);
		if (now < end) {
			next = end - now < next ? end - now : next;
			continue;
		}
		if (g->session)
			say(in, g->who, "its initiator has gone and the session hangs: killed");
		kill(g->pid, SIGKILL);
		/* Once is enough; a process in a driver's hands may take its time. */
		g->gone_ns = now;
		g->since_ns = now;
	}
	return next == INT64_MAX ? -1 : (int)(next / 1000000) + 1;
}

/* Return: it is time to end. */
static bool signalled(struct server *s, const struct server_input *in)
{
	struct signalfd_siginfo info;
	bool last = false;

	while (read(s->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			last |= reap(s, in);
		else
			last = true;
	}
	return last;
}

enum { P_SIGNALS, P_LISTENER, P_FIRST };

/* What to wait for: signals, connections, and of each guest its question or, of the session, its end. */
static nfds_t watch(const struct server *s, bool listen, struct pollfd *p, const struct guest **whose)
{
	nfds_t n = P_FIRST;

	p[P_SIGNALS] = (struct pollfd){.fd = s->signals, .events = POLLIN};
	p[P_LISTENER] = (struct pollfd){.fd = listen ? s->listener : -1, .events = POLLIN};
	for (size_t i = 0; i < GUESTS; i++) {
		const struct guest *g = &s->guest[i];

		if (!g->pid || (g->session && g->gone_ns) || (g->asked_ns && !g->session))
			continue;
		whose[n] = g;
		p[n++] = g->session ? (struct pollfd){.fd = g->fd, .events = POLLRDHUP}
				    : (struct pollfd){.fd = g->talk, .events = POLLIN};
	}
	return n;
}

static int loop(struct server *s, const struct server_input *in, struct err *e)
{
	const struct guest *whose[P_FIRST + GUESTS];
	struct pollfd p[P_FIRST + GUESTS];
	bool listen = true;

	for (;;) {
		int ms = check_times(s, in);
		nfds_t n = watch(s, listen, p, whose);

		if (!listen && (ms < 0 || ms > PAUSE_MS))
			ms = PAUSE_MS;
		listen = true;
		if (poll(p, n, ms) < 0 && errno != EINTR)
			return err_set(e, -errno, "serve: poll: %s", strerror(errno));
		/* Guests first: an ended one's place is given away after this only. */
		for (nfds_t i = P_FIRST; i < n; i++) {
			struct guest *g = &s->guest[whose[i] - s->guest];

			if (p[i].revents && g->session)
				g->gone_ns = channel_now();
			else if (p[i].revents)
				hear(s, g);
		}
		if (p[P_SIGNALS].revents && signalled(s, in))
			return 0;
		if (p[P_LISTENER].revents)
			listen = greet(s, in);
	}
}

/* Leave nobody behind: ask, and after a while no longer ask. */
static void end_all(struct server *s)
{
	static const int how[] = {SIGTERM, SIGKILL};
	const struct timespec wait = {.tv_nsec = 10000000};
	int status;

	for (size_t k = 0; k < 2; k++) {
		int64_t end = channel_now() + END_MS * INT64_C(1000000);
		bool left = true;

		for (size_t i = 0; i < GUESTS; i++)
			if (s->guest[i].pid)
				kill(s->guest[i].pid, how[k]);
		while (left && channel_now() < end) {
			left = false;
			for (size_t i = 0; i < GUESTS; i++) {
				struct guest *g = &s->guest[i];

				if (g->pid && waitpid(g->pid, &status, WNOHANG) == g->pid)
					forget(g);
				left |= g->pid != 0;
			}
			if (left)
				nanosleep(&wait, NULL);
		}
	}
}

int server_run(struct server *s, const struct server_input *in, struct err *e)
{
	sigset_t want;
	int rc;

	/* Who starts it may ignore that, and then nobody would be told of an end. */
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&want);
	sigaddset(&want, SIGCHLD);
	sigaddset(&want, SIGTERM);
	sigaddset(&want, SIGINT);
	sigprocmask(SIG_BLOCK, &want, &s->before);
	s->signals = signalfd(-1, &want, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signals < 0) {
		rc = err_set(e, -errno, "serve: signalfd: %s", strerror(errno));
	} else {
		rc = loop(s, in, e);
		end_all(s);
		close(s->signals);
		s->signals = -1;
	}
	sigprocmask(SIG_SETMASK, &s->before, NULL);
	return rc;
}
