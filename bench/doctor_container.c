// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a container, or a namespace, keeps from a run. */
#include <sched.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "doctor_parts.h"

#define GROUP "container"

enum { STATUS_TEXT = 4096 };

static const struct {
	const char *name;
	int bit; /* <linux/capability.h> */
} caps[] = {
	{"CAP_IPC_LOCK", 14},
	{"CAP_SYS_ADMIN", 21},
	{"CAP_NET_ADMIN", 12},
};

/* Is it one, by the marks that the usual ones leave? */
static const char *which(const struct doctor *d)
{
	char text[512];

	if (!doctor_access(d, F_OK, ".dockerenv"))
		return "docker";
	if (!doctor_access(d, F_OK, "run/.containerenv"))
		return "podman";
	if (doctor_text(d, text, sizeof(text), "run/systemd/container"))
		return "a systemd container";
	return NULL;
}

/* Capabilities of a user namespace are of no use for devices. */
static bool in_user_namespace(const struct doctor *d)
{
	char text[512];

	return doctor_text(d, text, sizeof(text), "proc/self/uid_map") && !strstr(text, "4294967295");
}

static void look_at_kind(struct doctor *d)
{
	const char *kind = which(d);
	const bool user = in_user_namespace(d);
	struct doctor_check *c;

	c = doctor_add(d, GROUP, "kind", DOCTOR_OK, "%s%s%s", kind ? kind : "", kind && user ? ", " : "",
		       user   ? "a user namespace"
		       : kind ? ""
			      : "none seen");
	doctor_why(c, "device nodes, config space and limits are what it was started with; root in it is not "
		      "root of the machine");
}

static void look_at_caps(struct doctor *d)
{
	char status[STATUS_TEXT], missing[160] = "";
	struct doctor_check *c;
	uint64_t have;
	size_t len = 0;

	if (!doctor_text(d, status, sizeof(status), "proc/self/status") ||
	    !doctor_capabilities(status, &have)) {
		doctor_skip(d, GROUP, "capabilities", "/proc/self/status cannot be read");
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(caps); i++)
		if (!(have >> caps[i].bit & 1))
			len += (size_t)snprintf(missing + len, sizeof(missing) - len, "%s%s", len ? " " : "",
						caps[i].name);
	if (in_user_namespace(d)) {
		c = doctor_add(d, GROUP, "capabilities", DOCTOR_WARN, "those of a user namespace");
		doctor_why(
			c,
			"they count for what belongs to the namespace, not for devices: config space is cut "
			"off, memory beyond ulimit -l is refused");
		doctor_fix(c, 0, "run outside of it, or ask for device nodes and limits from outside");
		return;
	}
	if (!len) {
		doctor_add(d, GROUP, "capabilities", DOCTOR_OK, "all that are of use");
		return;
	}
	/* Users of a machine have none; of root it is a container that took them. */
	c = doctor_add(d, GROUP, "capabilities", geteuid() ? DOCTOR_OK : DOCTOR_WARN, "without %s", missing);
	doctor_why(c, "CAP_SYS_ADMIN reads config space, CAP_IPC_LOCK locks memory beyond ulimit -l, "
		      "CAP_NET_ADMIN reads the raw dump of an MR (tph_evidence)");
	if (!geteuid())
		doctor_fix(c, 0,
			   "start the container with --cap-add for each of them; CAP_IPC_LOCK is of use "
			   "to root only, others want --ulimit memlock=-1");
}

/* CPUs of the machine that this process may not use. */
static void look_at_cpus(struct doctor *d)
{
	const long online = sysconf(_SC_NPROCESSORS_ONLN);
	struct doctor_check *c;
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) || online <= 0) {
		doctor_skip(d, GROUP, "cpus", "the affinity cannot be read");
		return;
	}
	c = doctor_add(d, GROUP, "cpus", CPU_COUNT(&set) < online ? DOCTOR_WARN : DOCTOR_OK,
		       "%d of %ld online CPUs may be used", CPU_COUNT(&set), online);
	if (CPU_COUNT(&set) >= online)
		return;
	doctor_why(c,
		   "a cpuset or taskset: threads near the NIC may have no CPU there (cpu: near), and tph_cpu "
		   "of any other CPU is refused (EPERM)");
	doctor_fix(c, 0,
		   "start it without taskset, or with --cpuset-cpus of the NIC's node: `p2pbench plan -v`");
}

static void look_at_sys(struct doctor *d)
{
	char path[512];
	struct doctor_check *c;
	struct statvfs st;

	if (doctor_access(d, F_OK, "sys/bus")) {
		c = doctor_add(d, GROUP, "sysfs", doctor_lack(d, NEED_NIC), "/sys is not mounted, or hidden");
		doctor_why(c,
			   "devices, links, groups and NUMA nodes are read there, and libibverbs finds NICs "
			   "by it");
		doctor_fix(c, FIX_COMMAND | FIX_ROOT, "mount -t sysfs sysfs /sys");
		doctor_undo(c, "umount /sys");
		return;
	}
	snprintf(path, sizeof(path), "%s/sys", d->ask.root);
	if (statvfs(path, &st) || !(st.f_flag & ST_RDONLY)) {
		doctor_add(d, GROUP, "sysfs", DOCTOR_OK, "writable for root");
		return;
	}
	c = doctor_add(d, GROUP, "sysfs", DOCTOR_WARN, "/sys is read-only");
	doctor_why(c, "a run does not write there; scripts/vfio-bind and most fixes below do");
	doctor_fix(c, 0, "apply fixes on the host, or start the container with --privileged");
}

static void look_at_pci(struct doctor *d)
{
	struct doctor_check *c;

	if (topo_len(d->ask.t)) {
		doctor_add(d, GROUP, "pci", DOCTOR_OK, "%zu PCI functions", topo_len(d->ask.t));
		return;
	}
	c = doctor_add(d, GROUP, "pci", doctor_lack(d, NEED_NIC), "no PCI function is seen");
	doctor_why(c,
		   "peer-to-peer traffic is between PCI functions: a VM or container without any has none");
	doctor_fix(c, 0, "pass the devices through to the VM, or run on the host; soft0 works here");
}

void doctor_container(struct doctor *d)
{
	if (d->ask.live) {
		look_at_kind(d);
		look_at_caps(d);
		look_at_cpus(d);
		look_at_sys(d);
	} else {
		doctor_skip(d, GROUP, "limits", "");
	}
	look_at_pci(d);
}
