// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Every NAME.yaml of the golden directory is loaded and planned; what is printed must be NAME.txt
 * to the letter. The shipped configs must plan without a word. With --update the texts are written instead,
 * to be reviewed as a diff.
 */
#include <dirent.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "unit/loading.h"

enum { PATH_LEN = 512, FILE_MAX = 2 << 20 };

static char *read_file(const char *path, size_t *len)
{
	CLEANUP_FILE FILE *f = fopen(path, "rb");
	char *text = f ? malloc(FILE_MAX) : NULL;

	if (!text)
		return NULL;
	*len = fread(text, 1, FILE_MAX - 1, f);
	text[*len] = '\0';
	return text;
}

/* What check would print about the file; the text is to be freed. */
static char *check(const char *name, const char *path)
{
	size_t len = 0;
	CLEANUP_FREE char *text = read_file(path, &len);
	struct loaded l = {.diags = text ? diags_open(name, text, len) : NULL};
	char *out;

	if (!l.diags)
		return NULL;
	if (config_load(name, text, len, NULL, 0, l.diags, &l.config) == 0)
		plan_build(l.config, l.diags, &l.plan);
	out = messages(l.diags);
	unload(&l);
	return out;
}

static bool write_file(const char *path, const char *text)
{
	CLEANUP_FILE FILE *f = fopen(path, "w");

	return f && fputs(text, f) >= 0;
}

static bool same(const char *name, const char *got, const char *want)
{
	if (got && want && !strcmp(got, want))
		return true;
	printf("%s: got\n%s\ninstead of\n%s\n", name, got ? got : "(nothing)",
	       want ? want : "(no such file)");
	return false;
}

static bool update(const char *name, const char *path, const char *txt_path)
{
	CLEANUP_FREE char *got = check(name, path);

	return got && write_file(txt_path, got);
}

static bool says_what_it_should(const char *name, const char *path, const char *txt_path)
{
	size_t len;
	CLEANUP_FREE char *got = check(name, path), *want = read_file(txt_path, &len);

	return same(name, got, want);
}

/* The sweeps users start from give no reason for a word. */
static bool says_nothing(const char *name, const char *path, const char *txt_path)
{
	CLEANUP_FREE char *got = check(name, path);

	(void)txt_path;
	return same(name, got, "");
}

typedef bool run_fn(const char *name, const char *path, const char *txt_path);

/* Runs @run on each config of @dir. Return: how many failed. */
static int for_each(const char *dir_path, run_fn *run)
{
	DIR *dir = opendir(dir_path);
	int n = 0, failed = 0;

	for (struct dirent *e; dir && (e = readdir(dir));) {
		size_t stem = strlen(e->d_name) > 5 ? strlen(e->d_name) - 5 : 0;
		char path[PATH_LEN], txt_path[PATH_LEN];

		if (strcmp(e->d_name + stem, ".yaml") != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir_path, e->d_name);
		snprintf(txt_path, sizeof(txt_path), "%s/%.*s.txt", dir_path, (int)stem, e->d_name);
		n++;
		failed += !run(e->d_name, path, txt_path);
	}
	if (dir)
		closedir(dir);
	printf("%s: %d configs, %d failed\n", dir_path, n, failed);
	return n ? failed : 1;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--update"))
		return for_each(GOLDEN_DIR, update) > 0;
	return for_each(GOLDEN_DIR, says_what_it_should) + for_each(CONFIGS_DIR, says_nothing) > 0;
}
