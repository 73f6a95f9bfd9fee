// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a device is, as a message: see struct nic_attr. */
#include <errno.h>
#include <string.h>

#include "nic/nic_cm.h"
#include "peer/message_types.h"

static void put_limits(json_t **o, const struct nic_attr *a)
{
	message_put_int(o, "max_qp", a->max_qp);
	message_put_int(o, "max_qp_wr", a->max_qp_wr);
	message_put_int(o, "max_cqe", a->max_cqe);
	message_put_int(o, "max_rd_atomic_init", a->max_rd_atomic_init);
	message_put_int(o, "max_rd_atomic_dest", a->max_rd_atomic_dest);
	message_put_u64(o, "max_mr_size", a->max_mr_size);
	message_put_int(o, "max_msg_size", a->max_msg_size);
}

static void take_limits(struct message_in *in, struct nic_attr *out)
{
	out->max_qp = message_u32(in, "max_qp");
	out->max_qp_wr = message_u32(in, "max_qp_wr");
	out->max_cqe = message_u32(in, "max_cqe");
	out->max_rd_atomic_init = message_u32(in, "max_rd_atomic_init");
	out->max_rd_atomic_dest = message_u32(in, "max_rd_atomic_dest");
	out->max_mr_size = message_u64(in, "max_mr_size");
	out->max_msg_size = message_u32(in, "max_msg_size");
}

/* The bytes of an address. */
static void put_bytes(json_t **o, const char *key, const uint8_t *at, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		message_push(&list, json_integer(at[i]));
	message_put(o, key, list);
}

static void take_bytes(struct message_in *in, const char *key, uint8_t *out, size_t n)
{
	const json_t *list = message_array(in, key, n);

	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)message_item_int(in, list, i, 0, UINT8_MAX);
}

static void put_gid(json_t **o, const struct nic_attr *a)
{
	put_bytes(o, "gid", a->gid.raw, sizeof(a->gid.raw));
	message_put_int(o, "gid_index", a->gid_index);
	message_put_text(o, "gid_why", a->gid_why);
	message_put_int(o, "gid_family", (int64_t)a->gid_family);
	message_put_bool(o, "cm_only", a->cm_only);
	put_bytes(o, "ip", a->ip, sizeof(a->ip));
	message_put_text(o, "cm_why", a->cm_why);
}

static void take_gid(struct message_in *in, struct nic_attr *out)
{
	take_bytes(in, "gid", out->gid.raw, sizeof(out->gid.raw));
	out->gid_index = (int)message_int(in, "gid_index", -1, INT32_MAX);
	message_shown(in, "gid_why", out->gid_why, sizeof(out->gid_why));
	out->gid_family = (enum nic_gid_family)message_int(in, "gid_family", NIC_GID_NONE, NIC_GID_V2_IPV4);
	out->cm_only = message_bool(in, "cm_only");
	take_bytes(in, "ip", out->ip, sizeof(out->ip));
	message_shown(in, "cm_why", out->cm_why, sizeof(out->cm_why));
}

void put_nic_attr(json_t **o, const char *key, const struct nic_attr *a)
{
	json_t *one = json_object();

	message_put_text(&one, "name", a->name);
	message_put_text(&one, "driver", a->driver);
	message_put_text(&one, "fw", a->fw);
	message_put_int(&one, "evidence", (int64_t)a->evidence);
	message_put_bool(&one, "moves_data", a->moves_data);
	message_put_bool(&one, "atomics", a->atomics);
	message_put_bool(&one, "wr_api", a->wr_api);
	message_put_bool(&one, "counts_hints", a->counts_hints);
	message_put_bool(&one, "dmah", a->dmah);
	message_put_text(&one, "dmah_why", a->dmah_why);
	message_put_text(&one, "data_direct", a->data_direct);
	message_put_text(&one, "data_direct_why", a->data_direct_why);
	message_put_int(&one, "port", a->port);
	message_put_int(&one, "link_layer", a->link_layer);
	message_put_int(&one, "active_mtu", a->active_mtu);
	message_put_int(&one, "lid", a->lid);
	put_limits(&one, a);
	put_gid(&one, a);
	message_put(o, key, one);
}

void take_nic_attr(struct message_in *in, const char *key, struct nic_attr *out)
{
	const json_t *o = message_object(in, key);
	struct message_in one = message_open(o, "a device", in->e);

	memset(out, 0, sizeof(*out));
	if (!o)
		return;
	message_shown(&one, "name", out->name, sizeof(out->name));
	message_shown(&one, "driver", out->driver, sizeof(out->driver));
	message_shown(&one, "fw", out->fw, sizeof(out->fw));
	out->evidence = (enum nic_evidence)message_int(&one, "evidence", NIC_SOFTWARE, NIC_HARDWARE);
	out->moves_data = message_bool(&one, "moves_data");
	out->atomics = message_bool(&one, "atomics");
	out->wr_api = message_bool(&one, "wr_api");
	out->counts_hints = message_bool(&one, "counts_hints");
	out->dmah = message_bool(&one, "dmah");
	message_shown(&one, "dmah_why", out->dmah_why, sizeof(out->dmah_why));
	message_shown(&one, "data_direct", out->data_direct, sizeof(out->data_direct));
	message_shown(&one, "data_direct_why", out->data_direct_why, sizeof(out->data_direct_why));
	out->port = (int)message_int(&one, "port", 0, UINT8_MAX);
	out->link_layer = (int)message_int(&one, "link_layer", 0, UINT8_MAX);
	out->active_mtu = (int)message_int(&one, "active_mtu", 0, INT32_MAX);
	out->lid = (uint16_t)message_int(&one, "lid", 0, UINT16_MAX);
	take_limits(&one, out);
	take_gid(&one, out);
	in->rc = one.rc;
}

void put_where(json_t **o, const char *key, const struct nic_cm_where *w)
{
	json_t *one = json_object();

	put_bytes(&one, "ip", w->ip, sizeof(w->ip));
	message_put_int(&one, "port", w->port);
	message_put_u64(&one, "key", w->key);
	message_put(o, key, one);
}

void take_where(struct message_in *in, const char *key, struct nic_cm_where *out)
{
	const json_t *o = message_object(in, key);
	struct message_in one = message_open(o, "an address of rdma_cm", in->e);

	memset(out, 0, sizeof(*out));
	if (!o)
		return;
	take_bytes(&one, "ip", out->ip, sizeof(out->ip));
	out->port = (uint16_t)message_int(&one, "port", 1, UINT16_MAX);
	out->key = message_u64(&one, "key");
	in->rc = one.rc;
}

enum { COUNT_ITEMS = 6 };

static json_t *hint_value(int64_t v)
{
	return v == AXIS_EMPTY ? json_null() : json_integer(v);
}

void put_hint_counts(json_t **o, const char *key, const struct nic_hint_count *c, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++, c++) {
		message_push(&list, hint_value(c->tph));
		message_push(&list, hint_value(c->st));
		message_push(&list, hint_value(c->st_ext));
		message_push(&list, hint_value(c->ph));
		message_push(&list, message_number(c->ops));
		message_push(&list, message_number(c->bytes));
	}
	message_put(o, key, list);
}

static int64_t take_hint_value(struct message_in *in, const json_t *list, size_t i)
{
	return json_is_null(json_array_get(list, i)) ? AXIS_EMPTY
						     : message_item_int(in, list, i, 0, UINT16_MAX);
}

void take_hint_counts(struct message_in *in, const char *key, struct nic_hint_count *out, size_t n)
{
	const json_t *list = message_array(in, key, (size_t)MESSAGE_HINTS * COUNT_ITEMS);

	if (list && json_array_size(list) != n * COUNT_ITEMS)
		message_wrong(in, -EPROTO, "'%s' has %zu items, not %zu", key, json_array_size(list),
			      n * COUNT_ITEMS);
	for (size_t i = 0; !in->rc && i < n; i++) {
		out[i].tph = take_hint_value(in, list, i * COUNT_ITEMS);
		out[i].st = take_hint_value(in, list, i * COUNT_ITEMS + 1);
		out[i].st_ext = take_hint_value(in, list, i * COUNT_ITEMS + 2);
		out[i].ph = take_hint_value(in, list, i * COUNT_ITEMS + 3);
		out[i].ops = message_item_u64(in, list, i * COUNT_ITEMS + 4);
		out[i].bytes = message_item_u64(in, list, i * COUNT_ITEMS + 5);
	}
}
