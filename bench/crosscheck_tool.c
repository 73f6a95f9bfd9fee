// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Where perftest is and which one it is. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "crosscheck.h"
#include "crosscheck/child.h"

static const int64_t VERSION_NS = 20000000000;

static bool has(const char *dir, size_t len, const char *program)
{
	char path[CHECK_DIR + 64];

	return (size_t)snprintf(path, sizeof(path), "%.*s/%s", (int)len, dir, program) < sizeof(path) &&
	       !access(path, X_OK);
}

/* First directory of PATH with ib_write_bw in it. */
static int search_path(struct crosscheck *x, struct err *e)
{
	const char *path = getenv("PATH");

	for (const char *p = path ? path : "/usr/bin:/bin"; *p;) {
		size_t len = strcspn(p, ":");

		if (len && len < sizeof(x->dir) && has(p, len, map_programs[0])) {
			snprintf(x->dir, sizeof(x->dir), "%.*s", (int)len, p);
			return 0;
		}
		p += len + (p[len] == ':');
	}
	err_set(e, -ENOENT, "perftest is missing: no %s in PATH", map_programs[0]);
	return err_hint(e, -ENOENT, "install the package perftest, or name its directory with --tool");
}

/* A directory, or one of the programs in it. */
static int given_path(struct crosscheck *x, const char *tool, struct err *e)
{
	struct stat st;
	char *slash;

	if (strlen(tool) >= sizeof(x->dir))
		return err_set(e, -ENAMETOOLONG, "--tool: too long a path");
	if (stat(tool, &st))
		return err_set(e, -errno, "--tool %s: %s", tool, strerror(errno));
	snprintf(x->dir, sizeof(x->dir), "%s", tool);
	if (S_ISDIR(st.st_mode))
		return 0;
	slash = strrchr(x->dir, '/');
	if (slash)
		*slash = '\0';
	else
		snprintf(x->dir, sizeof(x->dir), ".");
	return 0;
}

static int check_programs(const struct crosscheck *x, struct err *e)
{
	for (size_t i = 0; map_programs[i]; i++) {
		if (has(x->dir, strlen(x->dir), map_programs[i]))
			continue;
		err_set(e, -ENOENT, "%s/%s: missing, or not executable", x->dir, map_programs[i]);
		return err_hint(e, -ENOENT, "--tool names the directory of perftest's programs");
	}
	return 0;
}

static int ask_version(struct crosscheck *x, struct err *e)
{
	char path[CHECK_DIR + 64], flag[] = "--version";
	char *argv[] = {path, flag, NULL};
	struct child_spec spec = {
		.client = argv,
		.inherit = -1,
		.run_ns = VERSION_NS,
		.interrupt = x->s.interrupt,
	};
	struct child_output out = {0};
	int rc;

	snprintf(path, sizeof(path), "%s/%s", x->dir, map_programs[0]);
	rc = child_run(&spec, &out, e);
	/* 4.5 prints its version and ends with status 1. */
	if (!rc || (rc == -EPROTO && out.out.len && strstr(out.out.text, "Version:"))) {
		x->version = perftest_version_parse(out.out.text ? out.out.text : "", out.out.len, e);
		rc = x->version ? 0 : -EPROTO;
	}
	child_output_free(&out);
	return rc;
}

int crosscheck_tool(struct crosscheck *x, const char *tool)
{
	struct err e = {0};
	int rc = tool ? given_path(x, tool, &e) : search_path(x, &e);

	if (!rc)
		rc = check_programs(x, &e);
	if (!rc)
		rc = ask_version(x, &e);
	return rc ? fail_with(&e, EXIT_MACHINE) : EXIT_OK;
}
