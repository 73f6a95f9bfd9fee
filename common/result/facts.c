// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* run.json to facts. What changes with every run (load, times, limits that were free) is no fact. */
#include "result/facts.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* @failed: no memory, or the list is full. */
struct list {
	struct facts *out;
	size_t room;
	bool failed;
};

/* About what a fact is; any may be NULL. */
struct about {
	const char *nic, *memory;
	enum fact_block block;
};

const char *fact_block_word(enum fact_block b)
{
	static const char *const words[] = {
		[BLOCK_NONE] = "", [BLOCK_CPU] = "cpu", [BLOCK_LINK] = "link", [BLOCK_MPS] = "mps"};

	return b < BLOCK_COUNT ? words[b] : NULL;
}

static struct fact *push(struct list *l)
{
	struct facts *f = l->out;

	if (f->n == FACTS_MAX)
		return NULL;
	if (f->n == l->room) {
		size_t room = l->room ? 2 * l->room : 64;
		struct fact *fact = reallocarray(f->fact, room, sizeof(*fact));

		if (!fact) {
			l->failed = true;
			return NULL;
		}
		f->fact = fact;
		l->room = room;
	}
	return &f->fact[f->n++];
}

/* Control characters would break the lines they are printed in. */
static void copy_text(char *to, size_t room, const char *from)
{
	snprintf(to, room, "%s", from);
	for (; *to; to++)
		*to = (unsigned char)*to < ' ' || *to == 0x7f ? ' ' : *to;
}

static bool value_text(const json_t *v, char buf[FACT_VALUE])
{
	if (json_is_string(v))
		copy_text(buf, FACT_VALUE, json_string_value(v));
	else if (json_is_integer(v))
		snprintf(buf, FACT_VALUE, "%lld", (long long)json_integer_value(v));
	else if (json_is_real(v))
		snprintf(buf, FACT_VALUE, "%.9g", json_real_value(v));
	else if (json_is_boolean(v))
		snprintf(buf, FACT_VALUE, "%s", json_is_true(v) ? "yes" : "no");
	else
		return false;
	return *buf != '\0';
}

/* "PREFIX NAME" = @v, unless it is unknown. */
static void add(struct list *l, const char *prefix, const char *name, const json_t *v,
		const struct about *about)
{
	char value[FACT_VALUE], full[FACT_NAME];
	struct fact *f;

	if (!value_text(v, value))
		return;
	f = push(l);
	if (!f)
		return;
	snprintf(full, sizeof(full), "%s%s%s", prefix, *prefix ? " " : "", name);
	copy_text(f->name, sizeof(f->name), full);
	memcpy(f->value, value, sizeof(value));
	snprintf(f->nic, sizeof(f->nic), "%s", about && about->nic ? about->nic : "");
	snprintf(f->memory, sizeof(f->memory), "%s", about && about->memory ? about->memory : "");
	f->block = about ? about->block : BLOCK_NONE;
}

/* All members that have a plain value. */
static void add_object(struct list *l, const char *prefix, const json_t *o)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)o, key, v) add(l, prefix, key, v, NULL);
}

static void add_env(struct list *l, const json_t *env)
{
	static const struct about cpu = {.block = BLOCK_CPU};
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)env, key, v)
	{
		bool blocks = !strcmp(key, "cpu_model") || !strcmp(key, "machine");

		if (strcmp(key, "loadavg") != 0)
			add(l, "", key, v, blocks ? &cpu : NULL);
	}
}

static const char *text_at(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : "";
}

static void add_nics(struct list *l, const json_t *nics)
{
	static const char *const members[] = {"device", "driver",     "fw",
					      "port",	"active_mtu", "max_rd_atomic"};
	size_t i;
	json_t *nic;

	json_array_foreach(nics, i, nic)
	{
		const char *name = text_at(nic, "name");

		for (size_t m = 0; m < ARRAY_LEN(members); m++)
			add(l, name, members[m], json_object_get(nic, members[m]),
			    &(struct about){.nic = name});
	}
}

static void add_link(struct list *l, const char *prefix, const json_t *link, const struct about *about)
{
	static const struct {
		const char *key;
		enum fact_block block;
	} members[] = {{"gen", BLOCK_LINK}, {"width", BLOCK_LINK}, {"flit", BLOCK_LINK},
		       {"mps", BLOCK_MPS},  {"mrrs", BLOCK_NONE},  {"rcb", BLOCK_NONE}};
	char full[FACT_NAME];

	snprintf(full, sizeof(full), "%.80s link", prefix);
	for (size_t m = 0; m < ARRAY_LEN(members); m++)
		add(l, full, members[m].key, json_object_get(link, members[m].key),
		    &(struct about){about->nic, about->memory, members[m].block});
}

static void add_way(struct list *l, const char *nic, const json_t *way)
{
	static const char *const members[] = {"function", "route", "class"};
	const char *memory = text_at(way, "memory");
	const struct about about = {.nic = nic, .memory = memory};
	char prefix[FACT_NAME];

	snprintf(prefix, sizeof(prefix), "%.40s to %.40s", nic, memory);
	for (size_t m = 0; m < ARRAY_LEN(members); m++)
		add(l, prefix, members[m], json_object_get(way, members[m]), &about);
	add_link(l, prefix, json_object_get(way, "link"), &about);
}

static void add_topology(struct list *l, const json_t *nics)
{
	size_t i, w;
	json_t *nic, *way;

	json_array_foreach(nics, i, nic)
	{
		const char *name = text_at(nic, "name");
		const struct about about = {.nic = name};

		add(l, name, "function", json_object_get(nic, "function"), &about);
		add(l, name, "numa_node", json_object_get(nic, "numa_node"), &about);
		add(l, name, "cpus", json_object_get(nic, "cpus"), &about);
		add_link(l, name, json_object_get(nic, "link"), &about);
		json_array_foreach(json_object_get(nic, "ways"), w, way) add_way(l, name, way);
	}
}

static bool is_floor(const json_t *v)
{
	return json_is_number(v) && json_number_value(v) >= 0;
}

/* nics[].device leads from a nic to its entry of noise_floor. */
static int read_noise(const json_t *root, struct facts *out)
{
	const json_t *nics = json_object_get(root, "nics"), *floors = json_object_get(root, "noise_floor");
	size_t i, room = json_array_size(nics);
	json_t *nic;

	room = room < FACTS_MAX ? room : FACTS_MAX;
	out->noise = calloc(room + 1, sizeof(*out->noise));
	if (!out->noise)
		return -ENOMEM;
	json_array_foreach(nics, i, nic)
	{
		const json_t *known = json_object_get(floors, text_at(nic, "device"));
		const json_t *bw = json_object_get(known, "bw"), *lat = json_object_get(known, "lat");
		struct fact_noise *n = &out->noise[out->n_noise];

		if (out->n_noise == room || !is_floor(bw) || !is_floor(lat))
			continue;
		*n = (struct fact_noise){.bw = json_number_value(bw), .lat = json_number_value(lat)};
		snprintf(n->nic, sizeof(n->nic), "%s", text_at(nic, "name"));
		out->n_noise++;
	}
	return 0;
}

int facts_read(const json_t *root, struct facts *out)
{
	struct list l = {.out = out};

	*out = (struct facts){.fact = NULL};
	add_env(&l, json_object_get(root, "env"));
	add_nics(&l, json_object_get(root, "nics"));
	add_topology(&l, json_object_get(json_object_get(root, "topology"), "nics"));
	add_object(&l, "tool", json_object_get(root, "tool"));
	add(&l, "", "binary", json_object_get(json_object_get(root, "same"), "binary"), NULL);
	add_object(&l, "tag", json_object_get(root, "tags"));
	if (!l.failed && !read_noise(root, out))
		return 0;
	facts_free(out);
	return -ENOMEM;
}

void facts_free(struct facts *f)
{
	free(f->fact);
	free(f->noise);
	*f = (struct facts){.fact = NULL};
}

const char *facts_get(const struct facts *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++) {
		if (!strcmp(f->fact[i].name, name))
			return f->fact[i].value;
	}
	return NULL;
}

double facts_noise(const struct facts *f, const char *nic, bool lat)
{
	for (size_t i = 0; i < f->n_noise; i++) {
		if (!strcmp(f->noise[i].nic, nic))
			return lat ? f->noise[i].lat : f->noise[i].bw;
	}
	return nan("");
}
