// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reading sysfs below a root directory. Every file is optional: what cannot be read is left out. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "topo/topo.h"
#include "topo/topo_files.h"
#include "topo/topo_raw.h"

/* Where the function hangs: its link's target from the root bus on. */
static char *read_path(int devices, const char *addr)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(devices, addr, target, sizeof(target) - 1);
	const char *root;

	if (n < 0)
		return NULL;
	target[n] = '\0';
	root = strstr(target, "/pci");
	return strdup(root ? root + 1 : target);
}

static void read_fn(int dir, struct raw_fn *fn)
{
	char path[96];

	for (int a = RAW_VENDOR; a <= RAW_AER_FATAL; a++)
		fn->attr[a] = raw_file_text(dir, raw_name[a]);
	fn->attr[RAW_DRIVER] = raw_file_link(dir, raw_name[RAW_DRIVER]);
	fn->attr[RAW_GROUP] = raw_file_link(dir, raw_name[RAW_GROUP]);
	fn->attr[RAW_PHYSFN] = raw_file_link(dir, raw_name[RAW_PHYSFN]);
	snprintf(path, sizeof(path), "%s/type", raw_name[RAW_GROUP]);
	fn->attr[RAW_GROUP_TYPE] = raw_file_text(dir, path);
	fn->attr[RAW_VFIO_DEV] = raw_file_entry(dir, raw_name[RAW_VFIO_DEV]);
	fn->config = raw_file_bytes(dir, "config", &fn->config_len);
	if (raw_wants_vpd(fn))
		fn->vpd = raw_file_bytes(dir, "vpd", &fn->vpd_len);
}

static int read_devices(int devices, struct raw *out, struct err *e)
{
	int fd = dup(devices);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	int rc = 0;

	for (struct dirent *ent; !rc && d && (ent = readdir(d));) {
		CLEANUP_FD int dir = -1;
		struct raw_fn *fn;

		if (ent->d_name[0] == '.')
			continue;
		dir = openat(devices, ent->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir < 0)
			continue;
		fn = raw_add(out);
		if (!fn)
			rc = err_set(e, -ENOMEM, "no memory for, or more than %d PCI functions", RAW_FNS_MAX);
		else
			read_fn(dir, fn);
		if (fn && !rc)
			fn->attr[RAW_PATH] = read_path(devices, ent->d_name);
		if (fn && !fn->attr[RAW_PATH])
			fn->attr[RAW_PATH] = strdup(ent->d_name);
	}
	if (d)
		closedir(d);
	return rc;
}

/* "key : value" of /proc/cpuinfo, the first time it occurs. */
static char *cpuinfo_value(const char *text, const char *key)
{
	const char *p = strstr(text, key);

	if (!p)
		return NULL;
	p += strlen(key);
	p += strspn(p, " \t:");
	return strndup(p, strcspn(p, "\n"));
}

static void read_cpu(int root, struct raw *out)
{
	char text[RAW_TEXT_MAX + 1];
	ssize_t len = raw_file_read(root, "proc/cpuinfo", text, RAW_TEXT_MAX);

	if (len < 0)
		return;
	text[len] = '\0';
	out->cpu_vendor = cpuinfo_value(text, "vendor_id");
	if (!out->cpu_vendor)
		out->cpu_vendor = cpuinfo_value(text, "CPU implementer");
	out->cpu_family = cpuinfo_value(text, "cpu family");
}

/* CPUs that take the interrupts of @fn, as a list; what stands twice does no harm. */
static char *irq_cpus(int root, int dir)
{
	int fd = openat(dir, "msi_irqs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	char list[RAW_TEXT_MAX] = "";
	size_t len = 0;

	for (struct dirent *ent; d && (ent = readdir(d));) {
		char path[128], *cpus;

		if (ent->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "proc/irq/%.20s/effective_affinity_list", ent->d_name);
		cpus = raw_file_text(root, path);
		if (cpus && *cpus && len + strlen(cpus) + 2 < sizeof(list))
			len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s", len ? "," : "", cpus);
		free(cpus);
	}
	if (d)
		closedir(d);
	return len ? strdup(list) : NULL;
}

static void read_irqs(int root, int devices, struct raw *out)
{
	for (size_t i = 0; i < out->n; i++) {
		struct raw_fn *fn = &out->fn[i];
		CLEANUP_FD int dir = -1;
		char name[TOPO_ADDR];
		struct topo_addr addr;

		if ((!fn->attr[RAW_IBDEV] && !fn->attr[RAW_NETDEV]) || raw_addr(fn, &addr))
			continue;
		dir = openat(devices, topo_addr_text(name, addr), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir >= 0)
			fn->attr[RAW_IRQ_CPUS] = irq_cpus(root, dir);
	}
}

int raw_read_sysfs(const char *root, struct raw *out, struct err *e)
{
	CLEANUP_FD int top = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP_FD int sys = top < 0 ? -1 : openat(top, "sys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP_FD int devices = -1;
	int rc;

	*out = (struct raw){0};
	if (top < 0)
		return err_set(e, -errno, "%s: %s", root, strerror(errno));
	if (sys < 0) {
		err_set(e, -EINVAL, "%s: has no directory sys", root);
		return err_hint(
			e, -EINVAL,
			"name the directory that holds the copied sys, as hwloc-gather-topology makes it");
	}
	read_cpu(top, out);
	out->isolated = raw_file_text(sys, "devices/system/cpu/isolated");
	devices = openat(sys, "bus/pci/devices", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = devices < 0 ? 0 : read_devices(devices, out, e);
	if (rc) {
		raw_free(out);
		return rc;
	}
	raw_sort(out);
	raw_read_classes(sys, out);
	if (devices >= 0)
		read_irqs(top, devices, out);
	return 0;
}
