// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* run.json: durable writing, bounded reading, and what a resumed run must not differ in. */
#include "result/runjson.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "result/atomic.h"

enum { TEXT_MAX = 16 << 20, VALUE_MAX = 80, PATH_TEXT = 256 };

int runjson_write(const char *dir, json_t *root, struct err *e)
{
	CLEANUP_FREE char *text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
	size_t len;

	if (!text)
		return err_set(e, -ENOMEM, "%s/run.json: no memory to write it", dir);
	len = strlen(text);
	text[len] = '\n'; /* in place of the NUL: the length goes along */
	return atomic_write(dir, "run.json", text, len + 1, e);
}

int runjson_parse(const char *name, const char *text, size_t len, json_t **out, struct err *e)
{
	json_error_t where;

	*out = NULL;
	if (len > TEXT_MAX)
		return err_set(e, -EINVAL, "%s: larger than 16 MiB, not a run.json", name);
	*out = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);
	if (!*out)
		return err_set(e, -EINVAL, "%s:%d:%d: %s", name, where.line, where.column, where.text);
	if (!json_is_object(*out)) {
		json_decref(*out);
		*out = NULL;
		return err_set(e, -EINVAL, "%s:1:1: not a JSON object", name);
	}
	return 0;
}

/* The whole file, at most one byte over the limit. */
static int read_text(const char *path, char **text, size_t *len)
{
	CLEANUP_FILE FILE *f = fopen(path, "re");
	struct stat st;

	if (!f || fstat(fileno(f), &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	*len = st.st_size > TEXT_MAX ? (size_t)TEXT_MAX + 1 : (size_t)st.st_size;
	*text = malloc(*len + 1);
	if (!*text)
		return -ENOMEM;
	*len = fread(*text, 1, *len, f);
	return ferror(f) ? -EIO : 0;
}

int runjson_read(const char *dir, json_t **out, struct err *e)
{
	CLEANUP_FREE char *text = NULL;
	char path[PATH_MAX];
	size_t len = 0;
	int rc;

	*out = NULL;
	if (snprintf(path, sizeof(path), "%s/run.json", dir) >= (int)sizeof(path))
		return err_set(e, -ENAMETOOLONG, "%s: the name of the directory is too long", dir);
	rc = read_text(path, &text, &len);
	if (!rc)
		return runjson_parse(path, text, len, out, e);
	err_set(e, rc, "%s: reading it failed: %s", path, err_name(rc));
	return rc == -ENOENT ? err_hint(e, rc, "%s holds no run of p2pbench", dir) : rc;
}

json_t *runjson_text(const char *text)
{
	json_t *s = json_string(text);
	char *plain = s ? NULL : strdup(text);

	for (char *at = plain; at && *at; at++)
		*at = *at < ' ' ? '?' : *at;
	if (plain)
		s = json_string(plain);
	free(plain);
	return s;
}

/* Output of runjson_differs(): lines while they fit, and their number. */
struct diff {
	char *text;
	size_t len, used;
	int n;
};

static void value_text(const json_t *v, char buf[VALUE_MAX])
{
	CLEANUP_FREE char *text = v ? json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS) : NULL;

	snprintf(buf, VALUE_MAX, "%.*s%s", VALUE_MAX - 5, text ? text : "absent",
		 text && strlen(text) > VALUE_MAX - 5 ? "..." : "");
}

static void diff_line(struct diff *d, const char *path, const json_t *was, const json_t *is)
{
	char a[VALUE_MAX], b[VALUE_MAX];
	int n;

	value_text(was, a);
	value_text(is, b);
	n = snprintf(d->text + d->used, d->len - d->used, "%s: was %s, is %s\n", *path ? path : "same", a, b);
	if (n >= 0 && (size_t)n < d->len - d->used)
		d->used += (size_t)n;
	d->text[d->used] = '\0'; /* a line that does not fit is left out whole */
	d->n++;
}

static void diff_values(struct diff *d, const char *path, const json_t *was, const json_t *is);

static void diff_member(struct diff *d, const char *path, const char *key, const json_t *was,
			const json_t *is)
{
	char below[PATH_TEXT];

	snprintf(below, sizeof(below), "%s%s%.100s", path, *path ? "." : "", key);
	diff_values(d, below, json_object_get(was, key), json_object_get(is, key));
}

/* Objects are compared member by member, everything else as a whole. */
static void diff_values(struct diff *d, const char *path, const json_t *was, const json_t *is)
{
	const char *key;
	json_t *unused;

	if (!json_is_object(was) || !json_is_object(is)) {
		if (!json_equal(was, is))
			diff_line(d, path, was, is);
		return;
	}
	json_object_foreach((json_t *)was, key, unused) diff_member(d, path, key, was, is);
	json_object_foreach((json_t *)is, key, unused)
	{
		if (!json_object_get(was, key))
			diff_member(d, path, key, was, is);
	}
}

int runjson_differs(const json_t *was, const json_t *is, char *text, size_t len)
{
	struct diff d = {.text = text, .len = len};

	text[0] = '\0';
	diff_values(&d, "", json_object_get(was, "same"), json_object_get(is, "same"));
	return d.n;
}
