// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* list runs [DIR]: the runs below a directory, by what their run.json says. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "bench.h"
#include "document.h"
#include "grid.h"
#include "result/runjson.h"

enum { VALUE_LEN = 256 };

static int usage(void)
{
	fputs("p2pbench: list runs: one directory at a time\n"
	      "          p2pbench list runs [DIR] [--where KEY=VALUE]\n",
	      stderr);
	return EXIT_USAGE;
}

/* @path is KEY or KEY.KEY...; a member with dots in its own name is not reached. */
static const json_t *member(const json_t *o, const char *path, size_t len)
{
	while (o && len) {
		const char *dot = memchr(path, '.', len);
		size_t n = dot ? (size_t)(dot - path) : len;
		char key[VALUE_LEN];

		if (n >= sizeof(key))
			return NULL;
		memcpy(key, path, n);
		key[n] = '\0';
		o = json_object_get(o, key);
		path += n + (dot ? 1 : 0);
		len -= n + (dot ? 1 : 0);
	}
	return o;
}

static void value_text(const json_t *v, char buf[VALUE_LEN])
{
	buf[0] = '\0';
	if (json_is_string(v))
		snprintf(buf, VALUE_LEN, "%s", json_string_value(v));
	else if (json_is_integer(v))
		snprintf(buf, VALUE_LEN, "%lld", (long long)json_integer_value(v));
	else if (json_is_boolean(v))
		snprintf(buf, VALUE_LEN, "%s", json_is_true(v) ? "yes" : "no");
	else if (json_is_number(v))
		snprintf(buf, VALUE_LEN, "%.9g", json_number_value(v));
}

/* A tag, a member, or a member of env, in this order. */
static bool holds(const json_t *root, const char *where)
{
	size_t len = strcspn(where, "=");
	const json_t *in[] = {json_object_get(root, "tags"), root, json_object_get(root, "env")};
	char text[VALUE_LEN];

	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++) {
		value_text(member(in[i], where, len), text);
		if (*text)
			return !strcmp(text, where + len + 1);
	}
	return false;
}

static bool chosen(const struct opt *o, const json_t *root)
{
	for (size_t i = 0; i < o->n_where; i++) {
		if (!holds(root, o->where[i]))
			return false;
	}
	return true;
}

/* "driver=6.12 slot=3" */
static void tags_text(const json_t *root, char buf[VALUE_LEN])
{
	char value[VALUE_LEN];
	size_t used = 0;
	const char *key;
	json_t *v;

	buf[0] = '\0';
	json_object_foreach(json_object_get(root, "tags"), key, v)
	{
		value_text(v, value);
		if (used < VALUE_LEN)
			used += (size_t)snprintf(buf + used, VALUE_LEN - used, "%s%s=%s", used ? " " : "",
						 key, value);
	}
}

static void add_run(struct grid *g, const char *dir, const json_t *root)
{
	char name[VALUE_LEN], started[VALUE_LEN], points[VALUE_LEN], tags[VALUE_LEN];
	const json_t *first = json_array_get(json_object_get(root, "processes"), 0);

	value_text(json_object_get(root, "name"), name);
	value_text(json_object_get(first, "started_utc"), started);
	value_text(json_object_get(root, "points"), points);
	tags_text(root, tags);
	grid_add(g, "%s", dir);
	grid_add(g, "%s", started);
	grid_add(g, "%s", name);
	grid_add(g, "%s", points);
	grid_add(g, "%s", json_is_true(json_object_get(root, "complete")) ? "yes" : "no");
	grid_add(g, "%s", tags);
}

/* The same for --json: the tags whole, the figures as numbers. */
static json_t *run_entry(const char *dir, const json_t *root)
{
	const json_t *first = json_array_get(json_object_get(root, "processes"), 0);
	json_t *tags = json_object_get(root, "tags");
	json_t *o = json_object();

	json_object_set_new(o, "run", runjson_text(dir));
	json_object_set(o, "started_utc", json_object_get(first, "started_utc"));
	json_object_set(o, "name", json_object_get(root, "name"));
	json_object_set(o, "points", json_object_get(root, "points"));
	json_object_set_new(o, "complete", json_boolean(json_is_true(json_object_get(root, "complete"))));
	json_object_set_new(o, "tags", tags ? json_incref(tags) : json_object());
	return o;
}

/* Runs found so far, as text and as JSON. */
struct found {
	struct grid grid;
	json_t *list;
	size_t n;
};

/* Unreadable ones are told and passed over; what holds no run.json is no run. */
static void look_at(const struct opt *o, const char *dir, struct found *f)
{
	struct err e = {0};
	json_t *root;
	int rc = runjson_read(dir, &root, &e);

	if (rc == -ENOENT || rc == -ENOTDIR)
		return;
	if (rc) {
		fail_with(&e, EXIT_OK);
		return;
	}
	if (chosen(o, root)) {
		add_run(&f->grid, dir, root);
		json_array_append_new(f->list, run_entry(dir, root));
		f->n++;
	}
	json_decref(root);
}

static int no_dots(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

int list_runs(const struct opt *o)
{
	const char *top = o->n_args > 1 ? o->arg[1] : "results";
	struct found f = {.grid = {.cols = 6}};
	struct dirent **list;
	int n;

	if (o->n_args > 2)
		return usage();
	n = scandir(top, &list, no_dots, alphasort);
	if (n < 0) {
		struct err e = {0};

		err_set(&e, -errno, "%s: cannot be read: %s", top, err_name(errno));
		return fail_with(&e, EXIT_USAGE);
	}
	f.list = json_array();
	for (const char *const *title =
		     (const char *const[]){"run", "started", "name", "points", "complete", "tags", NULL};
	     *title; title++)
		grid_add(&f.grid, "%s", *title);
	look_at(o, top, &f);
	for (int i = 0; i < n; i++) {
		char path[PATH_MAX];

		if (snprintf(path, sizeof(path), "%s/%s", top, list[i]->d_name) < (int)sizeof(path))
			look_at(o, path, &f);
		free(list[i]);
	}
	free(list);
	/* The titles alone are no data. */
	grid_finish(&f.grid, f.n && !o->json ? stdout : stderr);
	if (o->json)
		return document_print(json_pack("{s:i, s:o}", "schema", DOCUMENT_SCHEMA, "runs", f.list));
	json_decref(f.list);
	return EXIT_OK;
}
