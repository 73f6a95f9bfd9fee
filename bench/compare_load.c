// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Directories to runs for compare. A run must not be compared with itself: that would always be `same`. */
#include "compare_load.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "bench.h"
#include "result/runjson.h"

/* A run without a run.json is read all the same; one that is no JSON is not. */
static int read_facts(const char *dir, struct compare_run *run, struct read_run *r, struct err *e)
{
	json_t *root;
	int rc = runjson_read(dir, &root, e);

	if (rc == -ENOENT)
		return 0;
	if (rc)
		return rc;
	rc = facts_read(root, &r->facts);
	json_decref(root);
	if (rc)
		return err_set(e, rc, "%s/run.json: no memory to read it", dir);
	run->facts = &r->facts;
	return 0;
}

static int read_run(const char *dir, struct compare_run *run, struct read_run *r, struct err *e)
{
	char path[PATH_MAX];
	struct stat st;
	int rc;

	if (snprintf(path, sizeof(path), "%s/rounds.csv", dir) >= (int)sizeof(path))
		return err_set(e, -ENAMETOOLONG, "%.60s...: too long a name", dir);
	if (stat(path, &st)) {
		rc = -errno;
		err_set(e, rc, "%s: not the directory of a run: %s: %s", dir, path, err_name(rc));
		return err_hint(e, rc, "`p2pbench list runs DIR` shows the runs below DIR");
	}
	rc = run_points_load(dir, &r->points, e);
	if (rc)
		return rc;
	r->dev = st.st_dev;
	r->ino = st.st_ino;
	*run = (struct compare_run){.name = dir, .points = &r->points};
	return read_facts(dir, run, r, e);
}

static int find_twins(const struct read_runs *r, struct err *e)
{
	for (size_t i = 0; i < r->n; i++) {
		for (size_t k = i + 1; k < r->n; k++) {
			const struct read_run *x = &r->read[i], *y = &r->read[k];
			bool id = *x->points.run_id && !strcmp(x->points.run_id, y->points.run_id);

			if (!id && (x->dev != y->dev || x->ino != y->ino))
				continue;
			err_set(e, -EINVAL, "%s and %s are the same run%s%s", r->run[i].name, r->run[k].name,
				id ? ": " : "", id ? x->points.run_id : "");
			return err_hint(e, -EINVAL, "a run compared with itself is always the same");
		}
	}
	return 0;
}

int compare_load(const char *const *dir, size_t n_a, size_t n_b, struct read_runs *out, struct err *e)
{
	size_t n = n_a + n_b;
	int rc = 0;

	*out = (struct read_runs){.read = calloc(n + 1, sizeof(*out->read)),
				  .run = calloc(n + 1, sizeof(*out->run))};
	if (!out->read || !out->run) {
		compare_load_free(out);
		return err_set(e, -ENOMEM, "no memory for %zu runs", n);
	}
	for (; !rc && out->n < n; out->n++) /* the one that fails counts: it has to be freed too */
		rc = read_run(dir[out->n], &out->run[out->n], &out->read[out->n], e);
	if (!rc)
		rc = find_twins(out, e);
	out->side[0] = (struct compare_side){out->run, n_a};
	out->side[1] = (struct compare_side){out->run + n_a, n_b};
	if (rc)
		compare_load_free(out);
	return rc;
}

void compare_load_free(struct read_runs *r)
{
	for (size_t i = 0; i < r->n; i++) {
		run_points_free(&r->read[i].points);
		facts_free(&r->read[i].facts);
	}
	free(r->read);
	free(r->run);
	*r = (struct read_runs){.read = NULL};
}

/* "3%", "0.5%" as ln of the ratio. */
static int read_percent(const char *text, double *ln)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || strcmp(end, "%") != 0 || !(v >= 0 && v <= 1000))
		return -EINVAL;
	*ln = log1p(v / 100);
	return 0;
}

static int fail_word(const char *word, struct fail_on *f, struct err *e)
{
	if (!strcmp(word, "worse"))
		return 0;
	if (!strncmp(word, "worse:", 6) && !read_percent(word + 6, &f->worse))
		return 0;
	f->inconclusive = f->inconclusive || !strcmp(word, "inconclusive");
	f->missing = f->missing || !strcmp(word, "missing");
	f->none = f->none || !strcmp(word, "none");
	if (!strcmp(word, "inconclusive") || !strcmp(word, "missing") || !strcmp(word, "none"))
		return 0;
	err_set(e, -EINVAL, "--fail-on: unknown word '%s'", word);
	return err_hint(e, -EINVAL, "a list of: worse, worse:3%%, inconclusive, missing; or none");
}

static int waive_word(const char *word, struct compare_rule *rule, struct err *e)
{
	for (int b = BLOCK_NONE + 1; b < BLOCK_COUNT; b++) {
		if (!strcmp(word, fact_block_word((enum fact_block)b))) {
			rule->waive |= 1u << b;
			return 0;
		}
	}
	err_set(e, -EINVAL, "--waive: unknown word '%s'", word);
	return err_hint(e, -EINVAL, "a list of: cpu, link, mps");
}

int compare_flags(const struct opt *o, struct compare_rule *rule, struct fail_on *fail, struct err *e)
{
	char text[256], *save = NULL;
	int rc = 0;

	*rule = compare_rule_default();
	rule->mixed = o->mixed;
	rule->within_run_only = o->within_run_only;
	*fail = (struct fail_on){.worse = 0};
	snprintf(text, sizeof(text), "%s", o->fail_on ? o->fail_on : "");
	for (char *w = strtok_r(text, ",", &save); w && !rc; w = strtok_r(NULL, ",", &save))
		rc = fail_word(w, fail, e);
	snprintf(text, sizeof(text), "%s", o->waive ? o->waive : "");
	for (char *w = strtok_r(text, ",", &save); w && !rc; w = strtok_r(NULL, ",", &save))
		rc = waive_word(w, rule, e);
	return rc;
}
