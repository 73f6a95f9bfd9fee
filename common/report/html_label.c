// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What points, runs and members of run.json are called. */
#include <string.h>

#include "report/html_priv.h"

const char *html_cell(const struct summary_point *p, enum axis a)
{
	return row_get(p->key, (enum column)(COL_KEY + (int)a));
}

const char *html_tier(const struct report_run *r)
{
	static const char *const tiers[] = {"software", "emulated"};

	for (size_t t = 0; t < 2; t++) {
		for (size_t i = 0; i < r->s.n; i++) {
			if (!strcmp(row_get(r->s.point[i].key, COL_EVIDENCE), tiers[t]))
				return tiers[t];
		}
	}
	return NULL;
}

axes_mask html_differ(const struct summary *s, const char *measure)
{
	const struct summary_point *first = NULL;
	axes_mask mask = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct summary_point *p = &s->point[i];

		if (!p->n || (measure && strcmp(html_cell(p, AX_MEASURE), measure) != 0))
			continue;
		first = first ? first : p;
		for (int a = 0; a < AX_COUNT; a++) {
			if (strcmp(html_cell(first, (enum axis)a), html_cell(p, (enum axis)a)) != 0)
				mask |= AXIS_BIT(a);
		}
	}
	return mask & ~AXIS_BIT(AX_MEASURE);
}

char *html_label(const struct summary_point *p, axes_mask axes, char buf[LABEL_LEN])
{
	char text[CELL_LEN];
	size_t used = 0;

	buf[0] = '\0';
	for (int a = 0; a < AX_COUNT && used < LABEL_LEN; a++) {
		enum column c = (enum column)(COL_KEY + a);

		if (!(axes & AXIS_BIT(a)) || !*label_text(p, c, text))
			continue;
		used += (size_t)snprintf(buf + used, LABEL_LEN - used, "%s%s%s%s", used ? ", " : "",
					 a == AX_OP ? "" : label_title(c), a == AX_OP ? "" : " ", text);
	}
	return buf;
}

const char *html_text(const json_t *root, const char *path, char buf[LABEL_LEN])
{
	const json_t *v = root;
	char key[64];

	for (size_t len; v && *path; path += len + (path[len] == '.')) {
		len = strcspn(path, ".");
		snprintf(key, sizeof(key), "%.*s", (int)len, path);
		v = json_object_get(v, key);
	}
	buf[0] = '\0';
	if (json_is_string(v))
		return json_string_value(v);
	if (json_is_integer(v))
		snprintf(buf, LABEL_LEN, "%lld", (long long)json_integer_value(v));
	else if (json_is_number(v))
		snprintf(buf, LABEL_LEN, "%.6g", json_number_value(v));
	else if (json_is_boolean(v))
		snprintf(buf, LABEL_LEN, "%s", json_is_true(v) ? "yes" : "no");
	return buf;
}
