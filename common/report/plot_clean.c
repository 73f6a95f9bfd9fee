// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A foreign SVG made fit for a page: what is not on the lists below does not get in. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/plot.h"

/* Part of the text. */
struct span {
	const char *s;
	size_t len;
};

/**
 * struct cleaner - at work
 * @at, @end: what is left of the input; @depth: elements open
 */
struct cleaner {
	const char *at, *end;
	const char *prefix;
	FILE *out;
	int depth;
};

static bool is(struct span s, const char *word)
{
	return strlen(word) == s.len && !memcmp(s.s, word, s.len);
}

static bool among(struct span s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (is(s, words[i]))
			return true;
	}
	return false;
}

static bool draws(struct span element)
{
	static const char *const words[] = {"svg",     "g",	   "path", "rect",  "circle", "line",
					    "polygon", "polyline", "text", "tspan", "use",    "defs"};

	return among(element, words, ARRAY_LEN(words));
}

/* The values written out in gnuplot's every group are those a picture has anyway. */
static bool is_kept(struct span name)
{
	static const char *const words[] = {"id",
					    "x",
					    "y",
					    "width",
					    "height",
					    "viewBox",
					    "xmlns",
					    "fill",
					    "stroke",
					    "color",
					    "fill-opacity",
					    "stroke-width",
					    "d",
					    "r",
					    "cx",
					    "cy",
					    "x1",
					    "y1",
					    "x2",
					    "y2",
					    "points",
					    "href",
					    "dx",
					    "dy",
					    "transform",
					    "xlink:href",
					    "font-size",
					    "text-anchor",
					    "xml:space",
					    "stroke-dasharray",
					    "font-weight",
					    "stroke-opacity"};

	return among(name, words, ARRAY_LEN(words));
}

static void skip_to(struct cleaner *c, const char *mark)
{
	const char *found = memmem(c->at, (size_t)(c->end - c->at), mark, strlen(mark));

	c->at = found ? found + strlen(mark) : c->end;
}

static struct span word(struct cleaner *c)
{
	struct span s = {.s = c->at};

	while (c->at < c->end && !strchr(" \t\r\n=/>\"'<", *c->at))
		c->at++;
	s.len = (size_t)(c->at - s.s);
	return s;
}

static void blanks(struct cleaner *c)
{
	while (c->at < c->end && *c->at && strchr(" \t\r\n", *c->at))
		c->at++;
}

/* Return: false when there is no quoted value. */
static bool value(struct cleaner *c, struct span *v)
{
	const char *end;

	blanks(c);
	if (c->at == c->end || *c->at != '=')
		return false;
	c->at++;
	blanks(c);
	if (c->at == c->end || (*c->at != '"' && *c->at != '\''))
		return false;
	end = memchr(c->at + 1, *c->at, (size_t)(c->end - c->at - 1));
	if (!end)
		return false;
	*v = (struct span){c->at + 1, (size_t)(end - c->at - 1)};
	c->at = end + 1;
	return true;
}

/* "rgb(  0, 114, 178)" is long and stands at every point. */
static void put_value(struct cleaner *c, struct span v)
{
	bool colour = v.len > 4 && !memcmp(v.s, "rgb(", 4);

	for (size_t i = 0; i < v.len; i++) {
		char ch = v.s[i];

		if (ch == '"' || ch == '<' || ch == '>' || (colour && ch == ' '))
			continue;
		fputc(ch == '\n' || ch == '\t' ? ' ' : ch, c->out);
	}
}

static void put_attribute(struct cleaner *c, struct span name, struct span v)
{
	bool href = is(name, "href") || is(name, "xlink:href"), id = is(name, "id");

	if (!is_kept(name) || memmem(v.s, v.len, "url(", 4) || (href && (!v.len || v.s[0] != '#')))
		return;
	fprintf(c->out, " %.*s=\"", href ? 4 : (int)name.len, href ? "href" : name.s);
	if (href || id)
		fprintf(c->out, "%s%s", href ? "#" : "", c->prefix);
	put_value(c, href ? (struct span){v.s + 1, v.len - 1} : v);
	fputc('"', c->out);
}

/* From behind the name to behind the '>'. Return: 0 or -EPROTO. */
static int attributes(struct cleaner *c, bool *empty)
{
	*empty = false;
	for (;;) {
		struct span name, v;

		blanks(c);
		if (c->at == c->end)
			return -EPROTO;
		if (*c->at == '>') {
			c->at++;
			return 0;
		}
		if (*c->at == '/') {
			*empty = true;
			c->at++;
			continue;
		}
		name = word(c);
		if (!name.len || !value(c, &v))
			return -EPROTO;
		put_attribute(c, name, v);
	}
}

/* An element that does not draw goes with all that is in it. */
static int drop(struct cleaner *c, struct span name)
{
	const char *close = memchr(c->at, '>', (size_t)(c->end - c->at));
	char end[64];

	if (!close || name.len + 4 > sizeof(end))
		return -EPROTO;
	if (close[-1] == '/') {
		c->at = close + 1;
		return 0;
	}
	snprintf(end, sizeof(end), "</%.*s>", (int)name.len, name.s);
	skip_to(c, end);
	return 0;
}

static int element(struct cleaner *c)
{
	bool empty, closing = c->at < c->end && *c->at == '/';
	struct span name;
	int rc;

	c->at += closing;
	name = word(c);
	if (!name.len)
		return -EPROTO;
	if (!draws(name)) {
		if (!closing)
			return drop(c, name);
		skip_to(c, ">");
		return 0;
	}
	fprintf(c->out, "<%s%.*s", closing ? "/" : "", (int)name.len, name.s);
	rc = attributes(c, &empty);
	fprintf(c->out, "%s>", empty ? "/" : "");
	c->depth += closing ? -1 : !empty;
	return rc;
}

/* Return: 0 behind the outermost </svg>. */
static int clean(struct cleaner *c)
{
	int rc = 0;

	while (!rc && c->at < c->end) {
		const char *tag = memchr(c->at, '<', (size_t)(c->end - c->at));
		size_t text = tag ? (size_t)(tag - c->at) : 0;

		if (!tag)
			return -EPROTO;
		if (text && c->depth)
			fwrite(c->at, 1, text, c->out);
		c->at = tag + 1;
		if (c->at < c->end && (*c->at == '!' || *c->at == '?'))
			skip_to(c, c->end - c->at > 3 && !memcmp(c->at, "!--", 3) ? "-->" : ">");
		else
			rc = element(c);
		if (!rc && c->depth <= 0)
			return c->depth;
	}
	return rc ? rc : -EPROTO;
}

int plot_clean(const char *raw, size_t len, const char *prefix, char **svg, size_t *svg_len)
{
	const char *start = memmem(raw, len, "<svg", 4);
	struct cleaner c = {.at = start, .end = raw + len, .prefix = prefix};
	int rc;

	*svg = NULL;
	if (!start)
		return -EPROTO;
	c.out = open_memstream(svg, svg_len);
	if (!c.out)
		return -ENOMEM;
	rc = clean(&c) ? -EPROTO : 0;
	if (fclose(c.out))
		rc = -ENOMEM;
	if (rc) {
		free(*svg);
		*svg = NULL;
	}
	return rc;
}
