// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the kernel was built with, or what its version promises. Options and releases: Kconfig files of Linux
 * 7.3 and the merge of each feature; docs/doctor.md has the table.
 */
#include <string.h>

#include "base/cleanup.h"
#include "doctor_parts.h"

#define GROUP "kernel"

#define VERSION(major, minor) ((major) << 16 | (minor))

/**
 * struct feature - see docs/doctor.md
 * @option: without CONFIG_; NULL = no option of its own, the version alone tells
 * @since: release that brought it
 * @driver: only NICs whose driver begins so need it; NULL = all
 * @optional: a warning at most
 */
struct feature {
	const char *name, *option, *why;
	unsigned int since;
	enum doctor_need need;
	const char *driver;
	bool optional;
};

static const struct feature features[] = {
	{"p2pdma", "PCI_P2PDMA", "decides and maps peer traffic; VFIO's dma-bufs need it", VERSION(4, 20),
	 NEED_VFIO, NULL, false},
	{"vfio_pci", "VFIO_PCI", "the driver that exports a target's BARs", VERSION(3, 6), NEED_VFIO, NULL,
	 false},
	{"vfio_dmabuf", "VFIO_PCI_DMABUF",
	 "exports slices of a BAR as dma-bufs; follows from VFIO_PCI, PCI_P2PDMA and DMA_SHARED_BUFFER",
	 VERSION(6, 19), NEED_VFIO, NULL, false},
	{"vfio_cdev", "VFIO_DEVICE_CDEV", "VFIO without groups (access: cdev); groups do as well",
	 VERSION(6, 6), NEED_VFIO, NULL, true},
	{"uverbs", "INFINIBAND_USER_ACCESS", "verbs from user space", VERSION(2, 6), NEED_NIC, NULL, false},
	{"odp", "INFINIBAND_ON_DEMAND_PAGING", "mlx5 imports no dma-buf without it (EOPNOTSUPP)",
	 VERSION(3, 19), NEED_VFIO, "mlx5", false},
	{"udmabuf", "UDMABUF", "host memory as a dma-buf", VERSION(4, 20), NEED_UDMABUF, NULL, false},
	{"dma_heap", "DMABUF_HEAPS_SYSTEM", "host memory as a dma-buf", VERSION(5, 6), NEED_DMA_HEAP, NULL,
	 false},
	{"tph", "PCIE_TPH", "turns a NIC's TPH requester on: no steering tags without it", VERSION(6, 13),
	 NEED_TPH, NULL, true},
	{"dmah", NULL, "DMA handles: tph: dmah", VERSION(6, 17), NEED_TPH, "mlx5", true},
	{"data_direct", NULL, "registration by mlx5's second function", VERSION(6, 12), NEED_NIC, "mlx5",
	 true},
};

static void say_lack(const struct doctor *d, struct doctor_check *c, const struct feature *f)
{
	doctor_why(c, "%s", f->why);
	if (f->option && d->version >= f->since) {
		doctor_fix(c, FIX_ROOT | FIX_REBOOT, "boot a kernel built with CONFIG_%s", f->option);
		return;
	}
	doctor_fix(c, FIX_ROOT | FIX_REBOOT, "boot a kernel of %u.%u or newer%s%s", f->since >> 16,
		   f->since & 0xffff, f->option ? " with CONFIG_" : "", f->option ? f->option : "");
}

static enum doctor_status lack(const struct doctor *d, const struct feature *f)
{
	return f->optional ? DOCTOR_WARN : doctor_lack(d, f->need);
}

static void by_config(struct doctor *d, const struct feature *f)
{
	char v = doctor_kconfig(d->config, f->option);

	if (v != 'n')
		doctor_add(d, GROUP, f->name, DOCTOR_OK, "CONFIG_%s=%c", f->option, v);
	else
		say_lack(d, doctor_add(d, GROUP, f->name, lack(d, f), "CONFIG_%s is not set", f->option), f);
}

/* @d->version is known. */
static void by_version(struct doctor *d, const struct feature *f)
{
	const bool old = d->version < f->since;
	struct doctor_check *c =
		doctor_add(d, GROUP, f->name, old ? lack(d, f) : DOCTOR_OK, "%s %u.%u%s",
			   old ? "came with" : "in since", f->since >> 16, f->since & 0xffff,
			   f->option ? "; by version alone, no kernel configuration to read" : "");

	if (old)
		say_lack(d, c, f);
}

static void look_at(struct doctor *d, const struct feature *f)
{
	if (!doctor_wants(d, f->need) ||
	    (f->driver && d->ask.ends && strncmp(d->ask.ends->driver, f->driver, strlen(f->driver)) != 0))
		return;
	if (f->option && d->config)
		by_config(d, f);
	else if (d->version)
		by_version(d, f);
	else
		doctor_skip(d, GROUP, f->name, "neither configuration nor version can be read");
}

/* Words of the command line that decide about this program's subject. */
static void look_at_cmdline(struct doctor *d)
{
	char line[4096], said[160] = "";
	struct doctor_check *c;
	size_t len = 0;
	static const struct {
		const char *name, *value;
	} words[] = {{"pci", "notph"},	  {"pci", "pcie_bus_peer2peer"}, {"iommu", "pt"},
		     {"iommu", "off"},	  {"intel_iommu", "on"},	 {"intel_iommu", "off"},
		     {"amd_iommu", "off"}};

	if (!doctor_text(d, line, sizeof(line), "proc/cmdline")) {
		doctor_skip(d, GROUP, "command_line", "/proc/cmdline cannot be read");
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (doctor_cmdline(line, words[i].name, words[i].value))
			len += (size_t)snprintf(said + len, sizeof(said) - len, "%s%s=%s", len ? " " : "",
						words[i].name, words[i].value);
	if (doctor_cmdline(line, "pci", "notph")) {
		c = doctor_add(d, GROUP, "command_line", DOCTOR_WARN, "%s", said);
		doctor_why(c, "pci=notph keeps every TPH requester off: no steering tags");
		doctor_fix(c, FIX_ROOT | FIX_REBOOT, "boot without pci=notph");
	} else if (doctor_cmdline(line, "pci", "pcie_bus_peer2peer")) {
		c = doctor_add(d, GROUP, "command_line", DOCTOR_WARN, "%s", said);
		doctor_why(c, "pcie_bus_peer2peer sets MPS 128 everywhere: more headers for the same data");
		doctor_fix(c, FIX_ROOT | FIX_REBOOT, "boot with pci=pcie_bus_safe instead");
	} else {
		doctor_add(d, GROUP, "command_line", DOCTOR_OK, "%s",
			   said[0] ? said : "nothing that matters here");
	}
}

void doctor_kernel(struct doctor *d)
{
	if (d->release[0])
		doctor_add(d, GROUP, "release", DOCTOR_OK, "%s, %s%s", d->release,
			   d->config ? "configuration: " : "no configuration to read",
			   d->config ? d->config_from : "");
	else
		doctor_skip(d, GROUP, "release", "/proc/sys/kernel/osrelease cannot be read");
	for (size_t i = 0; i < ARRAY_LEN(features); i++)
		look_at(d, &features[i]);
	if (doctor_wants(d, NEED_NIC))
		look_at_cmdline(d);
}
