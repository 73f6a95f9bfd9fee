// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "help_document.h"

#include <string.h>

#include "base/cleanup.h"
#include "bench.h"
#include "document.h"
#include "verbs.h"

/* A list of the parts of @text that @sep separates. */
static json_t *parts(const char *text, const char *sep)
{
	json_t *list = json_array();

	for (const char *p = text; p && *p; p += strspn(p, sep)) {
		json_array_append_new(list, json_stringn(p, strcspn(p, sep)));
		p += strcspn(p, sep);
	}
	return list;
}

static void add_text(json_t *o, const char *name, const char *text)
{
	if (text)
		json_object_set_new(o, name, json_string(text));
}

static json_t *verb_entry(const struct verb *v)
{
	json_t *flags = json_array(), *keys_taken = json_array();

	for (const struct opt_flag *f = opt_flags; f->name; f++)
		if (verb_takes_flag(v, f))
			json_array_append_new(flags, json_string(f->name));
	for (size_t i = 0; i < keys_len; i++)
		if (keys[i].scope & SCOPE_SWEEP && verb_takes_key(v, keys[i].name))
			json_array_append_new(keys_taken, json_string(keys[i].name));
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "name", v->name, "about", v->about, "usage",
			 parts(v->args, "\n"), "examples", parts(v->examples, "\n"), "flags", flags, "keys",
			 keys_taken);
}

static json_t *flag_entry(const struct opt_flag *f)
{
	json_t *o = json_pack("{s:s, s:s}", "name", f->name, "help", f->help);

	if (f->letter)
		json_object_set_new(o, "letter", json_stringn(&f->letter, 1));
	add_text(o, "value", f->metavar);
	if (f->verbs)
		json_object_set_new(o, "verbs", parts(f->verbs, " "));
	return o;
}

static json_t *scopes(const struct key *k)
{
	static const struct {
		unsigned int scope;
		const char *name;
	} scope[] = {
		{SCOPE_TOP, ""},
		{SCOPE_NIC, "nics.NAME"},
		{SCOPE_MEMORY, "memory.NAME"},
		{SCOPE_SWEEP, "sweeps[]"},
		{SCOPE_BUDGET, "budget"},
		{SCOPE_ORDER, "order"},
		{SCOPE_OUTPUT, "output"},
		{SCOPE_ENTRY, "sweeps[]"},
		{SCOPE_RANGE, "memory.NAME.ranges[]"},
		{SCOPE_EXPECT, "expect[]"},
		{SCOPE_NOTE, "tph_notes[]"},
		{SCOPE_PEER, "peer_options"},
		{SCOPE_INIT, "memory.NAME.init[]"},
		{SCOPE_TPH, "memory.NAME.tph_feature"},
	};
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_LEN(scope); i++)
		if (k->scope & scope[i].scope)
			json_array_append_new(list, json_string(scope[i].name));
	return list;
}

static json_t *key_entry(const struct key *k)
{
	json_t *o = json_pack("{s:s, s:o, s:s}", "name", k->name, "in", scopes(k), "help", k->help);
	json_t *words = json_array();

	add_text(o, "column", k->column);
	add_text(o, "value", k->metavar);
	add_text(o, "default", k->dflt ? k->dflt : k->dflt_rest);
	add_text(o, "default_lat", k->dflt_lat);
	if (k->flag)
		json_object_set_new(o, "letter", json_stringn(&k->flag, 1));
	for (const char *const *w = k->words; w && *w; w++)
		json_array_append_new(words, json_string(*w));
	if (json_array_size(words))
		json_object_set(o, "words", words);
	json_decref(words);
	if (k->min != k->max) {
		json_object_set_new(o, "min", json_integer((json_int_t)k->min));
		json_object_set_new(o, "max", json_integer((json_int_t)k->max));
	}
	return o;
}

json_t *help_document(void)
{
	json_t *verb_list = json_array(), *flags = json_array(), *key_list = json_array(),
	       *codes = json_array();

	for (const struct verb *v = verbs; v->name; v++)
		if (!v->hidden)
			json_array_append_new(verb_list, verb_entry(v));
	for (const struct opt_flag *f = opt_flags; f->name; f++)
		json_array_append_new(flags, flag_entry(f));
	for (size_t i = 0; i < keys_len; i++)
		json_array_append_new(key_list, key_entry(&keys[i]));
	for (const struct exit_code *c = exit_codes; c->text; c++)
		json_array_append_new(codes, json_pack("{s:i, s:s}", "status", c->code, "text", c->text));
	return json_pack("{s:i, s:o, s:o, s:o, s:o}", "schema", DOCUMENT_SCHEMA, "verbs", verb_list, "flags",
			 flags, "keys", key_list, "exit_codes", codes);
}
