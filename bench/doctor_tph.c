// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Steering tags: the gates they pass, in the order they pass them. None is ever a failure: a run works
 * without. */
#include "doctor_parts.h"
#include "interconnect/eligible.h"
#include "topo/tags.h"
#include "topo_view.h"

#define GROUP "tph"

static void look_at_nic(struct doctor *d, int nic)
{
	const struct topo_tags tags = topo_tags(d->ask.t, nic);
	struct doctor_check *c;

	if (tags.can == TAGS_UNKNOWN) {
		doctor_unknown(d, GROUP, "requester", tags.why);
		return;
	}
	if (tags.can == TAGS_OFF || !tags.most) {
		c = doctor_add(d, GROUP, "requester", DOCTOR_WARN, "%s", tags.why);
		doctor_why(c, "NIC and its Root Port together decide what the NIC may send");
		doctor_fix(c, 0, "another NIC or slot; some firmware turns TPH on in its PCI settings");
		return;
	}
	doctor_add(d, GROUP, "requester", DOCTOR_OK, "%s", tags.why);
	if (tags.enabled != TAGS_OFF) {
		doctor_add(d, GROUP, "enabled", DOCTOR_OK, "%s now", tags_width_name(tags.enabled));
		return;
	}
	c = doctor_add(d, GROUP, "enabled", DOCTOR_WARN, "off now");
	doctor_why(
		c,
		"the driver turns it on: mlx5 with CONFIG_PCIE_TPH and firmware that reports mkey_pcie_tph");
	doctor_fix(c, FIX_REBOOT, "a newer kernel or firmware; boot without pci=notph");
}

static void look_at_target(struct doctor *d, int target)
{
	const struct topo_fn *f = topo_fn(d->ask.t, (size_t)topo_pf(d->ask.t, target));
	struct doctor_check *c;

	if (view_blind(f)) {
		doctor_unknown(d, GROUP, "completer", "config space is not readable (run as root)");
	} else if (f->cfg.exp.tph_completer) {
		doctor_add(d, GROUP, "completer", DOCTOR_OK, "target takes %s tags",
			   f->cfg.exp.tph_completer == 3 ? "8 and 16-bit" : "8-bit");
	} else {
		c = doctor_add(d, GROUP, "completer", DOCTOR_WARN, "the target takes no tags (DevCap2)");
		doctor_why(c, "it may ignore them; the kernel's proposed interface refuses to set any on it");
		doctor_fix(c, 0, "another target; an analyzer can still show what the NIC sends");
	}
}

/* NIC, way and target together, whoever sets the tag. */
static void look_at_way(struct doctor *d, const struct route *r)
{
	struct doctor_check *c;

	if (r->tph == ROUTE_TPH_UNKNOWN) {
		doctor_unknown(d, GROUP, "arrives", r->tph_why);
	} else if (r->tph == ROUTE_TPH_NO) {
		c = doctor_add(d, GROUP, "arrives", DOCTOR_WARN, "no: %s", r->tph_why);
		doctor_why(c, "a tag has to pass the NIC, the way and the target");
	} else {
		doctor_add(d, GROUP, "arrives", DOCTOR_OK, "%s: %s", view_tph(r->tph), r->tph_why);
	}
}

/* Two ways to get a tag on a message: the exporter's, which no kernel has yet, and the DMA handle's. */
static void look_at_source(struct doctor *d, const struct reach *r, const struct match_cell *cell)
{
	const struct eligible e = eligible_tags(&r->imp[cell->importer]);
	struct doctor_check *c;

	if (e.answer == MATCH_NO)
		doctor_why(doctor_add(d, GROUP, "driver", DOCTOR_WARN, "%s", e.why),
			   "the importing driver has to ask the exporter for its tag");
	else
		doctor_add(d, GROUP, "driver", e.answer == MATCH_YES ? DOCTOR_OK : DOCTOR_WARN, "%s",
			   e.answer == MATCH_YES ? "asks the exporter for its tag" : e.why);
	if (r->exp.tags == MATCH_YES)
		return;
	c = doctor_add(d, GROUP, "exporter", DOCTOR_WARN, "%s", r->exp.tags_why);
	doctor_why(c,
		   "tags of any value are set on the dma-buf by a proposed VFIO feature, not merged in 7.3; "
		   "tph: dmah (a CPU's tag) needs no exporter");
	doctor_fix(c, 0, "a kernel with that patch, and memory.NAME.tph_feature in the config: docs/tph.md");
}

void doctor_tph(struct doctor *d)
{
	const struct match_cell *cell = doctor_direct(d);

	if (!cell || doctor_nic(d) < 0)
		return;
	look_at_nic(d, cell->has_route ? cell->route.nic : doctor_nic(d));
	if (doctor_target(d) < 0)
		return; /* of system memory the NIC is all there is to say: tph: dmah */
	look_at_target(d, doctor_target(d));
	if (cell->has_route)
		look_at_way(d, &cell->route);
	look_at_source(d, d->ask.reach, cell);
}
