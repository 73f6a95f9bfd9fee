// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The findings as text of 80 columns, and as JSON. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "doctor.h"
#include "wrap.h"

enum { WIDTH = 80, HEAD = 40, INDENT = 8 };

/* A command stays one that can be copied: lines end with a backslash, at blanks outside quotes. */
static void print_command(FILE *out, const char *head, const char *command)
{
	size_t at = strlen(head);

	fputs(head, out);
	for (const char *p = command; *p;) {
		size_t len = 0;

		for (bool quoted = false; p[len] && (quoted || p[len] != ' '); len++)
			quoted = quoted != (p[len] == '\'');
		if (p != command && at + 1 + len + 2 > WIDTH) {
			fprintf(out, " \\\n%*s", INDENT, "");
			at = INDENT;
		} else if (p != command) {
			fputc(' ', out);
			at++;
		}
		fwrite(p, 1, len, out);
		at += len;
		p += len + (p[len] == ' ');
	}
	fputc('\n', out);
}

static void print_change(FILE *out, const char *word, const char *text, unsigned int how)
{
	char head[HEAD];

	if (!text[0])
		return;
	snprintf(head, sizeof(head), "%*s%-6s", INDENT, "", word);
	if (how & FIX_COMMAND)
		print_command(out, head, text);
	else
		wrap(out, head, "%s", text);
}

static void print_check(const struct doctor_check *c, FILE *out)
{
	static const char *const price[] = {"", "needs root", "needs a reboot", "needs root and a reboot"};
	char head[HEAD];

	snprintf(head, sizeof(head), "  %-5s %-13s ",
		 c->status == DOCTOR_FAIL ? "FAIL" : doctor_status_name(c->status), c->name);
	wrap(out, head, "%s", c->value);
	if (c->status == DOCTOR_OK)
		return;
	print_change(out, "why", c->why, 0);
	print_change(out, "fix", c->fix, c->how);
	if (c->fix[0] && c->how & (FIX_ROOT | FIX_REBOOT))
		fprintf(out, "%*s%-6s%s\n", INDENT, "", "", price[c->how >> 1 & 3]);
	print_change(out, "undo", c->undo, c->how);
}

/* The same with its status coloured; wrapping counts characters, so colour comes last. */
static void print_coloured(const struct doctor_check *c, FILE *out)
{
	static const char *const code[] = {"32", "33", "1;31", "2"};
	CLEANUP_FREE char *text = NULL;
	size_t len = 0, word;
	FILE *f = open_memstream(&text, &len);

	if (!f) {
		print_check(c, out);
		return;
	}
	print_check(c, f);
	fclose(f);
	word = strcspn(text + 2, " ");
	fprintf(out, "  \033[%sm%.*s\033[0m%s", code[c->status], (int)word, text + 2, text + 2 + word);
}

/* Skips of a group that have one reason are one line. */
static void print_skips(const struct doctor *d, const char *group, FILE *out)
{
	bool done[DOCTOR_CHECKS] = {false};

	for (size_t i = 0; i < d->n; i++) {
		char names[400] = "";
		size_t len = 0;

		if (done[i] || d->check[i].told || d->check[i].status != DOCTOR_SKIP ||
		    strcmp(d->check[i].group, group) != 0)
			continue;
		for (size_t k = i; k < d->n; k++) {
			const struct doctor_check *c = &d->check[k];

			if (c->told || c->status != DOCTOR_SKIP || strcmp(c->group, group) != 0 ||
			    strcmp(c->value, d->check[i].value) != 0)
				continue;
			done[k] = true;
			if (len < sizeof(names))
				len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s",
							len ? ", " : "", c->name);
		}
		wrap(out, "  skip  ", "%s: %s", names, d->check[i].value);
	}
}

static void print_group(const struct doctor *d, const char *group, bool colour, FILE *out)
{
	fprintf(out, "%s\n", group);
	for (size_t i = 0; i < d->n; i++) {
		const struct doctor_check *c = &d->check[i];

		if (c->told || strcmp(c->group, group) != 0 || c->status == DOCTOR_SKIP)
			continue;
		if (colour)
			print_coloured(c, out);
		else
			print_check(c, out);
	}
	print_skips(d, group, out);
}

/* Is check @i the first one of its group that is printed? */
static bool begins(const struct doctor *d, size_t i)
{
	if (d->check[i].told)
		return false;
	for (size_t k = 0; k < i; k++)
		if (!d->check[k].told && !strcmp(d->check[k].group, d->check[i].group))
			return false;
	return true;
}

static void print_steps(const struct doctor *d, FILE *out)
{
	struct doctor_step s[DOCTOR_STEPS];
	size_t n = doctor_steps(d, s);

	fputs("\nnext\n", out);
	for (size_t i = 0; i < n; i++) {
		char head[HEAD];

		snprintf(head, sizeof(head), "  %zu  ", i + 1);
		wrap(out, head, "%s", s[i].command);
		wrap(out, "       ", "%s", s[i].about);
	}
}

void doctor_print(const struct doctor *d, bool colour, FILE *out)
{
	char sentence[DOCTOR_SENTENCE];

	wrap(out, "", "%s%s%s%s%s%s%s", topo_source(d->ask.t), d->release[0] ? ", kernel " : "", d->release,
	     d->ask.ends ? ": " : "", d->ask.ends ? d->ask.nic : "", d->ask.ends ? " -> " : "",
	     d->ask.ends ? d->ask.target : "");
	fputc('\n', out);
	for (size_t i = 0; i < d->n; i++)
		if (begins(d, i))
			print_group(d, d->check[i].group, colour, out);
	if (!d->ask.ends)
		print_steps(d, out);
	fprintf(out, "\n%zu ok, %zu warn, %zu fail, %zu skipped\n", doctor_count(d, DOCTOR_OK),
		doctor_count(d, DOCTOR_WARN), doctor_count(d, DOCTOR_FAIL), doctor_count(d, DOCTOR_SKIP));
	wrap(out, "", "%s", doctor_sentence(d, sentence));
}
