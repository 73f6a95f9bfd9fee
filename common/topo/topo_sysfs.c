// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reading sysfs below a root directory. Every file is optional: what cannot be read is left out. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "topo/topo.h"
#include "topo/topo_raw.h"

/* Up to @max bytes of a file, read into @buf. Return: how many, -1 when it cannot be read. */
static ssize_t slurp(int dir, const char *name, char *buf, size_t max)
{
	CLEANUP_FD int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t len = 0;
	ssize_t n = 1;

	if (fd < 0)
		return -1;
	while (len < max && n > 0) {
		n = read(fd, buf + len, max - len);
		len += n > 0 ? (size_t)n : 0;
	}
	return n < 0 && !len ? -1 : (ssize_t)len;
}

static char *read_text(int dir, const char *name)
{
	char buf[RAW_TEXT_MAX];
	ssize_t len = slurp(dir, name, buf, sizeof(buf));

	while (len > 0 && (buf[len - 1] == '\n' || buf[len - 1] == ' '))
		len--;
	return len < 0 ? NULL : strndup(buf, (size_t)len);
}

static void read_config(int dir, struct raw_fn *fn)
{
	char buf[RAW_CONFIG_MAX];
	ssize_t len = slurp(dir, "config", buf, sizeof(buf));

	fn->config = len > 0 ? malloc((size_t)len) : NULL;
	if (!fn->config)
		return;
	memcpy(fn->config, buf, (size_t)len);
	fn->config_len = (size_t)len;
}

/* Last component of what a link points to. */
static char *read_link(int dir, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir, name, target, sizeof(target) - 1);

	if (n < 0)
		return NULL;
	target[n] = '\0';
	return strdup(basename(target));
}

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
		fn->attr[a] = read_text(dir, raw_name[a]);
	fn->attr[RAW_DRIVER] = read_link(dir, raw_name[RAW_DRIVER]);
	fn->attr[RAW_GROUP] = read_link(dir, raw_name[RAW_GROUP]);
	fn->attr[RAW_PHYSFN] = read_link(dir, raw_name[RAW_PHYSFN]);
	snprintf(path, sizeof(path), "%s/type", raw_name[RAW_GROUP]);
	fn->attr[RAW_GROUP_TYPE] = read_text(dir, path);
	read_config(dir, fn);
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

/* The function that @target, a link's text from a class directory, lies below; the deepest one. */
static struct raw_fn *find_below(const struct raw *r, const char *target)
{
	struct raw_fn *found = NULL;

	for (const char *p = target, *end; *p; p = *end ? end + 1 : end) {
		char name[TOPO_ADDR];
		struct topo_addr addr;

		end = p + strcspn(p, "/");
		if ((size_t)(end - p) >= sizeof(name))
			continue;
		memcpy(name, p, (size_t)(end - p));
		name[end - p] = '\0';
		if (!topo_addr_parse(name, &addr) && raw_find(r, addr))
			found = raw_find(r, addr);
	}
	return found;
}

/* The devices of a class by the function they belong to; of several the first by name. */
static void read_class(int sys, const char *class, enum raw_attr attr, struct raw *out)
{
	int fd = openat(sys, class, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	for (struct dirent *ent; d && (ent = readdir(d));) {
		char target[PATH_MAX];
		ssize_t n = readlinkat(fd, ent->d_name, target, sizeof(target) - 1);
		struct raw_fn *fn;

		target[n < 0 ? 0 : n] = '\0';
		fn = find_below(out, target);
		if (!fn || (fn->attr[attr] && strcmp(fn->attr[attr], ent->d_name) < 0))
			continue;
		free(fn->attr[attr]);
		fn->attr[attr] = strdup(ent->d_name);
	}
	if (d)
		closedir(d);
	else if (fd >= 0)
		close(fd);
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
	ssize_t len = slurp(root, "proc/cpuinfo", text, RAW_TEXT_MAX);

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
		cpus = read_text(root, path);
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
	out->isolated = read_text(sys, "devices/system/cpu/isolated");
	devices = openat(sys, "bus/pci/devices", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = devices < 0 ? 0 : read_devices(devices, out, e);
	if (rc) {
		raw_free(out);
		return rc;
	}
	raw_sort(out);
	read_class(sys, "class/infiniband", RAW_IBDEV, out);
	read_class(sys, "class/net", RAW_NETDEV, out);
	if (devices >= 0)
		read_irqs(top, devices, out);
	return 0;
}
