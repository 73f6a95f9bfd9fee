// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Memory crosses in the words of a config, and what arrives is read as one: JSON is YAML too. So whatever a
 * file could not ask for, nobody else can.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "peer/message_types.h"

enum { NAME = 65 };

static void put_word(json_t **o, const char *key, int64_t v)
{
	const char *const *words = keys_find(key, SCOPE_MEMORY)->words;
	int64_t n = 0;

	while (words[n])
		n++;
	if (v >= 0 && v < n)
		message_put_text(o, key, words[v]);
	else
		message_put_int(o, key, v); /* no word: refused there with the number */
}

static void put_place(json_t **o, const char *key, int64_t v)
{
	if (v == PLACE_NEAR || v == PLACE_FAR)
		message_put_text(o, key, v == PLACE_NEAR ? "near" : "far");
	else if (v != CONFIG_NUMA_ANY)
		message_put_int(o, key, v);
}

static void put_pages(json_t **o, const struct config_memory *m)
{
	if (m->pages == CONFIG_PAGES_THP)
		message_put_text(o, "pages", "thp");
	else if (m->pages)
		message_put_int(o, "pages", m->pages);
}

static void put_ranges(json_t **o, const struct config_memory *m)
{
	json_t *list = json_array();

	for (size_t i = 0; i < m->n_ranges; i++) {
		json_t *one = json_object();

		message_put_int(&one, "offset", m->ranges[i].offset);
		message_put_int(&one, "length", m->ranges[i].length);
		message_push(&list, one);
	}
	message_put(o, "ranges", list);
}

static void put_init(json_t **o, const struct config_memory *m)
{
	json_t *list = json_array();

	for (size_t i = 0; i < m->n_init; i++) {
		json_t *one = json_object();

		message_put_int(&one, "bar", m->init[i].bar);
		message_put_int(&one, "offset", m->init[i].offset);
		message_put_int(&one, "bytes", m->init[i].bytes);
		message_put_int(&one, "value", m->init[i].value);
		message_push(&list, one);
	}
	message_put(o, "init", list);
}

static void put_vfio(json_t **o, const struct config_memory *m)
{
	if (m->device)
		message_put_text(o, "device", m->device);
	if (m->bar >= 0)
		message_put_int(o, "bar", m->bar);
	put_word(o, "access", m->access);
	if (m->n_ranges)
		put_ranges(o, m);
	if (m->n_init)
		put_init(o, m);
	if (m->tph.index >= 0) {
		json_t *tph = json_object();

		message_put_int(&tph, "index", m->tph.index);
		message_put_text(&tph, "layout", "v6");
		message_put_bool(&tph, "force", m->tph.force);
		message_put(o, "tph_feature", tph);
	}
}

static void put_fd(json_t **o, const struct config_memory *m)
{
	if (m->fd >= 0)
		message_put_int(o, "fd", m->fd);
	if (m->socket)
		message_put_text(o, "socket", m->socket);
	if (m->exporter)
		message_put_text(o, "exporter", m->exporter);
	message_put_int(o, "offset", m->offset);
}

void put_memory(json_t **o, const char *key, const struct config_memory *m)
{
	json_t *words = json_object(), *one = json_object();

	put_word(&words, "kind", m->kind);
	message_put_int(&words, "length", m->length);
	if (m->kind == MEM_DMA_HEAP && m->heap)
		message_put_text(&words, "heap", m->heap);
	if (m->kind == MEM_VFIO)
		put_vfio(&words, m);
	if (m->kind == MEM_FD)
		put_fd(&words, m);
	if (m->kind == MEM_HOST || m->kind == MEM_UDMABUF || m->kind == MEM_MEMFD) {
		put_place(&words, "numa", m->numa);
		put_pages(&words, m);
	}
	message_put_text(&one, "name", m->name);
	message_put(&one, "keys", words);
	message_put(o, key, one);
}

/* The smallest config that has the memory. */
static char *document(const char *name, const json_t *words)
{
	json_t *o = json_pack("{s:i, s:{s:O}, s:{s:{s:s}}, s:[{s:s, s:s, s:s, s:s, s:i}]}", "version", 1,
			      "memory", name, words, "nics", "nic", "device", "soft0", "sweeps", "name",
			      "sweep", "op", "write", "nic", "nic", "target", name, "size", 64);
	char *text = o ? json_dumps(o, 0) : NULL;

	json_decref(o);
	return text;
}

static int load(struct message_in *in, const char *text, struct config **out)
{
	struct diags *d = diags_open("memory", text, strlen(text));
	int rc = d ? config_load("memory", text, strlen(text), NULL, 0, d, out) : -ENOMEM;

	if (rc == -EINVAL)
		message_wrong(in, rc, "%s", diags_first(d));
	else if (rc)
		message_wrong(in, rc, "out of memory for the description of a memory");
	diags_close(d);
	return rc;
}

static const struct config_memory *find(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->n_memory; i++) {
		if (!strcmp(c->memory[i].name, name))
			return &c->memory[i];
	}
	return NULL;
}

const struct config_memory *take_memory(struct message_in *in, const char *key, struct config **owner)
{
	const json_t *o = message_object(in, key), *words;
	struct message_in one = message_open(o, "a memory", in->e);
	const struct config_memory *m;
	CLEANUP_FREE char *text = NULL;
	const char *name;

	*owner = NULL;
	if (!o)
		return NULL;
	name = message_text(&one, "name", NAME);
	words = message_object(&one, "keys");
	in->rc = message_done(&one);
	if (in->rc)
		return NULL;
	text = document(name, words);
	if (!text)
		message_wrong(in, -ENOMEM, "out of memory for the description of a memory");
	if (!text || load(in, text, owner))
		return NULL;
	m = find(*owner, name);
	if (!m)
		message_wrong(in, -EPROTO, "no memory of that name"); /* a name of a name's spelling only */
	return m;
}

void put_staging(json_t **o, const char *key, const struct config_memory *m)
{
	json_t *one;

	if (!m)
		return;
	one = json_object();
	message_put_text(&one, "name", m->name);
	message_put_int(&one, "numa", m->numa);
	message_put_int(&one, "pages", m->pages);
	message_put(o, key, one);
}

bool take_staging(struct message_in *in, const char *key, struct config_memory *out, char *name)
{
	const struct key *numa = keys_find("numa", SCOPE_MEMORY), *pages = keys_find("pages", SCOPE_MEMORY);
	struct message_in one;

	if (!message_has(in, key))
		return false;
	one = message_open(message_object(in, key), "a staging", in->e);
	message_shown(&one, "name", name, STAGING_NAME);
	*out = (struct config_memory){
		.name = name,
		.numa = message_int(&one, "numa", CONFIG_NUMA_ANY, numa->max),
		.pages = message_int(&one, "pages", CONFIG_PAGES_THP, pages->max),
	};
	if (!in->rc)
		in->rc = message_done(&one);
	if (!in->rc && out->pages > 0 && (out->pages < pages->min || out->pages & (out->pages - 1)))
		message_wrong(in, -EINVAL, "pages of a staging are no power of two");
	return !in->rc;
}
