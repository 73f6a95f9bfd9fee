// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the errno of a registration says of a pair, and whether that was predicted. */
#include <errno.h>

#include "interconnect/match.h"

static const struct {
	const char *name, *about;
} outcomes[] = {
	[MATCH_WORKED] = {"worked", "a memory region was registered: the kernel has a way for this pair"},
	[MATCH_INELIGIBLE] = {"ineligible",
			      "the NIC does not take this kind of memory, whatever the way between them "
			      "(EOPNOTSUPP); docs/interconnect.md; the bounce is what is left"},
	[MATCH_UNREACHABLE] =
		{"unreachable",
		 "no P2P path between NIC and target: the kernel refused (EINVAL), while the same request on "
		 "system memory works; `p2pbench topo --route NIC TARGET` says which function is in the way, "
		 "dmesg has the kernel's line"},
	[MATCH_BAD_REQUEST] =
		{"bad_request",
		 "the request itself is refused (EINVAL, also on system memory): offset, length or access "
		 "flags; that says nothing of the pair"},
	[MATCH_UNTOLD] =
		{"untold",
		 "no P2P path between NIC and target, or a request that is wrong in itself: the kernel "
		 "refused "
		 "(EINVAL); with /dev/udmabuf a control would tell which, `p2pbench topo --route NIC TARGET` "
		 "has the prediction"},
	[MATCH_REVOKED] = {"revoked", "the exporter has taken the memory back (ENODEV): memory decode is "
				      "off, the device is in D3, "
				      "was reset, or its descriptor was closed"},
	[MATCH_RIGHTS] =
		{"rights",
		 "EPERM or EACCES: run as root, or see that you may open the device node; with tph_cpu also: "
		 "a cpuset keeps this process off that CPU"},
	[MATCH_NO_MEMORY] =
		{"no_memory",
		 "ENOMEM: translation entries, the IOMMU mapping, or for host memory the locked-memory limit "
		 "(ulimit -l)"},
	[MATCH_TABLE_FULL] = {"table_full",
			      "EBUSY: the NIC's table of steering tags has no entry left; close other "
			      "programs that register tags, or sweep fewer at a time"},
	[MATCH_OTHER] = {"other", "an errno that has no known meaning here; see dmesg"},
};

enum match_outcome match_outcome(int rc, int control)
{
	switch (rc) {
	case 0:
		return MATCH_WORKED;
	case -EOPNOTSUPP:
	case -EPROTONOSUPPORT: /* the kernel lacks the method */
		return MATCH_INELIGIBLE;
	case -EINVAL:
		return control == 0	    ? MATCH_UNREACHABLE
		       : control == -EINVAL ? MATCH_BAD_REQUEST
					    : MATCH_UNTOLD;
	case -ENODEV:
		return MATCH_REVOKED;
	case -EPERM:
	case -EACCES:
		return MATCH_RIGHTS;
	case -ENOMEM:
		return MATCH_NO_MEMORY;
	case -EBUSY:
		return MATCH_TABLE_FULL;
	default:
		return MATCH_OTHER;
	}
}

const char *match_outcome_name(enum match_outcome o)
{
	return outcomes[o].name;
}

const char *match_outcome_about(enum match_outcome o)
{
	return outcomes[o].about;
}

bool match_surprise(const struct match_cell *c, enum match_outcome o)
{
	switch (o) {
	case MATCH_WORKED:
		return c->works == MATCH_NO;
	case MATCH_INELIGIBLE:
		return c->eligible == MATCH_YES;
	case MATCH_UNREACHABLE: /* said only after the exporter took the importer in */
		return c->eligible == MATCH_NO || (c->way != ROUTE_WAY_NONE && c->way != ROUTE_WAY_UNKNOWN);
	default:
		return false;
	}
}
