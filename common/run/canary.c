// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The canary's points, its windows and its file; see canary.h. The verdict is canary_judge.c. */
#include "run/canary.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "run/schedule_parts.h"
#include "run/visit.h"

enum { READ_SIZE = 64, WRITE_SIZE = 65536, WRITE_QD = 16, CANARY_WINDOW_NS = 10000000, PATH_LEN = 4096 };

/* @round: the one the pair was last watched in; @faults: in a row */
struct canary_of {
	const struct station *station;
	int64_t round;
	int faults;
};

struct canary {
	int fd;
	char path[PATH_LEN];
	size_t n;
	struct canary_of of[];
};

static const struct config_settings settings = {
	.rounds_min = 1,
	.rounds_max = 1,
	.window_ns = CANARY_WINDOW_NS,
	.verify = VERIFY_NONE,
};

/* Of the default pages if there is any: those are always to be had. */
static size_t host_memory(const struct config *c)
{
	size_t found = c->n_memory;

	for (size_t i = 0; i < c->n_memory; i++) {
		const struct config_memory *m = &c->memory[i];

		if (m->kind != MEM_HOST || m->length < WRITE_SIZE)
			continue;
		if (!m->pages)
			return i;
		found = found < c->n_memory ? found : i;
	}
	return found;
}

static struct point canary_point(size_t nic, size_t peer, size_t memory, int64_t measure, int64_t op)
{
	bool lat = measure == MEASURE_LAT;
	struct point pt = {0};

	for (int a = 0; a < AX_COUNT; a++)
		pt.v[a] = AXIS_EMPTY;
	pt.v[AX_MEASURE] = measure;
	pt.v[AX_OP] = op;
	pt.v[AX_NIC] = (int64_t)nic;
	if (peer != nic)
		pt.v[AX_PEER_NIC] = (int64_t)peer;
	pt.v[AX_TARGET] = pt.v[AX_SOURCE] = (int64_t)memory;
	pt.v[AX_INTERCONNECT] = INTERCONNECT_MAIN;
	pt.v[AX_TPH] = TPH_NONE;
	pt.v[AX_DIR] = DIR_UNI;
	pt.v[AX_SIZE] = lat ? READ_SIZE : WRITE_SIZE;
	pt.v[AX_QD] = lat ? 1 : WRITE_QD;
	pt.v[AX_QPS] = pt.v[AX_THREADS] = pt.v[AX_BATCH] = pt.v[AX_SIGNAL_EVERY] = 1;
	return pt;
}

bool canary_points(const struct config *c, size_t nic, size_t peer, struct point out[2])
{
	size_t memory = host_memory(c);

	out[0] = canary_point(nic, peer, memory, MEASURE_LAT, OP_READ);
	out[1] = canary_point(nic, peer, memory, MEASURE_BW, OP_WRITE);
	return c->canary && memory < c->n_memory;
}

const char *canary_name(const struct config *c, size_t nic, size_t peer, char buf[CANARY_NAME])
{
	snprintf(buf, CANARY_NAME, "%s%s%s", c->nics[nic].name, peer == nic ? "" : ":",
		 peer == nic ? "" : c->nics[peer].name);
	return buf;
}

/* Reserved pages that no point uses are not asked for: a machine without them can run the plan. */
static bool is_at_hand(const struct run *r, const struct station *s, int64_t memory)
{
	const struct setup_need *need = &s->need;

	return !r->in.config->memory[memory].pages ||
	       (need->source && (need->source[memory] || need->memory[memory]));
}

static bool watches(const struct run *r, const struct station *s, struct point pt[2])
{
	return canary_points(r->in.config, s->at_nic, s->at_peer, pt) &&
	       is_at_hand(r, s, pt[0].v[AX_TARGET]) && run_find_op(r->in.ops, &pt[0]) &&
	       run_find_op(r->in.ops, &pt[1]);
}

int canary_need(struct run *r, struct station *s)
{
	struct point pt[2];
	int rc = 0;

	for (int i = 0; !rc && i < 2 && watches(r, s, pt); i++)
		rc = setup_need_add(&s->need, r->in.config, &pt[i], run_find_op(r->in.ops, &pt[i]));
	return rc;
}

static int io_error(const struct canary *c, const char *what, struct err *e)
{
	int rc = -errno;

	return err_set(e, rc, "%s: %s: %s", c->path, what, strerror(-rc));
}

/* The header of a new file; the end of the last whole line of an old one. */
static int make_ready(const struct canary *c, struct err *e)
{
	static const char header[] = CANARY_CSV_HEADER "\n";
	off_t end = lseek(c->fd, 0, SEEK_END), size = end;
	char last = 0;

	while (end > 0 && pread(c->fd, &last, 1, end - 1) == 1 && last != '\n')
		end--;
	if (end < 0 || (end < size && ftruncate(c->fd, end)))
		return io_error(c, "cutting its torn last line", e);
	if (end == 0 && write(c->fd, header, sizeof(header) - 1) != (ssize_t)sizeof(header) - 1)
		return io_error(c, "writing its header", e);
	return 0;
}

int canary_open(const struct run *r, const char *dir, struct canary **out, struct err *e)
{
	struct point pt[2];
	struct canary *c;
	size_t first = 0;
	int rc;

	*out = NULL;
	while (first < r->stations && !watches(r, r->station[first], pt))
		first++;
	if (first == r->stations)
		return 0;
	c = calloc(1, sizeof(*c) + r->stations * sizeof(c->of[0]));
	if (!c)
		return err_set(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < r->stations; i++)
		c->of[i] = (struct canary_of){.station = r->station[i], .round = -1};
	c->n = r->stations;
	snprintf(c->path, sizeof(c->path), "%s/canary.csv", dir);
	c->fd = open(c->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	rc = c->fd < 0 ? io_error(c, "opening it", e) : make_ready(c, e);
	if (rc)
		canary_close(c);
	else
		*out = c;
	return rc;
}

void canary_close(struct canary *c)
{
	if (c && c->fd >= 0)
		close(c->fd);
	free(c);
}

/* One of the two windows. Return: its figure, NaN when it failed. */
static double take_figure(struct sweep *w, struct station *s, const struct point *pt, enum status *status)
{
	struct run *r = w->r;
	struct err fault = {0};
	struct row row;
	struct visit v = {
		.setup = &s->setup,
		.point = pt,
		.op = run_find_op(r->in.ops, pt),
		.set = &settings,
		.clock = r->in.clock,
		.places = &s->here.places,
		.there = &s->there.places,
		.net = &s->net,
		.once = true,
		.hist = &w->hist,
	};

	*status = ST_ERROR;
	if (sweep_ensure_setup(w, s, &fault))
		return (double)NAN;
	row_clear(&row);
	visit_run(&v, &row);
	*status = v.status;
	if (v.broken)
		sweep_drop_setup(s);
	if (v.status != ST_OK)
		return (double)NAN;
	return row_get_num(&row, pt->v[AX_MEASURE] == MEASURE_LAT ? COL_LAT_P50_US : COL_BW_GBYTE_S);
}

static int append(const struct sweep *w, const struct station *s, int64_t round, const double figure[2],
		  enum status status, struct err *e)
{
	char text[2][32] = {"", ""}, name[CANARY_NAME], line[400];
	int n;

	for (int i = 0; i < 2; i++)
		if (isfinite(figure[i]))
			snprintf(text[i], sizeof(text[i]), "%.9g", figure[i]);
	n = snprintf(line, sizeof(line), "%" PRId64 ",%.9g,%s,%s,%s,%s\n", round, sweep_seconds(w),
		     canary_name(w->r->in.config, s->at_nic, s->at_peer, name), text[0], text[1],
		     status_name(status));
	errno = 0;
	if (write(w->canary->fd, line, (size_t)n) == n)
		return 0;
	/* A short write sets no errno: the disk is full. */
	errno = errno ? errno : ENOSPC;
	return io_error(w->canary, "writing a row", e);
}

static struct canary_of *find(struct canary *c, const struct station *s)
{
	for (size_t i = 0; c && i < c->n; i++)
		if (c->of[i].station == s)
			return &c->of[i];
	return NULL;
}

int canary_take(struct sweep *w, struct station *s, int64_t round, struct err *e)
{
	struct canary_of *c = find(w->canary, s);
	enum status status[2];
	double figure[2];
	struct point pt[2];
	int rc;

	if (!c || c->round == round || c->faults >= MAX_FAULTS || !watches(w->r, s, pt))
		return 0;
	c->round = round;
	for (int i = 0; i < 2; i++)
		figure[i] = take_figure(w, s, &pt[i], &status[i]);
	if (status[0] == ST_OK)
		status[0] = status[1];
	rc = status[0] == ST_OK ? 0 : run_peer_alive(w->r, e);
	if (rc)
		return rc;
	c->faults = resume_is_fault(status[0]) ? c->faults + 1 : 0;
	return append(w, s, round, figure, status[0], e);
}
