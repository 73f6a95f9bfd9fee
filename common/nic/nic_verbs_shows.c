// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Has the driver switched TPH on for an MR? Registration does not tell: mlx5 goes on without when a tag is
 * missing or its table is full. The kernel can have the firmware dump the MR, as `rdma resource show mr -r`
 * does (drivers/infiniband/core/nldev.c, drivers/infiniband/hw/mlx5/restrack.c).
 */
#include "nic/nic_verbs.h"

#include <rdma/rdma_netlink.h>
#include <string.h>

#include "base/err.h"
#include "nic/nic_dump.h"
#include "nic/nic_netlink.h"

enum { FOUND = 1 };

struct device_search {
	const char *name;
	uint32_t index;
};

static int each_device(struct netlink_bytes attrs, void *arg)
{
	struct device_search *s = arg;
	const size_t size = strlen(s->name) + 1;
	struct netlink_bytes name;

	return netlink_find(attrs, RDMA_NLDEV_ATTR_DEV_NAME, &name) && name.n == size &&
	       !memcmp(name.at, s->name, size) && netlink_u32(attrs, RDMA_NLDEV_ATTR_DEV_INDEX, &s->index);
}

struct mr_search {
	uint32_t lkey, rkey;
	bool keys_hidden; /* without CAP_NET_ADMIN entries come without */
	uint32_t mrn;
};

static int match(struct netlink_bytes entry, struct mr_search *s)
{
	uint32_t lkey, rkey;

	if (!netlink_u32(entry, RDMA_NLDEV_ATTR_RES_LKEY, &lkey) ||
	    !netlink_u32(entry, RDMA_NLDEV_ATTR_RES_RKEY, &rkey)) {
		s->keys_hidden = true;
		return 0;
	}
	return lkey == s->lkey && rkey == s->rkey && netlink_u32(entry, RDMA_NLDEV_ATTR_RES_MRN, &s->mrn);
}

static int each_mr(struct netlink_bytes attrs, void *arg)
{
	struct netlink_bytes table, entry;
	uint16_t type;

	if (!netlink_find(attrs, RDMA_NLDEV_ATTR_RES_MR, &table))
		return 0;
	while (netlink_attr(&table, &type, &entry))
		if (type == RDMA_NLDEV_ATTR_RES_MR_ENTRY && match(entry, arg))
			return FOUND;
	return 0;
}

struct dump_view {
	struct nic_dump_mr mr;
	struct nic_mr_tph *out;
	int shows; /* as nic_dump_mlx5() */
};

static int each_dump(struct netlink_bytes attrs, void *arg)
{
	struct dump_view *v = arg;
	struct netlink_bytes raw;

	v->shows = netlink_find(attrs, RDMA_NLDEV_ATTR_RES_RAW, &raw)
			   ? nic_dump_mlx5(raw.at, raw.n, &v->mr, v->out)
			   : -EBADMSG;
	return FOUND;
}

static int find_device(const struct nic *n, uint32_t *index)
{
	const struct netlink_ask ask = {.op = RDMA_NLDEV_CMD_GET, .dump = true};
	struct device_search s = {.name = n->attr.name};
	int rc = netlink_ask(&ask, each_device, &s);

	*index = s.index;
	return rc == FOUND ? 0 : rc ? rc : -ENODEV;
}

static int find_mr(uint32_t index, const struct ibv_mr *mr, uint32_t *mrn)
{
	const struct netlink_ask ask = {
		.op = RDMA_NLDEV_CMD_RES_MR_GET,
		.dump = true,
		.attr = {{RDMA_NLDEV_ATTR_DEV_INDEX, index}},
		.n_attrs = 1,
	};
	struct mr_search s = {.lkey = mr->lkey, .rkey = mr->rkey};
	int rc = netlink_ask(&ask, each_mr, &s);

	*mrn = s.mrn;
	if (rc)
		return rc == FOUND ? 0 : rc;
	return s.keys_hidden ? -EPERM : -ENOENT;
}

static int dump(uint32_t index, uint32_t mrn, const struct nic_mr *mr, struct nic_mr_tph *out)
{
	const struct netlink_ask ask = {
		.op = RDMA_NLDEV_CMD_RES_MR_GET_RAW,
		.attr = {{RDMA_NLDEV_ATTR_DEV_INDEX, index}, {RDMA_NLDEV_ATTR_RES_MRN, mrn}},
		.n_attrs = 2,
	};
	struct dump_view v = {.mr = {mr->addr, mr->bytes, mr->mr->lkey}, .out = out};
	int rc = netlink_ask(&ask, each_dump, &v);

	if (rc == FOUND)
		return v.shows;
	/* fill_res_mr_raw_entry() says EINVAL for a driver without; EOPNOTSUPP is firmware without. */
	return rc == -EINVAL ? -EOPNOTSUPP : rc ? rc : -EBADMSG;
}

static const struct verbs_hint hints[] = {
	{EPERM,
	 "the kernel shows MRs to CAP_NET_ADMIN only: run as root, or give the program that capability"},
	{EOPNOTSUPP, "only mlx5's dump is known, and its firmware must have the resource dump"},
	{EBADMSG,
	 "address, length and key of the MR are not where mlx5_ifc.h has them, so nothing is read from it; "
	 "`rdma resource show mr -r` shows the bytes"},
	{0, NULL},
};

int verbs_mr_shows_tph(struct nic *n, const struct nic_mr *mr, struct nic_mr_tph *out, struct err *e)
{
	uint32_t index = 0, mrn = 0;
	int rc = strncmp(n->attr.driver, "mlx5", strlen("mlx5")) ? -EOPNOTSUPP : 0;

	if (!rc)
		rc = find_device(n, &index);
	if (!rc)
		rc = find_mr(index, mr->mr, &mrn);
	if (!rc)
		rc = dump(index, mrn, mr, out);
	if (rc >= 0)
		return rc;
	err_set(e, rc, "%s: raw dump of MR 0x%x (RDMA_NLDEV_CMD_RES_MR_GET_RAW, driver %s): %s", n->attr.name,
		mr->mr->lkey, n->attr.driver[0] ? n->attr.driver : "unknown", err_name(rc));
	verbs_hint_add(e, rc, hints);
	return rc;
}
