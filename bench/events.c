// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* JSON lines for the program that started this one. */
#include "events.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/err.h"

/* The events keep what was stdout; all that is printed there goes to stderr. */
static int take_stdout(void)
{
	int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);

	if (fd >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
		int rc = -errno;

		close(fd);
		return rc;
	}
	return fd < 0 ? -errno : fd;
}

int events_open(struct events *ev, const char *where, struct err *e)
{
	struct stat st;

	*ev = (struct events){.name = where, .start_ns = clock_raw_ns(), .good = -1};
	if (!where)
		return 0;
	if (!strcmp(where, "-")) {
		ev->name = "standard output";
		ev->fd = take_stdout();
	} else {
		ev->fd = open(where, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
		ev->fd = ev->fd < 0 ? -errno : ev->fd;
	}
	if (ev->fd < 0)
		return err_set(e, ev->fd, "--events %s: cannot open: %s", where, strerror(-ev->fd));
	ev->on = true;
	if (!fstat(ev->fd, &st) && S_ISREG(st.st_mode))
		ev->good = lseek(ev->fd, 0, SEEK_CUR);
	else
		signal(SIGPIPE, SIG_IGN); /* a reader that went away is a failed write */
	return 0;
}

void events_close(struct events *ev)
{
	if (ev->on)
		close(ev->fd);
	ev->on = false;
}

/* Said once; what a file has of the line is taken back, so that it ends with a whole one. */
static void give_up(struct events *ev, int error)
{
	fprintf(stderr, "note: no more events: %s: %s; the run goes on\n", ev->name, strerror(error));
	if (ev->good >= 0 && ftruncate(ev->fd, ev->good))
		fprintf(stderr, "note: %s: its last line is torn\n", ev->name);
	events_close(ev);
}

static void write_line(struct events *ev, const char *line, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = write(ev->fd, line + done, len - done);

		if (n < 0 && errno != EINTR) {
			give_up(ev, errno);
			return;
		}
		done += n > 0 ? (size_t)n : 0;
	}
	ev->good += ev->good >= 0 ? (off_t)len : 0;
}

void events_put(struct events *ev, const char *type, json_t *members)
{
	double t_s = (double)(clock_raw_ns() - ev->start_ns) / 1e9;
	CLEANUP_FREE char *line = NULL;
	json_t *o = ev->on ? json_pack("{s:s, s:i, s:I, s:f}", "type", type, "schema", EVENTS_SCHEMA, "seq",
				       (json_int_t)ev->seq, "t_s", t_s)
			   : NULL;
	size_t len;

	if (o && members && !json_object_update_missing(o, members))
		line = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(9));
	json_decref(o);
	json_decref(members);
	if (!ev->on)
		return;
	if (!line) {
		give_up(ev, ENOMEM);
		return;
	}
	len = strlen(line);
	line[len] = '\n'; /* in the place of its NUL */
	ev->seq++;
	write_line(ev, line, len + 1);
}
