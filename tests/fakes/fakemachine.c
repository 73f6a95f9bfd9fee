// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A machine out of a directory: FAKE_MACHINE names the root of a sysfs tree, which topo_open() reads for this
 * machine, and FAKE_NIC an RDMA device of fakeverbs.h that sits where the tree says, and so counts as
 * hardware.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fakes/fakeverbs.h"
#include "topo/topo.h"

/* Provided by the linker for -Wl,--wrap=topo_open. */
int __real_topo_open(const char *from, struct topo **out, struct err *e);
int __wrap_topo_open(const char *from, struct topo **out, struct err *e);

int __wrap_topo_open(const char *from, struct topo **out, struct err *e)
{
	return __real_topo_open(from ? from : getenv("FAKE_MACHINE"), out, e);
}

__attribute__((constructor)) static void add_nic(void)
{
	static char path[512];
	const char *root = getenv("FAKE_MACHINE"), *name = getenv("FAKE_NIC");
	struct fake_device d = fake_roce;

	if (!root || !name)
		return;
	snprintf(path, sizeof(path), "%s/sys/class/infiniband/%s", root, name);
	fake_reset();
	d.name = name;
	d.ibdev_path = path;
	fake_device_add(&d);
}
