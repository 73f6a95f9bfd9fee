// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* doctor, asked from another machine: what it would print here; see agent_verbs.h. */
#include "agent_verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "bench.h"

enum { NOTES = 8192 };

/* The words of the question as a command line would have them; they live in @ask. */
static int read_ask(const json_t *ask, struct opt *o, struct err *e)
{
	const char *form = json_string_value(json_object_get(ask, "form"));
	const json_t *hardware = json_object_get(ask, "hardware");
	const json_t *nic = json_object_get(ask, "nic"), *target = json_object_get(ask, "target");

	if (!form || (strcmp(form, "text") != 0 && strcmp(form, "json") != 0 && strcmp(form, "script") != 0))
		return err_set(e, -EINVAL, "doctor: form is text, json or script");
	if ((hardware && !json_is_boolean(hardware)) || !nic != !target ||
	    (nic && (!json_is_string(nic) || !json_is_string(target))))
		return err_set(e, -EINVAL,
			       "doctor: hardware is true or false; nic and target are names, both or none");
	o->verb = "doctor";
	o->json = !strcmp(form, "json");
	o->fix_script = !strcmp(form, "script");
	o->need = json_is_true(hardware) ? "hardware" : NULL;
	if (nic) {
		o->arg[0] = json_string_value(nic);
		o->arg[1] = json_string_value(target);
		o->n_args = 2;
	}
	o->sep = -1;
	return 0;
}

/* Standard error, while it is collected: what `doctor` says there is the other machine's to print. */
struct notes {
	int fd, before;
};

static void notes_begin(struct notes *n)
{
	n->fd = memfd_create("notes", MFD_CLOEXEC);
	n->before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (n->fd >= 0 && n->before >= 0)
		dup2(n->fd, STDERR_FILENO);
}

/* @text: what was said, as far as there is room */
static void notes_end(struct notes *n, char *text, size_t size)
{
	ssize_t got = -1;

	if (n->before >= 0) {
		dup2(n->before, STDERR_FILENO);
		close(n->before);
	}
	if (n->fd >= 0) {
		got = pread(n->fd, text, size - 1, 0);
		close(n->fd);
	}
	text[got > 0 ? got : 0] = '\0';
}

/* What a command line with the words of @o prints. Return: 0 or -errno. */
static int report(const struct opt *o, const struct topo *t, char **text, int *status)
{
	size_t n = 0;
	FILE *f = open_memstream(text, &n);

	if (!f)
		return -ENOMEM;
	*status = doctor_report(o, t, f);
	return fclose(f) ? -ENOMEM : 0;
}

static int answer_words(const struct opt *o, const struct topo *t, json_t **answer, struct err *e)
{
	CLEANUP_FREE char *text = NULL;
	char said[NOTES];
	struct notes notes;
	int rc, status = 0;

	notes_begin(&notes);
	rc = report(o, t, &text, &status);
	notes_end(&notes, said, sizeof(said));
	if (rc)
		return err_set(e, rc, "doctor: no memory");
	if (o->json)
		*answer = json_pack("{s:i, s:s, s:o}", "status", status, "notes", said, "document",
				    json_loads(text, 0, NULL));
	else
		*answer = json_pack("{s:i, s:s, s:s}", "status", status, "notes", said, "text", text);
	return *answer ? 0 : err_set(e, -EIO, "doctor: it has printed what is no text");
}

int agent_doctor(void *arg, const json_t *ask, json_t **answer, struct err *e)
{
	const struct agent_self *self = arg;
	struct opt *o = calloc(1, sizeof(*o));
	int rc;

	*answer = NULL;
	if (!o)
		return err_set(e, -ENOMEM, "doctor: no memory");
	rc = read_ask(ask, o, e);
	if (!rc)
		rc = answer_words(o, self->topo, answer, e);
	free(o);
	return rc;
}
