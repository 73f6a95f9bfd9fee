/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_REPORT_HTML_DOC_H
#define P2P_REPORT_HTML_DOC_H

/*
 * A page being written, as HTML or as Markdown: the parts of the report say what stands where once. Every
 * text is escaped here and nowhere else; there is no way to put markup in from outside, but doc_svg().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/**
 * struct doc - where it goes
 * @md: Markdown, else HTML; @row: a row of a table is open
 */
struct doc {
	FILE *out;
	bool md, row;
};

/* Around everything. @tier: "software", "emulated", else NULL: watermark of the page. */
void doc_open(struct doc *d, const char *title, const char *tier);
void doc_close(struct doc *d);

/* @text escaped for where the page is read. */
void doc_text(struct doc *d, const char *text);

/* @level 1 to 3; @id: to link to, NULL = none, plain letters */
void doc_head(struct doc *d, int level, const char *id, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

void doc_para(struct doc *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
void doc_banner(struct doc *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Links to the headings of level 2 of the page: pairs of id and text, the last with a NULL id. */
struct doc_link {
	const char *id, *text;
};
void doc_links(struct doc *d, const struct doc_link *link);

/* A list; an item may begin with a word that stands out, @mark "" = none. */
void doc_list_open(struct doc *d);
void doc_item(struct doc *d, const char *mark, const char *format, ...) __attribute__((format(printf, 3, 4)));
void doc_list_close(struct doc *d);

/* Text as it is, in columns. */
void doc_pre(struct doc *d, const char *text);

/**
 * doc_table_open() - a table of n columns; then n times doc_cell() and doc_row_end() for each row
 * @number: which columns stand to the right, NULL = none
 */
void doc_table_open(struct doc *d, const char *const *title, const bool *number, size_t n);
void doc_cell(struct doc *d, const char *text, bool number);
void doc_row_end(struct doc *d);
void doc_table_close(struct doc *d);

/* A name and what is to be said of it; in a table of two columns without titles. */
void doc_facts_open(struct doc *d);
void doc_fact(struct doc *d, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));
void doc_facts_close(struct doc *d);

/**
 * doc_svg() - a picture with what it shows; nothing in Markdown
 * @svg: from plot_svg() or drawn by the caller; put into the page as it is
 * @mark: watermark across it, NULL = none
 */
void doc_svg(struct doc *d, const char *svg, size_t len, const char *mark, const char *caption);

#endif
