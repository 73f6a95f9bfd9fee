// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A whole program on the fake kernel, linked with --wrap=sys_real,--wrap=topo_open. Environment:
 *
 *	FAKE_MACHINE  what topo_open(NULL) reads in place of this machine; its functions bound to vfio-pci are
 *there FAKE_KERNEL   words, separated by commas: no-cdev no-group no-dmabuf noiommu tables no-symbol, and
 *features as INDEX=NAME: unknown zpci-error revoke memattr v2 v3 v4 v5 v6 v7 v9
 *
 * A SET that anything but a TPH v6 to v11 carried out ends the program with 99, whatever else it did.
 *
 * Its dma-bufs can be mapped, which is how a software device imports.
 */
#include "fakes/fakevfio.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "topo/topo.h"

int __real_topo_open(const char *from, struct topo **out, struct err *e);
int __wrap_topo_open(const char *from, struct topo **out, struct err *e);

static void set_feature(const char *word)
{
	static const char *const names[] = {"unknown", "zpci-error", "revoke", "memattr", "v2", "v3",
					    "v4",      "v5",	     "v6",     "v7",	  "v9"};
	char *name;
	unsigned long index = strtoul(word, &name, 10);

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (*name == '=' && !strcmp(name + 1, names[i])) {
			fakevfio_feature((unsigned int)index, (enum fakevfio_feature)i);
			return;
		}
	fprintf(stderr, "FAKE_KERNEL: what is '%s'?\n", word);
	abort();
}

static void set_word(struct fakevfio_kernel *k, const char *word)
{
	const struct {
		const char *name;
		bool *set;
	} flags[] = {{"no-cdev", &k->no_cdev},
		     {"no-group", &k->no_group},
		     {"no-dmabuf", &k->no_dmabuf},
		     {"noiommu", &k->noiommu}};

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (!strcmp(word, flags[i].name)) {
			*flags[i].set = true;
			return;
		}
	if (!strcmp(word, "tables"))
		k->tables = FAKEVFIO_TABLES_WITH;
	else if (!strcmp(word, "no-symbol"))
		k->tables = FAKEVFIO_TABLES_WITHOUT;
	else
		set_feature(word);
}

static void set_kernel(void)
{
	struct fakevfio_kernel k = {.mmap_dmabuf = true};
	const char *text = getenv("FAKE_KERNEL");
	char words[256], *save = NULL;

	snprintf(words, sizeof(words), "%s", text ? text : "");
	for (char *w = strtok_r(words, ",", &save); w; w = strtok_r(NULL, ",", &save))
		set_word(&k, w);
	fakevfio_kernel(&k);
}

int __wrap_topo_open(const char *from, struct topo **out, struct err *e)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static bool there;
	const char *machine = getenv("FAKE_MACHINE");
	int rc = __real_topo_open(from || !machine ? from : machine, out, e);

	pthread_mutex_lock(&lock);
	if (!rc && !from && machine && !there) {
		there = true;
		set_kernel();
		fakevfio_devices_of(*out);
	}
	pthread_mutex_unlock(&lock);
	return rc;
}

static void __attribute__((destructor)) look_for_harm(void)
{
	if (!fakevfio_harm())
		return;
	fprintf(stderr, "fake kernel: a modifying request reached a feature that is not DMA_BUF_TPH\n");
	_exit(99);
}
