// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* RDMA and network devices: which function they belong to, and their ports. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "topo/topo.h"
#include "topo/topo_files.h"
#include "topo/topo_raw.h"

#define CLASS_IB  "class/infiniband"
#define CLASS_NET "class/net"

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

/* Of the device @name of a class; NULL = it is software, or belongs to no PCI device. */
static struct raw_fn *function_of(const struct raw *r, int class, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(class, name, target, sizeof(target) - 1);

	target[n < 0 ? 0 : n] = '\0';
	return find_below(r, target);
}

typedef void visit_fn(int sys, int class, const char *name, struct raw *out);

static void each_device(int sys, const char *class, visit_fn *visit, struct raw *out)
{
	int fd = openat(sys, class, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	for (struct dirent *ent; d && (ent = readdir(d));)
		if (ent->d_name[0] != '.')
			visit(sys, fd, ent->d_name, out);
	if (d)
		closedir(d);
	else if (fd >= 0)
		close(fd);
}

/* Of several devices of a function the first by name counts. Return: is it @name? */
static bool put_name(struct raw_fn *fn, enum raw_attr attr, const char *name)
{
	if (fn->attr[attr] && strcmp(fn->attr[attr], name) < 0)
		return false;
	free(fn->attr[attr]);
	fn->attr[attr] = strdup(name);
	return true;
}

static void replace(struct raw_fn *fn, enum raw_attr attr, char *text)
{
	free(fn->attr[attr]);
	fn->attr[attr] = text;
}

static char *read_ports(int class, const char *name)
{
	enum { PORTS = 8 };
	char all[RAW_TEXT_MAX] = "";
	size_t len = 0;

	for (int i = 1; i <= PORTS; i++) {
		char path[NAME_MAX + 40], *rate, *layer;

		snprintf(path, sizeof(path), "%s/ports/%d/rate", name, i);
		rate = raw_file_text(class, path);
		snprintf(path, sizeof(path), "%s/ports/%d/link_layer", name, i);
		layer = raw_file_text(class, path);
		if (rate && layer)
			len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%d %.20s %.60s",
						len ? "\n" : "", i, layer, rate);
		free(rate);
		free(layer);
	}
	return len ? strdup(all) : NULL;
}

/* The network device below an emulated RDMA device: soft-RoCE names it, others have it in a GID. */
static char *lower_netdev(int class, const char *name)
{
	char path[NAME_MAX + 40], *netdev;

	snprintf(path, sizeof(path), "%s/parent", name);
	netdev = raw_file_text(class, path);
	if (netdev && *netdev && !strchr(netdev, '/'))
		return netdev;
	free(netdev);
	snprintf(path, sizeof(path), "%s/ports/1/gid_attrs/ndevs/0", name);
	netdev = raw_file_text(class, path);
	if (netdev && *netdev && !strchr(netdev, '/'))
		return netdev;
	free(netdev);
	return NULL;
}

static void add_emulated(struct raw_fn *fn, const char *name)
{
	char *both = NULL;

	if (!fn->attr[RAW_EMULATED])
		replace(fn, RAW_EMULATED, strdup(name));
	else if (asprintf(&both, "%s %s", fn->attr[RAW_EMULATED], name) > 0)
		replace(fn, RAW_EMULATED, both);
}

static void visit_ib(int sys, int class, const char *name, struct raw *out)
{
	struct raw_fn *fn = function_of(out, class, name);
	CLEANUP_FD int net = -1;
	char *lower;

	if (fn && put_name(fn, RAW_IBDEV, name))
		replace(fn, RAW_PORTS, read_ports(class, name));
	if (fn)
		return;
	lower = lower_netdev(class, name);
	net = lower ? openat(sys, CLASS_NET, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	fn = net < 0 ? NULL : function_of(out, net, lower);
	if (fn)
		add_emulated(fn, name);
	free(lower);
}

static void visit_net(int sys, int class, const char *name, struct raw *out)
{
	struct raw_fn *fn = function_of(out, class, name);
	char path[NAME_MAX + 40];

	(void)sys;
	snprintf(path, sizeof(path), "%s/speed", name);
	if (fn && put_name(fn, RAW_NETDEV, name))
		replace(fn, RAW_NET_SPEED, raw_file_text(class, path));
}

void raw_read_classes(int sys, struct raw *out)
{
	each_device(sys, CLASS_IB, visit_ib, out);
	each_device(sys, CLASS_NET, visit_net, out);
}
