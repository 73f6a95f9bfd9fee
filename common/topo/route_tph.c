// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Does a steering tag arrive? The NIC must be let send it (drivers/pci/tph.c takes the lesser of the NIC's
 * capability and its Root Port's, also for traffic that never gets that far), the way must carry it, the
 * target must take it. The NIC asks for tags of one width, tags_namespace(), and the exporter's tag of the
 * other width is not sent.
 */
#include "topo/route_priv.h"
#include "topo/tags.h"

enum { COMPLETER_EXTENDED = 3 };

/* Why no tag arrives, whatever the NIC sends and is not known; NULL = nothing speaks against it. */
static const char *refusal(const struct route *r, const struct topo_fn *target)
{
	if (r->way == ROUTE_WAY_NONE)
		return "there is no way";
	if (r->way == ROUTE_WAY_SELF)
		return "the traffic stays inside the function";
	if (r->way == ROUTE_WAY_HOST_BRIDGE)
		return "the CPU lies on the way and most likely drops the hint; a switch is needed";
	if (target->cfg.bytes > CONFIG_UNPRIVILEGED && !target->cfg.exp.tph_completer)
		return "the target is no TPH completer (DevCap2)";
	return NULL;
}

/*
 * Outside flit mode a 16-bit tag travels in an end-end prefix, which both ends of every link on the way must
 * carry. The function at the turn uses no link of its own. Return: the first that does not, -1 = none.
 */
static int no_prefix(const struct topo *t, const struct route *r)
{
	for (int i = 0; i < r->n_hops; i++) {
		const struct config_space *c = &topo_fn(t, (size_t)topo_pf(t, r->hop[i]))->cfg;

		if (!(r->common >= 0 && i == r->turn) && !c->exp.prefix && !c->exp.flit)
			return r->hop[i];
	}
	return -1;
}

static void say(struct route *r, enum route_tph tph, const char *why, const struct topo_tags *tags)
{
	snprintf(r->tph_why, sizeof(r->tph_why), "%.150s%s", why,
		 tags && tags->enabled == TAGS_OFF ? "; off now: no driver has switched it on" : "");
	r->tph = tph;
}

/* The NIC asks for 16-bit tags and for no others: a tag of 8 bits on the export is not sent. */
static void judge_wide(const struct topo *t, struct route *r, const struct topo_fn *target,
		       const struct topo_tags *tags)
{
	int stop = no_prefix(t, r);
	char name[TOPO_ADDR], why[150];

	if (target->cfg.exp.tph_completer != COMPLETER_EXTENDED) {
		say(r, ROUTE_TPH_NO, "the NIC asks for 16-bit tags only, the target takes 8-bit ones only",
		    NULL);
	} else if (stop >= 0) {
		topo_addr_text(name, topo_fn(t, (size_t)stop)->addr);
		snprintf(why, sizeof(why),
			 "the NIC asks for 16-bit tags only; they need an end-end prefix, %s has none", name);
		say(r, ROUTE_TPH_NO, why, NULL);
	} else if (tags->table == TAGS_DIRECT) {
		say(r, ROUTE_TPH_16, "16-bit tags up to 0xff: direct mode has room for 8 bits", tags);
	} else {
		say(r, ROUTE_TPH_16, "NIC, Root Port and target take 16-bit tags", tags);
	}
}

void route_find_tph(const struct topo *t, struct route *r)
{
	const struct topo_fn *nic = topo_fn(t, (size_t)r->nic), *target = topo_fn(t, (size_t)r->target);
	const struct topo_tags tags = topo_tags(t, r->nic);
	const char *why = refusal(r, target);
	char text[150];

	if (why) {
		say(r, ROUTE_TPH_NO, why, NULL);
	} else if (tags.can != TAGS_UNKNOWN && !tags.most) {
		snprintf(text, sizeof(text), "the NIC sends none: %.120s", tags.why);
		say(r, ROUTE_TPH_NO, text, NULL);
	} else if (tags.can == TAGS_UNKNOWN || target->cfg.bytes <= CONFIG_UNPRIVILEGED) {
		say(r, ROUTE_TPH_UNKNOWN, "config space is not readable (run as root)", NULL);
	} else if (r->way == ROUTE_WAY_UNKNOWN) {
		say(r, ROUTE_TPH_UNKNOWN, "the way is not known", NULL);
	} else if (tags_namespace(&tags) == TAGS_16) {
		judge_wide(t, r, target, &tags);
	} else {
		snprintf(text, sizeof(text), "8-bit tags: %s",
			 !nic->cfg.tph.extended ? "the NIC has no others"
			 : tags.can == TAGS_8	? "the NIC's Root Port takes no others"
						: "the NIC's driver has turned these on");
		say(r, ROUTE_TPH_8, text, &tags);
	}
}
