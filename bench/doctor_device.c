// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The RDMA device itself: is there one, does it open, port, GID, MTU. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "doctor_parts.h"
#include "nic/nic.h"

#define GROUP "nic"

enum { MTU_MOST = 4096, MTU_ROOM = 4200 /* and the headers of RoCE v2 */ };

static void say_no_device(struct doctor *d, const char *value)
{
	struct doctor_check *c = doctor_add(d, GROUP, "device", doctor_lack(d, NEED_NIC), "%s", value);

	doctor_why(c, "a run on hardware needs one; soft0 needs none");
	doctor_fix(c, FIX_ROOT,
		   "install rdma-core (apt install rdma-core ibverbs-providers), load the NIC's RDMA driver "
		   "(modprobe mlx5_ib, irdma, bnxt_re, ...), then `p2pbench list devices`");
}

/* Without a pair: whatever can be named. */
static void look_at_all(struct doctor *d)
{
	struct nic_entry *list = NULL;
	char names[160] = "";
	size_t len = 0, real = 0, emulated = 0;
	struct err e = {0};
	int n = nic_list(&list, &e);

	for (int i = 0; i < n; i++) {
		if (list[i].evidence == NIC_SOFTWARE)
			continue;
		real += list[i].evidence == NIC_HARDWARE;
		emulated += list[i].evidence == NIC_EMULATED;
		if (len < sizeof(names))
			len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%.40s (%s)",
						len ? ", " : "", list[i].name,
						nic_evidence_name(list[i].evidence));
	}
	free(list);
	if (real)
		doctor_add(d, GROUP, "device", DOCTOR_OK, "%s", names);
	else
		say_no_device(
			d, n < 0      ? e.text
			   : emulated ? "only emulated RDMA devices, which send no PCIe traffic of their own"
				      : "no RDMA device");
}

/* The network device whose MTU a RoCE port follows; "" unknown. */
static const char *netdev(const struct doctor *d)
{
	int fn = doctor_nic(d);
	const char *name = fn < 0 ? "" : topo_fn(d->ask.t, (size_t)fn)->netdev;

	return doctor_word(name) ? name : "";
}

static void look_at_mtu(struct doctor *d, const struct nic_attr *a)
{
	const char *net = netdev(d);
	struct doctor_check *c;
	uint64_t now;

	if (a->active_mtu >= MTU_MOST) {
		doctor_add(d, GROUP, "mtu", DOCTOR_OK, "%d", a->active_mtu);
		return;
	}
	c = doctor_add(d, GROUP, "mtu", DOCTOR_WARN, "%d of at most %d", a->active_mtu, MTU_MOST);
	doctor_why(c, "smaller packets: more headers, and a target's BAR sees shorter bursts");
	if (a->link_layer != IBV_LINK_LAYER_ETHERNET) {
		doctor_fix(c, 0, "the subnet manager and the switch decide on InfiniBand");
		return;
	}
	now = net[0] ? doctor_number(d, "sys/class/net/%s/mtu", net) : DOCTOR_NONE;
	if (now == DOCTOR_NONE) {
		doctor_fix(c, FIX_ROOT, "set the MTU of its network device to %d or more", MTU_ROOM);
		return;
	}
	doctor_fix(c, FIX_COMMAND | FIX_ROOT, "ip link set dev %s mtu %d", net, MTU_ROOM);
	doctor_undo(c, "ip link set dev %s mtu %llu", net, (unsigned long long)now);
}

static void look_at_gid(struct doctor *d, const struct nic_attr *a)
{
	if (a->gid_index < 0)
		doctor_add(d, GROUP, "gid", DOCTOR_OK, "none needed on this link layer");
	else
		doctor_add(d, GROUP, "gid", DOCTOR_OK, "index %d: %s", a->gid_index, a->gid_why);
}

/* What nic_open() refuses is told in its own words: it knows the port, the GID and the rights. */
static void look_at_open(struct doctor *d, const struct match_ends *m)
{
	struct err e = {0};
	struct nic *nic = NULL;
	const struct nic_attr *a;
	struct doctor_check *c;
	int rc = nic_open(m->device, m->port, m->gid_index, &nic, &e);

	if (rc) {
		c = doctor_add(d, GROUP,
			       rc == -ENETDOWN	      ? "port"
			       : rc == -EADDRNOTAVAIL ? "gid"
						      : "device",
			       DOCTOR_FAIL, "%s", e.text);
		doctor_why(c, "nothing can be registered or sent before it opens");
		doctor_fix(c, 0, "%s", e.hint);
		return;
	}
	a = nic_attr(nic);
	doctor_add(d, GROUP, "device", DOCTOR_OK, "%s opens: %s%s%s, %s", a->name, a->driver,
		   a->fw[0] ? ", firmware " : "", a->fw, nic_evidence_name(a->evidence));
	doctor_add(d, GROUP, "port", DOCTOR_OK, "port %d is active", a->port);
	look_at_gid(d, a);
	look_at_mtu(d, a);
	nic_close(nic);
}

static void look_at_captured(struct doctor *d, const struct match_ends *m)
{
	struct topo_port port;

	doctor_add(d, GROUP, "device", DOCTOR_OK, "%s", m->device);
	if (!topo_port(d->ask.t, m->fn, m->port, &port) && port.gbit > 0)
		doctor_add(d, GROUP, "port", DOCTOR_OK, "port %d: %s, %g Gbit/s", m->port,
			   port.ethernet ? "Ethernet" : "InfiniBand", port.gbit);
	else
		doctor_skip(d, GROUP, "port", "its rate is not known");
	doctor_skip(d, GROUP, "gid", "not opened");
	doctor_skip(d, GROUP, "mtu", "not opened");
}

void doctor_device(struct doctor *d)
{
	const struct match_ends *m = d->ask.ends;
	char value[160];

	if (m && !doctor_wants(d, NEED_NIC)) {
		doctor_add(d, GROUP, "device", DOCTOR_OK, "%s: a software device, in every build", m->device);
	} else if (m && !m->device[0] && m->fn >= 0 && !topo_fn(d->ask.t, (size_t)m->fn)->cfg.bytes) {
		doctor_unknown(d, GROUP, "device", "the capture names no RDMA devices"); /* hwloc's XML */
	} else if (m && !m->device[0]) {
		snprintf(value, sizeof(value), "no RDMA device at %.60s (driver: %.30s)", d->ask.nic,
			 m->driver[0] ? m->driver : "none");
		say_no_device(d, value);
	} else if (m && d->ask.devices) {
		look_at_open(d, m);
	} else if (m) {
		look_at_captured(d, m);
	} else if (d->ask.devices) {
		look_at_all(d);
	} else {
		for (size_t i = 0; i < topo_len(d->ask.t); i++)
			if (topo_fn(d->ask.t, i)->ibdev[0]) {
				doctor_add(d, GROUP, "device", DOCTOR_OK, "%s", topo_fn(d->ask.t, i)->ibdev);
				return;
			}
		say_no_device(d, "no RDMA device");
	}
}
