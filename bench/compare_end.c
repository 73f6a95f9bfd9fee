// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a comparison leaves behind: table or JSON, compare.csv, exit status. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "bench.h"
#include "document.h"
#include "compare_load.h"
#include "result/atomic.h"

enum { SHOWN = 200, WIDTH = 80 };

static int write_csv(const struct compare_view *v, const char *file, struct err *e)
{
	const char *slash = strrchr(file, '/');
	size_t dir_len = !slash ? 0 : slash == file ? 1 : (size_t)(slash - file), len = 0;
	CLEANUP_FREE char *text = NULL;
	char dir[PATH_MAX] = ".";
	int failed;
	FILE *out;

	if (dir_len >= sizeof(dir))
		return err_set(e, -ENAMETOOLONG, "%.60s...: too long a name", file);
	if (slash)
		snprintf(dir, sizeof(dir), "%.*s", (int)dir_len, file);
	out = open_memstream(&text, &len);
	if (!out)
		return err_set(e, -ENOMEM, "%s: no memory to write it", file);
	compare_csv(v, out);
	failed = ferror(out);
	if (fclose(out) || failed)
		return err_set(e, -ENOMEM, "%s: no memory to write it", file);
	return atomic_write(dir, slash ? slash + 1 : file, text, len, e);
}

static int print(const struct opt *o, const struct compare_view *v)
{
	if (o->json)
		return document_print(compare_json(v));
	compare_table(v, stdout);
	return EXIT_OK;
}

static bool any_worse(const struct compare *c, const struct fail_on *f)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->point[i].verdict == VERDICT_WORSE && (f->worse <= 0 || c->point[i].hi < -f->worse))
			return true;
	}
	return false;
}

/* Nothing to compare comes before worse, worse before undecided. Within a run only what was asked fails. */
static int status(const struct opt *o, const struct compare *c, const struct fail_on *f)
{
	size_t none = c->count[VERDICT_INCOMPARABLE] + c->count[VERDICT_MISSING];

	if (f->none)
		return EXIT_OK;
	if (none == c->n || c->count[VERDICT_INCOMPARABLE] || (f->missing && c->count[VERDICT_MISSING]))
		return EXIT_MACHINE;
	if ((!c->within || o->fail_on) && any_worse(c, f))
		return EXIT_MISSED;
	return f->inconclusive && c->count[VERDICT_INCONCLUSIVE] ? EXIT_POINTS : EXIT_OK;
}

static int terminal_width(void)
{
	struct winsize w = {0};

	return isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) && w.ws_col ? w.ws_col : WIDTH;
}

int compare_end(const struct opt *o, struct compare_view *v, const struct fail_on *fail, const char *file)
{
	struct err e = {0};
	int rc;

	v->width = terminal_width();
	v->most = SHOWN;
	rc = print(o, v);
	if (!rc && write_csv(v, file, &e))
		rc = fail_with(&e, EXIT_MACHINE);
	if (!rc && !o->quiet)
		fprintf(stderr, "%s  a row per point\n", file);
	return rc ? rc : status(o, v->outcome, fail);
}
