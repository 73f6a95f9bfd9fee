// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "document.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "bench.h"
#include "result/runjson.h"
#include "verbs.h"

/* One process prints one document. */
static atomic_bool due;
static struct err fault;
static json_t *problems;
static char *stream_text;
static size_t stream_len;

_Noreturn void document_die(int sig)
{
	static const char text[] =
		"{\"schema\": 1, \"error\": {\"status\": 1xx, \"text\": \"interrupted\"}}\n";
	char out[sizeof(text)];
	int status = 128 + sig;

	memcpy(out, text, sizeof(text));
	for (char *p = out; *p; p++) {
		if (!memcmp(p, "1xx", 3)) {
			p[1] = (char)('0' + status / 10 % 10);
			p[2] = (char)('0' + status % 10);
			break;
		}
	}
	if (atomic_exchange(&due, false) && write(STDOUT_FILENO, out, sizeof(out) - 1) < 0)
		status = EXIT_INTERNAL;
	_exit(status);
}

/* A verb that can stop in an orderly way takes both signals over (interrupt.c). */
void document_start(void)
{
	struct sigaction sa = {.sa_handler = document_die};

	sigemptyset(&sa.sa_mask);
	sigaddset(&sa.sa_mask, SIGINT);
	sigaddset(&sa.sa_mask, SIGTERM);
	atomic_store(&due, true);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

bool document_due(void)
{
	return atomic_load(&due);
}

void document_error(const struct err *e)
{
	if (!fault.text[0])
		fault = *e;
}

void document_problems(json_t *list)
{
	json_decref(problems);
	problems = list;
}

json_t *document_take_problems(void)
{
	json_t *list = problems;

	problems = NULL;
	return list;
}

/* With both signals held back: a document is never cut. */
static void put(const char *text, size_t len)
{
	sigset_t both, old;

	sigemptyset(&both);
	sigaddset(&both, SIGINT);
	sigaddset(&both, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &both, &old);
	/* What could not be written is seen at the end, where standard output is flushed. */
	fwrite(text, 1, len, stdout);
	fflush(stdout);
	atomic_store(&due, false);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

int document_print(json_t *root)
{
	CLEANUP_FREE char *text = root ? json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) : NULL;
	size_t len = text ? strlen(text) : 0;

	json_decref(root);
	if (!text)
		return fail_with(&(struct err){.text = "no memory for the JSON document"}, EXIT_INTERNAL);
	text[len] = '\n'; /* in place of the NUL: the length goes along */
	put(text, len + 1);
	return EXIT_OK;
}

FILE *document_open(void)
{
	free(stream_text);
	stream_text = NULL;
	return open_memstream(&stream_text, &stream_len);
}

int document_close(FILE *f, int rc)
{
	bool failed = !f || fclose(f) || rc;

	if (failed)
		fail_with(&(struct err){.text = "no memory for the JSON document"}, EXIT_INTERNAL);
	else
		put(stream_text, stream_len);
	free(stream_text);
	stream_text = NULL;
	return failed ? EXIT_INTERNAL : EXIT_OK;
}

static const char *status_text(int status)
{
	for (const struct exit_code *c = exit_codes; c->text; c++) {
		if (c->code == status)
			return c->text;
	}
	return "unknown";
}

int document_end(int status)
{
	json_t *error;

	if (document_due()) {
		error = json_pack("{s:i, s:s, s:o}", "status", status, "meaning", status_text(status), "text",
				  runjson_text(*fault.text ? fault.text : status_text(status)));
		if (*fault.hint)
			json_object_set_new(error, "hint", runjson_text(fault.hint));
		if (problems)
			json_object_set(error, "problems", problems);
		document_print(json_pack("{s:i, s:o}", "schema", DOCUMENT_SCHEMA, "error", error));
	}
	json_decref(problems);
	problems = NULL;
	return status;
}
