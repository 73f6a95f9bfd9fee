// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A disk that really runs full: a file size limit for everyone, and a tiny tmpfs in an own mount
 * namespace where the user may make one. Rows so far are intact, also those of derived files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/err.h"
#include "result/rounds.h"
#include "result/runjson.h"
#include "result/summary.h"
#include "unit/tempdir.h"

static int count_row(const struct row *row, void *arg)
{
	(void)row;
	(*(int *)arg)++;
	return 0;
}

/* Appends until it fails with @code; as many rows as succeeded must be readable, and resuming must cut
 * nothing. */
static int fill(const char *dir, int code)
{
	int written = 0, read = 0, cut = -1, rc;
	uint64_t ignored;
	struct rounds *r;
	struct row row;
	struct err e;

	if (rounds_create(dir, &sys_real, &r, &e))
		return 1;
	row_start(&row, "p1", 1, "bw", "ok");
	while (!(rc = rounds_append(r, &row, &e)) && written < 100000)
		written++;
	rounds_close(r);
	if (rc != code || !strstr(e.text, "/rounds.csv") || !*e.hint || !written)
		return 2;
	if (rounds_each(dir, count_row, &read, &ignored, &e) || read != written || ignored)
		return 3;
	if (rounds_resume(dir, &sys_real, &r, &cut, &e) || cut)
		return 4;
	rounds_close(r);
	return 0;
}

/* run.json was written while there was room; a larger one does not fit and must leave it as it was. */
static int keeps_old(const char *dir, json_t *small, json_t *large)
{
	json_t *now = NULL;
	struct err e;
	int rc;

	if (!runjson_write(dir, large, &e) || !strstr(e.text, "run.json.tmp") || !*e.hint)
		return 5;
	rc = runjson_read(dir, &now, &e) || !json_equal(now, small) ? 6 : 0;
	json_decref(now);
	return rc;
}

static int derived(const char *dir)
{
	json_t *small = json_pack("{s:s}", "name", "small");
	json_t *large = json_object();
	char key[16];
	int rc;

	for (int i = 0; i < 20000; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		json_object_set_new(large, key, json_string("a value that takes room"));
	}
	rc = runjson_write(dir, small, NULL) ? 7 : keeps_old(dir, small, large);
	json_decref(small);
	json_decref(large);
	return rc;
}

static int limited(const char *dir)
{
	char sub[TEMP_PATH + 8];
	struct rlimit limit = {40000, 40000};
	int rc;

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	snprintf(sub, sizeof(sub), "%s/run", dir);
	rc = fill(sub, -EFBIG);
	return rc ? rc : derived(sub);
}

static int small_disk(const char *dir)
{
	char sub[TEMP_PATH + 8];
	int rc;

	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("p2pbench", dir, "tmpfs", 0, "size=256k"))
		return 77;
	snprintf(sub, sizeof(sub), "%s/a", dir);
	rc = fill(sub, -ENOSPC);
	if (rc)
		return rc;
	temp_remove(sub);
	if (mkdir(sub, 0777))
		return 8;
	return derived(sub);
}

/* Limits and mounts last as long as the child. */
static void in_child(int (*body)(const char *dir))
{
	char dir[TEMP_PATH];
	int status;
	pid_t pid;

	temp_make(dir);
	pid = fork();
	if (!pid)
		_exit(body(dir));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	temp_remove(dir);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		print_message("# skipped: this user may not mount a tmpfs in an own namespace\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void file_size_limit(void **state)
{
	(void)state;
	in_child(limited);
}

static void full_tmpfs(void **state)
{
	(void)state;
	in_child(small_disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_size_limit),
		cmocka_unit_test(full_tmpfs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
