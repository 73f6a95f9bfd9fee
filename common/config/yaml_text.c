// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Before and after libyaml: whether the bytes are text at all, and its syntax errors in plain
 * words ("found character that cannot start any token" is a tab).
 */
#include "config/yaml.h"

#include <string.h>

#include "base/cleanup.h"
#include "config/utf8.h"

static bool text_error(struct diags *d, const struct mark *m, const char *words)
{
	diags_add(d, DIAG_ERROR, m, "%s", words);
	return false;
}

/* What YAML allows below 0x20: tab, line feed, carriage return. */
static bool control(uint32_t cp)
{
	return (cp < 0x20 && cp != '\t' && cp != '\n' && cp != '\r') || cp == 0x7f;
}

bool yaml_check_text(const char *text, size_t len, const struct mark *place, struct diags *d)
{
	struct mark m = place ? *place : (struct mark){.line = 1, .col = 1, .len = 1};

	if (len > YAML_MAX_BYTES)
		return text_error(d, place, "the text is larger than 1 MiB; is this a config?");
	for (size_t i = 0, n; i < len; i += n) {
		uint32_t cp;

		n = utf8_next(text + i, len - i, &cp);
		if (n == 0)
			return text_error(d, &m, "this is not UTF-8 text; save the file as UTF-8");
		if (cp == 0 || control(cp))
			return text_error(d, &m,
					  "control character: this looks like a binary file, not a config");
		if (!place) {
			m.line += cp == '\n';
			m.col = cp == '\n' ? 1 : m.col + 1;
		}
	}
	return true;
}

bool yaml_check_scalar(const char *text, size_t len, const struct mark *m, struct diags *d)
{
	for (size_t i = 0, n; i < len; i += n) {
		uint32_t cp = 0;

		n = utf8_next(text + i, len - i, &cp);
		if (n == 0 || (cp < 0x20 && cp != '\t' && cp != '\n') || (cp >= 0x7f && cp < 0xa0) ||
		    cp == 0x2028 || cp == 0x2029)
			return text_error(d, m,
					  "a text holds a control character or a line separator; remove it");
	}
	return true;
}

/* Rows are tried in order; a NULL column matches everything. */
static const struct {
	const char *context, *problem;
	char at;
	const char *words;
} explanations[] = {
	{NULL, "cannot start any token", '\t', "a tab cannot indent; use spaces"},
	{NULL, "found a tab character", 0, "a tab cannot indent; use spaces"},
	{NULL, "cannot start any token", '@', "text cannot start with '@'; quote it"},
	{NULL, "cannot start any token", '`', "text cannot start with '`'; quote it"},
	{NULL, "cannot start any token", '%', "text cannot start with '%'; quote it"},
	{NULL, "cannot start any token", '>',
	 "text cannot start with '>'; a range is written 64K..1M, in rules also 64K.."},
	{"block scalar", NULL, 0,
	 "text cannot start with '>' or '|'; a range is written 64K..1M, in rules also 64K.."},
	{"simple key", "could not find expected ':'", 0,
	 "missing ':' after a key (a blank follows the colon: `key: value`)"},
	{"flow sequence", NULL, 0, "a list is not closed: ',' or ']' expected here"},
	{"flow mapping", NULL, 0, "a map is not closed: ',' or '}' expected here"},
	{"block collection", NULL, 0, "wrong indentation: list items must line up, each starting with '- '"},
	{"block mapping", NULL, 0,
	 "wrong indentation or a missing ':': keys of one map must line up, each as `key: value`"},
	{NULL, "mapping values are not allowed", 0,
	 "a second ':' in this line, or wrong indentation; quote text that holds ': '"},
	{NULL, "block sequence entries are not allowed", 0,
	 "'- ' cannot start a list here; put it on its own line"},
	{"quoted scalar", NULL, 0, "a quoted text is not closed or holds an unknown escape"},
	{NULL, "found unknown escape character", 0,
	 "unknown escape in a \"quoted\" text; use 'single quotes'"},
	{"anchor", NULL, 0, "anchors (&name) are not supported; quote text that starts with '&'"},
	{"alias", NULL, 0, "aliases (*name) are not supported; quote text that starts with '*'"},
	{"tag", NULL, 0, "tags (!name) are not supported; quote text that starts with '!'"},
	{"directive", NULL, 0, "a line that starts with '%' is a YAML directive; quote it or remove it"},
	{NULL, "did not find expected <document start>", 0,
	 "text after the end of the document; check the indentation"},
	{NULL, "did not find expected node content", 0, "a value is missing here"},
};

const char *yaml_explain(const char *context, const char *problem, char at)
{
	for (size_t i = 0; i < ARRAY_LEN(explanations); i++) {
		const char *c = explanations[i].context, *p = explanations[i].problem;

		if (c && !(context && strstr(context, c)))
			continue;
		if (p && !(problem && strstr(problem, p)))
			continue;
		if (explanations[i].at && explanations[i].at != at)
			continue;
		return explanations[i].words;
	}
	return problem ? problem : "this is not YAML";
}
