// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "topo/tags.h"

#include <linux/pci_regs.h>

#include "topo/route_priv.h"

const struct topo_fn *route_root_port(const struct topo *t, int fn)
{
	int at = topo_fn(t, (size_t)topo_pf(t, fn))->up, top = -1;

	for (; at >= 0; at = topo_fn(t, (size_t)at)->up)
		top = at;
	return top < 0 ? NULL : topo_fn(t, (size_t)top);
}

bool route_integrated(const struct topo_fn *f)
{
	return f->cfg.exp.has && f->cfg.exp.type == PCI_EXP_TYPE_RC_END;
}

const char *tags_width_name(enum tags_width w)
{
	static const char *const name[] = {"unknown", "off", "8-bit", "16-bit"};

	return name[w];
}

enum tags_width tags_namespace(const struct topo_tags *tags)
{
	if (tags->table == TAGS_IN_MSIX)
		return TAGS_OFF;
	return tags->enabled == TAGS_8 || tags->enabled == TAGS_16 ? tags->enabled : tags->can;
}

/* Fields of the registers: 0 none, 1 8-bit, 3 16-bit too. */
static enum tags_width width_of(int field)
{
	return field == 3 ? TAGS_16 : field == 1 ? TAGS_8 : TAGS_OFF;
}

/* Why none can be sent, NULL = nothing speaks against it. @root: NULL for part of the Root Complex. */
static const char *refusal(const struct topo_fn *nic, const struct topo_fn *root)
{
	const struct config_space *c = &nic->cfg;

	if (!c->tph.has)
		return "no TPH requester capability";
	if (!c->tph.device_specific)
		return "its TPH has no device specific mode, the one mlx5 uses";
	if (!root && !route_integrated(nic))
		return "no Root Port above it: the kernel does not enable its TPH";
	if (root && width_of(root->cfg.exp.tph_completer) == TAGS_OFF)
		return "its Root Port is no TPH completer: the kernel does not enable its TPH";
	return NULL;
}

static void say_table(struct topo_tags *tags, unsigned int entries)
{
	static const char direct[] = "direct mode: each memory region carries its own 8 bits";

	switch (tags->table) {
	case TAGS_DIRECT:
		tags->live = TAGS_NO_LIMIT;
		snprintf(tags->why, TAGS_WHY, "%s; %s", tags_width_name(tags->can), direct);
		break;
	case TAGS_IN_CAPABILITY:
		tags->live = entries - 1;
		snprintf(tags->why, TAGS_WHY, "%s; a table of %u in the capability: %u live tags",
			 tags_width_name(tags->can), entries, tags->live);
		break;
	default:
		tags->live = 0;
		snprintf(tags->why, TAGS_WHY,
			 "its tags are kept in the MSI-X table, which mlx5 does not use");
		break;
	}
}

struct topo_tags topo_tags(const struct topo *t, int nic)
{
	const struct topo_fn *f = topo_fn(t, (size_t)nic);
	const struct topo_fn *root = route_integrated(f) ? NULL : route_root_port(t, nic);
	struct topo_tags tags = {.can = TAGS_UNKNOWN};
	const char *why;

	/* 256 bytes: the extended capabilities are not among them. */
	if (f->cfg.bytes <= 256 || (root && root->cfg.bytes <= CONFIG_UNPRIVILEGED)) {
		snprintf(tags.why, sizeof(tags.why), "unknown (run as root)");
		return tags;
	}
	why = refusal(f, root);
	tags.can = why ? TAGS_OFF : f->cfg.tph.extended ? TAGS_16 : TAGS_8;
	tags.enabled = width_of(f->cfg.tph.has ? f->cfg.tph.enable : 0);
	tags.table = f->cfg.tph.table == 1 ? TAGS_IN_CAPABILITY
		     : f->cfg.tph.table	   ? TAGS_IN_MSIX
					   : TAGS_DIRECT;
	if (why) {
		snprintf(tags.why, sizeof(tags.why), "%s", why);
		return tags;
	}
	if (root && width_of(root->cfg.exp.tph_completer) < tags.can)
		tags.can = TAGS_8;
	say_table(&tags, f->cfg.tph.entries);
	tags.most = !tags.live ? 0 : tags.table == TAGS_DIRECT || tags.can == TAGS_8 ? 0xff : 0xffff;
	return tags;
}
