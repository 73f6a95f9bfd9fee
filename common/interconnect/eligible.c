// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "interconnect/eligible.h"

#include <string.h>

#include "base/cleanup.h"

/*
 * How a driver attaches to a dma-buf. VFIO takes nobody in who cannot give the memory back (since 6.19); to
 * exporters of system memory it is all the same.
 */
enum style {
	STYLE_UNLISTED,
	STYLE_NONE,	 /* no reg_user_mr_dmabuf */
	STYLE_UNMERGED,	 /* not in 7.3, but proposed or found out of tree */
	STYLE_PINNED,	 /* cannot give it back */
	STYLE_REVOCABLE, /* pinned; gives it back once, for good */
	STYLE_DYNAMIC,	 /* invalidates and maps again */
	STYLE_SOFTWARE,	 /* CPU copies over mmap() of the descriptor */
};

/**
 * struct importer - a row of the table
 * @driver: name of the PCI driver, or of the module of devices without one; @ib: of the RDMA driver above it
 * @vfio_why: said of VFIO exports instead of what the style says, NULL = the style's
 * @tags: does it ask an exporter for a steering tag
 */
struct importer {
	const char *driver, *ib;
	int64_t interconnect;
	enum style style;
	const char *vfio_why;
	enum match_answer tags;
};

#define MAIN   INTERCONNECT_MAIN
#define DIRECT INTERCONNECT_DATA_DIRECT

static const struct importer importers[] = {
	{"software", NULL, MAIN, STYLE_SOFTWARE, NULL, MATCH_YES},
	{"mlx5_core", "mlx5_ib", MAIN, STYLE_DYNAMIC,
	 "mlx5 attaches dynamically; needs an HCA and a kernel with on-demand paging (ODP)", MATCH_YES},
	{"mlx5_core", "mlx5_ib", DIRECT, STYLE_PINNED,
	 "data-direct MRs are pinned and not revocable, and VFIO exports only to importers that can give the "
	 "memory back (since 6.19)",
	 MATCH_UNKNOWN},
	{"ice", "irdma", MAIN, STYLE_REVOCABLE, NULL, MATCH_NO},
	{"i40e", "irdma", MAIN, STYLE_REVOCABLE, NULL, MATCH_NO},
	{"idpf", "irdma", MAIN, STYLE_REVOCABLE, NULL, MATCH_NO},
	{"efa", NULL, MAIN, STYLE_PINNED, NULL, MATCH_NO},
	{"bnxt_en", "bnxt_re", MAIN, STYLE_PINNED, NULL, MATCH_NO},
	{"mana", "mana_ib", MAIN, STYLE_PINNED, NULL, MATCH_NO},
	{"ionic", "ionic_rdma", MAIN, STYLE_PINNED, NULL, MATCH_NO},
	{"rdma_rxe", NULL, MAIN, STYLE_UNMERGED,
	 "soft-RoCE of Linux 7.3 imports no dma-buf (proposed 2026-03-26); the lab's module adds it",
	 MATCH_UNKNOWN},
	{"erdma", NULL, MAIN, STYLE_UNMERGED,
	 "erdma of Linux 7.3 imports no dma-buf (proposed 2026-06-18, revocable)", MATCH_NO},
	{"mlx4_core", "mlx4_ib", MAIN, STYLE_NONE, NULL, MATCH_NO},
	{"hns3", "hns_roce_hw_v2", MAIN, STYLE_NONE, NULL, MATCH_NO},
	{"siw", NULL, MAIN, STYLE_NONE, NULL, MATCH_NO},
	{"qede", "qedr", MAIN, STYLE_NONE, NULL, MATCH_NO},
	{"be2net", "ocrdma", MAIN, STYLE_NONE, NULL, MATCH_NO},
	{"cxgb4", "iw_cxgb4", MAIN, STYLE_NONE, NULL, MATCH_NO},
	{"vmw_pvrdma", NULL, MAIN, STYLE_NONE, NULL, MATCH_NO},
	{"ib_mthca", NULL, MAIN, STYLE_NONE, NULL, MATCH_NO},
	{"usnic_verbs", NULL, MAIN, STYLE_NONE, NULL, MATCH_NO},
	{"hfi1", NULL, MAIN, STYLE_NONE, NULL, MATCH_NO},
};

/* What a style means for dma-bufs of a VFIO BAR and of system memory. */
static const struct {
	struct eligible vfio, system;
} styles[] = {
	[STYLE_UNLISTED] = {{MATCH_UNKNOWN, "it is not known of this driver whether it imports dma-bufs"},
			    {MATCH_UNKNOWN, "it is not known of this driver whether it imports dma-bufs"}},
	[STYLE_NONE] = {{MATCH_NO, "this driver imports no dma-buf (Linux 7.3)"},
			{MATCH_NO, "this driver imports no dma-buf (Linux 7.3)"}},
	[STYLE_UNMERGED] = {{MATCH_UNKNOWN, "this driver imports no dma-buf in Linux 7.3; later ones may"},
			    {MATCH_UNKNOWN,
			     "this driver imports no dma-buf in Linux 7.3; later ones or modules may"}},
	[STYLE_PINNED] = {{MATCH_NO, "this driver pins for good, and VFIO exports only to importers that can "
				     "give the memory back (since 6.19)"},
			  {MATCH_YES, "this driver pins, which exporters of system memory allow"}},
	[STYLE_REVOCABLE] = {{MATCH_YES, "this driver pins and can give back once (since 7.1); a revoke is "
					 "final for the MR"},
			     {MATCH_YES, "this driver imports dma-bufs of system memory"}},
	[STYLE_DYNAMIC] = {{MATCH_YES, "this driver attaches dynamically"},
			   {MATCH_YES, "needs an HCA and a kernel with on-demand paging (ODP)"}},
	[STYLE_SOFTWARE] = {{MATCH_NO, "a software device copies by CPU, and VFIO exports have no mmap()"},
			    {MATCH_YES, "a software device maps the descriptor"}},
};

static const struct importer *find(const struct match_importer *imp)
{
	const char *name = imp->software ? "software" : imp->driver;

	for (size_t i = 0; i < ARRAY_LEN(importers); i++) {
		const struct importer *row = &importers[i];

		if (row->interconnect == imp->interconnect &&
		    (!strcmp(row->driver, name) || (row->ib && !strcmp(row->ib, name))))
			return row;
	}
	return NULL;
}

static bool of_system_memory(int64_t kind)
{
	return kind != MEM_VFIO && kind != MEM_FD;
}

static struct eligible by_bounce(const struct match_exporter *exp)
{
	if (exp->kind == MEM_HOST)
		return (struct eligible){MATCH_NO, "system memory is where a bounce ends; it needs none"};
	if (of_system_memory(exp->kind))
		return (struct eligible){MATCH_YES,
					 "the NIC reaches other host memory; a CPU copies between both"};
	if (exp->kind == MEM_FD)
		return (struct eligible){MATCH_UNKNOWN,
					 "a CPU can copy only where the sender's exporter has mmap()"};
	return (struct eligible){MATCH_YES,
				 "the NIC reaches host memory; a CPU copies between that and the BAR"};
}

/* Not by a dma-buf. */
static struct eligible by_address(const struct match_exporter *exp, const struct match_importer *imp)
{
	if (imp->interconnect == INTERCONNECT_DATA_DIRECT)
		return (struct eligible){MATCH_NO, "by data-direct only dma-bufs can be registered"};
	if (exp->kind == MEM_MEMFD && !imp->software)
		return (struct eligible){MATCH_NO,
					 "a memfd is no dma-buf: it stands in for one on soft0 only"};
	return (struct eligible){MATCH_YES, "every driver registers host memory by address"};
}

struct eligible eligible(const struct match_exporter *exp, const struct match_importer *imp)
{
	const struct importer *row = find(imp);
	struct eligible vfio, system;

	if (imp->interconnect == INTERCONNECT_BOUNCE)
		return by_bounce(exp);
	if (exp->kind == MEM_HOST || exp->kind == MEM_MEMFD)
		return by_address(exp, imp);
	if (!row && imp->interconnect == INTERCONNECT_DATA_DIRECT)
		return (struct eligible){MATCH_NO, "only mlx5 has data-direct functions"};
	vfio = styles[row ? row->style : STYLE_UNLISTED].vfio;
	system = styles[row ? row->style : STYLE_UNLISTED].system;
	if (row && row->vfio_why)
		vfio.why = row->vfio_why;
	if (exp->kind == MEM_VFIO)
		return vfio;
	if (exp->kind != MEM_FD || vfio.answer == system.answer)
		return system;
	return (struct eligible){MATCH_UNKNOWN, "depends on the exporter of the received descriptor: this "
						"importer takes system memory, not VFIO's"};
}

struct eligible eligible_tags(const struct match_importer *imp)
{
	const struct importer *row = find(imp);

	if (!row)
		return (struct eligible){MATCH_UNKNOWN,
					 "it is not known of this driver whether it asks exporters for tags"};
	switch (row->tags) {
	case MATCH_YES:
		return (struct eligible){MATCH_YES, ""};
	case MATCH_NO:
		return (struct eligible){MATCH_NO,
					 "this driver asks no exporter for tags; in the proposed series "
					 "only mlx5 does"};
	default:
		return (struct eligible){MATCH_UNKNOWN, "it is not known whether tags of the exporter are "
							"asked for on this way"};
	}
}
