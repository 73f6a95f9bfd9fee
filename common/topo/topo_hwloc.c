// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "topo/topo_hwloc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"

/* I/O objects are wanted from XML only: of a live machine our own reader knows more. */
static hwloc_topology_t load(const char *xml, unsigned long flags, enum hwloc_type_filter_e io)
{
	hwloc_topology_t t;

	if (hwloc_topology_init(&t))
		return NULL;
	hwloc_topology_set_io_types_filter(t, io);
	hwloc_topology_set_flags(t, flags);
	if ((xml && hwloc_topology_set_xmlbuffer(t, xml, (int)strlen(xml) + 1)) || hwloc_topology_load(t)) {
		hwloc_topology_destroy(t);
		return NULL;
	}
	return t;
}

/* The name of the host is in an <info> of the machine; nothing of ours needs it. */
static void drop_host_name(hwloc_topology_t t)
{
	hwloc_obj_t root = hwloc_get_root_obj(t);

	for (unsigned int i = 0; i < root->infos_count; i++)
		if (!strcmp(root->infos[i].name, "HostName"))
			root->infos[i].value[0] = '\0';
}

char *hwloc_capture(const char *root)
{
	hwloc_topology_t t;
	char *xml = NULL, *copy = NULL;
	int len = 0;

	if (root) {
		char cpus[RAW_TEXT_MAX];

		snprintf(cpus, sizeof(cpus), "%s/sys/devices/system/cpu", root);
		if (access(cpus, F_OK)) /* hwloc would complain on stderr */
			return NULL;
	}
	/* The only way to point hwloc 2 at another root. */
	if (root)
		setenv("HWLOC_FSROOT", root, 1);
	t = load(NULL, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED, HWLOC_TYPE_FILTER_KEEP_NONE);
	if (root)
		unsetenv("HWLOC_FSROOT");
	if (!t)
		return NULL;
	drop_host_name(t);
	if (!hwloc_topology_export_xmlbuffer(t, &xml, &len, 0)) {
		copy = strndup(xml, (size_t)len);
		hwloc_free_xmlbuffer(t, xml);
	}
	hwloc_topology_destroy(t);
	return copy;
}

hwloc_topology_t hwloc_open(const char *xml, bool live)
{
	return load(xml,
		    HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED | (live ? HWLOC_TOPOLOGY_FLAG_IS_THISSYSTEM : 0),
		    HWLOC_TYPE_FILTER_KEEP_NONE);
}

static char *hex(unsigned int v)
{
	char *s = NULL;

	return asprintf(&s, "0x%04x", v) < 0 ? NULL : s;
}

static char *decimal(int v)
{
	char *s = NULL;

	return asprintf(&s, "%d", v) < 0 ? NULL : s;
}

/* Components from the root bus down to @obj, as in sysfs. */
static char *path_of(hwloc_obj_t obj)
{
	char path[RAW_TEXT_MAX] = "", one[64];

	for (; obj; obj = obj->parent) {
		const struct hwloc_pcidev_attr_s *p = NULL;
		size_t len = strlen(path);

		if (obj->type == HWLOC_OBJ_PCI_DEVICE)
			p = &obj->attr->pcidev;
		else if (obj->type == HWLOC_OBJ_BRIDGE &&
			 obj->attr->bridge.upstream_type == HWLOC_OBJ_BRIDGE_PCI)
			p = &obj->attr->bridge.upstream.pci;
		if (p)
			snprintf(one, sizeof(one), "/%04x:%02x:%02x.%x", p->domain, p->bus, p->dev, p->func);
		else if (obj->type == HWLOC_OBJ_BRIDGE)
			snprintf(one, sizeof(one), "pci%04x:%02x", obj->attr->bridge.downstream.pci.domain,
				 obj->attr->bridge.downstream.pci.secondary_bus);
		else
			continue;
		if (len + strlen(one) >= sizeof(path))
			return NULL;
		memmove(path + strlen(one), path, len + 1);
		for (size_t i = 0; one[i]; i++)
			path[i] = one[i];
	}
	return strdup(path);
}

static int add_object(hwloc_obj_t obj, const struct hwloc_pcidev_attr_s *p, struct raw *out)
{
	hwloc_obj_t near = obj;
	struct raw_fn *fn = raw_add(out);

	while (near && !near->nodeset)
		near = near->parent;
	if (!fn)
		return -ENOMEM;
	fn->attr[RAW_PATH] = path_of(obj);
	fn->attr[RAW_VENDOR] = hex(p->vendor_id);
	fn->attr[RAW_DEVICE] = hex(p->device_id);
	fn->attr[RAW_CLASS] = hex((unsigned int)p->class_id << 8);
	if (near && hwloc_bitmap_weight(near->nodeset) == 1)
		fn->attr[RAW_NUMA_NODE] = decimal(hwloc_bitmap_first(near->nodeset));
	for (hwloc_obj_t os = obj->io_first_child; os; os = os->next_sibling) {
		if (os->type != HWLOC_OBJ_OS_DEVICE || !os->name)
			continue;
		if (os->attr->osdev.type == HWLOC_OBJ_OSDEV_OPENFABRICS && !fn->attr[RAW_IBDEV])
			fn->attr[RAW_IBDEV] = strdup(os->name);
		if (os->attr->osdev.type == HWLOC_OBJ_OSDEV_NETWORK && !fn->attr[RAW_NETDEV])
			fn->attr[RAW_NETDEV] = strdup(os->name);
	}
	return fn->attr[RAW_PATH] ? 0 : -ENOMEM;
}

int raw_read_xml(const char *path, const char *xml, struct raw *out, struct err *e)
{
	hwloc_topology_t t = load(xml, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED, HWLOC_TYPE_FILTER_KEEP_ALL);
	int rc = 0;

	*out = (struct raw){0};
	if (!t)
		return err_set(e, -EINVAL, "%s: not an XML file of hwloc (lstopo FILE.xml)", path);
	for (hwloc_obj_t o = NULL; !rc && (o = hwloc_get_next_pcidev(t, o));)
		rc = add_object(o, &o->attr->pcidev, out);
	for (hwloc_obj_t o = NULL; !rc && (o = hwloc_get_next_bridge(t, o));)
		if (o->attr->bridge.upstream_type == HWLOC_OBJ_BRIDGE_PCI)
			rc = add_object(o, &o->attr->bridge.upstream.pci, out);
	out->hwloc = rc ? NULL : strdup(xml);
	hwloc_topology_destroy(t);
	if (rc) {
		raw_free(out);
		return err_set(e, rc, "%s: no memory", path);
	}
	return 0;
}
