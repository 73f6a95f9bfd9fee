// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The files of one run, as far as they are there. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "report/html.h"
#include "report/table_cell.h"
#include "result/rounds.h"
#include "result/runjson.h"

static bool has_file(const char *dir, const char *name)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/%s", dir, name) < (int)sizeof(path) && !access(path, R_OK);
}

/* Column of an axis named as in a config. */
static int axis_column(const char *name, size_t len)
{
	for (int a = 0; a < AX_COUNT; a++) {
		const char *is = keys_axis((enum axis)a)->name;

		if (strlen(is) == len && !memcmp(is, name, len))
			return COL_KEY + a;
	}
	return -1;
}

static bool chosen(const struct summary_point *p, const char *where)
{
	size_t len = strcspn(where, "=");
	int column = axis_column(where, len);
	const char *value = where + len + 1;
	char text[CELL_LEN];

	return !strcmp(row_get(p->key, (enum column)column), value) ||
	       !strcmp(label_text(p, (enum column)column, text), value);
}

static int narrow(const char *const *where, size_t n_where, struct report_run *r, struct err *e)
{
	size_t kept = 0;

	for (size_t w = 0; w < n_where; w++) {
		if (axis_column(where[w], strcspn(where[w], "=")) >= 0)
			continue;
		err_set(e, -EINVAL, "--where %s: not an axis", where[w]);
		return err_hint(e, -EINVAL, "`p2pbench help keys` lists them, e.g. --where measure=bw");
	}
	for (size_t i = 0; i < r->s.n; i++) {
		bool keep = true;

		for (size_t w = 0; keep && w < n_where; w++)
			keep = chosen(&r->s.point[i], where[w]);
		if (keep)
			r->s.point[kept++] = r->s.point[i];
		else
			free((void *)r->s.point[i].key);
	}
	r->n_left_out = r->s.n - kept;
	r->s.n = kept;
	return 0;
}

/* "measure=bw, size=64": values of the first point on axes where points differ. */
static void suggest(const struct summary *s, char *buf, size_t len)
{
	static const enum axis axes[] = {AX_MEASURE, AX_OP,  AX_TARGET, AX_INTERCONNECT,
					 AX_SIZE,    AX_QPS, AX_ST};
	size_t used = 0;
	char text[CELL_LEN];

	buf[0] = '\0';
	for (size_t a = 0; a < sizeof(axes) / sizeof(axes[0]) && used < len; a++) {
		enum column c = (enum column)(COL_KEY + (int)axes[a]);
		const struct summary_point *last = &s->point[s->n - 1];

		if (*row_get(last->key, c) && strcmp(row_get(s->point[0].key, c), row_get(last->key, c)) != 0)
			used += (size_t)snprintf(buf + used, len - used, " --where %s=%s",
						 keys_axis(axes[a])->name, label_text(last, c, text));
	}
}

static int check_size(const struct report_run *r, struct err *e)
{
	char example[200];
	int rc;

	if (!r->s.n) {
		rc = err_set(e, -ENODATA, "%s: %s", r->dir,
			     r->n_left_out ? "no point is left by --where" : "rounds.csv holds no point");
		return err_hint(e, rc, "`p2pbench show %s` prints what there is", r->dir);
	}
	if (r->s.n <= REPORT_POINTS_MAX)
		return 0;
	suggest(&r->s, example, sizeof(example));
	rc = err_set(e, -E2BIG, "%s: %zu points are too many for one page (at most %d)", r->dir, r->s.n,
		     REPORT_POINTS_MAX);
	return err_hint(e, rc, "choose some:%s; or report sweeps one by one; `p2pbench export` has all",
			*example ? example : " --where measure=bw");
}

/* A page without the machine is better than none: why it is missing stands on it. */
static int read_json(struct report_run *r)
{
	struct err e = {0};
	int rc = runjson_read(r->dir, &r->json, &e);

	if (rc == -ENOMEM)
		return rc;
	if (rc) {
		r->json = NULL;
		snprintf(r->json_why, sizeof(r->json_why), "%.255s",
			 rc == -ENOENT ? "there is no run.json" : e.text);
		return 0;
	}
	return facts_read(r->json, &r->facts);
}

/* A point, to be sorted and found by its id. */
struct named {
	const struct summary_point *point;
};

struct ids {
	struct report_run *run;
	struct named *at;
	size_t room;
};

static int by_id(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return strcmp(row_get(x->point->key, COL_POINT_ID), row_get(y->point->key, COL_POINT_ID));
}

static bool is_used(enum column c)
{
	return c == COL_RUN_ID || c == COL_SETUP_ID || c == COL_SEQ || c == COL_T_MONO_S ||
	       c == COL_BW_GBYTE_S || c == COL_MSG_MOPS || c == COL_LAT_P50_US;
}

static double value_of(const struct summary_point *p, const struct row *row)
{
	const struct median_ci *m = summary_main(p);

	return row_get_num(row, m == &p->bw ? COL_BW_GBYTE_S : m == &p->rate ? COL_MSG_MOPS : COL_LAT_P50_US);
}

static int push(struct ids *ids, const struct report_round *round)
{
	struct report_run *r = ids->run;

	if (r->n_round == ids->room) {
		size_t room = ids->room ? 2 * ids->room : 256;
		struct report_round *grown = reallocarray(r->round, room, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		r->round = grown;
		ids->room = room;
	}
	r->round[r->n_round++] = *round;
	return 0;
}

static int add_row(const struct row *row, void *arg)
{
	struct ids *ids = arg;
	const char *status = row_get(row, COL_STATUS);
	const struct summary_point key = {.key = row};
	const struct named wanted = {&key}, *found;
	struct report_round round = {.round = (int32_t)row_get_num(row, COL_ROUND)};

	if (!*ids->run->id)
		snprintf(ids->run->id, sizeof(ids->run->id), "%.63s", row_get(row, COL_RUN_ID));
	if (round.round < 1 ||
	    (strcmp(status, status_name(ST_OK)) != 0 && strcmp(status, status_name(ST_OVERLOAD)) != 0))
		return 0;
	found = bsearch(&wanted, ids->at, ids->run->s.n, sizeof(*ids->at), by_id);
	if (!found)
		return 0;
	round.point = (uint32_t)(found->point - ids->run->s.point);
	round.setup = (int32_t)strtol(row_get(row, COL_SETUP_ID), NULL, 10);
	round.seq = strtoll(row_get(row, COL_SEQ), NULL, 10);
	round.t_s = row_get_num(row, COL_T_MONO_S);
	round.v = value_of(found->point, row);
	return round.v >= 0 ? push(ids, &round) : 0;
}

static int read_rounds(struct report_run *r, struct err *e)
{
	struct ids ids = {.run = r, .at = calloc(r->s.n + 1, sizeof(*ids.at))};
	int rc = ids.at ? 0 : -ENOMEM;

	for (size_t i = 0; !rc && i < r->s.n; i++)
		ids.at[i].point = &r->s.point[i];
	if (!rc) {
		qsort(ids.at, r->s.n, sizeof(*ids.at), by_id);
		rc = rounds_each_of(r->dir, is_used, add_row, &ids, NULL, e);
	}
	free(ids.at);
	return rc;
}

int report_load(const char *dir, const char *const *where, size_t n_where, struct report_run *out,
		struct err *e)
{
	int rc;

	*out = (struct report_run){.dir = dir};
	rc = summary_load(dir, &out->s, e);
	if (rc == -ENOENT)
		err_hint(e, rc, "%s is not the directory of a run; `p2pbench list runs` shows what there is",
			 dir);
	if (rc)
		return rc;
	rc = narrow(where, n_where, out, e);
	if (!rc)
		rc = check_size(out, e);
	if (!rc)
		rc = read_json(out);
	if (!rc)
		rc = read_rounds(out, e);
	if (rc == -ENOMEM)
		err_set(e, rc, "%s: no memory to read it", dir);
	out->hist = has_file(dir, "hist.csv");
	out->canary = has_file(dir, "canary.csv");
	if (rc)
		report_free(out);
	return rc;
}

void report_free(struct report_run *r)
{
	json_decref(r->json);
	facts_free(&r->facts);
	free(r->round);
	summary_free(&r->s);
	*r = (struct report_run){.json = NULL};
}
