// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The file with the noise floor of a device. */
#include "noise_floor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "result/atomic.h"
#include "result/runjson.h"

enum { FILE_MAX = 256 << 10 };

int noise_floor_path(const char *device, char *buf, size_t len, struct err *e)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	bool own = state && *state == '/';
	int n;

	if (!own && !(home && *home))
		return err_set(e, -ENOENT, "neither XDG_STATE_HOME nor HOME is set");
	n = snprintf(buf, len, "%s%s/p2pbench/selftest-", own ? state : home, own ? "" : "/.local/state");
	if (n < 0 || (size_t)n >= len ||
	    snprintf(buf + n, len - (size_t)n, "%s.json", device) >= (int)(len - (size_t)n))
		return err_set(e, -ENAMETOOLONG, "%s: too long a name", device);
	for (char *p = buf + n; (p = strchr(p, '/'));)
		*p = '_';
	return 0;
}

/* The directories of @path, each that is missing. */
static int make_parents(char *path, struct err *e)
{
	for (char *p = path + 1; (p = strchr(p, '/')); p++) {
		int rc;

		*p = '\0';
		rc = mkdir(path, 0777) && errno != EEXIST ? -errno : 0;
		if (rc)
			err_set(e, rc, "%s: cannot be made: %s", path, err_name(rc));
		*p = '/';
		if (rc)
			return rc;
	}
	return 0;
}

/* Directory and name of @path, both in @dir. */
static int split(const char *path, char dir[PATH_MAX], const char **name, struct err *e)
{
	char *slash;

	if (snprintf(dir, PATH_MAX, "%s%s", strchr(path, '/') ? "" : "./", path) >= PATH_MAX)
		return err_set(e, -ENAMETOOLONG, "%.60s...: too long a name", path);
	slash = strrchr(dir, '/');
	*slash = '\0';
	*name = slash + 1;
	return 0;
}

/* Asking for the right to write is not enough: /proc would say yes. */
static int try_file(const char *dir, struct err *e)
{
	char name[PATH_MAX];
	int fd, rc;

	if (snprintf(name, sizeof(name), "%s/.p2pbench-XXXXXX", dir) >= (int)sizeof(name))
		return err_set(e, -ENAMETOOLONG, "%.60s...: too long a name", dir);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0) {
		rc = -errno;
		return err_set(e, rc, "%s: cannot be written to: %s", dir, err_name(rc));
	}
	close(fd);
	unlink(name);
	return 0;
}

int noise_floor_prepare(const char *path, struct err *e)
{
	const char *name = "";
	char dir[PATH_MAX];
	struct stat st;
	int rc;

	if (snprintf(dir, sizeof(dir), "%s", path) >= (int)sizeof(dir))
		return err_set(e, -ENAMETOOLONG, "%.60s...: too long a name", path);
	rc = make_parents(dir, e);
	if (!rc)
		rc = split(path, dir, &name, e);
	if (rc)
		return rc;
	if (!*name || (!stat(path, &st) && S_ISDIR(st.st_mode)))
		return err_set(e, -EISDIR, "'%s': not a file's name", path);
	return try_file(*dir ? dir : "/", e);
}

int noise_floor_write(const char *path, json_t *root, struct err *e)
{
	CLEANUP_FREE char *text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
	const char *name = "";
	char dir[PATH_MAX];
	int rc;

	if (!text)
		return err_set(e, -ENOMEM, "%s: out of memory", path);
	rc = split(path, dir, &name, e);
	return rc ? rc : atomic_write(*dir ? dir : "/", name, text, strlen(text), e);
}

static json_t *read_file(const char *path)
{
	CLEANUP_FILE FILE *f = fopen(path, "re");
	CLEANUP_FREE char *text = NULL;
	json_t *root = NULL;
	struct stat st;
	size_t n;

	if (!f || fstat(fileno(f), &st) || !S_ISREG(st.st_mode) || st.st_size > FILE_MAX)
		return NULL;
	text = malloc(FILE_MAX);
	if (!text)
		return NULL;
	n = fread(text, 1, FILE_MAX, f);
	return runjson_parse(path, text, n, &root, NULL) ? NULL : root;
}

static bool same(const json_t *a, const json_t *b, const char *name)
{
	const char *x = json_string_value(json_object_get(a, name));
	const char *y = json_string_value(json_object_get(b, name));

	return x && y && !strcmp(x, y);
}

json_t *noise_floor_read(const char *device, const json_t *env)
{
	char path[PATH_MAX];
	json_t *root = noise_floor_path(device, path, sizeof(path), NULL) ? NULL : read_file(path);
	json_t *floor = json_object_get(root, "noise_floor"), *out = NULL;
	const char *date;
	double bw, lat;

	if (root && same(root, env, "host_hash") && same(root, env, "kernel") &&
	    !json_unpack(root, "{s:s}", "date_utc", &date) &&
	    !json_unpack(floor, "{s:F, s:F}", "bw", &bw, "lat", &lat) && bw >= 0 && lat >= 0)
		out = json_pack("{s:f, s:f, s:s}", "bw", bw, "lat", lat, "date_utc", date);
	json_decref(root);
	return out;
}
