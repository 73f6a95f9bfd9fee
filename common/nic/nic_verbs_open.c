// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Finding, describing and opening RDMA devices by libibverbs. Opening reads everything a run needs
 * to know about the device, so that later checks need no call.
 */
#include "nic/nic_verbs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"

static void free_list(struct ibv_device ***list)
{
	if (*list)
		ibv_free_device_list(*list);
}

#define CLEANUP_LIST __attribute__((cleanup(free_list)))

static const char *state_name(enum ibv_port_state s)
{
	static const char *const name[] = {
		[IBV_PORT_DOWN] = "DOWN",
		[IBV_PORT_INIT] = "INIT",
		[IBV_PORT_ARMED] = "ARMED",
		[IBV_PORT_ACTIVE] = "ACTIVE",
		[IBV_PORT_ACTIVE_DEFER] = "ACTIVE_DEFER",
	};

	return s >= IBV_PORT_DOWN && s <= IBV_PORT_ACTIVE_DEFER ? name[s] : "in an unknown state";
}

static const char *link_name(const struct ibv_device *dev, const struct ibv_port_attr *port)
{
	if (dev->transport_type == IBV_TRANSPORT_IWARP)
		return "iWARP";
	return port->link_layer == IBV_LINK_LAYER_ETHERNET ? "RoCE" : "InfiniBand";
}

static unsigned int mtu_bytes(enum ibv_mtu mtu)
{
	return 128u << mtu;
}

/* What the device and its port say of themselves. */
struct facts {
	struct ibv_device_attr dev;
	struct ibv_port_attr port;
};

static int read_facts(struct ibv_context *ctx, int port, struct facts *f, struct err *e)
{
	const char *name = ctx->device->name;
	int rc = verbs_rc_error(ibv_query_device(ctx, &f->dev));

	if (rc)
		return err_set(e, rc, "%s: reading the device's limits (ibv_query_device): %s", name,
			       err_name(rc));
	if (port > f->dev.phys_port_cnt)
		return err_set(e, -EINVAL, "%s: port %d asked, the device has %d", name, port,
			       f->dev.phys_port_cnt);
	rc = verbs_rc_error(ibv_query_port(ctx, (uint8_t)port, &f->port));
	if (rc)
		return err_set(e, rc, "%s: reading port %d (ibv_query_port): %s", name, port, err_name(rc));
	return 0;
}

static void describe_port(const struct ibv_device *dev, const struct facts *f, struct nic_entry *out)
{
	char driver[64];

	out->evidence = verbs_evidence(dev, f->dev.vendor_id, driver);
	snprintf(out->about, sizeof(out->about), "%s, port 1 of %d %s, MTU %u, driver %s",
		 link_name(dev, &f->port), f->dev.phys_port_cnt, state_name(f->port.state),
		 mtu_bytes(f->port.active_mtu), driver[0] ? driver : "unknown");
}

static void describe(struct ibv_device *dev, struct nic_entry *out)
{
	struct ibv_context *ctx;
	struct facts f = {0};
	struct err why;

	/* Nothing is claimed for a device that does not answer. */
	*out = (struct nic_entry){.evidence = NIC_EMULATED};
	snprintf(out->name, sizeof(out->name), "%s", dev->name);
	errno = 0;
	ctx = ibv_open_device(dev);
	if (!ctx) {
		snprintf(out->about, sizeof(out->about), "cannot be opened: %s", err_name(verbs_ptr_error()));
		return;
	}
	if (read_facts(ctx, 1, &f, &why))
		snprintf(out->about, sizeof(out->about), "cannot be read: %s", err_name(why.code));
	else
		describe_port(dev, &f, out);
	ibv_close_device(ctx);
}

int verbs_list(struct nic_entry *out, int max, struct err *e)
{
	CLEANUP_LIST struct ibv_device **list = ibv_get_device_list(NULL);
	int n = 0;

	(void)e; /* no list is what a machine without ib_uverbs answers, and no error for nic_list() */
	for (; list && list[n] && n < max; n++)
		describe(list[n], &out[n]);
	return n;
}

static int no_device(const char *device, struct ibv_device **list, int list_error, struct err *e)
{
	char names[256] = "";
	size_t len = 0;

	for (int i = 0; list && list[i] && len < sizeof(names); i++)
		len += (size_t)snprintf(names + len, sizeof(names) - len, ", %s", list[i]->name);
	if (!list)
		snprintf(names, sizeof(names), " and no RDMA device (ibv_get_device_list: %s)",
			 err_name(list_error));
	err_set(e, -ENODEV, "no device named '%s'; this machine has soft0, null0%s", device, names);
	if (len)
		return err_hint(e, -ENODEV,
				"`p2pbench list devices` describes them; soft0 needs no hardware");
	return err_hint(
		e, -ENODEV,
		"RDMA hardware needs its kernel driver, ib_uverbs and the package ibverbs-providers. Without "
		"any: soft0 measures CPU copies anywhere; soft-RoCE (`modprobe rdma_rxe; rdma link add rxe0 "
		"type rxe netdev DEV`, as root) or the lab VM (scripts/lab) runs the real verbs stack");
}

static int open_error(const char *device, const struct ibv_device *dev, int rc, struct err *e)
{
	static const struct verbs_hint hints[] = {
		{EACCES,
		 "no rights on the device node: become root or join the group that owns it (often rdma); a "
		 "container needs it passed in with read and write"},
		{ENODEV,
		 "the device node is missing: load ib_uverbs; a container needs /dev/infiniband passed in"},
		{ENOMEM,
		 "out of memory for the device's user pages; some providers count them against `ulimit -l`"},
		{0, NULL},
	};
	int code = rc == -EPERM ? -EACCES : rc == -ENOENT || rc == -ENXIO ? -ENODEV : rc;

	err_set(e, code, "%s: opening /dev/infiniband/%s: %s", device, dev->dev_name, err_name(rc));
	verbs_hint_add(e, code, hints);
	return code;
}

/*
 * By default mlx5 delivers a SEND of up to 64 bytes in its completion, and the CPU copies it out while
 * polling, to the receive's address: the device would not write the target at all, and the address, an iova,
 * need not be one the CPU has. The provider reads this setting whenever it makes a queue pair.
 */
static int no_scatter_to_cqe(const char *device, struct err *e)
{
	int rc = setenv("MLX5_SCATTER_TO_CQE", "0", 1) ? -errno : 0;

	return rc ? err_set(e, rc, "%s: setting MLX5_SCATTER_TO_CQE: %s", device, err_name(rc)) : 0;
}

static int open_context(struct nic *n, const char *device, struct err *e)
{
	CLEANUP_LIST struct ibv_device **list = NULL;
	int i = 0, rc = no_scatter_to_cqe(device, e);

	if (rc)
		return rc;
	errno = 0;
	list = ibv_get_device_list(NULL);
	while (list && list[i] && strcmp(list[i]->name, device) != 0)
		i++;
	if (!list || !list[i])
		return no_device(device, list, errno, e);
	errno = 0;
	n->ctx = ibv_open_device(list[i]);
	return n->ctx ? 0 : open_error(device, list[i], verbs_ptr_error(), e);
}

static void fill_attr(struct nic *n, int port, const struct facts *f)
{
	struct nic_attr *a = &n->attr;

	*a = (struct nic_attr){
		.port = port,
		.link_layer = f->port.link_layer,
		.active_mtu = (int)mtu_bytes(f->port.active_mtu),
		.max_qp = (uint32_t)f->dev.max_qp,
		.max_qp_wr = (uint32_t)f->dev.max_qp_wr,
		.max_cqe = (uint32_t)f->dev.max_cqe,
		.max_rd_atomic_init = (uint32_t)f->dev.max_qp_init_rd_atom,
		.max_rd_atomic_dest = (uint32_t)f->dev.max_qp_rd_atom,
		.max_mr_size = f->dev.max_mr_size,
		.max_msg_size = f->port.max_msg_sz,
		.lid = f->port.lid,
		.moves_data = true,
		.atomics = f->dev.atomic_cap != IBV_ATOMIC_NONE,
		.gid_index = -1,
		.gid_why = "iWARP: none needed, connections are made by IP address",
		.cm_only = n->ctx->device->transport_type == IBV_TRANSPORT_IWARP,
	};
	snprintf(a->name, sizeof(a->name), "%s", n->ctx->device->name);
	snprintf(a->fw, sizeof(a->fw), "%.*s", (int)sizeof(f->dev.fw_ver), f->dev.fw_ver);
	a->evidence = verbs_evidence(n->ctx->device, f->dev.vendor_id, a->driver);
}

/* Can RC queue pairs be connected on this port? */
static int check_port(const struct nic *n, const struct facts *f, struct err *e)
{
	const struct ibv_device *dev = n->ctx->device;

	if (f->port.state != IBV_PORT_ACTIVE) {
		err_set(e, -ENETDOWN, "%s: port %d is %s, not ACTIVE (%s)", dev->name, n->attr.port,
			state_name(f->port.state), link_name(dev, &f->port));
		return err_hint(
			e, -ENETDOWN,
			"RoCE: `rdma link` names the network device, `ip link set DEV up`; InfiniBand: DOWN "
			"is the cable, INIT a missing subnet manager");
	}
	return 0;
}

static int alloc_pd(struct nic *n, struct err *e)
{
	int rc;

	errno = 0;
	n->pd = ibv_alloc_pd(n->ctx);
	if (n->pd)
		return 0;
	rc = verbs_ptr_error();
	return err_set(e, rc, "%s: allocating a protection domain (ibv_alloc_pd): %s", n->attr.name,
		       err_name(rc));
}

static int set_up(struct nic *n, int port, int gid_index, struct err *e)
{
	struct facts f = {0};
	int rc = read_facts(n->ctx, port, &f, e);

	if (rc)
		return rc;
	fill_attr(n, port, &f);
	rc = check_port(n, &f, e);
	if (!rc && !n->attr.cm_only)
		rc = verbs_gid_choose(n, &f.port, gid_index, e);
	if (!rc)
		rc = verbs_async_open(n, e);
	if (!rc)
		rc = alloc_pd(n, e);
	if (rc)
		return rc;
	verbs_ip_find(n);
	n->attr.wr_api = verbs_has_wr_api(n);
	verbs_dmah_find(n);
	verbs_direct_find(n);
	return 0;
}

int verbs_open(struct nic *n, const char *device, int port, int gid_index, struct err *e)
{
	int rc = open_context(n, device, e);

	if (rc)
		return rc;
	rc = set_up(n, port, gid_index, e);
	if (rc) {
		ibv_close_device(n->ctx);
		n->ctx = NULL;
	}
	return rc;
}

void verbs_close(struct nic *n)
{
	while (n->dmah_uses) /* of MRs that could not be deregistered */
		verbs_dmah_put(n, n->dmah_uses);
	ibv_dealloc_pd(n->pd);
	ibv_close_device(n->ctx);
}
