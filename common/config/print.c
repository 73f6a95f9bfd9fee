// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The effective tree as YAML, each line with its origin. The outer levels are written as lines,
 * what lies deeper (cases, rules, ranges) as one flow value a line.
 */
#include <string.h>

#include "config/load.h"

enum { BLOCK_LEVELS = 4, ORIGIN_COLUMN = 56, ORIGIN_LEN = 256 };

/* Text that means itself without quotes, in a line and inside [ ] { }. */
static bool plain(const char *s)
{
	static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/+%-";
	size_t len = strlen(s);

	if (len == 0 || !strchr(safe, s[0]) || strchr("-%", s[0]) || !strcmp(s, ".."))
		return false;
	for (size_t i = 0; i < len; i++) {
		bool blank = s[i] == ' ' && s[i + 1] != '\0' && s[i + 1] != ' ';
		bool colon = s[i] == ':' && s[i + 1] != '\0' && strchr(safe, s[i + 1]);

		if (!strchr(safe, s[i]) && !blank && !colon)
			return false;
	}
	return true;
}

static int print_scalar(const char *s, FILE *out)
{
	int n = 2;

	if (plain(s))
		return fprintf(out, "%s", s);
	fputc('\'', out);
	for (; *s; s++) {
		if (*s == '\'')
			n += fprintf(out, "'");
		fputc(*s, out);
		n++;
	}
	fputc('\'', out);
	return n;
}

/* Return: columns written, here and below. */
static int print_flow(const struct node *n, FILE *out)
{
	int cols = 2;

	if (n->kind == NODE_SCALAR)
		return print_scalar(n->text, out);
	fputc(n->kind == NODE_LIST ? '[' : '{', out);
	for (size_t i = 0; i < n->n; i++) {
		if (i)
			cols += fprintf(out, ", ");
		if (n->kind == NODE_MAP) {
			cols += print_scalar(n->entry[i].key->text, out);
			cols += fprintf(out, ": ");
		}
		cols += print_flow(n->entry[i].val, out);
	}
	fputc(n->kind == NODE_LIST ? ']' : '}', out);
	return cols;
}

/* Ends a value's line. @c is NULL when origins are not wanted. */
static void print_origin(const struct config *c, const struct mark *m, int col, FILE *out)
{
	char source[ORIGIN_LEN];

	if (!c) {
		fputc('\n', out);
		return;
	}
	fprintf(out, "%*s # ", col < ORIGIN_COLUMN ? ORIGIN_COLUMN - col : 0, "");
	if (m->flag)
		fprintf(out, "%s\n", diag_printable(source, sizeof(source), m->flag));
	else if (m->line)
		fprintf(out, "%s:%d\n", diag_printable(source, sizeof(source), c->source), m->line);
	else
		fprintf(out, "default\n");
}

static bool has_containers(const struct node *n)
{
	for (size_t i = 0; i < n->n; i++) {
		if (n->entry[i].val->kind != NODE_SCALAR)
			return true;
	}
	return false;
}

/* Lists of scalars read better on one line whatever their depth. */
static bool as_block(const struct node *n, int level)
{
	return n->n > 0 && n->kind != NODE_SCALAR && level < BLOCK_LEVELS &&
	       (n->kind == NODE_MAP || has_containers(n));
}

/* One "key: value" or "- value", behind what its line already holds (@col columns). */
static void print_entry(const struct config *c, const struct node_entry *e, int level, int col, FILE *out)
{
	const struct node *v = e->val;

	if (e->key) {
		col += print_scalar(e->key->text, out);
		col += fprintf(out, ":");
	} else {
		col += fprintf(out, "-");
	}
	if (!as_block(v, level)) {
		fputc(' ', out);
		print_origin(c, &v->mark, col + 1 + print_flow(v, out), out);
		return;
	}
	if (e->key)
		fputc('\n', out);
	for (size_t i = 0; i < v->n; i++) {
		/* A map in a list starts on the line of its dash, as people write it. */
		bool on_dash = !e->key && i == 0;

		print_entry(c, &v->entry[i], level + 1,
			    fprintf(out, "%*s", on_dash ? 1 : level * 2, "") + (on_dash ? col : 0), out);
	}
}

void config_print(const struct config *c, FILE *out, bool origins)
{
	char source[ORIGIN_LEN];

	if (origins)
		fprintf(out, "# effective configuration of %s; the comments say where a value comes from\n",
			diag_printable(source, sizeof(source), c->source));
	for (size_t i = 0; i < keys_len; i++) {
		struct node *v = keys[i].scope & SCOPE_TOP ? node_get(c->tree, keys[i].name) : NULL;
		struct node key = {.text = keys[i].name};

		/* Folded into the sweeps already. */
		if (v && strcmp(keys[i].name, "defaults") != 0)
			print_entry(origins ? c : NULL, &(struct node_entry){.key = &key, .val = v}, 1, 0,
				    out);
	}
}
