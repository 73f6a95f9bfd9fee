// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Modules: loaded, built in, or to be loaded. */
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "doctor_parts.h"

#define GROUP "modules"

/* The RDMA driver above a PCI driver; of others the PCI driver does it all. */
static const struct {
	const char *pci, *ib;
} above[] = {{"mlx5_core", "mlx5_ib"}, {"mlx4_core", "mlx4_ib"}, {"ice", "irdma"},
	     {"i40e", "irdma"},	       {"idpf", "irdma"},	 {"bnxt_en", "bnxt_re"},
	     {"mana", "mana_ib"},      {"ionic", "ionic_rdma"},	 {"qede", "qedr"},
	     {"be2net", "ocrdma"},     {"cxgb4", "iw_cxgb4"},	 {"hns3", "hns_roce_hw_v2"}};

static const char *rdma_driver(const char *pci)
{
	for (size_t i = 0; i < ARRAY_LEN(above); i++)
		if (!strcmp(above[i].pci, pci))
			return above[i].ib;
	return NULL;
}

static bool built_in(const struct doctor *d, const char *option)
{
	return option && d->config && doctor_kconfig(d->config, option) == 'y';
}

static void look_at(struct doctor *d, const char *name, const char *option, enum doctor_need need,
		    const char *why)
{
	struct doctor_check *c;

	if (!doctor_wants(d, need))
		return;
	if (doctor_access(d, F_OK, "sys/module")) {
		doctor_skip(d, GROUP, name, "/sys/module cannot be read");
		return;
	}
	if (!doctor_access(d, F_OK, "sys/module/%s", name) || built_in(d, option)) {
		doctor_add(d, GROUP, name, DOCTOR_OK, "%s", built_in(d, option) ? "built in" : "loaded");
		return;
	}
	if (d->config && option && doctor_kconfig(d->config, option) == 'n')
		return; /* the group `kernel` says so */
	c = doctor_add(d, GROUP, name, doctor_lack(d, need), "not loaded");
	doctor_why(c, "%s", why);
	doctor_fix(c, FIX_COMMAND | FIX_ROOT, "modprobe %s", name);
	doctor_undo(c, "modprobe -r %s", name);
}

/* Of the pair's NIC; without a pair of the first function whose driver has an RDMA half. */
static const char *wanted_driver(const struct doctor *d)
{
	int nic = doctor_nic(d);
	const char *ib = NULL;

	if (nic >= 0)
		return rdma_driver(topo_fn(d->ask.t, (size_t)nic)->driver);
	for (size_t i = 0; !ib && !d->ask.ends && i < topo_len(d->ask.t); i++)
		ib = rdma_driver(topo_fn(d->ask.t, i)->driver);
	return ib;
}

void doctor_modules(struct doctor *d)
{
	const char *ib = wanted_driver(d);

	look_at(d, "ib_uverbs", "INFINIBAND_USER_ACCESS", NEED_NIC, "verbs from user space");
	if (ib)
		look_at(d, ib, NULL, NEED_NIC, "the RDMA half of the NIC's driver");
	look_at(d, "vfio_pci", "VFIO_PCI", NEED_VFIO, "the driver that exports a target's BARs");
	look_at(d, "udmabuf", "UDMABUF", NEED_UDMABUF, "memory kind udmabuf");
}
