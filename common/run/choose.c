// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "run/choose.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "topo/tags.h"

static __attribute__((format(printf, 2, 3))) bool say(struct chosen *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->why, sizeof(c->why), fmt, ap);
	va_end(ap);
	return false;
}

int choose_fn(const struct places *places, const struct nic_attr *a, int64_t interconnect)
{
	int fn;

	if (interconnect != INTERCONNECT_DATA_DIRECT)
		return places->nic_fn;
	fn = places->topo && a->data_direct[0] ? topo_find(places->topo, a->data_direct) : -1;
	return fn < 0 ? -1 : fn;
}

/*
 * What the refusal of the interconnect that was asked for means, then the classes of all (@classes), then
 * what the device or kernel said.
 */
static bool say_refused(const struct reach *reach, int64_t asked, const char *classes, struct chosen *c)
{
	for (size_t i = 0; i < reach->n; i++) {
		int64_t by = reach->imp[reach->cell[i].importer].interconnect;

		if (reach->outcome[i] == MATCH_WORKED || (by != asked && asked != INTERCONNECT_AUTO))
			continue;
		return say(c, "%s (%.120s): %s", match_outcome_about(reach->outcome[i]), classes,
			   reach->text[i]);
	}
	return say(c, "%s", classes);
}

static bool choose_interconnect(const struct config_settings *set, const struct reach *reach,
				struct chosen *c)
{
	const struct match_tried tried = {reach->imp, reach->cell, reach->outcome, reach->n};
	int64_t asked = c->pt.v[AX_INTERCONNECT];
	char classes[CHOOSE_WHY / 2];
	struct match_want want;
	int at;

	if (asked == AXIS_EMPTY)
		asked = INTERCONNECT_MAIN;
	want = (struct match_want){asked, set->prefer, set->fallback};
	at = match_choose(&want, &tried, &c->fell_back, classes, sizeof(classes));
	if (at < 0)
		return say_refused(reach, asked, classes, c);
	snprintf(c->why, sizeof(c->why), "%s", classes);
	c->pt.v[AX_INTERCONNECT] = reach->imp[reach->cell[at].importer].interconnect;
	return true;
}

/* Near and far of any device; of hardware also whether the kernel would take the CPU. */
static bool choose_cpu(const struct places *places, const struct nic_attr *a, struct chosen *c)
{
	int64_t asked = c->pt.v[AX_TPH_CPU];
	struct err e = {0};
	int cpu;

	if (asked == AXIS_EMPTY || (asked >= 0 && a->evidence != NIC_HARDWARE))
		return true;
	cpu = places_tph_cpu(places, asked, &e);
	if (cpu < 0)
		return say(c, "tph_cpu: %.240s", e.text);
	c->pt.v[AX_TPH_CPU] = cpu;
	return true;
}

/* What the memory's device takes. */
static bool exporter_takes(const struct reach *reach, struct chosen *c)
{
	const struct mem_tph *tags = &reach->tags;

	if (!tags->usable)
		return say(c, "tph exporter: %.230s", tags->why);
	if (c->pt.v[AX_ST] != AXIS_EMPTY && !tags->st)
		return say(c, "st: the target takes no 8-bit tags (DevCap2)");
	if (c->pt.v[AX_ST_EXT] != AXIS_EMPTY && !tags->st_ext)
		return say(c, "st_ext: the target is an 8-bit completer (DevCap2)");
	return true;
}

/* Does the function of the NIC send the tag? Of both namespaces it sends the one that is on. */
static bool nic_sends(const struct places *places, const struct nic_attr *a, struct chosen *c)
{
	int fn = choose_fn(places, a, c->pt.v[AX_INTERCONNECT]);
	int64_t st = c->pt.v[AX_ST], st_ext = c->pt.v[AX_ST_EXT], sent;
	struct topo_tags tags;

	if (!places->topo || fn < 0)
		return true;
	tags = topo_tags(places->topo, fn);
	if (tags.can == TAGS_UNKNOWN)
		return true;
	if (tags.can == TAGS_OFF || !tags.live)
		return say(c, "the NIC sends no tags: %.200s", tags.why);
	if (tags.enabled == TAGS_OFF)
		return say(c, "the NIC sends no tags: its driver has not switched TPH on");
	if (tags.enabled == TAGS_UNKNOWN)
		return true;
	sent = tags.enabled == TAGS_16 ? st_ext : st;
	if (sent == AXIS_EMPTY)
		return say(c, "outside the NIC's namespace: %s tags are on, and %s is none",
			   tags_width_name(tags.enabled), tags.enabled == TAGS_16 ? "st" : "st_ext");
	if (sent > (int64_t)tags.most)
		return say(c, "tag 0x%" PRIx64 " would not arrive unchanged, 0x%x is the largest: %.160s",
			   (uint64_t)sent, tags.most, tags.why);
	return true;
}

static bool tag_goes(const struct places *places, const struct nic_attr *a, const struct reach *reach,
		     struct chosen *c)
{
	if (c->pt.v[AX_TPH] == TPH_DMAH && c->pt.v[AX_INTERCONNECT] == INTERCONNECT_DATA_DIRECT)
		return say(c, "tph dmah: registrations by data-direct carry no DMA handle");
	if (c->pt.v[AX_TPH] != TPH_EXPORTER)
		return true;
	if (c->pt.v[AX_INTERCONNECT] == INTERCONNECT_BOUNCE)
		return say(c, "tph exporter: the NIC reaches host memory here, which has no exporter");
	return exporter_takes(reach, c) && (a->evidence != NIC_HARDWARE || nic_sends(places, a, c));
}

static bool can_revoke(const struct config_settings *set, const struct reach *reach, struct chosen *c)
{
	if (set->revoke == MEM_REVOKE_NONE)
		return true;
	if (reach->exp.kind != MEM_VFIO)
		return say(c, "revoke: only a VFIO device can take its memory away");
	if (c->pt.v[AX_MEASURE] == MEASURE_REG)
		return say(c, "revoke: nothing is in flight while registrations are timed");
	if (c->pt.v[AX_INTERCONNECT] == INTERCONNECT_BOUNCE)
		return say(c, "revoke: of a bounce the CPU would touch memory that is gone");
	return true;
}

const char *choose_point(const struct config_settings *set, const struct places *places,
			 const struct nic_attr *a, const struct reach *reach, const struct point *pt,
			 struct chosen *out)
{
	out->pt = *pt;
	out->fell_back = false;
	out->why[0] = '\0';
	if (choose_interconnect(set, reach, out) && choose_cpu(places, a, out) &&
	    tag_goes(places, a, reach, out) && can_revoke(set, reach, out))
		return NULL;
	return out->why;
}
