// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Name and making of the results directory. A run gets a directory of its own: nothing in it before. */
#include "result/dir.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/err.h"
#include "result/atomic.h"
#include "result/rounds.h"

/* Text of a {word} of output.dir, NULL when there is no such word. */
static const char *dir_word(const char *word, size_t len, const char *name, const char *time)
{
	if (len == 4 && !memcmp(word, "name", 4))
		return name;
	if (len == 4 && !memcmp(word, "time", 4))
		return time;
	return NULL;
}

int rounds_dir_name(const char *pattern, const char *name, int64_t utc_s, char *out, size_t len,
		    struct err *e)
{
	size_t room = len < DIR_MAX + 1 ? len : DIR_MAX + 1, n = 0;
	time_t when = (time_t)utc_s;
	char utc[32] = "";
	struct tm tm;

	if (gmtime_r(&when, &tm))
		strftime(utc, sizeof(utc), "%Y%m%dT%H%M%SZ", &tm);
	for (const char *p = pattern; *p;) {
		const char *end = *p == '{' ? strchr(p, '}') : p;
		const char *text = p;
		size_t take = 1;

		if (*p == '{') {
			text = end ? dir_word(p + 1, (size_t)(end - p) - 1, name, utc) : NULL;
			if (!text)
				return err_set(e, -EINVAL, "output.dir '%s': '%.*s' is not {name} or {time}",
					       pattern, end ? (int)(end - p) + 1 : 32, p);
			take = strlen(text);
		}
		if (n + take >= room)
			return err_set(e, -EINVAL, "output.dir '%s': longer than %zu bytes", pattern,
				       room - 1);
		memcpy(out + n, text, take);
		n += take;
		p = end + 1;
	}
	out[n] = '\0';
	return n ? 0
		 : err_set(e, -EINVAL, "output.dir is empty: name a directory, e.g. results/{name}-{time}");
}

static int make_dirs(const char *dir, struct err *e)
{
	char path[DIR_MAX + 1];

	for (size_t i = 1; i <= strlen(dir); i++) {
		if (dir[i] && dir[i] != '/')
			continue;
		snprintf(path, sizeof(path), "%.*s", (int)i, dir);
		if (mkdir(path, 0777) && errno != EEXIST)
			return atomic_fail(dir, path, "making the directory", -errno, e);
	}
	return 0;
}

static int check_empty(const char *dir, struct err *e)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	bool empty = true;

	if (!d)
		return atomic_fail(dir, dir, "opening the directory", -errno, e);
	while (empty && (entry = readdir(d)))
		empty = !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..");
	closedir(d);
	if (empty)
		return 0;
	err_set(e, -EEXIST, "%s: the directory exists and is not empty", dir);
	err_hint(e, -EEXIST, "continue the run in it with --resume %s, or set another output.dir", dir);
	return -EEXIST;
}

int dir_make(const char *dir, struct err *e)
{
	int rc = make_dirs(dir, e);

	return rc ? rc : check_empty(dir, e);
}
