// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which GID is chosen from which table, with which reason. */
#include <arpa/inet.h>
#include <errno.h>

#include "fakes/nic_check.h"

enum { V1 = IBV_GID_TYPE_ROCE_V1, V2 = IBV_GID_TYPE_ROCE_V2, IB = IBV_GID_TYPE_IB, GIDS_MAX = 4 };

struct gid {
	uint32_t index;
	const char *addr;
	uint32_t type;
};

static void add_device(int link_layer, uint8_t flags, const struct gid *gid, struct ibv_gid_entry *entries)
{
	struct fake_device d = fake_roce;

	d.port.link_layer = (uint8_t)link_layer;
	d.port.flags = flags;
	d.gids = entries;
	for (d.n_gids = 0; d.n_gids < GIDS_MAX && gid[d.n_gids].addr; d.n_gids++) {
		struct ibv_gid_entry *g = &entries[d.n_gids];

		*g = (struct ibv_gid_entry){.gid_index = gid[d.n_gids].index,
					    .port_num = 1,
					    .gid_type = gid[d.n_gids].type,
					    .ndev_ifindex = link_layer == IBV_LINK_LAYER_ETHERNET};
		assert_int_equal(inet_pton(AF_INET6, gid[d.n_gids].addr, g->gid.raw), 1);
	}
	fake_device_add(&d);
}

static const struct row {
	const char *name;
	int link_layer;
	uint8_t flags;
	struct gid gid[GIDS_MAX];
	int asked;
	int want_index;
	const char *want_addr;
	const char *want_why;
} rows[] = {
	{"IPv4-mapped wins over all that come before it",
	 IBV_LINK_LAYER_ETHERNET,
	 0,
	 {{0, "fe80::1", V2}, {1, "::ffff:10.0.0.1", V1}, {2, "2001:db8::1", V2}, {3, "::ffff:10.0.0.1", V2}},
	 -1,
	 3,
	 "::ffff:10.0.0.1",
	 "IPv4-mapped"},
	{"global IPv6 wins over link-local",
	 IBV_LINK_LAYER_ETHERNET,
	 0,
	 {{0, "fe80::1", V2}, {5, "2001:db8::1", V2}},
	 -1,
	 5,
	 "2001:db8::1",
	 "global IPv6"},
	{"the first of equals",
	 IBV_LINK_LAYER_ETHERNET,
	 0,
	 {{2, "2001:db8::1", V2}, {4, "2001:db8::2", V2}},
	 -1,
	 2,
	 "2001:db8::1",
	 "global IPv6"},
	{"link-local only",
	 IBV_LINK_LAYER_ETHERNET,
	 0,
	 {{0, "fe80::1", V1}, {1, "fe80::1", V2}},
	 -1,
	 1,
	 "fe80::1",
	 "link-local"},
	{"RoCE v1 only",
	 IBV_LINK_LAYER_ETHERNET,
	 0,
	 {{0, "fe80::1", V1}, {1, "::ffff:10.0.0.1", V1}},
	 -1,
	 0,
	 "fe80::1",
	 "RoCE v1"},
	{"an entry of no RoCE type is passed over",
	 IBV_LINK_LAYER_ETHERNET,
	 0,
	 {{0, "fe80::1", IB}, {1, "fe80::2", V2}},
	 -1,
	 1,
	 "fe80::2",
	 "link-local"},
	{"InfiniBand needs none",
	 IBV_LINK_LAYER_INFINIBAND,
	 0,
	 {{0, "fe80::2:c903:1", IB}},
	 -1,
	 -1,
	 "fe80::2:c903:1",
	 "LID"},
	{"InfiniBand with GRH required",
	 IBV_LINK_LAYER_INFINIBAND,
	 IBV_QPF_GRH_REQUIRED,
	 {{0, "fe80::2:c903:1", IB}},
	 -1,
	 0,
	 "fe80::2:c903:1",
	 "global route header"},
	{"an asked index is taken as it is",
	 IBV_LINK_LAYER_ETHERNET,
	 0,
	 {{0, "fe80::1", V2}, {3, "::ffff:10.0.0.1", V2}},
	 0,
	 0,
	 "fe80::1",
	 "gid_index"},
};

/* A RoCE GID is the port's address too; InfiniBand has it elsewhere, which is not here. */
static void check_address(const struct row *r, const struct nic_attr *a)
{
	bool roce = r->link_layer == IBV_LINK_LAYER_ETHERNET;

	if (roce != (a->gid_family != NIC_GID_NONE) || roce != !a->cm_why[0])
		fail_msg("%s: family %d, '%s'", r->name, (int)a->gid_family, a->cm_why);
	if (roce)
		assert_memory_equal(a->ip, a->gid.raw, sizeof(a->ip));
	if (strstr(r->want_why, "IPv4-mapped"))
		assert_int_equal(a->gid_family, NIC_GID_V2_IPV4);
	if (strstr(r->want_why, "link-local"))
		assert_int_equal(a->gid_family, NIC_GID_V2_LINK_LOCAL);
}

static void choice(void **state)
{
	struct ibv_gid_entry entries[GIDS_MAX];
	union ibv_gid want;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		struct err e = {0};
		struct nic *n;

		fake_reset();
		add_device(r->link_layer, r->flags, r->gid, entries);
		if (nic_open("fake0", 1, r->asked, &n, &e))
			fail_msg("%s: %s %s", r->name, e.text, e.hint);
		if (nic_attr(n)->gid_index != r->want_index)
			fail_msg("%s: index %d", r->name, nic_attr(n)->gid_index);
		inet_pton(AF_INET6, r->want_addr, want.raw);
		assert_memory_equal(nic_attr(n)->gid.raw, want.raw, sizeof(want.raw));
		if (!strstr(nic_attr(n)->gid_why, r->want_why))
			fail_msg("%s: why is '%s'", r->name, nic_attr(n)->gid_why);
		check_address(r, nic_attr(n));
		nic_close(n);
	}
}

static void open_fails(int asked, int code, struct err *e)
{
	struct nic *n;

	assert_int_equal(nic_open("fake0", 1, asked, &n, e), code);
	assert_null(n);
	assert_int_equal(fake_live(), 0);
}

static void empty_table(void **state)
{
	static const struct gid none[GIDS_MAX];
	struct ibv_gid_entry entries[GIDS_MAX];
	struct err e;

	(void)state;
	add_device(IBV_LINK_LAYER_ETHERNET, 0, none, entries);
	open_fails(-1, -EADDRNOTAVAIL, &e);
	CHECK_MESSAGE(&e, "fake0", "port 1", "no RoCE GID", "ip address add");
}

static void infiniband_without_gid_0(void **state)
{
	static const struct gid none[GIDS_MAX];
	struct ibv_gid_entry entries[GIDS_MAX];
	struct err e;

	(void)state;
	add_device(IBV_LINK_LAYER_INFINIBAND, 0, none, entries);
	open_fails(-1, -ENODATA, &e);
	CHECK_MESSAGE(&e, "fake0", "GID 0 of port 1", "ENODATA");
}

static void bad_index(void **state)
{
	struct err e;

	(void)state;
	fake_device_add(&fake_roce);
	open_fails(8, -EINVAL, &e);
	CHECK_MESSAGE(&e, "fake0", "gid_index 8", "8 usable entries");
	open_fails(3, -EINVAL, &e);
	CHECK_MESSAGE(&e, "fake0", "gid_index 3", "empty", "leave gid_index out");
	open_fails(-2, -EINVAL, &e);
	CHECK_MESSAGE(&e, "fake0", "gid_index -2");
}

/* ibv_global_route.sgid_index has 8 bits: entry 256 would silently become entry 0. */
static void entries_beyond_256_are_not_used(void **state)
{
	static const struct ibv_gid_entry entries[] = {
		{.gid.raw = {0xfe, 0x80, [15] = 1}, .gid_index = 255, .gid_type = V2},
		{.gid.raw = {[10] = 0xff, 0xff, 10, 0, 0, 1}, .gid_index = 256, .gid_type = V2},
	};
	struct fake_device d = fake_roce;
	struct err e;
	struct nic *n;

	(void)state;
	d.port.gid_tbl_len = 1024;
	d.gids = entries;
	d.n_gids = 2;
	n = check_open(&d);
	assert_int_equal(nic_attr(n)->gid_index, 255);
	nic_close(n);
	open_fails(256, -EINVAL, &e);
	CHECK_MESSAGE(&e, "gid_index 256", "256 usable entries");
}

static void the_reason_names_the_network_device(void **state)
{
	static const struct gid one[GIDS_MAX] = {{0, "::ffff:10.0.0.1", V2}};
	struct ibv_gid_entry entries[GIDS_MAX];
	struct err e;
	struct nic *n;

	(void)state;
	add_device(IBV_LINK_LAYER_ETHERNET, 0, one, entries); /* interface 1 is lo on every Linux */
	assert_int_equal(nic_open("fake0", 1, -1, &n, &e), 0);
	assert_non_null(strstr(nic_attr(n)->gid_why, "(lo)"));
	nic_close(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(choice),
		CHECK_TEST(empty_table),
		CHECK_TEST(infiniband_without_gid_0),
		CHECK_TEST(bad_index),
		CHECK_TEST(entries_beyond_256_are_not_used),
		CHECK_TEST(the_reason_names_the_network_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
