// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What --out_json leaves. Until 6.06 it is no JSON: keys have no quotes, and a comma stands before each
 * closing brace; it is read line by line. Later it is. Neither says in which unit the bandwidth is: the file
 * is asked for without --report_gbits, so it is 2^20 bytes, and fill_bw() holds that against the message
 * rate.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "crosscheck/perftest.h"

static const char *const bw_names[PERFTEST_BW_COLUMNS] = {"MsgSize", "n_iterations", "BW_peak", "BW_average",
							  "MsgRate"};
static const char *const lat_names[PERFTEST_LAT_COLUMNS] = {"MsgSize", "n_iterations",	"t_min",
							    "t_max",   "t_typical",	"t_avg",
							    "t_stdev", "percentile_99", "percentile_99.9"};

static int absent(const char *name, struct err *e)
{
	return err_set(e, -ENODATA, "perftest's JSON has no number \"%s\"", name);
}

static int column_of_json(const char *const *names, int n, const char *text, size_t len, double *column,
			  struct err *e)
{
	json_error_t fault;
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &fault);
	const json_t *results = json_object_get(root, "results");
	int rc = 0;

	if (!root)
		return err_set(e, -ENODATA, "perftest's JSON is none: line %d: %.120s", fault.line,
			       fault.text);
	for (int i = 0; !rc && i < n; i++) {
		const json_t *v = json_object_get(results, names[i]);

		if (json_is_number(v))
			column[i] = json_number_value(v);
		else
			rc = absent(names[i], e);
	}
	json_decref(root);
	return rc;
}

/* "NAME: number," as a line of its own. Return: there is one, and one only. */
static bool bare_number(const char *text, size_t len, const char *name, double *out)
{
	size_t name_len = strlen(name);
	const char *end = text + len;
	int found = 0;

	for (const char *p = text; p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		const char *stop = nl ? nl : end;
		char number[40] = "", *after;
		const char *v = p + name_len;

		if ((size_t)(stop - p) > name_len && !memcmp(p, name, name_len) && *v == ':' &&
		    (size_t)(stop - v - 1) < sizeof(number)) {
			memcpy(number, v + 1, (size_t)(stop - v - 1));
			*out = strtod(number, &after);
			found += after != number && (!*after || !strcmp(after, ","));
		}
		p = nl ? nl + 1 : end;
	}
	return found == 1;
}

static int column_of_bare(const char *const *names, int n, const char *text, size_t len, double *column,
			  struct err *e)
{
	static const char part[] = "results: {\n";
	const char *results = memmem(text, len, part, sizeof(part) - 1);

	if (!results)
		return err_set(e, -ENODATA, "perftest's JSON has no results");
	for (int i = 0; i < n; i++)
		if (!bare_number(results, len - (size_t)(results - text), names[i], &column[i]))
			return absent(names[i], e);
	return 0;
}

int perftest_json(const struct perftest_version *v, enum perftest_kind kind, const char *text, size_t len,
		  struct perftest_result *out, struct err *e)
{
	const char *const *names = kind == PERFTEST_BW ? bw_names : lat_names;
	int n = kind == PERFTEST_BW ? PERFTEST_BW_COLUMNS : PERFTEST_LAT_COLUMNS;
	double column[PERFTEST_LAT_COLUMNS];
	int rc;

	*out = (struct perftest_result){.kind = kind};
	rc = v->bare_json ? column_of_bare(names, n, text, len, column, e)
			  : column_of_json(names, n, text, len, column, e);
	if (rc)
		return rc;
	return kind == PERFTEST_BW ? perftest_fill_bw(column, 1 << 20, out, e)
				   : perftest_fill_lat(column, out, e);
}
