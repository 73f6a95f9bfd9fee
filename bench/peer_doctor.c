// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* doctor --peer: the doctor of another machine. */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "document.h"
#include "peer_look.h"

/* Text of another machine: what could move a cursor does not reach a terminal. */
static void print_text(const char *text, FILE *out)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		bool c1 = p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0; /* U+0080 to U+009F */

		if (*p == '\n' || (*p >= ' ' && *p != 0x7f && !c1))
			putc(*p, out);
		else
			putc('?', out);
		p += c1;
	}
}

/* Its heading says whose it is. */
static void print_report(const struct opt *o, const char *text)
{
	static const char itself[] = "this machine";

	if (!strncmp(text, itself, sizeof(itself) - 1)) {
		fputs(o->peer, stdout);
		text += sizeof(itself) - 1;
	}
	print_text(text, stdout);
}

static int show_answer(const struct opt *o, const json_t *answer)
{
	json_t *document = json_object_get(answer, "document");
	const json_t *status = json_object_get(answer, "status");
	const char *text = json_string_value(json_object_get(answer, "text"));
	const char *notes = json_string_value(json_object_get(answer, "notes"));

	if (!json_is_integer(status) || (o->json ? !json_is_object(document) : !text)) {
		fprintf(stderr, "p2pbench: doctor: %s: what it answers is no report\n", o->peer);
		return EXIT_MACHINE;
	}
	if (notes)
		print_text(notes, stderr);
	if (!o->json) {
		print_report(o, text);
	} else {
		json_object_set_new(document, "machine", json_string(o->peer));
		if (document_print(json_incref(document)))
			return EXIT_INTERNAL;
	}
	return json_integer_value(status) ? EXIT_MACHINE : EXIT_OK;
}

/* The doctor of the other machine, as it prints itself there. */
int doctor_ask_peer(const struct opt *o)
{
	const char *form = o->json ? "json" : o->fix_script ? "script" : "text";
	json_t *answer, *ask = json_pack("{s:s, s:b}", "form", form, "hardware", o->need != NULL);
	int status;

	if (o->from || o->config) {
		fputs("p2pbench: doctor: one of --peer, --from and --config\n", stderr);
		json_decref(ask);
		return EXIT_USAGE;
	}
	if (o->n_args) {
		json_object_set_new(ask, "nic", json_string(o->arg[0]));
		json_object_set_new(ask, "target", json_string(o->arg[1]));
	}
	status = peer_look(o, "doctor", ask, &answer);
	if (!status)
		status = show_answer(o, answer);
	json_decref(answer);
	return status;
}
