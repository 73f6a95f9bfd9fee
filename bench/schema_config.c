// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The schema of a config. It says what single values may be, which is what an editor can complete; what they
 * mean together only `check` knows. A YAML reader has typed plain numbers already, all else is text here.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "config/keys.h"
#include "schema.h"

#define NUMBER "(0x[0-9A-Fa-f]+|[0-9]+)"
#define SIZE   "(0x[0-9A-Fa-f]+|[0-9]+[KMGT]?)"
#define TIME   "[0-9]+ ?(ns|us|ms|s|m|h)"
#define NAME   "^(?!-)(?!.*\\.\\.)[A-Za-z0-9._-]{1,64}$"

enum { PATTERN = 256 };

static json_t *any_of(json_t *a, json_t *b)
{
	return json_pack("{s:[o, o]}", "anyOf", a, b);
}

static json_t *pattern(const char *text)
{
	return json_pack("{s:s, s:s}", "type", "string", "pattern", text);
}

static json_t *number(const struct key *k)
{
	return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum", (json_int_t)k->min, "maximum",
			 (json_int_t)k->max);
}

/* YAML readers take true and false for more than words. */
static json_t *words(const struct key *k)
{
	json_t *list = json_array();

	for (const char *const *w = k->words; w && *w; w++) {
		json_array_append_new(list, json_string(*w));
		if (!strcmp(*w, "true") || !strcmp(*w, "false"))
			json_array_append_new(list, json_boolean(**w == 't'));
	}
	return json_pack("{s:o}", "enum", list);
}

static json_t *name(void)
{
	return json_pack("{s:[s, s], s:s}", "type", "string", "integer", "pattern", NAME);
}

/* One number of this kind as text. */
static const char *number_pattern(const struct key *k)
{
	return k->type == KEY_SIZE ? SIZE : k->type == KEY_TIME ? TIME : NUMBER;
}

static json_t *numeric(const struct key *k)
{
	char text[PATTERN];
	json_t *o;

	snprintf(text, sizeof(text), "^%s$", number_pattern(k));
	if (k->type == KEY_TIME)
		return pattern(text);
	o = any_of(number(k), pattern(text));
	if (k->words)
		json_array_append_new(json_object_get(o, "anyOf"), words(k));
	if (k->type == KEY_PLACE)
		json_array_append_new(json_object_get(o, "anyOf"),
				      json_pack("{s:[s, s]}", "enum", "near", "far"));
	return o;
}

/* One value of a key. */
static json_t *value(const struct key *k)
{
	switch (k->type) {
	case KEY_WORD:
		return words(k);
	case KEY_WORDS:
		return any_of(words(k), json_pack("{s:s, s:i, s:b, s:o}", "type", "array", "minItems", 1,
						  "uniqueItems", 1, "items", words(k)));
	case KEY_NAME:
		return name();
	case KEY_TEXT:
		return json_pack("{s:[s, s], s:i}", "type", "string", "number", "minLength", 1);
	case KEY_RANGE:
		return any_of(number(k), pattern("^" NUMBER "(\\.\\." NUMBER ")?$"));
	default:
		return numeric(k);
	}
}

/* What a value of an axis may be beside a single one: a range, in a rule also an open one. */
static json_t *range(const struct key *k, bool rule)
{
	const char *n = number_pattern(k);
	char text[PATTERN];

	if (rule)
		snprintf(text, sizeof(text), "^(%s\\.\\.(%s)?|\\.\\.%s)$", n, n, n);
	else
		snprintf(text, sizeof(text), "^%s\\.\\.%s( +[x+]%s)?$", n, n, n);
	return pattern(text);
}

/* A value, a range, or a list of them; lists may lie in lists. */
static json_t *axis(const struct key *k, bool rule)
{
	json_t *item = value(k), *self;

	if (k->type == KEY_INT || k->type == KEY_SIZE || k->type == KEY_PLACE)
		item = any_of(item, range(k, rule));
	self = json_pack("{s:s, s:i, s:{s:s+}}", "type", "array", "minItems", 1, "items", "$ref",
			 rule ? "#/definitions/rule_" : "#/definitions/axis_", k->name);
	return any_of(item, self);
}

static json_t *described(json_t *o, const struct key *k)
{
	json_object_set_new(o, "description", json_string(k->help));
	if (k->dflt_lat)
		json_object_set_new(o, "default", json_sprintf("%s (lat: %s)", k->dflt_rest, k->dflt_lat));
	else if (k->dflt)
		json_object_set_new(o, "default", json_string(k->dflt));
	return o;
}

static json_t *reference(const char *kind, const char *to)
{
	return json_pack("{s:[{s:s++}]}", "allOf", "$ref", "#/definitions/", kind, to);
}

/* The maps and lists of the grammar: what a key of type KEY_NODE holds. */
static const struct {
	unsigned int scope;
	const char *key;
	enum { MAP, LIST, NAMED } kind; /* one map; a list of maps; maps by name */
	const char *of;			/* definition of the map */
} nodes[] = {
	{SCOPE_TOP, "nics", NAMED, "nic"},
	{SCOPE_TOP, "memory", NAMED, "memory"},
	{SCOPE_TOP, "defaults", MAP, "defaults"},
	{SCOPE_TOP, "sweeps", LIST, "sweep"},
	{SCOPE_TOP, "expect", LIST, "expect"},
	{SCOPE_TOP, "tph_notes", LIST, "tph_note"},
	{SCOPE_TOP, "budget", MAP, "budget"},
	{SCOPE_TOP, "order", MAP, "order"},
	{SCOPE_TOP, "output", MAP, "output"},
	{SCOPE_TOP, "tags", MAP, "tags"},
	{SCOPE_SWEEP, "cases", LIST, "case"},
	{SCOPE_SWEEP, "exclude", LIST, "rule"},
	{SCOPE_ENTRY, "include", LIST, "case"},
	{SCOPE_MEMORY, "ranges", LIST, "range"},
	{SCOPE_MEMORY, "init", LIST, "init"},
	{SCOPE_MEMORY, "tph_feature", MAP, "tph_feature"},
	{SCOPE_TOP, "peer_options", MAP, "peer_options"},
	{SCOPE_EXPECT, "when", MAP, "rule"},
	{SCOPE_NOTE, "when", MAP, "rule"},
};

/* NULL: the table above does not know it; a test asks for every key. */
static json_t *node(const struct key *k)
{
	for (size_t i = 0; i < ARRAY_LEN(nodes); i++) {
		json_t *of;

		if (strcmp(nodes[i].key, k->name) != 0 || !(nodes[i].scope & k->scope))
			continue;
		of = reference(nodes[i].of, "");
		if (nodes[i].kind == MAP)
			return of;
		if (nodes[i].kind == LIST)
			return json_pack("{s:s, s:i, s:o}", "type", "array", "minItems",
					 !strcmp(k->name, "sweeps") || !strcmp(k->name, "cases"), "items",
					 of);
		return json_pack("{s:s, s:{s:o}, s:b}", "type", "object", "patternProperties", NAME, of,
				 "additionalProperties", 0);
	}
	return NULL;
}

/* @scope: of keys that stand in one map. */
static json_t *property(const struct key *k, unsigned int scope)
{
	json_t *o;

	if (k->axis >= 0)
		return described(reference(scope & SCOPE_RULE ? "rule_" : "axis_", k->name), k);
	o = k->type == KEY_NODE ? node(k) : value(k);
	/* A percentage may be one of another point. */
	if (k->scope == SCOPE_EXPECT && !strcmp(k->name, "of"))
		o = any_of(o, reference("case", ""));
	return o ? described(o, k) : NULL;
}

/* A map of the keys in @scope, of which those in @required, a blank between, must be there. */
static json_t *map(unsigned int scope, const char *required)
{
	json_t *properties = json_object(), *list = json_array(), *o;
	char copy[64], *rest = copy;

	for (size_t i = 0; i < keys_len; i++) {
		json_t *p = keys[i].scope & scope ? property(&keys[i], scope) : NULL;

		if (p)
			json_object_set_new(properties, keys[i].name, p);
	}
	snprintf(copy, sizeof(copy), "%s", required);
	for (char *word; (word = strsep(&rest, " ")) != NULL;)
		if (*word)
			json_array_append_new(list, json_string(word));
	/* Keys that begin with x- are the user's notes. */
	o = json_pack("{s:s, s:o, s:{s:{}}, s:b}", "type", "object", "properties", properties,
		      "patternProperties", "^x-", "additionalProperties", 0);
	if (json_array_size(list))
		json_object_set(o, "required", list);
	json_decref(list);
	return o;
}

static json_t *rule(void)
{
	json_t *o = map(SCOPE_AXIS | SCOPE_RULE, "");

	json_object_set_new(json_object_get(o, "properties"), "not", reference("rule", ""));
	json_object_set_new(o, "minProperties", json_integer(1));
	return o;
}

static json_t *one_case(void)
{
	json_t *o = map(SCOPE_AXIS, "");

	json_object_set_new(o, "minProperties", json_integer(1));
	return o;
}

static json_t *expect(void)
{
	json_t *o = map(SCOPE_EXPECT, "metric");

	json_object_set_new(o, "anyOf",
			    json_pack("[{s:[s]}, {s:[s]}]", "required", "min", "required", "max"));
	return o;
}

static json_t *definitions(void)
{
	json_t *o = json_object();

	json_object_set_new(o, "nic", map(SCOPE_NIC, "device"));
	json_object_set_new(o, "memory", map(SCOPE_MEMORY, "kind"));
	json_object_set_new(o, "defaults", map(SCOPE_SWEEP, ""));
	json_object_set_new(o, "sweep", map(SCOPE_SWEEP | SCOPE_ENTRY, "name"));
	json_object_set_new(o, "expect", expect());
	json_object_set_new(o, "tph_note", map(SCOPE_NOTE, ""));
	json_object_set_new(o, "peer_options", map(SCOPE_PEER, ""));
	json_object_set_new(o, "budget", map(SCOPE_BUDGET, ""));
	json_object_set_new(o, "order", map(SCOPE_ORDER, ""));
	json_object_set_new(o, "output", map(SCOPE_OUTPUT, ""));
	json_object_set_new(o, "tags",
			    json_pack("{s:s, s:{s:[s, s, s]}}", "type", "object", "additionalProperties",
				      "type", "string", "number", "boolean"));
	json_object_set_new(o, "case", one_case());
	json_object_set_new(o, "rule", rule());
	json_object_set_new(o, "range", map(SCOPE_RANGE, "length"));
	json_object_set_new(o, "init", map(SCOPE_INIT, ""));
	json_object_set_new(o, "tph_feature", map(SCOPE_TPH, ""));
	for (int ax = 0; ax < AX_COUNT; ax++) {
		const struct key *k = keys_axis((enum axis)ax);
		char key[PATTERN];

		snprintf(key, sizeof(key), "axis_%s", k->name);
		json_object_set_new(o, key, axis(k, false));
		snprintf(key, sizeof(key), "rule_%s", k->name);
		json_object_set_new(o, key, axis(k, true));
	}
	return o;
}

json_t *schema_config(void)
{
	json_t *o = map(SCOPE_TOP, "version sweeps");

	json_object_set_new(o, "$schema", json_string(SCHEMA_DRAFT));
	json_object_set_new(o, "title", json_string("p2pbench config, version 1"));
	json_object_set_new(o, "definitions", definitions());
	return o;
}
