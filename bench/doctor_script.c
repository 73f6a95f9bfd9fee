// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* --fix-script: the fixes and how they are taken back, as a script for people to read first. Never run here.
 */
#include "doctor.h"

#include <string.h>

static bool has_fix(const struct doctor_check *c)
{
	return c->fix[0] && (c->status == DOCTOR_WARN || c->status == DOCTOR_FAIL);
}

static bool is_command(const struct doctor_check *c)
{
	return has_fix(c) && c->how & FIX_COMMAND;
}

static size_t count_commands(const struct doctor *d, unsigned int how)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		n += is_command(&d->check[i]) && (d->check[i].how & how) == how;
	return n;
}

/* A file's name can hold anything; in a comment it is one line. */
static void print_plain(FILE *out, const char *text)
{
	for (; *text; text++)
		fputc(*text < ' ' || *text > '~' ? '?' : *text, out);
}

static void print_head(const struct doctor *d, FILE *out)
{
	fputs("#!/bin/sh\n# Written by p2pbench doctor", out);
	if (d->ask.ends) {
		fputc(' ', out);
		print_plain(out, d->ask.nic);
		fputc(' ', out);
		print_plain(out, d->ask.target);
	}
	fputs(" about ", out);
	print_plain(out, topo_source(d->ask.t));
	fputs("\n"
	      "# Nothing of it has been run. Read it, delete what you do not want, then:\n"
	      "#\n"
	      "#   sh FILE apply   the fixes, one after another; stops at the first that fails\n"
	      "#   sh FILE undo    takes them back, last first\n"
	      "#\n"
	      "# What no script can do is a comment. Run it where scripts/ is: in the source\n"
	      "# tree of p2pbench, or in share/p2pbench of where it is installed.\n"
	      "set -eu\n",
	      out);
}

/* Comment lines of at most 80 columns: @first, then @text. Others' words are in it; doctor_add() made one
 * line of them. */
static void comment(FILE *out, const char *first, const char *text)
{
	enum { TAB = 8, WIDTH = 80 };
	size_t at = TAB + strlen(first);

	fprintf(out, "\t%s", first);
	for (const char *p = text; *p;) {
		size_t len = strcspn(p, " ");

		if (at + 1 + len > WIDTH) {
			fputs("\n\t#    ", out);
			at = TAB + strlen("#    ");
		}
		fprintf(out, " %.*s", (int)len, p);
		at += 1 + len;
		p += len + strspn(p + len, " ");
	}
	fputc('\n', out);
}

static void print_fix(const struct doctor_check *c, FILE *out)
{
	char head[2 * DOCTOR_NAME];

	snprintf(head, sizeof(head), "# %s %s:", c->group, c->name);
	comment(out, head, c->value);
	if (c->why[0])
		comment(out, "#   why:", c->why);
	if (c->how & FIX_REBOOT)
		comment(out, "#   needs a reboot", "");
	if (is_command(c)) {
		fprintf(out, "\t%s\n\n", c->fix);
		return;
	}
	comment(out, "#   by hand:", c->fix);
	if (c->undo[0])
		comment(out, "#   undo:", c->undo);
	fputc('\n', out);
}

static void print_apply(const struct doctor *d, FILE *out)
{
	fputs("\napply() {\n", out);
	for (size_t i = 0; i < d->n; i++)
		if (has_fix(&d->check[i]))
			print_fix(&d->check[i], out);
	fputs("\t:\n}\n", out);
}

static void print_undo(const struct doctor *d, FILE *out)
{
	fputs("\nundo() {\n\tstatus=0\n", out);
	for (size_t i = d->n; i-- > 0;)
		if (is_command(&d->check[i]) && d->check[i].undo[0])
			fprintf(out, "\t%s || status=1 # %s %s\n", d->check[i].undo, d->check[i].group,
				d->check[i].name);
	fputs("\treturn $status\n}\n", out);
}

void doctor_script(const struct doctor *d, FILE *out)
{
	print_head(d, out);
	print_apply(d, out);
	print_undo(d, out);
	fputs("\ncase ${1-} in\napply | undo) ;;\n*)\n\techo \"usage: sh $0 apply|undo\" >&2\n\texit "
	      "2\n\t;;\nesac\n",
	      out);
	if (count_commands(d, FIX_ROOT))
		fputs("if [ \"$(id -u)\" != 0 ]; then\n\techo \"$0: run it as root\" >&2\n\texit 1\nfi\n",
		      out);
	fputs("\"$1\"\n", out);
}
