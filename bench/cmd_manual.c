// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * manual TEMPLATE: a manual page on stdout, by this project's build. Lines of the template that begin with
 * '@' are replaced by what the tables of verbs, flags, keys and columns say.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/units.h"
#include "bench.h"
#include "columns_doc.h"
#include "verbs.h"

enum { LINE = 1024 };

/* A backslash means something to the formatter. */
static void put_escaped(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\\')
			fputs("\\e", stdout);
		else
			putchar(s[i]);
	}
}

/* One sentence on a line of its own, ending with a full stop. No capital: many begin with a word of a file.
 */
static void put_sentence(const char *s, size_t len)
{
	if (!len)
		return;
	if (*s == '.' || *s == '\'')
		fputs("\\&", stdout);
	put_escaped(s, len);
	puts(s[len - 1] == '.' ? "" : ".");
}

static bool ends_in_eg(const char *text, const char *stop)
{
	return stop - text >= 3 && !memcmp(stop - 3, "e.g", 3);
}

static void put_sentences(const char *text)
{
	const char *at = text, *stop;

	for (; (stop = strstr(at, ". ")) != NULL; at = stop + 2) {
		if (ends_in_eg(text, stop))
			continue;
		put_sentence(text, (size_t)(stop - text));
		text = stop + 2;
	}
	put_sentence(text, strlen(text));
}

/* One word of a synopsis as macro and argument; @first: of a line. */
static void put_word(const char *word, size_t len, bool first)
{
	const char *blank = first ? "" : " ";

	if (*word == '|' || !strncmp(word, "...", 3)) {
		printf("%s%.*s", blank, (int)len, word);
	} else if (len > 2 && !strncmp(word, "--", 2)) {
		printf("%sFl \\-%.*s", blank, (int)(len - 2), word + 2);
	} else if (len == 2 && *word == '-') {
		printf("%sFl %c", blank, word[1]);
	} else {
		printf("%s%s ", blank, isupper((unsigned char)*word) ? "Ar" : "Cm");
		put_escaped(word, len);
	}
}

/* To the end of a word; brackets within it, as in ADDR[:PORT], are part of it. */
static size_t word_length(const char *p)
{
	size_t n = 0;
	int open = 0;

	for (; p[n] && p[n] != ' ' && p[n] != '\n'; n++) {
		if ((p[n] == '[' && !n) || (p[n] == ']' && !open))
			break;
		open += (p[n] == '[') - (p[n] == ']');
	}
	return n;
}

/* The words of one synopsis behind the verb: a line for each, one for what brackets hold together. */
static void put_synopsis(const char *p, size_t len)
{
	const char *end = p + len;
	bool inside = false, begun = false;

	while (p < end) {
		size_t n = word_length(p);

		if (*p == '[') {
			fputs("\n.Op", stdout);
			inside = begun = true;
		}
		/* A flag and its value are one; dots and a bar follow what they belong to. */
		if (n && !inside && (!begun || (p[0] != '.' && p[0] != '|' && p[-2] != '|'))) {
			fputs("\n.", stdout);
			begun = true;
			put_word(p, n, true);
		} else if (n) {
			put_word(p, n, false);
		}
		p += n;
		inside = inside && *p != ']';
		p += p < end;
	}
}

static void put_synopses(void)
{
	for (const struct verb *v = verbs; v->name; v++) {
		if (v->hidden)
			continue;
		for (const char *p = v->args; *p; p += *p == '\n') {
			size_t len = strcspn(p, "\n"), name = strlen(v->name);

			printf(".Nm\n.Cm %s", v->name);
			put_synopsis(p + name, len - name);
			putchar('\n');
			p += len;
		}
	}
}

static void put_flag(const struct opt_flag *f)
{
	char verbs_text[LINE];
	size_t used = 0;

	fputs(".It", stdout);
	if (f->letter)
		printf(" Fl %c %s%s,", f->letter, f->metavar ? "Ar " : "", f->metavar ? f->metavar : "");
	printf(" Fl \\-%s%s%s\n", f->name, f->metavar ? " Ar " : "", f->metavar ? f->metavar : "");
	put_sentences(f->help);
	for (const char *p = f->verbs; p && *p; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		used += (size_t)snprintf(verbs_text + used, sizeof(verbs_text) - used, "%s%.*s",
					 used ? " , " : "", (int)len, p);
		p += len;
	}
	if (used)
		printf("Verbs:\n.Cm %s .\n", verbs_text);
}

static const char *number_text(const struct key *k, int64_t v, char buf[UNITS_TEXT])
{
	if (k->type == KEY_SIZE)
		return units_size_text(buf, v);
	if (k->type == KEY_TIME)
		return units_time_exact(buf, v);
	snprintf(buf, UNITS_TEXT, "%lld", (long long)v);
	return buf;
}

/* Meaning, words or range, default. */
static void put_key_text(const struct key *k)
{
	char lo[UNITS_TEXT], hi[UNITS_TEXT];

	put_sentences(k->help);
	if (k->words) {
		fputs("One of\n.Cm", stdout);
		for (const char *const *w = k->words; *w; w++)
			printf("%s %s", w == k->words ? "" : " ,", *w);
		puts(" .");
	}
	if (k->max > k->min && (k->type == KEY_INT || k->type == KEY_SIZE || k->type == KEY_TIME ||
				k->type == KEY_RANGE || k->type == KEY_PLACE))
		printf("From %s to %s.\n", number_text(k, k->min, lo), number_text(k, k->max, hi));
	if (k->dflt_lat)
		printf("Default\n.Cm %s ,\nfor latency\n.Cm %s .\n", k->dflt_rest, k->dflt_lat);
	else if (k->dflt)
		printf("Default\n.Cm %s .\n", k->dflt);
}

static void put_key_flags(void)
{
	char flag[OPT_FLAG_TEXT];

	for (size_t i = 0; i < keys_len; i++) {
		const struct key *k = &keys[i];

		if (!(k->scope & SCOPE_SWEEP) || k->type == KEY_NODE)
			continue;
		fputs(".It", stdout);
		if (k->flag)
			printf(" Fl %c Ar %s ,", k->flag, k->metavar);
		printf(" Fl \\-%s Ar %s\n", opt_key_flag(k, flag), k->metavar);
		put_key_text(k);
	}
}

/* Keys of one place of the file. */
static int put_keys(const char *scope, struct err *e)
{
	static const struct {
		const char *name;
		unsigned int scope;
	} scopes[] = {
		{"top", SCOPE_TOP},	  {"nic", SCOPE_NIC},	  {"memory", SCOPE_MEMORY},
		{"range", SCOPE_RANGE},	  {"init", SCOPE_INIT},	  {"tph", SCOPE_TPH},
		{"axis", SCOPE_AXIS},	  {"sweep", SCOPE_SWEEP}, {"entry", SCOPE_ENTRY},
		{"expect", SCOPE_EXPECT}, {"note", SCOPE_NOTE},	  {"budget", SCOPE_BUDGET},
		{"peer", SCOPE_PEER},	  {"order", SCOPE_ORDER}, {"output", SCOPE_OUTPUT},
	};
	unsigned int mask = 0;

	for (size_t i = 0; i < ARRAY_LEN(scopes); i++)
		mask |= strcmp(scope, scopes[i].name) ? 0 : scopes[i].scope;
	if (!mask)
		return err_set(e, -EINVAL, "no keys of '%s'", scope);
	for (size_t i = 0; i < keys_len; i++) {
		const struct key *k = &keys[i];

		/* Axes have a list of their own. */
		if (!(k->scope & mask) || (mask == SCOPE_SWEEP && k->axis >= 0))
			continue;
		printf(".It Cm %s : Ar %s\n", k->name, k->metavar);
		put_key_text(k);
	}
	return 0;
}

/* Columns of a file; those that @file shares with rounds.csv are told of there. */
static int put_columns(const char *file, struct err *e)
{
	const char *at = NULL;
	struct column_doc d;
	size_t n = 0;

	for (; columns_doc_next(file, &at, &d); n++) {
		printf(".It Va %s Pq %s%s%s\n", d.name, d.type, *d.unit ? ", " : "", d.unit);
		put_sentences(d.meaning);
		if (strcmp(d.empty, "never") != 0)
			printf("Empty: %s.\n", d.empty);
	}
	return n ? 0 : err_set(e, -EINVAL, "no columns of '%s'", file);
}

static void put_exit_codes(void)
{
	for (const struct exit_code *c = exit_codes; c->text; c++) {
		printf(".It %d\n", c->code);
		put_sentences(c->text);
	}
}

static int put_table(const char *line, struct err *e)
{
	const char *arg = strchr(line, ' ');

	if (!strcmp(line, "@synopses"))
		put_synopses();
	else if (!strcmp(line, "@flags"))
		for (const struct opt_flag *f = opt_flags; f->name; f++)
			put_flag(f);
	else if (!strcmp(line, "@key-flags"))
		put_key_flags();
	else if (!strcmp(line, "@exit-codes"))
		put_exit_codes();
	else if (!strcmp(line, "@config"))
		fputs(config_builtin, stdout);
	else if (arg && !strncmp(line, "@keys ", 6))
		return put_keys(arg + 1, e);
	else if (arg && !strncmp(line, "@columns ", 9))
		return put_columns(arg + 1, e);
	else
		return err_set(e, -EINVAL, "no table '%s'", line);
	return 0;
}

int cmd_manual(const struct opt *o)
{
	CLEANUP_FILE FILE *f = o->n_args == 1 ? fopen(o->arg[0], "re") : NULL;
	struct err e = {0};
	char line[LINE];

	if (!f) {
		err_set(&e, -errno, "manual: wants a template");
		return fail_with(&e, EXIT_USAGE);
	}
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '@')
			puts(line);
		else if (put_table(line, &e))
			return fail_with(&e, EXIT_USAGE);
	}
	return EXIT_OK;
}
