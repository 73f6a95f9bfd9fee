// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* May this user see and open what a run needs? */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "doctor_parts.h"
#include "topo_view.h"

#define GROUP "rights"

/**
 * struct node - a device node
 * @open: open it to see; else its mode alone is asked, for opening would take it from others
 * @option: without which the kernel cannot have it; @module: what makes it
 */
struct node {
	const char *name, *option, *module, *why;
	enum doctor_need need;
	bool open;
};

static const struct node uverbs = {"uverbs",	"INFINIBAND_USER_ACCESS",
				   "ib_uverbs", "libibverbs talks to a NIC through it",
				   NEED_NIC,	true};
static const struct node vfio = {
	"vfio", "VFIO_PCI", "vfio-pci", "a BAR is exported by the VFIO device behind it", NEED_VFIO, false};
static const struct node iommufd = {
	"iommu", "IOMMUFD", "iommufd", "VFIO's newer way in (cdev); without it: its groups", NEED_VFIO, true};
static const struct node udmabuf = {
	"udmabuf", "UDMABUF", "udmabuf", "memory kind udmabuf: host memory as a dma-buf", NEED_UDMABUF, true};
static const struct node heap = {"dma_heap",
				 "DMABUF_HEAPS_SYSTEM",
				 "",
				 "memory kind dma_heap: host memory as a dma-buf",
				 NEED_DMA_HEAP,
				 true};

static void say_missing(const struct doctor *d, struct doctor_check *c, const struct node *k)
{
	if (d->config && doctor_kconfig(d->config, k->option) == 'n') {
		doctor_fix(c, FIX_ROOT | FIX_REBOOT, "boot a kernel built with CONFIG_%s", k->option);
		return;
	}
	if (!k->module[0]) {
		doctor_fix(
			c, FIX_ROOT | FIX_REBOOT,
			"a kernel with CONFIG_DMABUF_HEAPS and CONFIG_DMABUF_HEAPS_SYSTEM; or use udmabuf");
		return;
	}
	doctor_fix(c, FIX_COMMAND | FIX_ROOT, "modprobe %s", k->module);
	doctor_undo(c, "modprobe -r %s", k->module);
}

static void say_refused(struct doctor_check *c, const char *path)
{
	if (!geteuid()) {
		doctor_fix(c, 0, "root is refused: a container's device rules; start it with --device=%s",
			   path);
		return;
	}
	if (!doctor_word(path))
		return;
	doctor_fix(c, FIX_COMMAND | FIX_ROOT, "chmod o+rw %s", path);
	doctor_undo(c, "chmod o-rw %s", path);
}

/* @optional: its lack is never a failure. */
static void look_at(struct doctor *d, const struct node *k, const char *path, bool optional)
{
	struct doctor_check *c;
	int rc;

	if (!d->ask.live) {
		doctor_skip(d, GROUP, k->name, "");
		return;
	}
	rc = k->open ? doctor_opens(d, "%s", path + 1) : doctor_access(d, R_OK | W_OK, "%s", path + 1);
	if (!rc) {
		doctor_add(d, GROUP, k->name, DOCTOR_OK, "%s %s", path, k->open ? "opens" : "may be opened");
		return;
	}
	c = doctor_add(d, GROUP, k->name, optional ? DOCTOR_WARN : doctor_lack(d, k->need), "%s %s", path,
		       rc == -ENOENT ? "is not there" : err_name(rc));
	doctor_why(c, "%s", k->why);
	if (rc == -ENOENT || rc == -ENODEV || rc == -ENXIO)
		say_missing(d, c, k);
	else if (rc == -EACCES || rc == -EPERM)
		say_refused(c, path);
}

/* The node of the pair's NIC; without a pair the first one. */
static void look_at_uverbs(struct doctor *d)
{
	char name[64][DOCTOR_NAME * 2], path[96] = "/dev/infiniband/uverbs0", ibdev[64];
	const char *wanted = d->ask.ends ? d->ask.ends->device : "";
	size_t n = doctor_names(d, "sys/class/infiniband_verbs", "uverbs", name, ARRAY_LEN(name));
	bool found = false;

	if (!doctor_wants(d, NEED_NIC))
		return;
	for (size_t i = 0; i < n && !found; i++) {
		doctor_text(d, ibdev, sizeof(ibdev), "sys/class/infiniband_verbs/%s/ibdev", name[i]);
		found = !wanted[0] || !strcmp(ibdev, wanted);
		if (found || !i)
			snprintf(path, sizeof(path), "/dev/infiniband/%.40s", name[i]);
	}
	look_at(d, &uverbs, path, false);
}

/* Of a bound target its own node, else what VFIO always has. */
static void look_at_vfio(struct doctor *d)
{
	int fn = doctor_target(d);
	const struct topo_fn *f = fn < 0 ? NULL : topo_fn(d->ask.t, (size_t)fn);
	char path[96] = "/dev/vfio/vfio";

	if (!doctor_wants(d, NEED_VFIO))
		return;
	if (f && f->vfio_dev[0])
		snprintf(path, sizeof(path), "/dev/vfio/devices/%s", f->vfio_dev);
	else if (f && f->iommu_group >= 0 && strstr(f->driver, "vfio"))
		snprintf(path, sizeof(path), "/dev/vfio/%d", f->iommu_group);
	look_at(d, &vfio, path, false);
	look_at(d, &iommufd, "/dev/iommu", true);
}

/* Functions whose capabilities are hidden. */
static size_t blind(const struct doctor *d)
{
	size_t n = 0;

	for (size_t i = 0; i < topo_len(d->ask.t); i++)
		n += view_blind(topo_fn(d->ask.t, i));
	return n;
}

static void look_at_config_space(struct doctor *d)
{
	const size_t all = topo_len(d->ask.t), hidden = blind(d);
	struct doctor_check *c;

	if (!all)
		return; /* container says so */
	if (!hidden) {
		doctor_add(d, GROUP, "config_space", DOCTOR_OK, "readable: %zu PCI functions", all);
		return;
	}
	c = doctor_add(d, GROUP, "config_space", DOCTOR_WARN, "cut off for %zu of %zu PCI functions", hidden,
		       all);
	doctor_why(c, "ACS, TPH, MPS and AER are there; without CAP_SYS_ADMIN the kernel shows 64 bytes, and "
		      "what is not seen is reported as unknown");
	if (!d->ask.live)
		doctor_fix(c, 0, "save the machine as root: sudo p2pbench topo --save FILE");
	else if (geteuid())
		doctor_fix(c, FIX_ROOT, "run doctor, topo and match as root: sudo p2pbench doctor");
	else
		doctor_fix(c, 0,
			   "root without CAP_SYS_ADMIN (a container): ask on the host: p2pbench topo "
			   "--save FILE, then --from FILE here");
}

static void look_at_user(struct doctor *d)
{
	if (!d->ask.live)
		doctor_skip(d, GROUP, "user", "");
	else if (geteuid())
		doctor_why(
			doctor_add(d, GROUP, "user", DOCTOR_OK, "uid %u, not root", (unsigned int)geteuid()),
			"a run needs its device nodes, not root; predictions do");
	else
		doctor_add(d, GROUP, "user", DOCTOR_OK, "root");
}

void doctor_rights(struct doctor *d)
{
	look_at_user(d);
	look_at_config_space(d);
	look_at_uverbs(d);
	look_at_vfio(d);
	if (doctor_wants(d, NEED_UDMABUF))
		look_at(d, &udmabuf, "/dev/udmabuf", false);
	if (doctor_wants(d, NEED_DMA_HEAP))
		look_at(d, &heap, "/dev/dma_heap/system", false);
}
