// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Starting gnuplot: its three streams are files in memory, so neither side can block the other. */
#include "report/plot.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"

enum { STREAMS = 3, ENV_ROOM = 4200 };

/* An apostrophe inside: gnuplot 5.4 takes a doubled one behind the opening quote for the end of the string.
 */
static const char APOSTROPHE[] = "\xe2\x80\x99";

static void quote(FILE *out, const char *text, bool tic)
{
	fputc('\'', out);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '\'')
			fputs(APOSTROPHE, out);
		else if (c == '%' && tic)
			fputs("%%", out);
		else
			fputc(c < ' ' || c == 0x7f ? ' ' : c, out);
	}
	fputc('\'', out);
}

void plot_text(FILE *out, const char *text)
{
	quote(out, text, false);
}

void plot_tic(FILE *out, const char *text)
{
	quote(out, text, true);
}

void plot_number(FILE *out, double v)
{
	if (isfinite(v))
		fprintf(out, " %.9g", v);
	else
		fputs(" NaN", out);
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		text += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

/* The user's environment could change fonts, paths and start-up files: only PATH goes on. */
static int start(const struct plot_tool *tool, const int fd[STREAMS], pid_t *pid)
{
	char name[] = "gnuplot", defaults[] = "-d", locale[] = "LC_ALL=C.UTF-8", path[ENV_ROOM];
	char *argv[] = {name, defaults, NULL}, *env[] = {locale, path, NULL};
	const char *search = getenv("PATH");
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none;
	int rc;

	snprintf(path, sizeof(path), "PATH=%s", search ? search : "/usr/bin:/bin");
	if (posix_spawn_file_actions_init(&actions))
		return -ENOMEM;
	if (posix_spawnattr_init(&attr)) {
		posix_spawn_file_actions_destroy(&actions);
		return -ENOMEM;
	}
	sigemptyset(&none);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	rc = 0;
	for (int i = 0; !rc && i < STREAMS; i++)
		rc = posix_spawn_file_actions_adddup2(&actions, fd[i], i);
	if (!rc)
		rc = posix_spawnp(pid, tool->program, &actions, &attr, argv, env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return -rc;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Return: 0 it ended well; -EPROTO; -ETIMEDOUT, and it is dead. */
static int finish(pid_t pid, int timeout_ms)
{
	static const struct timespec pause = {.tv_nsec = 2000000};
	int64_t deadline = now_ms() + timeout_ms;
	bool late = false;
	int status;

	for (;;) {
		pid_t got = waitpid(pid, &status, late ? 0 : WNOHANG);

		if (got == pid)
			break;
		if (got < 0 && errno != EINTR)
			return -ECHILD;
		if (!late && now_ms() > deadline) {
			kill(pid, SIGKILL);
			late = true;
		} else if (!late) {
			nanosleep(&pause, NULL);
		}
	}
	if (late)
		return -ETIMEDOUT;
	/* posix_spawn() of some libraries tells a missing program by this status only. */
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return -ENOENT;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EPROTO;
}

/* The whole of a stream, with a NUL behind it. */
static int slurp(int fd, char **text, size_t *len)
{
	struct stat st;
	size_t have = 0;

	*text = NULL;
	*len = 0;
	if (fstat(fd, &st))
		return -errno;
	if (st.st_size > PLOT_SVG_MAX)
		return -EFBIG;
	*text = malloc((size_t)st.st_size + 1);
	if (!*text)
		return -ENOMEM;
	while (have < (size_t)st.st_size) {
		ssize_t n = pread(fd, *text + have, (size_t)st.st_size - have, (off_t)have);

		if (n <= 0)
			break;
		have += (size_t)n;
	}
	(*text)[have] = '\0';
	*len = have;
	return 0;
}

/* The last line of what it complained with: what is wrong stands behind the line that is quoted. */
static void last_line(int errors, char buf[400])
{
	char *text, *last;
	size_t len = 0;

	buf[0] = '\0';
	if (slurp(errors, &text, &len) || !text)
		return;
	while (len && strchr("\n ", text[len - 1]))
		text[--len] = '\0';
	last = strrchr(text, '\n');
	last = last ? last : text;
	snprintf(buf, 400, "%s", last + strspn(last, "\n "));
	free(text);
}

static int tell(const struct plot_tool *tool, int code, int errors, struct err *e)
{
	char line[400];

	if (code == -ENOENT) {
		err_set(e, code, "%s is not installed", tool->program);
		return err_hint(e, code, "Debian, Ubuntu: apt install gnuplot-nox");
	}
	if (code == -ETIMEDOUT)
		return err_set(e, code, "%s took more than %d s for a picture", tool->program,
			       tool->timeout_ms / 1000);
	last_line(errors, line);
	return err_set(e, code, "%s: %s", tool->program, *line ? line : err_name(code));
}

static int run(const struct plot_tool *tool, const int fd[STREAMS], const char *script, size_t len)
{
	pid_t pid = -1;
	int rc = write_all(fd[0], script, len);

	if (!rc)
		rc = start(tool, fd, &pid);
	return rc ? rc : finish(pid, tool->timeout_ms);
}

int plot_svg(const struct plot_tool *tool, const char *script, size_t len, const char *prefix, char **svg,
	     size_t *svg_len, struct err *e)
{
	CLEANUP_FD int in = memfd_create("plot", MFD_CLOEXEC);
	CLEANUP_FD int out = memfd_create("plot", MFD_CLOEXEC);
	CLEANUP_FD int errors = memfd_create("plot", MFD_CLOEXEC);
	CLEANUP_FREE char *raw = NULL;
	const int fd[STREAMS] = {in, out, errors};
	size_t raw_len = 0;
	int rc;

	*svg = NULL;
	if (in < 0 || out < 0 || errors < 0)
		return err_set(e, -errno, "no file in memory for a picture: %s", err_name(errno));
	rc = run(tool, fd, script, len);
	if (!rc)
		rc = slurp(out, &raw, &raw_len);
	if (!rc)
		rc = plot_clean(raw, raw_len, prefix, svg, svg_len);
	return rc ? tell(tool, rc, errors, e) : 0;
}
