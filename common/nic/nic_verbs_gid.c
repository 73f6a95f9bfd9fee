// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which GID a port speaks with. The table is sorted by nothing: entries move whenever an address of
 * the network device changes, so an index learnt yesterday may be another entry today. The choice is
 * therefore made by value, and the reason is kept for the user.
 */
#include "nic/nic_verbs.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

static const char *const family_why[] = {
	[NIC_GID_V1] = "RoCE v1: the port has no RoCE v2 entry; reaches its own Ethernet segment only",
	[NIC_GID_V2_LINK_LOCAL] = "RoCE v2, link-local: no routable address; reaches its own link only",
	[NIC_GID_V2_IPV6] = "RoCE v2, global IPv6: the port has no IPv4-mapped entry",
	[NIC_GID_V2_IPV4] = "RoCE v2, IPv4-mapped: preferred",
};

enum nic_gid_family verbs_gid_family(const struct ibv_gid_entry *g)
{
	struct in6_addr addr;

	memcpy(&addr, g->gid.raw, sizeof(addr));
	if (g->gid_type == IBV_GID_TYPE_ROCE_V1)
		return NIC_GID_V1;
	if (g->gid_type != IBV_GID_TYPE_ROCE_V2)
		return NIC_GID_NONE;
	if (IN6_IS_ADDR_V4MAPPED(&addr))
		return NIC_GID_V2_IPV4;
	return IN6_IS_ADDR_LINKLOCAL(&addr) ? NIC_GID_V2_LINK_LOCAL : NIC_GID_V2_IPV6;
}

/* Return: 0; -ENODATA for an empty entry, as kernel and sysfs fallback agree (cmd_device.c). */
int verbs_gid_query(const struct nic *n, int index, struct ibv_gid_entry *g, struct err *e)
{
	int rc;

	memset(g, 0, sizeof(*g));
	rc = verbs_rc_error(ibv_query_gid_ex(n->ctx, (uint32_t)n->attr.port, (uint32_t)index, g, 0));
	if (rc)
		err_set(e, rc, "%s: reading GID %d of port %d: %s", n->attr.name, index, n->attr.port,
			err_name(rc));
	return rc;
}

static void use(struct nic *n, int index, const struct ibv_gid_entry *g, const char *why)
{
	char netdev[IF_NAMESIZE] = "";

	n->attr.gid_index = index;
	n->attr.gid = g->gid;
	n->attr.gid_family = verbs_gid_family(g);
	n->attr.ip_scope = g->ndev_ifindex;
	if (g->ndev_ifindex && if_indextoname(g->ndev_ifindex, netdev))
		snprintf(n->attr.gid_why, sizeof(n->attr.gid_why), "%s (%s)", why, netdev);
	else
		snprintf(n->attr.gid_why, sizeof(n->attr.gid_why), "%s", why);
}

/* struct ibv_global_route carries the index in 8 bits; soft-RoCE has 1024 entries. */
static int usable_entries(const struct ibv_port_attr *port)
{
	return port->gid_tbl_len > UINT8_MAX ? UINT8_MAX + 1 : port->gid_tbl_len;
}

static int use_asked(struct nic *n, const struct ibv_port_attr *port, int asked, struct err *e)
{
	struct ibv_gid_entry g;
	int rc;

	if (asked >= usable_entries(port))
		return err_set(e, -EINVAL,
			       "%s: gid_index %d asked, the table of port %d has %d usable entries",
			       n->attr.name, asked, n->attr.port, usable_entries(port));
	rc = verbs_gid_query(n, asked, &g, e);
	if (rc == -ENODATA) {
		rc = err_set(e, -EINVAL, "%s: gid_index %d asked, that entry of port %d is empty",
			     n->attr.name, asked, n->attr.port);
		err_hint(e, -EINVAL,
			 "entries move when addresses change; leave gid_index out to have one chosen by "
			 "value");
	}
	if (!rc)
		use(n, asked, &g, "asked by gid_index");
	return rc;
}

static int no_gid(const struct nic *n, struct err *e)
{
	err_set(e, -EADDRNOTAVAIL, "%s: port %d has no RoCE GID (RoCE v1 or v2) among its table entries",
		n->attr.name, n->attr.port);
	return err_hint(e, -EADDRNOTAVAIL,
			"GIDs come from the addresses of its network device: bring that up and give it an "
			"address (`rdma link` names it; ip link set DEV up; ip address add ADDRESS dev DEV)");
}

static int use_best(struct nic *n, const struct ibv_port_attr *port, struct err *e)
{
	struct ibv_gid_entry g, best_entry = {0};
	enum nic_gid_family best = NIC_GID_NONE;
	int index = -1;

	for (int i = 0; i < usable_entries(port) && best != NIC_GID_V2_IPV4; i++) {
		int rc = verbs_gid_query(n, i, &g, e);

		if (rc == -ENODATA)
			continue;
		if (rc)
			return rc;
		if (verbs_gid_family(&g) > best) {
			best = verbs_gid_family(&g);
			best_entry = g;
			index = i;
		}
	}
	if (best == NIC_GID_NONE)
		return no_gid(n, e);
	use(n, index, &best_entry, family_why[best]);
	return 0;
}

/* Entry 0 is the port GUID's; the far end compares its subnet prefix even where the LID routes. */
static int use_infiniband(struct nic *n, const struct ibv_port_attr *port, struct err *e)
{
	struct ibv_gid_entry g;
	int rc = verbs_gid_query(n, 0, &g, e);

	if (rc)
		return rc;
	if (port->flags & IBV_QPF_GRH_REQUIRED) {
		use(n, 0, &g, "InfiniBand: the port demands a global route header, entry 0 is its GUID");
		return 0;
	}
	use(n, -1, &g, "InfiniBand: none needed, packets are routed by LID");
	return 0;
}

int verbs_gid_choose(struct nic *n, const struct ibv_port_attr *port, int asked, struct err *e)
{
	if (asked >= 0)
		return use_asked(n, port, asked, e);
	if (port->link_layer == IBV_LINK_LAYER_ETHERNET)
		return use_best(n, port, e);
	return use_infiniband(n, port, e);
}
