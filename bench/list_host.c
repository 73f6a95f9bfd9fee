// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Memory of this machine that is no device's. */
#include "list_memory.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/sys.h"
#include "grid.h"
#include "mem/mem.h"
#include "wrap.h"

static const struct {
	int64_t kind;
	const char *about;
} kinds[] = {
	{MEM_HOST, "host memory by address"},
	{MEM_UDMABUF, "dma-buf of host memory by /dev/udmabuf"},
	{MEM_DMA_HEAP, "dma-buf of host memory by /dev/dma_heap/NAME"},
	{MEM_FD, "dma-buf received from another process"},
	{MEM_MEMFD, "stand-in for a dma-buf, for soft0 only"},
};

/* Return: can the kind be opened; else @e says why not. */
static bool probe(struct mem_ctx *mem, int64_t kind, struct err *e)
{
	const struct config_memory m = {.name = "list",
					.kind = kind,
					.length = 4096,
					.heap = "system",
					.bar = -1,
					.fd = -1,
					.numa = CONFIG_NUMA_ANY};

	*e = (struct err){0};
	return mem && !mem_probe(mem, &m, e);
}

/* A received descriptor comes when it comes. */
static bool probed(int64_t kind)
{
	return kind != MEM_FD;
}

/* The sentence without the name of the made-up memory. */
static const char *reason(const struct err *e)
{
	const char *colon = strstr(e->text, ": ");

	return colon ? colon + 2 : e->text;
}

static void print_kinds(struct mem_ctx *mem, FILE *out)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct err e = {0};
		bool ok = !probed(kinds[i].kind) || probe(mem, kinds[i].kind, &e);
		char head[32];

		snprintf(head, sizeof(head), "%-10s%-5s", mem_kind_name(kinds[i].kind), ok ? "yes" : "no");
		if (ok)
			wrap(out, head, "%s", kinds[i].about);
		else
			wrap(out, head, "%s: %s", kinds[i].about, reason(&e));
	}
}

/* A number in a file of one line; -1 = not there. */
static long long number_in(int node, const char *size, const char *file)
{
	char path[300], text[32];
	long long n = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/hugepages/%.100s/%s", node, size, file);
	f = fopen(path, "re");
	if (!f)
		return -1;
	if (fgets(text, sizeof(text), f))
		n = strtoll(text, NULL, 10);
	fclose(f);
	return n;
}

/**
 * each_huge() - call @add for each node and size of reserved huge pages
 *
 * A kernel without NUMA shows its memory as node 0, or not at all: then nothing is called.
 */
static void each_huge(void (*add)(void *arg, int node, long long kib, long long free, long long total),
		      void *arg)
{
	enum { NODES = 1024 };

	for (int node = 0; node < NODES; node++) {
		char path[80];
		DIR *d;

		snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/hugepages", node);
		d = opendir(path);
		if (!d)
			continue;
		for (const struct dirent *at; (at = readdir(d));) {
			long long kib = strncmp(at->d_name, "hugepages-", strlen("hugepages-")) == 0
						? strtoll(at->d_name + strlen("hugepages-"), NULL, 10)
						: 0;

			if (kib > 0)
				add(arg, node, kib, number_in(node, at->d_name, "free_hugepages"),
				    number_in(node, at->d_name, "nr_hugepages"));
		}
		closedir(d);
	}
}

static const char *page_size(char buf[24], long long kib)
{
	enum { MIB = 1024, GIB = 1024 * 1024 };

	if (kib % GIB == 0)
		snprintf(buf, 24, "%lldG", kib / GIB);
	else if (kib % MIB == 0)
		snprintf(buf, 24, "%lldM", kib / MIB);
	else
		snprintf(buf, 24, "%lldK", kib);
	return buf;
}

static void print_huge(void *arg, int node, long long kib, long long free, long long total)
{
	char size[24];

	fprintf(arg, "pages     node %d: %lld of %lld reserved %s pages are free\n", node, free, total,
		page_size(size, kib));
}

static void add_huge(void *arg, int node, long long kib, long long free, long long total)
{
	json_array_append_new(arg, json_pack("{s:i, s:I, s:I, s:I}", "node", node, "bytes",
					     (json_int_t)(kib * 1024), "free", (json_int_t)free, "reserved",
					     (json_int_t)total));
}

/* Names below /dev/dma_heap. */
static json_t *heaps(void)
{
	json_t *list = json_array();
	DIR *d = opendir("/dev/dma_heap");

	for (const struct dirent *at; d && (at = readdir(d));)
		if (at->d_name[0] != '.')
			json_array_append_new(list, json_string(at->d_name));
	if (d)
		closedir(d);
	return list;
}

static void print_heaps(FILE *out)
{
	json_t *list = heaps();

	if (json_array_size(list))
		fputs("heaps    ", out);
	for (size_t i = 0; i < json_array_size(list); i++)
		fprintf(out, " %s", json_string_value(json_array_get(list, i)));
	if (json_array_size(list))
		fputc('\n', out);
	json_decref(list);
}

void list_host(FILE *out)
{
	struct mem_ctx *mem = NULL;

	mem_ctx_open(&sys_real, NULL, &mem, NULL);
	print_kinds(mem, out);
	print_heaps(out);
	each_huge(print_huge, out);
	mem_ctx_close(mem);
}

static json_t *kinds_json(struct mem_ctx *mem)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct err e = {0};
		bool ok = probed(kinds[i].kind) && probe(mem, kinds[i].kind, &e);

		json_array_append_new(list, json_pack("{s:s, s:o, s:s, s:s}", "kind",
						      mem_kind_name(kinds[i].kind), "opens",
						      probed(kinds[i].kind) ? json_boolean(ok) : json_null(),
						      "about", kinds[i].about, "why",
						      ok || !probed(kinds[i].kind) ? "" : reason(&e)));
	}
	return list;
}

json_t *list_host_json(void)
{
	struct mem_ctx *mem = NULL;
	json_t *huge = json_array(), *all;

	mem_ctx_open(&sys_real, NULL, &mem, NULL);
	each_huge(add_huge, huge);
	all = json_pack("{s:o, s:o, s:o}", "kinds", kinds_json(mem), "heaps", heaps(), "huge_pages", huge);
	mem_ctx_close(mem);
	return all;
}
