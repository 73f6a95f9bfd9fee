// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a waiting user sees on stderr. Written between windows only, by the controlling thread, so that
 * nothing is drawn while time is taken.
 */
#include "bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"

enum { LINE = 400 };

void progress_open(struct progress *p, const struct config *c, bool quiet)
{
	*p = (struct progress){
		.config = c,
		.start_ns = clock_raw_ns(),
		.tty = isatty(STDERR_FILENO),
		.quiet = quiet,
	};
}

const char *duration_text(int64_t ns, char buf[DURATION_TEXT])
{
	double s = (double)ns / 1e9;

	if (s < 90)
		snprintf(buf, DURATION_TEXT, "%.0f s", s < 1 ? 1 : s);
	else if (s < 5400)
		snprintf(buf, DURATION_TEXT, "%.0f min", s / 60);
	else
		snprintf(buf, DURATION_TEXT, "%.1f h", s / 3600);
	return buf;
}

static void eta_text(const struct progress *p, const struct run_progress *now, char *buf, size_t len)
{
	double spent = (double)(clock_raw_ns() - p->start_ns) / 1e9;
	double left = spent / (double)now->visit * (double)(now->visits - now->visit);

	if (left >= 90)
		snprintf(buf, len, "%.0fm", left / 60);
	else
		snprintf(buf, len, "%.0fs", left);
}

static void value_text(const struct row *row, char *buf, size_t len)
{
	const char *status = row_get(row, COL_STATUS);

	if (row_get(row, COL_BW_GBYTE_S)[0])
		snprintf(buf, len, "%.6s GB/s", row_get(row, COL_BW_GBYTE_S));
	else if (row_get(row, COL_LAT_P50_US)[0])
		snprintf(buf, len, "%.6s us", row_get(row, COL_LAT_P50_US));
	else
		snprintf(buf, len, "%s: %.80s", status, row_get(row, COL_REASON));
}

/* A line that wraps could not be rewritten: it is cut to the terminal. */
static void rewrite_line(const char *line)
{
	struct winsize w = {0};
	int width = ioctl(STDERR_FILENO, TIOCGWINSZ, &w) || w.ws_col < 2 ? LINE : w.ws_col - 1;

	fprintf(stderr, "\r\033[K%.*s", width, line);
}

void progress_row(void *arg, const struct run_progress *now)
{
	const struct progress *p = arg;
	char point[96], value[128], eta[32], line[LINE];

	if (p->quiet)
		return;
	plan_point_text(p->config, now->point, point, sizeof(point));
	value_text(now->row, value, sizeof(value));
	if (p->tty) {
		eta_text(p, now, eta, sizeof(eta));
		snprintf(line, sizeof(line),
			 "[%" PRIu64 "/%" PRIu64 "] ETA %s  round %" PRId64 "/%" PRId64 "  %s  %s",
			 now->visit, now->visits, eta, now->round, now->rounds, point, value);
		rewrite_line(line);
	} else if (now->round == 1 && strcmp(row_get(now->row, COL_STATUS), status_name(ST_VOID)) != 0) {
		/* One line per point is enough for a log: its first counted round, not a try that is
		 * repeated. */
		fprintf(stderr, "%s  %s\n", point, value);
	}
}

void progress_close(const struct progress *p)
{
	if (p->tty && !p->quiet)
		fputs("\r\033[K", stderr);
}
