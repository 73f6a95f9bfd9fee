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
#include "document.h"
#include "result/runjson.h"
#include "peer/host.h"
#include "wrap.h"

enum { FILE_BYTES = 1 << 20 }; /* config_load() refuses more; one byte beyond is read to let it say so */

int fail_with(const struct err *e, int status)
{
	document_error(e);
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

/* What is wrong with a config, or was noted, for --json. */
static json_t *problems_json(const struct diags *d, const char *file)
{
	static const char *const level[] = {"error", "warning", "note"};
	json_t *list = json_array();
	struct diag_item it;

	for (size_t i = 0; diags_item(d, i, &it); i++) {
		json_t *o = json_pack("{s:o, s:s, s:o}", "file", runjson_text(file), "level", level[it.level],
				      "text", runjson_text(it.text));

		if (*it.flag)
			json_object_set_new(o, "flag", runjson_text(it.flag));
		if (it.mark.line) {
			json_object_set_new(o, "line", json_integer(it.mark.line));
			json_object_set_new(o, "column", json_integer(it.mark.col));
		}
		json_array_append_new(list, o);
	}
	return list;
}

/* The list in a file of notes, behind lines of comment. */
static const char *list_in(const struct loaded *file)
{
	const char *at = file->text;

	while (at && (*at == '#' || *at == '\n' || *at == '\r' || *at == ' ')) {
		at += *at == '#' ? strcspn(at, "\n") : 1;
	}
	return at && *at == '[' ? at : NULL;
}

/*
 * Flags, those that other verbs use without a config, and the list of --tph-note as if it stood in the
 * config;
 * @notes keeps its text.
 */
static int overrides(const struct opt *o, struct config_override *over, size_t *n, struct loaded *notes)
{
	const char *list = NULL;
	struct err e = {0};

	*n = o->n_over;
	memcpy(over, o->over, o->n_over * sizeof(*over));
	if (o->peer)
		over[(*n)++] = (struct config_override){.path = "peer", .text = o->peer, .flag = "--peer"};
	if (o->token_file)
		over[(*n)++] = (struct config_override){
			.path = "peer_options.token_file", .text = o->token_file, .flag = "--token-file"};
	if (!o->tph_note)
		return EXIT_OK;
	if (!read_file(o->tph_note, notes, &e))
		list = list_in(notes);
	if (!list && !e.text[0]) {
		err_set(&e, -EINVAL, "%s: a file of notes is a list in brackets", o->tph_note);
		err_hint(&e, -EINVAL, "write [{when: {target: accel, st: 0xf0, ph: 2}, note: capture 17}]");
	}
	over[(*n)++] = (struct config_override){.path = "tph_notes", .text = list, .flag = "--tph-note"};
	return list ? EXIT_OK : fail_with(&e, EXIT_USAGE);
}

/* The text of a place is the transport's to judge. */
static int check_peer(const struct config *c, struct diags *d)
{
	struct peer_place place;
	struct err e = {0};

	if (!c->peer.place || !peer_place_parse(c->peer.place, &place, &e))
		return 0;
	diags_add(d, DIAG_ERROR, &c->peer.mark, "peer: %.300s%s%.200s", e.text, e.hint[0] ? "; " : "",
		  e.hint);
	return -EINVAL;
}

static int load(const struct opt *o, struct loaded *l)
{
	struct config_override over[OPT_OVERRIDES + 3];
	struct loaded notes = {0};
	struct diags *d;
	size_t n_over;
	int rc = overrides(o, over, &n_over, &notes);

	if (rc) {
		load_free(&notes);
		load_free(l);
		return rc;
	}
	d = diags_open(l->name, l->text, l->len);
	rc = d ? config_load(l->name, l->text, l->len, over, n_over, d, &l->config) : -ENOMEM;
	load_free(&notes);
	if (!rc)
		rc = check_peer(l->config, d);
	if (!rc)
		rc = plan_build(l->config, d, &l->plan);
	if (d && (diags_errors(d) || !o->quiet))
		diags_print(d, stderr);
	if (d && document_due())
		document_problems(problems_json(d, l->name));
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
