// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Hardware or not? A device counts as hardware only when everything agrees: no mark of a software
 * driver, and a PCI function above it in sysfs. No single sign is enough. Names are the user's
 * (rdma link add ANYTHING type rxe); soft-RoCE and soft-iWARP had their network card as parent, and
 * so a `device` link into PCI, until "RDMA/siw,rxe: Make emulated devices virtual in the device
 * tree"; early soft-RoCE has vendor id 0.
 */
#include "nic/nic_verbs.h"

#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

/* Drivers whose data path is software or a hypervisor, with the vendor id they report (0 = the maker's own).
 */
static const struct soft_driver {
	const char *name;
	uint32_t vendor_id;
} soft_drivers[] = {
	{"rdma_rxe", 0xffffff}, /* RXE_VENDOR_ID, rxe_param.h */
	{"siw", 0x626d74},	/* SIW_VENDOR_ID, siw.h */
	{"vmw_pvrdma", 0},
};

static const struct soft_driver *soft_driver(const char *driver, uint32_t vendor_id)
{
	for (size_t i = 0; i < ARRAY_LEN(soft_drivers); i++)
		if ((vendor_id && soft_drivers[i].vendor_id == vendor_id) ||
		    !strcmp(soft_drivers[i].name, driver))
			return &soft_drivers[i];
	return NULL;
}

/* Last component of what a sysfs link points to; "" when there is no such link. */
static void link_name(int dir, const char *path, char *out, size_t size)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(dir, path, target, sizeof(target) - 1);

	out[0] = '\0';
	if (len < 0)
		return;
	target[len] = '\0';
	snprintf(out, size, "%s", basename(target));
}

/* Does @dir or one of its ancestors belong to the PCI bus? Sub-functions sit below an auxiliary device. */
static bool below_pci(int dir)
{
	enum { DEPTH_MAX = 16 };
	char subsystem[NAME_MAX + 1];
	bool found = false;
	int fd = dup(dir);

	for (int depth = 0; fd >= 0 && !found && depth < DEPTH_MAX; depth++) {
		int up;

		link_name(fd, "subsystem", subsystem, sizeof(subsystem));
		found = !strcmp(subsystem, "pci");
		up = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		close(fd);
		fd = up;
	}
	if (fd >= 0)
		close(fd);
	return found;
}

enum nic_evidence verbs_evidence(const struct ibv_device *dev, uint32_t vendor_id, char driver[64])
{
	CLEANUP_FD int ibdev = open(dev->ibdev_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	CLEANUP_FD int parent = openat(ibdev, "device", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct soft_driver *soft;

	link_name(parent, "driver", driver, 64);
	soft = soft_driver(driver, vendor_id);
	/* Only rxe has the attribute `parent` (rxe_verbs.c), in every version. */
	if (!soft && !faccessat(ibdev, "parent", F_OK, 0))
		soft = &soft_drivers[0];
	if (soft) {
		snprintf(driver, 64, "%s", soft->name);
		return NIC_EMULATED;
	}
	return parent >= 0 && below_pci(parent) ? NIC_HARDWARE : NIC_EMULATED;
}
