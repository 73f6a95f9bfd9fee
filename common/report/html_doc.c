// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The one place where text becomes HTML or Markdown. */
#include "report/html_doc.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/html_style.h"

static void html_char(struct doc *d, unsigned char c)
{
	switch (c) {
	case '&':
		fputs("&amp;", d->out);
		break;
	case '<':
		fputs("&lt;", d->out);
		break;
	case '>':
		fputs("&gt;", d->out);
		break;
	case '"':
		fputs("&quot;", d->out);
		break;
	case '\'':
		fputs("&#39;", d->out);
		break;
	default:
		fputc((c < ' ' && c != '\n' && c != '\t') || c == 0x7f ? ' ' : c, d->out);
	}
}

/* Markdown lets HTML through; a line break would begin a heading, a list, a row. */
static void md_char(struct doc *d, unsigned char c)
{
	if (c == '<' || c == '>' || c == '&')
		html_char(d, c);
	else if (strchr("\\`*[]|#~", c) && c)
		fprintf(d->out, "\\%c", c);
	else
		fputc(c < ' ' || c == 0x7f ? ' ' : c, d->out);
}

void doc_text(struct doc *d, const char *text)
{
	for (; *text; text++) {
		if (d->md)
			md_char(d, (unsigned char)*text);
		else
			html_char(d, (unsigned char)*text);
	}
}

static void put_format(struct doc *d, const char *format, va_list args)
{
	CLEANUP_FREE char *text = NULL;

	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	doc_text(d, text ? text : "(out of memory)");
}

static void put(struct doc *d, const char *html, const char *md)
{
	fputs(d->md ? md : html, d->out);
}

void doc_open(struct doc *d, const char *title, const char *tier)
{
	if (d->md)
		return;
	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
	      "'unsafe-inline'\">\n<title>",
	      d->out);
	doc_text(d, title);
	fprintf(d->out, "</title>\n<style>\n%s</style></head>\n<body", HTML_STYLE);
	if (tier)
		fprintf(d->out, " data-tier=\"%s\"", tier);
	fputs(">\n", d->out);
}

void doc_close(struct doc *d)
{
	put(d, "</body></html>\n", "");
}

void doc_head(struct doc *d, int level, const char *id, const char *format, ...)
{
	va_list args;

	if (d->md)
		fprintf(d->out, "%.*s ", level, "###");
	else if (id)
		fprintf(d->out, "<h%d id=\"%s\">", level, id);
	else
		fprintf(d->out, "<h%d>", level);
	va_start(args, format);
	put_format(d, format, args);
	va_end(args);
	if (d->md)
		fputs("\n\n", d->out);
	else
		fprintf(d->out, "</h%d>\n", level);
}

void doc_para(struct doc *d, const char *format, ...)
{
	va_list args;

	put(d, "<p>", "");
	va_start(args, format);
	put_format(d, format, args);
	va_end(args);
	put(d, "</p>\n", "\n\n");
}

void doc_banner(struct doc *d, const char *format, ...)
{
	va_list args;

	put(d, "<p class=\"banner\" role=\"note\">", "> **");
	va_start(args, format);
	put_format(d, format, args);
	va_end(args);
	put(d, "</p>\n", "**\n\n");
}

void doc_links(struct doc *d, const struct doc_link *link)
{
	if (d->md)
		return;
	fputs("<nav>", d->out);
	for (; link->id; link++)
		fprintf(d->out, "<a href=\"#%s\">%s</a> ", link->id, link->text);
	fputs("</nav>\n", d->out);
}

void doc_list_open(struct doc *d)
{
	put(d, "<ul>\n", "");
}

void doc_item(struct doc *d, const char *mark, const char *format, ...)
{
	va_list args;

	put(d, "<li>", "- ");
	if (*mark) {
		put(d, "<b>", "**");
		doc_text(d, mark);
		put(d, "</b> ", "** ");
	}
	va_start(args, format);
	put_format(d, format, args);
	va_end(args);
	put(d, "</li>\n", "\n");
}

void doc_list_close(struct doc *d)
{
	put(d, "</ul>\n", "\n");
}

/* Indented rather than fenced: no text can end it. */
void doc_pre(struct doc *d, const char *text)
{
	put(d, "<pre>", "    ");
	for (; *text; text++) {
		if (!d->md)
			html_char(d, (unsigned char)*text);
		else if (*text == '\n')
			fputs("\n    ", d->out);
		else
			fputc((unsigned char)*text < ' ' ? ' ' : *text, d->out);
	}
	put(d, "</pre>\n", "\n\n");
}

void doc_table_open(struct doc *d, const char *const *title, const bool *number, size_t n)
{
	put(d, "<div class=\"t\"><table><thead><tr>", "|");
	for (size_t i = 0; i < n; i++) {
		put(d, number && number[i] ? "<th class=n>" : "<th>", " ");
		doc_text(d, title[i]);
		put(d, "", " |");
	}
	put(d, "</thead><tbody>\n", "\n|");
	for (size_t i = 0; i < n; i++)
		put(d, "", number && number[i] ? "---:|" : "---|");
	put(d, "", "\n");
}

void doc_cell(struct doc *d, const char *text, bool number)
{
	if (!d->row)
		put(d, "<tr>", "|");
	d->row = true;
	put(d, number ? "<td class=n>" : "<td>", " ");
	doc_text(d, text);
	put(d, "", " |");
}

/* HTML ends cells and rows by itself, and pages of thousands of rows stay small. */
void doc_row_end(struct doc *d)
{
	fputc('\n', d->out);
	d->row = false;
}

void doc_table_close(struct doc *d)
{
	put(d, "</table></div>\n", "\n");
}

void doc_facts_open(struct doc *d)
{
	put(d, "<div class=\"t\"><table class=\"f\">\n", "| | |\n|---|---|\n");
}

void doc_fact(struct doc *d, const char *name, const char *format, ...)
{
	va_list args;

	put(d, "<tr><th scope=\"row\">", "| ");
	doc_text(d, name);
	put(d, "<td>", " | ");
	va_start(args, format);
	put_format(d, format, args);
	va_end(args);
	put(d, "\n", " |\n");
}

void doc_facts_close(struct doc *d)
{
	put(d, "</table></div>\n", "\n");
}

void doc_svg(struct doc *d, const char *svg, size_t len, const char *mark, const char *caption)
{
	static const char end[] = "</svg>";
	size_t body = len > strlen(end) ? len - strlen(end) : 0;

	if (d->md || !body)
		return;
	fputs("<figure><div class=\"p\">", d->out);
	fwrite(svg, 1, body, d->out);
	if (mark) {
		fputs("<text class=\"wm\" x=\"50%\" y=\"48%\" font-size=\"64\">", d->out);
		doc_text(d, mark);
		fputs("</text>", d->out);
	}
	fprintf(d->out, "%s</div><figcaption>", end);
	doc_text(d, caption);
	fputs("</figcaption></figure>\n", d->out);
}
