/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_TESTS_VFIO_RIG_H
#define P2P_TESTS_VFIO_RIG_H

/* The machine of the VFIO tests: one device, group 7, BAR 2 of 1 MiB with its MSI-X table at 64K. */

#include "base/err.h"
#include "config/config.h"
#include "fakes/fakevfio.h"
#include "mem/vfio/vfio.h"
#include "topo/topo.h"
#include "uapi/vfio.h"

#define RIG_BDF "0000:41:00.0"

enum { RIG_BAR = 1 << 20, RIG_TABLE = 64 << 10, RIG_PAGE = 4096 };

static const struct fakevfio_device rig_device = {
	.bdf = RIG_BDF,
	.vfio_dev = "vfio0",
	.group = 7,
	.bar = {[0] = 16384, [2] = RIG_BAR, [4] = 256, [5] = 8192},
	.io = 1U << 5,
	.msix_vectors = 16,
	.msix_bar = 2,
	.msix_offset = RIG_TABLE,
	.pba_offset = RIG_TABLE + 8192,
	.completer = 1,
};

static const struct topo_fn rig_fn = {
	.addr = {.bus = 0x41},
	.driver = "vfio-pci",
	.vfio_dev = "vfio0",
	.iommu_group = 7,
	.physfn = -1,
};

static inline struct vfio_host rig_host(void)
{
	return (struct vfio_host){.sys = &fakevfio_sys};
}

static inline void rig_reset(void)
{
	fakevfio_reset();
	fakevfio_device_add(&rig_device);
}

/* Opens the device, which has to work. */
static inline struct vfio_device *rig_open(struct vfio_host *host, int64_t access)
{
	struct vfio_device *d = NULL;
	struct err e = {0};

	if (vfio_device_open(host, &rig_fn, access, NULL, 0, &d, &e))
		fail_msg("%s; %s", e.text, e.hint);
	return d;
}

/* Of @host nothing is left open; @fds are somebody else's. */
static inline void rig_clean_but(const struct vfio_host *host, int fds)
{
	assert_null(host->groups);
	assert_int_equal(host->iommu_users, 0);
	assert_int_equal(fakevfio_open_fds(), fds);
}

/* Nothing is left open. */
static inline void rig_clean(const struct vfio_host *host)
{
	rig_clean_but(host, 0);
	assert_int_equal(fakevfio_mappings(), 0);
}

#endif
