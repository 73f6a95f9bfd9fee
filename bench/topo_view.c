// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "topo_view.h"

#include <errno.h>
#include <hwloc.h>
#include <linux/pci_regs.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

enum { CLASS_NETWORK = 0x02, CLASS_DISPLAY = 0x03, CLASS_ACCELERATOR = 0x12 };
enum {
	CLASS_NVM = 0x0108,
	CLASS_HOST = 0x0600,
	CLASS_BRIDGE = 0x0604,
	CLASS_VGA = 0x0300,
	CONFIG_UNPRIVILEGED = 64
};

const char *view_kind_name(enum view_kind k)
{
	static const char *const name[] = {"NIC", "data-direct", "VFIO", "accelerator", "NVMe", ""};

	return name[k];
}

/* A console's graphics have no large 64-bit BAR; they are nobody's target. */
static bool console(const struct topo_fn *f)
{
	bool any = false;

	for (int i = 0; i < TOPO_BARS; i++) {
		any |= f->bar[i].bytes > 0;
		if (f->bar[i].wide && f->bar[i].prefetch)
			return false;
	}
	return f->class_code >> 8 == CLASS_VGA && any;
}

enum view_kind view_kind(const struct view *v, int fn)
{
	const struct topo_fn *f = topo_fn(v->t, (size_t)fn);
	unsigned int base = f->class_code >> 16;

	if (f->cfg.bridge)
		return VIEW_OTHER;
	if (strstr(f->driver, "vfio"))
		return VIEW_VFIO;
	if (topo_is_data_direct(v->t, fn))
		return VIEW_DATA_DIRECT;
	if (f->ibdev[0] || f->netdev[0] || (base == CLASS_NETWORK && f->physfn < 0))
		return VIEW_NIC;
	if (base == CLASS_ACCELERATOR || (base == CLASS_DISPLAY && !console(f)))
		return VIEW_ACCEL;
	return f->class_code >> 8 == CLASS_NVM ? VIEW_NVME : VIEW_OTHER;
}

int view_open(const struct topo *t, struct view *v)
{
	size_t n = topo_len(t);

	*v = (struct view){.t = t, .dev = calloc(n + 1, sizeof(int))};
	if (!v->dev)
		return -ENOMEM;
	for (int k = VIEW_NIC; k < VIEW_OTHER; k++) {
		for (size_t i = 0; i < n; i++)
			if (view_kind(v, (int)i) == (enum view_kind)k)
				v->dev[v->n++] = (int)i;
		v->n_nics = k == VIEW_NIC ? v->n : v->n_nics;
		v->n_from = k == VIEW_DATA_DIRECT ? v->n : v->n_from;
	}
	for (size_t i = 0; i < n; i++)
		v->long_addr |= topo_fn(t, i)->addr.domain > 0;
	return 0;
}

void view_close(struct view *v)
{
	free(v->dev);
}

const char *view_name(const struct view *v, int fn, char buf[VIEW_TEXT])
{
	const struct topo_fn *f = topo_fn(v->t, (size_t)fn);
	char addr[TOPO_ADDR];

	topo_addr_text(addr, f->addr);
	snprintf(buf, VIEW_TEXT, "%s",
		 f->ibdev[0]	? f->ibdev
		 : f->netdev[0] ? f->netdev
				: addr + (v->long_addr ? 0 : strlen("0000:")));
	return buf;
}

const char *view_about(const struct view *v, int fn)
{
	const struct topo_fn *f = topo_fn(v->t, (size_t)fn);
	enum view_kind k = view_kind(v, fn);

	if (k != VIEW_OTHER)
		return view_kind_name(k);
	if (f->cfg.exp.has && f->cfg.bridge) {
		switch (f->cfg.exp.type) {
		case PCI_EXP_TYPE_ROOT_PORT:
			return "root port";
		case PCI_EXP_TYPE_UPSTREAM:
			return "switch upstream port";
		case PCI_EXP_TYPE_DOWNSTREAM:
			return "switch downstream port";
		default:
			return "bridge";
		}
	}
	if (f->class_code >> 8 == CLASS_HOST)
		return "host bridge";
	return f->cfg.bridge || f->class_code >> 8 == CLASS_BRIDGE ? "bridge" : "function";
}

/* Is it for want of product data that the NIC of a data-direct function is not known? */
static bool pair_unknown(const struct view *v)
{
	for (size_t i = 0; i < v->n_nics; i++)
		if (topo_data_direct_unknown(v->t, v->dev[i]))
			return true;
	return false;
}

const char *view_what(const struct view *v, int fn, char buf[VIEW_TEXT])
{
	int nic = topo_data_direct_of(v->t, fn);
	char name[VIEW_TEXT];

	if (view_kind(v, fn) != VIEW_DATA_DIRECT)
		return view_about(v, fn);
	if (nic >= 0)
		snprintf(buf, VIEW_TEXT, "data-direct of %.60s", view_name(v, nic, name));
	else
		snprintf(buf, VIEW_TEXT, "data-direct, %s",
			 pair_unknown(v) ? "NIC unknown (run as root)" : "no NIC of it here");
	return buf;
}

/* @speed: tenths of GT/s. */
static const char *link_text(char buf[VIEW_TEXT], unsigned int speed, unsigned int width)
{
	if (!speed || !width)
		snprintf(buf, VIEW_TEXT, "?");
	else
		snprintf(buf, VIEW_TEXT, "%g GT/s x%u", speed / 10.0, width);
	return buf;
}

static unsigned int speed_of(unsigned int gen)
{
	static const unsigned int tenths[] = {0, 25, 50, 80, 160, 320, 640};

	return gen < ARRAY_LEN(tenths) ? tenths[gen] : 0;
}

const char *view_link_now(const struct view *v, int fn, char buf[VIEW_TEXT])
{
	const struct topo_fn *f = topo_fn(v->t, (size_t)topo_pf(v->t, fn)); /* a VF has its PF's link */

	if (!route_has_link(v->t, fn))
		return "";
	if (f->cfg.exp.has && f->cfg.exp.gen)
		return link_text(buf, speed_of(f->cfg.exp.gen), f->cfg.exp.width);
	return !f->cfg.exp.has && f->cfg.bytes > CONFIG_UNPRIVILEGED ? ""
								     : link_text(buf, f->speed, f->width);
}

const char *view_link_max(const struct view *v, int fn, char buf[VIEW_TEXT])
{
	const struct topo_fn *f = topo_fn(v->t, (size_t)topo_pf(v->t, fn)); /* a VF has its PF's link */

	if (!route_has_link(v->t, fn))
		return "";
	if (f->cfg.exp.has)
		return link_text(buf, speed_of(f->cfg.exp.gen_max), f->cfg.exp.width_max);
	return f->cfg.bytes > CONFIG_UNPRIVILEGED ? "" : link_text(buf, f->max_speed, f->max_width);
}

bool view_blind(const struct topo_fn *f)
{
	return f->cfg.bytes <= CONFIG_UNPRIVILEGED;
}

const char *view_acs(const struct topo_fn *f, char buf[VIEW_TEXT])
{
	static const char *const bit[] = {"SV", "TB", "RR", "CR", "UF", "EC", "DT"};
	size_t len = 0;

	if (!f->cfg.acs.has)
		return view_blind(f) || (f->cfg.exp.has && f->cfg.bytes <= 256) ? "?" : "-";
	buf[0] = '\0';
	for (unsigned int i = 0; i < ARRAY_LEN(bit); i++)
		if (f->cfg.acs.ctrl & 1u << i)
			len += (size_t)snprintf(buf + len, VIEW_TEXT - len, "%s%s", len ? " " : "", bit[i]);
	return len ? buf : "off";
}

const char *view_cpus(const struct view *v, int fn, char buf[VIEW_TEXT])
{
	const struct topo_fn *f = topo_fn(v->t, (size_t)fn);
	int node = f->numa_node;
	hwloc_topology_t h = topo_hwloc(v->t);
	hwloc_obj_t obj = h && node >= 0 ? hwloc_get_numanode_obj_by_os_index(h, (unsigned int)node) : NULL;

	if (f->cpus[0])
		return f->cpus;
	if (h && node < 0)
		return "all";
	if (!obj)
		return "?";
	hwloc_bitmap_list_snprintf(buf, VIEW_TEXT, obj->cpuset);
	return buf[0] ? buf : "none";
}

const char *view_way_mark(enum route_way w)
{
	static const char *const mark[] = {"?", "", "", "^", "!"};

	return mark[w];
}

const char *view_way_about(enum route_way w)
{
	static const char *const about[] = {"way unknown", "inside one function", "through the switch",
					    "through the CPU's host bridge", "no peer-to-peer: refused"};

	return about[w];
}

const char *view_tph(enum route_tph t)
{
	static const char *const word[] = {"unknown", "no", "8-bit", "8-bit and 16-bit"};

	return word[t];
}

struct path_limit view_limit(const struct view *v, const struct route *r, enum limit_op op)
{
	const struct path_ask ask = {.message = {.op = op, .size = 65536}};

	return path_limit(v->t, r, &ask);
}
