// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A child's life: started by vfork(2), its output taken as it comes, reaped. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "crosscheck/child_priv.h"

enum { GRACE_MS = 1000, TICK_MS = 10, READ_BYTES = 4096 };

/* What the child needs, made before it exists: it shares this memory until execve(2). */
struct birth {
	char *const *argv;
	const cpu_set_t *cpus;
	int out, err, null, inherit;
	sigset_t mask;
	pid_t parent;
	int tell; /* closed by execve(2), else the errno of the child's last step comes out of it */
};

/* Only async-signal-safe calls, and no return. */
static __attribute__((noreturn)) void become(struct birth *b)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGXFSZ, SIGPIPE};
	struct sigaction dfl = {.sa_handler = SIG_DFL};

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &dfl, NULL);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != b->parent)
		_exit(127);
	if (b->cpus)
		sched_setaffinity(0, sizeof(*b->cpus), b->cpus);
	if (b->inherit >= 0)
		fcntl(b->inherit, F_SETFD, 0);
	if (dup2(b->null, STDIN_FILENO) >= 0 && dup2(b->out, STDOUT_FILENO) >= 0 &&
	    dup2(b->err, STDERR_FILENO) >= 0) {
		sigprocmask(SIG_SETMASK, &b->mask, NULL);
		execv(b->argv[0], b->argv);
	}
	(void)!write(b->tell, &errno, sizeof(errno));
	_exit(127);
}

/*
 * vfork(2) and not fork(2): no page of this process, some of which devices write to, is ever marked for
 * copying. And not posix_spawn(3), which sets neither CPUs nor a signal for the parent's death.
 */
static __attribute__((noinline)) pid_t give_birth(struct birth *b)
{
	sigset_t all;
	pid_t pid;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &b->mask);
	pid = vfork();	   /* NOLINT(clang-analyzer-security.insecureAPI.vfork) */
	if (!pid)	   /* it ends in execv(2) or _exit(2), and touches only what it was given */
		become(b); /* NOLINT(clang-analyzer-unix.Vfork) */
	pthread_sigmask(SIG_SETMASK, &b->mask, NULL);
	return pid;
}

static void close_pair(int fd[2])
{
	for (int i = 0; i < 2; i++)
		if (fd[i] >= 0)
			close(fd[i]);
}

/* A sanitizer may make a vfork(2) a fork(2), so nothing is told by shared memory. Return: 0, -errno. */
static int bear(struct proc *p, struct birth *b)
{
	int tell[2], failed = 0;

	if (pipe2(tell, O_CLOEXEC))
		return -errno;
	b->tell = tell[1];
	p->pid = give_birth(b);
	if (p->pid < 0)
		failed = errno;
	close(tell[1]);
	if (p->pid > 0 && read(tell[0], &failed, sizeof(failed)) != sizeof(failed))
		failed = 0;
	close(tell[0]);
	return -failed;
}

static int start(struct proc *p, struct birth *b)
{
	int out[2] = {-1, -1}, err[2] = {-1, -1}, rc = 0;

	b->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (b->null < 0 || pipe2(out, O_CLOEXEC | O_NONBLOCK) || pipe2(err, O_CLOEXEC | O_NONBLOCK))
		rc = -errno;
	/* A program that finds its pipe full waits: only our ends do not block. */
	if (!rc && (fcntl(out[1], F_SETFL, 0) || fcntl(err[1], F_SETFL, 0)))
		rc = -errno;
	b->out = out[1];
	b->err = err[1];
	if (!rc)
		rc = bear(p, b);
	if (rc && p->pid > 0)
		waitpid(p->pid, NULL, 0);
	if (rc) {
		p->pid = 0;
		close_pair(out);
		close_pair(err);
	} else {
		close(out[1]);
		close(err[1]);
		p->fd[0] = out[0];
		p->fd[1] = err[0];
	}
	if (b->null >= 0)
		close(b->null);
	return rc;
}

int proc_start(struct proc *p, char *const *argv, const cpu_set_t *cpus, int inherit, struct err *e)
{
	struct birth b = {.argv = argv, .cpus = cpus, .inherit = inherit, .parent = getpid()};
	const char *slash = strrchr(argv[0], '/');
	int rc;

	p->name = slash ? slash + 1 : argv[0];
	p->fd[0] = p->fd[1] = -1;
	rc = start(p, &b);
	if (!rc)
		return 0;
	err_set(e, rc, "%s: cannot be started: %s", argv[0], err_name(rc));
	return rc == -ENOENT || rc == -EACCES
		       ? err_hint(e, rc, "install the package perftest, or name its directory with --tool")
		       : rc;
}

static int keep(struct child_text *t, const char *data, size_t n)
{
	char *more;

	if (t->len + n > CHILD_TEXT_MAX)
		return -EFBIG;
	more = realloc(t->text, t->len + n + 1);
	if (!more)
		return -ENOMEM;
	memcpy(more + t->len, data, n);
	t->text = more;
	t->len += n;
	more[t->len] = '\0';
	return 0;
}

/* All there is now. */
static int drain(struct proc *p, int i, struct err *e)
{
	char data[READ_BYTES];

	while (p->fd[i] >= 0) {
		ssize_t n = read(p->fd[i], data, sizeof(data));
		int rc;

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n <= 0) {
			close(p->fd[i]);
			p->fd[i] = -1;
			return 0;
		}
		rc = keep(&p->text[i], data, (size_t)n);
		if (rc)
			return err_set(e, rc,
				       rc == -EFBIG ? "%s (%s) prints more than %d KiB; it was ended"
						    : "%s (%s): out of memory beyond %d KiB",
				       p->name, p->what, CHILD_TEXT_MAX / 1024);
	}
	return 0;
}

/* The group is ended while its leader is still a zombie, so its number cannot be another's yet. */
static void reap(struct proc *p, int flags)
{
	siginfo_t info = {0};

	if (p->ended || !p->pid || waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOWAIT | flags) ||
	    !info.si_pid)
		return;
	kill(-p->pid, SIGKILL);
	while (waitpid(p->pid, &p->status, 0) < 0 && errno == EINTR)
		;
	p->ended = true;
}

int proc_pump(struct proc *const *p, int n, int ms, struct err *e)
{
	struct pollfd fd[4];
	nfds_t fds = 0;
	int rc = 0;

	for (int i = 0; i < n; i++)
		for (int k = 0; k < 2; k++)
			if (p[i]->pid && p[i]->fd[k] >= 0 && fds < 4)
				fd[fds++] = (struct pollfd){.fd = p[i]->fd[k], .events = POLLIN};
	poll(fd, fds, ms);
	for (int i = 0; i < n; i++) {
		reap(p[i], WNOHANG);
		for (int k = 0; !rc && p[i]->pid && k < 2; k++)
			rc = drain(p[i], k, e);
	}
	return rc;
}

void proc_end(struct proc *p, int sig)
{
	int64_t until = clock_raw_ns() + GRACE_MS * 1000000ll;

	if (p->pid && !p->ended)
		kill(-p->pid, sig);
	while (p->pid && !p->ended && clock_raw_ns() < until) {
		proc_pump(&p, 1, TICK_MS, NULL);
		/* Nothing to poll any more: do not spin. */
		if (p->fd[0] < 0 && p->fd[1] < 0)
			poll(NULL, 0, TICK_MS);
	}
	if (p->pid && !p->ended) {
		kill(-p->pid, SIGKILL);
		reap(p, 0);
	}
	for (int i = 0; p->pid && i < 2; i++) {
		drain(p, i, NULL);
		if (p->fd[i] >= 0)
			close(p->fd[i]);
		p->fd[i] = -1;
	}
}

/* The last line with a letter in it. */
static bool last_line(const struct child_text *t, char *buf, size_t len)
{
	size_t end = t->len;

	while (t->text && end) {
		size_t from = end, n = 0;
		bool says = false;

		while (from && t->text[from - 1] != '\n')
			from--;
		for (size_t i = from; i < end && n + 1 < len; i++) {
			unsigned char c = (unsigned char)t->text[i];

			says = says || ((c | 32) >= 'a' && (c | 32) <= 'z');
			buf[n] = (char)(c < ' ' || c > '~' ? ' ' : c);
			n += n || buf[n] != ' ';
		}
		buf[n] = '\0';
		if (says)
			return true;
		end = from ? from - 1 : 0;
	}
	buf[0] = '\0';
	return false;
}

void proc_last_words(const struct proc *p, char *buf, size_t len)
{
	if (!last_line(&p->text[1], buf, len))
		last_line(&p->text[0], buf, len);
}

int proc_verdict(const struct proc *p, struct err *e)
{
	char words[200];

	if (!p->ended || (WIFEXITED(p->status) && !WEXITSTATUS(p->status)))
		return 0;
	proc_last_words(p, words, sizeof(words));
	if (WIFSIGNALED(p->status))
		return err_set(e, -EPROTO, "%s (%s) was killed by signal %d (SIG%s)%s%s", p->name, p->what,
			       WTERMSIG(p->status), sigabbrev_np(WTERMSIG(p->status)), *words ? ": " : "",
			       words);
	return err_set(e, -EPROTO, "%s (%s) ended with status %d%s%s", p->name, p->what,
		       WEXITSTATUS(p->status), *words ? ": " : "", words);
}
