// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Devices as the drivers of Linux 7.3 make them, and those a program is to find. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fakes/fakeverbs_priv.h"

/* @pci: the driver of the PCI function above the device, NULL = none */
static const struct driver {
	const char *name, *pci;
	enum fake_importer importer;
	unsigned int st_entries;
	bool no_dmabuf, no_dump;
} drivers[] = {
	{"mlx5", "mlx5_core", FAKE_DYNAMIC, 63, false, false},
	{"irdma", "ice", FAKE_REVOCABLE, 0, false, true},
	{"efa", "efa", FAKE_PINNING, 0, false, true},
	{"bnxt_re", "bnxt_en", FAKE_PINNING, 0, false, true},
	{"mana", "mana", FAKE_PINNING, 0, false, true},
	{"ionic", "ionic", FAKE_PINNING, 0, false, true},
	{"rxe", NULL, FAKE_PINNING, 0, true, true},
};

static const struct driver *driver_of(const char *name)
{
	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		if (!strcmp(drivers[i].name, name))
			return &drivers[i];
	return NULL;
}

bool fake_driver(const char *driver, struct fake_device *d)
{
	const struct driver *r = driver_of(driver);

	if (!r)
		return false;
	*d = fake_roce;
	d->importer = r->importer;
	d->st_entries = r->st_entries;
	d->no_dmabuf = r->no_dmabuf;
	d->no_dump = r->no_dump;
	return true;
}

/* What fake_device points to, for the life of the process. */
static char names[FAKE_DEVICES_MAX][64], paths[FAKE_DEVICES_MAX][256], directs[FAKE_DEVICES_MAX][64];

/* As much of sysfs as tells the driver; not that it is on PCI, so no fake counts as hardware. */
static const char *make_sysfs(const char *name, const char *pci_driver, char path[256])
{
	const char *root = getenv("FAKE_SYSFS");
	char at[300], to[64];

	snprintf(path, 256, "%s/%s", root ? root : "/nowhere", name);
	if (!root)
		return path;
	mkdir(root, 0755);
	mkdir(path, 0755);
	snprintf(at, sizeof(at), "%s/%s", path, pci_driver ? "device" : "parent"); /* rxe has no more */
	mkdir(at, 0755);
	snprintf(at, sizeof(at), "%s/device/driver", path);
	snprintf(to, sizeof(to), "/drivers/%s", pci_driver ? pci_driver : "");
	if (pci_driver && symlink(to, at) && errno != EEXIST)
		perror(at);
	return path;
}

static void add(char *word)
{
	const int i = fake_machine.n_devices;
	char *rest = NULL, *name = strtok_r(word, "=", &rest), *option = strtok_r(NULL, ",", &rest);
	const struct driver *driver = option ? driver_of(option) : NULL;
	struct fake_device d = {0};
	bool known = driver && i < FAKE_DEVICES_MAX && fake_driver(option, &d);

	while (known && (option = strtok_r(NULL, ",", &rest))) {
		if (!strcmp(option, "unreachable"))
			d.unreachable = true;
		else if (!strncmp(option, "direct=", strlen("direct=")))
			snprintf(directs[i], sizeof(directs[i]), "/devices/pci0000:00/%s",
				 option + strlen("direct="));
		else
			known = false;
	}
	if (!known) {
		fprintf(stderr, "FAKE_NICS: not NAME=DRIVER[,unreachable][,direct=BDF]: %s\n", word);
		exit(1);
	}
	snprintf(names[i], sizeof(names[i]), "%s", name);
	d.name = names[i];
	d.ibdev_path = make_sysfs(name, driver->pci, paths[i]);
	d.direct_path = directs[i][0] ? directs[i] : NULL;
	fake_device_add(&d);
}

bool fake_drivers_from_environment(void)
{
	const char *text = getenv("FAKE_NICS");
	char words[1024], *rest = NULL;

	if (!text)
		return false;
	snprintf(words, sizeof(words), "%s", text);
	for (char *w = strtok_r(words, " ", &rest); w; w = strtok_r(NULL, " ", &rest))
		add(w);
	return fake_machine.n_devices > 0;
}
