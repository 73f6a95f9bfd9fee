// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The schemas of a row of rounds.csv, by results/SCHEMA.md, and of run.json. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "columns_doc.h"
#include "result/columns.h"
#include "schema.h"

enum { WORD = 64 };

/* Bytes up to the next @stop that stands in no parentheses. */
static size_t span_until(const char *s, char stop)
{
	size_t i = 0;

	for (int deep = 0; s[i] && (deep || s[i] != stop); i++)
		deep += (s[i] == '(') - (s[i] == ')');
	return i;
}

/* "what binds: a, b (in words), c = d" -> a, b, c: the first word of each part behind the last colon. */
static json_t *words_of(const char *meaning)
{
	json_t *list = json_array();
	size_t colon;

	while (meaning[colon = span_until(meaning, ':')] && strchr(meaning + colon, ','))
		meaning += colon + 1;
	for (const char *p = meaning; *p;
	     p += p[span_until(p, ',')] ? span_until(p, ',') + 1 : span_until(p, ',')) {
		char word[WORD];

		p += strspn(p, " ");
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(p, " ,("), p);
		if (*word)
			json_array_append_new(list, json_string(word));
	}
	return list;
}

static json_t *list_of(const char *const *words)
{
	json_t *list = json_array();

	for (; *words; words++)
		json_array_append_new(list, json_string(*words));
	return list;
}

/* A key column has the words and the range of its key. */
static json_t *column_type(const struct column_doc *d, const struct key *k)
{
	bool word = !strcmp(d->type, "word");

	if (k && k->words && word)
		return json_pack("{s:s, s:o}", "type", "string", "enum", list_of(k->words));
	if (k && (k->type == KEY_INT || k->type == KEY_SIZE))
		return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum", (json_int_t)k->min,
				 "maximum", (json_int_t)k->max);
	if (!strcmp(d->name, "interconnect_used"))
		return json_pack("{s:s, s:o}", "type", "string", "enum",
				 list_of(keys_axis(AX_INTERCONNECT)->words));
	if (word)
		return json_pack("{s:s, s:o}", "type", "string", "enum", words_of(d->meaning));
	if (!strcmp(d->type, "int"))
		return json_pack("{s:s}", "type", "integer");
	return json_pack("{s:s}", "type", !strcmp(d->type, "float") ? "number" : "string");
}

static json_t *column(const struct column_doc *d)
{
	int c = column_find(d->name, strlen(d->name));
	bool key = c >= COL_KEY && c < COL_KEY + AX_COUNT;
	json_t *o = column_type(d, key ? keys_axis((enum axis)(c - COL_KEY)) : NULL);

	json_object_set_new(o, "description",
			    json_sprintf("%s%s%s%s; empty: %s", d->meaning, *d->unit ? " [" : "", d->unit,
					 *d->unit ? "]" : "", d->empty));
	if (!strcmp(d->name, "schema"))
		json_object_set_new(o, "const", json_integer(RESULT_SCHEMA));
	else if (!strcmp(d->name, "run_id"))
		json_object_set_new(o, "pattern", json_string("^r[0-9]{8}T[0-9]{6}Z[0-9a-f]{6}$"));
	else if (!strcmp(d->name, "point_id"))
		json_object_set_new(o, "pattern", json_string("^p[0-9a-f]{16}$"));
	return o;
}

json_t *schema_rounds(void)
{
	json_t *properties = json_object(), *required = json_array();
	const char *at = NULL;
	struct column_doc d;

	while (columns_doc_next("rounds.csv", &at, &d)) {
		json_object_set_new(properties, d.name, column(&d));
		if (!strcmp(d.empty, "never"))
			json_array_append_new(required, json_string(d.name));
	}
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "$schema", SCHEMA_DRAFT, "title",
			 "a row of p2pbench's rounds.csv, schema 1", "description",
			 "Numbers as numbers; an empty cell is left out. Columns that are not named here are "
			 "of a later "
			 "version.",
			 "type", "object", "properties", properties, "required", required);
}

/* Members of run.json. Types are separated by blanks; of an array "[]" stands for its items. */
static const struct member {
	const char *path, *type, *about;
	bool required;
} members[] = {
	{"schema", "integer", "version of this format", true},
	{"complete", "boolean", "the run came to its end", true},
	{"run_id", "string", "as in rounds.csv", true},
	{"name", "string", "of the config", true},
	{"tool", "object", "the program", true},
	{"tool.name", "string", "p2pbench", true},
	{"tool.version", "string", "its version", true},
	{"tool.commit", "string", "what it was built from", true},
	{"tool.compiler", "string", "what it was built by", true},
	{"tags", "object", "notes of the user", true},
	{"seed", "string", "of the random order, decimal", true},
	{"config_source", "string", "file, builtin or command line", true},
	{"points", "integer", "planned points", true},
	{"same", "object", "what a resumed run must not differ in", true},
	{"same.schema", "integer", "as above", true},
	{"same.config", "string", "effective config, YAML", true},
	{"same.binary", "string null", "hash of the program's file", false},
	{"same.devices", "array", "each NIC with driver and firmware", true},
	{"same.devices[]", "string", "one of them", false},
	{"config", "string", "effective config, YAML, each value with its origin", true},
	{"nics", "array", "NICs as opened", true},
	{"nics[]", "object", "one of them", false},
	{"nics[].name", "string", "in the config", true},
	{"nics[].device", "string", "RDMA device, soft0 or null0", true},
	{"nics[].port", "integer", "from 1", true},
	{"nics[].driver", "string", "of the kernel", true},
	{"nics[].fw", "string", "firmware", true},
	{"nics[].evidence", "string", "software, emulated or hardware", true},
	{"nics[].active_mtu", "integer", "bytes", true},
	{"topology", "object", "where each NIC sits and its way to each memory", true},
	{"interconnect", "array", "for each NIC and memory what was predicted and what a registration gave",
	 true},
	{"measured", "object", "each benchmark: what is timed from where to where", true},
	{"noise_floor", "object", "what selftest has found, by device", true},
	{"gates", "array", "noise gates", true},
	{"gates[]", "object", "one of them", false},
	{"gates[].name", "string", "which", true},
	{"gates[].verdict", "string", "ok, unknown, warn or fail", true},
	{"gates[].value", "string", "what was seen", true},
	{"gates[].why", "string", "why it matters", true},
	{"gates[].fix", "string", "what to do about it", true},
	{"env", "object", "the machine; no host names, addresses, serial numbers", true},
	{"env.host_hash", "string null", "of the host's name", false},
	{"env.kernel", "string null", "release", true},
	{"env.cpu_model", "string null", "as the CPU names itself", false},
	{"env.page_bytes", "integer", "size of a page", true},
	{"processes", "array", "each process of this run; a resumed run has several", true},
	{"processes[]", "object", "one of them", false},
	{"processes[].started_utc", "string", "ISO 8601 with Z", true},
	{"processes[].command", "array", "the command line", true},
	{"processes[].cpu", "integer", "of the first posting thread", true},
	{"processes[].clock", "object", "source, ns_per_tick, calibration_err_ppm, overhead_ns", true},
	{"processes[].end", "object", "how it ended; absent while it runs, and after a crash", false},
	{"processes[].end.stop_reason", "string", "rounds, interrupted or budget", true},
	{"processes[].end.rows", "object", "rows by status", true},
	{"processes[].end.clock_drift_ppm", "number", "from its start to its end", true},
};

static json_t *types(const char *words)
{
	json_t *list = json_array();
	char copy[WORD], *rest = copy;

	snprintf(copy, sizeof(copy), "%s", words);
	for (char *word; (word = strsep(&rest, " ")) != NULL;)
		json_array_append_new(list, json_string(word));
	return list;
}

/* The schema of what @path stands below, and its last name. */
static json_t *parent(json_t *root, const char *path, char last[WORD])
{
	char copy[2 * WORD], *rest = copy, *word;
	json_t *at = root;

	snprintf(copy, sizeof(copy), "%s", path);
	*last = '\0';
	while ((word = strsep(&rest, ".")) != NULL) {
		char *items = strstr(word, "[]");

		if (*last)
			at = json_object_get(json_object_get(at, "properties"), last);
		if (items)
			*items = '\0';
		snprintf(last, WORD, "%s", word);
		if (items && !rest) { /* the items themselves */
			at = json_object_get(json_object_get(at, "properties"), last);
			*last = '\0';
			return at;
		}
		if (items) {
			at = json_object_get(json_object_get(json_object_get(at, "properties"), last),
					     "items");
			*last = '\0';
		}
	}
	return at;
}

static void add_member(json_t *root, const struct member *m)
{
	char last[WORD];
	json_t *at = parent(root, m->path, last);
	json_t *o = json_pack("{s:o, s:s}", "type", types(m->type), "description", m->about);

	if (strstr(m->type, "object"))
		json_object_set_new(o, "properties", json_object());
	if (!*last) {
		json_object_set_new(at, "items", o);
		return;
	}
	json_object_set_new(json_object_get(at, "properties"), last, o);
	if (!m->required)
		return;
	if (!json_object_get(at, "required"))
		json_object_set_new(at, "required", json_array());
	json_array_append_new(json_object_get(at, "required"), json_string(last));
}

json_t *schema_run(void)
{
	json_t *root = json_pack("{s:s, s:s, s:s, s:{}}", "$schema", SCHEMA_DRAFT, "title",
				 "p2pbench's run.json, schema 1", "type", "object", "properties");

	for (size_t i = 0; root && i < ARRAY_LEN(members); i++)
		add_member(root, &members[i]);
	return root;
}
