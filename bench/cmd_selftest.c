// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* selftest: can this machine and this program be trusted with a number. A line a check. */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "document.h"
#include "noise_floor.h"
#include "result/runjson.h"
#include "selftest.h"
#include "version.h"

void selftest_line(struct selftest *s, const char *name, enum selftest_verdict v, double value,
		   const char *unit, const char *fmt, ...)
{
	static const char *const word[] = {"ok", "FAIL", "skip"}, *const json[] = {"ok", "fail", "skip"};
	char text[240];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	s->failed = s->failed || v == SELFTEST_FAIL;
	json_object_set_new(s->checks, name,
			    json_pack("{s:s, s:o, s:s, s:s}", "verdict", json[v], "value",
				      isnan(value) ? json_null() : json_real(value), "unit", unit, "text",
				      text));
	if (s->print) {
		printf("%-22s %-4s  %s\n", name, word[v], text);
		fflush(stdout);
	}
}

/* What the flags say: a device and a file. Return: 0, or the exit status. */
static int read_flags(const struct opt *o, const char **device, const char **file)
{
	*device = "soft0";
	*file = NULL;
	for (size_t i = 0; i < o->n_over; i++) {
		if (!strcmp(o->over[i].path, "nic")) {
			*device = o->over[i].text;
		} else if (!strcmp(o->over[i].path, "output.dir")) {
			*file = o->over[i].text;
		} else {
			fprintf(stderr,
				"p2pbench: selftest does not use %s\n"
				"          p2pbench selftest [-d DEVICE] [-o FILE] [--json]\n",
				o->over[i].flag);
			return EXIT_USAGE;
		}
	}
	return EXIT_OK;
}

static json_t *document(struct selftest *s)
{
	json_t *env = runjson_env(), *between = json_object_get(s->floor, "between_runs");
	char date[32];
	time_t now = time(NULL);
	struct tm tm;
	json_t *root;

	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	root = json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:O?, s:O?, s:b, s:O?, s:O?, s:O}", "schema", 1,
			 "version", P2P_VERSION, "commit", P2P_COMMIT, "device", s->device, "evidence",
			 s->evidence ? s->evidence : "unknown", "date_utc", date, "host_hash",
			 json_object_get(env, "host_hash"), "kernel", json_object_get(env, "kernel"), "ok",
			 !s->failed, "noise_floor", between, "noise", s->floor, "checks", s->checks);
	json_decref(env);
	return root;
}

static int run_parts(struct selftest *s, struct err *e)
{
	int rc = selftest_clock(s);

	if (rc)
		return err_set(e, rc, "selftest: out of memory");
	rc = selftest_harness(s, e);
	if (!rc)
		rc = selftest_data(s, e);
	if (!rc)
		rc = selftest_noise(s, e);
	selftest_drift(s);
	return rc;
}

/* Where the noise floor goes; that it can is known before anything is measured. */
static int find_place(const struct selftest *s, const char *file, char path[PATH_MAX], struct err *e)
{
	int rc = 0;

	if (file)
		snprintf(path, PATH_MAX, "%s", file);
	else
		rc = noise_floor_path(s->device, path, PATH_MAX, e);
	if (!rc)
		rc = noise_floor_prepare(path, e);
	return rc ? err_hint(e, rc, "the noise floor is stored there; name another file with -o FILE") : 0;
}

static int finish(struct selftest *s, const char *path)
{
	json_t *root = document(s);
	struct err e = {0};
	int rc = 0;

	if (!s->print)
		document_print(json_incref(root));
	/* A machine that fails its checks has no noise floor. */
	if (s->floor && !s->failed)
		rc = noise_floor_write(path, root, &e);
	if (s->floor && !s->failed && !rc)
		fprintf(stderr, "noise floor stored in %s\n", path);
	json_decref(root);
	if (s->failed)
		fputs("p2pbench: selftest failed: do not trust numbers of this machine before the lines that "
		      "say FAIL are understood\n",
		      stderr);
	return rc ? fail_with(&e, EXIT_MACHINE) : s->failed ? EXIT_POINTS : EXIT_OK;
}

static int interrupted(const struct selftest *s)
{
	fputs("p2pbench: selftest interrupted, nothing is stored\n", stderr);
	return 128 + atomic_load(s->interrupt);
}

int cmd_selftest(const struct opt *o)
{
	struct selftest s = {.checks = json_object(), .print = !o->json};
	const char *file;
	char path[PATH_MAX];
	struct err e = {0};
	int status = read_flags(o, &s.device, &file), rc;

	if (!status && find_place(&s, file, path, &e))
		status = fail_with(&e, EXIT_MACHINE);
	if (!status) {
		s.interrupt = interrupt_install();
		window_cpus(&s.cpu, 1);
		clock_open(&s.clock);
		rc = run_parts(&s, &e);
		if (rc)
			status = fail_with(&e, EXIT_MACHINE);
		else if (atomic_load(s.interrupt))
			status = interrupted(&s);
		else
			status = finish(&s, path);
	}
	json_decref(s.checks);
	json_decref(s.floor);
	return status;
}
