// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* From the command line to a plan: read the text, check it, expand it, print what is wrong. */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/sys.h"
#include "wrap.h"

enum { FILE_BYTES = 1 << 20 }; /* config_load() refuses more; one byte beyond is read to let it say so */

int fail_with(const struct err *e, int status)
{
	fprintf(stderr, "p2pbench: %s\n", e->text);
	if (e->hint[0])
		wrap(stderr, "          ", "%s", e->hint);
	return status;
}

int fail_no_run(struct err *e)
{
	if (!e->hint[0])
		err_hint(e, -EINVAL, "`p2pbench list runs DIR` shows the runs below DIR");
	return fail_with(e, EXIT_USAGE);
}

/* A pipe would block or be read once only; a run must be able to name the text it was made from. */
static int open_regular(const char *path, struct err *e)
{
	int fd = sys_real.open(path, O_RDONLY | O_NONBLOCK, 0);
	struct stat st;

	if (fd < 0) {
		if (!strcmp(path, "-"))
			return err_set(e, fd,
				       "'-': standard input is not supported; save the config to a file");
		err_set(e, fd, "%s: cannot open: %s", path, fd == -ENOENT ? "no such file" : strerror(-fd));
		return err_hint(e, fd, "`p2pbench run` without a file runs the compiled-in sweep on soft0");
	}
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return err_set(
		e, -EINVAL,
		"%s: not a regular file; save the config to a file (pipes and /dev/stdin are not supported)",
		path);
}

/* The file's text into l->text, which load_free() frees also after a failure. */
static int read_file(const char *path, struct loaded *l, struct err *e)
{
	CLEANUP_FD int fd = open_regular(path, e);
	ssize_t n = 1;

	if (fd < 0)
		return fd;
	l->text = malloc(FILE_BYTES + 2);
	if (!l->text)
		return err_set(e, -ENOMEM, "%s: out of memory", path);
	while (n > 0 && l->len <= FILE_BYTES) {
		n = read(fd, l->text + l->len, FILE_BYTES + 1 - l->len);
		if (n < 0)
			return err_set(e, -errno, "%s: cannot read: %s", path, strerror(errno));
		l->len += (size_t)n;
	}
	l->text[l->len] = '\0';
	return 0;
}

static int load(const struct opt *o, struct loaded *l)
{
	struct diags *d = diags_open(l->name, l->text, l->len);
	int rc = d ? config_load(l->name, l->text, l->len, o->over, o->n_over, d, &l->config) : -ENOMEM;

	if (!rc)
		rc = plan_build(l->config, d, &l->plan);
	if (d && (diags_errors(d) || !o->quiet))
		diags_print(d, stderr);
	diags_close(d);
	if (!rc)
		return EXIT_OK;
	load_free(l);
	if (rc == -ENOMEM)
		fputs("p2pbench: out of memory\n", stderr);
	return rc == -ENOMEM ? EXIT_INTERNAL : EXIT_USAGE;
}

/* A device or an operation describes work of its own; other flags change the compiled-in default. */
static bool describes_work(const struct opt *o)
{
	for (size_t i = 0; i < o->n_over; i++)
		if (!strcmp(o->over[i].path, "nic") || !strcmp(o->over[i].path, "op"))
			return true;
	return false;
}

int load_text(const struct opt *o, const char *name, const char *text, struct loaded *out)
{
	*out = (struct loaded){.name = strdup(name)};
	if (text) {
		out->text = strdup(text);
		out->len = strlen(text);
	}
	if (!out->name || (text && !out->text)) {
		load_free(out);
		return EXIT_INTERNAL;
	}
	return load(o, out);
}

int load_plan(const struct opt *o, const char *file, struct loaded *out)
{
	struct err e = {0};

	*out = (struct loaded){0};
	if (!file)
		return describes_work(o) ? load_text(o, "command line", NULL, out)
					 : load_text(o, "builtin", config_builtin, out);
	out->name = strdup(file);
	if (!out->name)
		return EXIT_INTERNAL;
	if (read_file(file, out, &e)) {
		load_free(out);
		return fail_with(&e, EXIT_USAGE);
	}
	return load(o, out);
}

void load_free(struct loaded *l)
{
	plan_free(l->plan);
	config_free(l->config);
	free(l->text);
	free(l->name);
	*l = (struct loaded){0};
}
