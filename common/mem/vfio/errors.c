// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Steps, errnos and what mends them. The causes are those of drivers/vfio/{device_cdev,group,container,
 * vfio_main}.c, drivers/vfio/pci/vfio_pci_{core,dmabuf}.c and drivers/iommu/iommufd/device.c of Linux 7.3.
 */
#include "mem/vfio/errors.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "mem/vfio/vfio.h"
#include "topo/topo.h"

static const char *const step_names[] = {
	[VFIO_STEP_IOMMU] = "open /dev/iommu",	    [VFIO_STEP_CDEV] = "open its VFIO device",
	[VFIO_STEP_BIND] = "BIND_IOMMUFD",	    [VFIO_STEP_CONTAINER] = "open /dev/vfio/vfio",
	[VFIO_STEP_GROUP] = "open its VFIO group",  [VFIO_STEP_STATUS] = "GROUP_GET_STATUS",
	[VFIO_STEP_ATTACH] = "GROUP_SET_CONTAINER", [VFIO_STEP_SET_IOMMU] = "SET_IOMMU",
	[VFIO_STEP_DEVICE] = "GROUP_GET_DEVICE_FD", [VFIO_STEP_INFO] = "DEVICE_GET_INFO",
	[VFIO_STEP_CONFIG] = "config space",	    [VFIO_STEP_INIT] = "a register of `init`",
	[VFIO_STEP_EXPORT] = "export as dma-buf",   [VFIO_STEP_MAP] = "mmap of a BAR",
	[VFIO_STEP_RESET] = "DEVICE_RESET",
};

/* {pci} {node} {group} {others} are filled in. @code 0: any other answer. */
struct cause {
	enum vfio_step step;
	int code;
	const char *hint;
};

#define NOT_VIABLE                                                                                           \
	"IOMMU group {group} is not free: a driver of the host has another device of it{others}. Bind "      \
	"those to vfio-pci too (scripts/vfio-bind bind PCI --apply), or split the group: "                   \
	"docs/tph.md on ACS and groups"
#define RIGHTS	  "run as root, or give your user the node: chown $USER {node}"
#define ELSEWHERE "another process has it open: fuser -v {node}"
#define TRY_LATER "a reset of the device or of one that shares its slot is under way: try again"
#define NO_GROUPS                                                                                            \
	"the running kernel needs CONFIG_VFIO_GROUP and CONFIG_VFIO_CONTAINER: modprobe vfio; or access: "   \
	"cdev"
#define GOING_AWAY "the device is being removed or unbound: dmesg | grep {pci}"

static const struct cause causes[] = {
	{VFIO_STEP_IOMMU, -ENOENT,
	 "the running kernel needs CONFIG_IOMMUFD: modprobe iommufd; or access: group"},
	{VFIO_STEP_IOMMU, -EACCES, "run as root, or give your user the node: chown $USER /dev/iommu"},
	{VFIO_STEP_IOMMU, -EPERM, "run as root, or give your user the node: chown $USER /dev/iommu"},
	{VFIO_STEP_IOMMU, -ENODEV, "modprobe iommufd; or access: group"},
	{VFIO_STEP_CDEV, -ENOENT,
	 "the kernel has no node for it: CONFIG_VFIO_DEVICE_CDEV (Linux 6.6), and /dev/vfio visible in this "
	 "container; or access: group"},
	{VFIO_STEP_CDEV, -EACCES, RIGHTS},
	{VFIO_STEP_CDEV, -EPERM, RIGHTS},
	{VFIO_STEP_CDEV, -EBUSY, ELSEWHERE},
	{VFIO_STEP_CDEV, -ENODEV, GOING_AWAY},
	{VFIO_STEP_BIND, -EPERM,
	 NOT_VIABLE ". Or another process has a device of the group: fuser -v /dev/vfio/devices/*. Or its "
		    "interrupts are not isolated: options iommufd allow_unsafe_interrupts=1"},
	{VFIO_STEP_BIND, -EBUSY, "it is open by group: fuser -v /dev/vfio/{group}"},
	{VFIO_STEP_BIND, -EACCES,
	 "it is a PF with VFs in use, or a VF of such a PF: VFIO wants their common token; take another "
	 "function, or remove the VFs: echo 0 > /sys/bus/pci/devices/{pci}/sriov_numvfs"},
	{VFIO_STEP_BIND, -EINVAL, "a device can be bound once: " ELSEWHERE},
	{VFIO_STEP_BIND, -EAGAIN, TRY_LATER},
	{VFIO_STEP_BIND, -ENODEV, GOING_AWAY},
	{VFIO_STEP_BIND, -ENOTTY, "the running kernel needs CONFIG_VFIO_DEVICE_CDEV; or access: group"},
	{VFIO_STEP_CONTAINER, -ENOENT, NO_GROUPS},
	{VFIO_STEP_CONTAINER, -ENODEV, NO_GROUPS},
	{VFIO_STEP_CONTAINER, -EACCES, RIGHTS},
	{VFIO_STEP_CONTAINER, -EPERM, RIGHTS},
	{VFIO_STEP_CONTAINER, -EOPNOTSUPP, "modprobe vfio_iommu_type1; or access: cdev"},
	{VFIO_STEP_GROUP, -ENOENT,
	 "no such node: an IOMMU that is on (intel_iommu=on, amd_iommu=on), /dev/vfio visible in this "
	 "container; access: cdev where the kernel has no groups; access: noiommu where there is no IOMMU"},
	{VFIO_STEP_GROUP, -EBUSY,
	 "a group can be open once, and another process has it, or has its devices by cdev: fuser -v {node} "
	 "/dev/vfio/devices/*"},
	{VFIO_STEP_GROUP, -EACCES, RIGHTS},
	{VFIO_STEP_GROUP, -EPERM, "without an IOMMU only root may (CAP_SYS_RAWIO): run as root"},
	{VFIO_STEP_GROUP, -ENODEV, GOING_AWAY},
	{VFIO_STEP_ATTACH, -EPERM, NOT_VIABLE},
	{VFIO_STEP_ATTACH, -EINVAL, "the group is in another container: fuser -v {node}"},
	{VFIO_STEP_SET_IOMMU, -EPERM,
	 "interrupts are not isolated: options vfio_iommu_type1 allow_unsafe_interrupts=1; without an IOMMU "
	 "only root may (CAP_SYS_RAWIO)"},
	{VFIO_STEP_SET_IOMMU, -ENODEV, "modprobe vfio_iommu_type1; or access: cdev"},
	{VFIO_STEP_DEVICE, -ENODEV,
	 "the device is not bound to vfio-pci any more: scripts/vfio-bind show {pci}"},
	{VFIO_STEP_DEVICE, -EBUSY, "it is open by cdev: fuser -v /dev/vfio/devices/*"},
	{VFIO_STEP_DEVICE, -EACCES,
	 "it is a PF with VFs in use, or a VF of such a PF: VFIO wants their common token; take another "
	 "function"},
	{VFIO_STEP_DEVICE, -EPERM, NOT_VIABLE},
	{VFIO_STEP_DEVICE, -EAGAIN, TRY_LATER},
	{VFIO_STEP_DEVICE, -EINVAL, "the group's IOMMU is not set; a bug of this program: please report it"},
	{VFIO_STEP_INFO, -ENODEV, GOING_AWAY},
	{VFIO_STEP_CONFIG, -ENODEV, GOING_AWAY},
	{VFIO_STEP_CONFIG, 0, "the device may have fallen off the bus: dmesg | grep {pci}"},
	{VFIO_STEP_INIT, -EIO, "the device does not answer, or its memory is off: dmesg | grep {pci}"},
	{VFIO_STEP_INIT, -EINVAL, "an offset within the BAR, a multiple of the register's size"},
	{VFIO_STEP_EXPORT, -ENOTTY,
	 "the running kernel cannot export BARs: it takes Linux 6.19 with CONFIG_PCI_P2PDMA and VFIO"},
	{VFIO_STEP_EXPORT, -EOPNOTSUPP,
	 "the device's VFIO driver cannot export; vfio-pci and nvgrace-gpu-vfio-pci can: scripts/vfio-bind "
	 "bind "
	 "{pci} --apply"},
	{VFIO_STEP_EXPORT, -ENODEV,
	 "the BAR is absent, or someone else has claimed it: grep {pci} /proc/iomem"},
	{VFIO_STEP_EXPORT, -EINVAL,
	 "I/O space, a BAR that VFIO keeps from being mapped, or ranges that are not of whole pages inside "
	 "it"},
	{VFIO_STEP_EXPORT, -ENOMEM, "fewer ranges, or free memory"},
	{VFIO_STEP_EXPORT, -EOVERFLOW, "fewer ranges, and offsets within the BAR"},
	{VFIO_STEP_EXPORT, -EMFILE, "raise the limit of open files: ulimit -n"},
	{VFIO_STEP_EXPORT, -ENFILE, "too many files are open on this machine: sysctl fs.file-max"},
	{VFIO_STEP_MAP, -ENOMEM, "ask for less (ranges:), or raise the limit of address space: ulimit -v"},
	{VFIO_STEP_MAP, -EBUSY, "someone else has claimed the BAR: grep {pci} /proc/iomem"},
	{VFIO_STEP_MAP, -EINVAL, "the BAR cannot be mapped; exports and the NIC do not need it"},
	{VFIO_STEP_RESET, -EINVAL,
	 "the device has no way to be reset: cat /sys/bus/pci/devices/{pci}/reset_method"},
	{VFIO_STEP_RESET, -ENOTTY,
	 "the device has no way to be reset: cat /sys/bus/pci/devices/{pci}/reset_method"},
	{VFIO_STEP_RESET, -EAGAIN, TRY_LATER},
};

static const struct cause *find_cause(enum vfio_step step, int code)
{
	for (size_t i = 0; i < ARRAY_LEN(causes); i++)
		if (causes[i].step == step && (causes[i].code == code || !causes[i].code))
			return &causes[i];
	return NULL;
}

/* ": 0000:41:00.1 (nvme), 0000:42:00.0 (mlx5_core)". */
static void other_owners(const struct topo *t, const struct topo_fn *fn, char *out, size_t len)
{
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; t && i < topo_len(t) && at < len; i++) {
		const struct topo_fn *f = topo_fn(t, i);
		char addr[TOPO_ADDR];

		if (f->iommu_group != fn->iommu_group || f->iommu_group < 0 || topo_spares_group(f) ||
		    !topo_addr_compare(f->addr, fn->addr))
			continue;
		at += (size_t)snprintf(out + at, len - at, "%s%s (%s)", at ? ", " : ": ",
				       topo_addr_text(addr, f->addr), f->driver);
	}
}

struct names {
	char pci[TOPO_ADDR], node[64], group[16], others[128];
};

/* @what may name a node: then that is meant. */
static void name_node(const struct topo_fn *fn, enum vfio_step step, const char *what, char *out, size_t len)
{
	const char *node = what ? strstr(what, "/dev/") : NULL;

	if (node)
		snprintf(out, len, "%.*s", (int)strcspn(node, " "), node);
	else if (step == VFIO_STEP_CDEV || step == VFIO_STEP_BIND)
		snprintf(out, len, "/dev/vfio/devices/%s", fn->vfio_dev);
	else if (step == VFIO_STEP_CONTAINER)
		snprintf(out, len, "/dev/vfio/vfio");
	else
		snprintf(out, len, "/dev/vfio/%d", fn->iommu_group);
}

static void fill(const char *hint, const struct names *n, char *out, size_t len)
{
	const struct {
		const char *key, *value;
	} subst[] = {{"{pci}", n->pci}, {"{node}", n->node}, {"{group}", n->group}, {"{others}", n->others}};
	size_t at = 0;

	while (*hint && at + 1 < len) {
		size_t i = 0;

		while (i < ARRAY_LEN(subst) && strncmp(hint, subst[i].key, strlen(subst[i].key)) != 0)
			i++;
		if (i == ARRAY_LEN(subst)) {
			out[at++] = *hint++;
			continue;
		}
		at += (size_t)snprintf(out + at, len - at, "%s", subst[i].value);
		hint += strlen(subst[i].key);
	}
	out[at < len ? at : len - 1] = '\0';
}

int vfio_error(const struct vfio_host *host, const struct topo_fn *fn, enum vfio_step step, const char *what,
	       int code, struct err *e)
{
	const struct cause *c = find_cause(step, code);
	struct names n;
	char hint[512];

	topo_addr_text(n.pci, fn->addr);
	snprintf(n.group, sizeof(n.group), "%d", fn->iommu_group);
	name_node(fn, step, what, n.node, sizeof(n.node));
	other_owners(host->topo, fn, n.others, sizeof(n.others));
	err_set(e, code, "pci/%s: %s: %s", n.pci, what ? what : step_names[step], err_name(code));
	if (!c)
		return code;
	fill(c->hint, &n, hint, sizeof(hint));
	return err_hint(e, code, "%s", hint);
}
