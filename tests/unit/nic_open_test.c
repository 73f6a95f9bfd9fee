// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Listing and opening: which device, which port, what is read, and what a user is told otherwise. */
#include <errno.h>

#include "fakes/nic_check.h"

static void open_fails(const char *device, int port, int code, struct err *e)
{
	struct nic *n = (struct nic *)1;

	*e = (struct err){0};
	assert_int_equal(nic_open(device, port, -1, &n, e), code);
	assert_null(n);
	assert_int_equal(e->code, code);
	assert_int_equal(fake_live(), 0);
}

static void attributes_are_read(void **state)
{
	struct nic *n = check_open(&fake_roce);
	const struct nic_attr *a = nic_attr(n);

	(void)state;
	assert_string_equal(a->name, "fake0");
	assert_string_equal(a->fw, "1.2.3");
	assert_int_equal(a->port, 1);
	assert_int_equal(a->link_layer, IBV_LINK_LAYER_ETHERNET);
	assert_int_equal(a->active_mtu, 1024);
	assert_int_equal(a->max_qp, 1024);
	assert_int_equal(a->max_qp_wr, 32768);
	assert_int_equal(a->max_cqe, 1 << 20);
	assert_int_equal(a->max_rd_atomic_init, 16);
	assert_int_equal(a->max_rd_atomic_dest, 16);
	assert_int_equal(a->max_mr_size, UINT64_MAX);
	assert_int_equal(a->max_msg_size, 1u << 30);
	assert_true(a->moves_data && a->atomics && a->wr_api);
	assert_false(a->counts_hints);
	nic_close(n);
}

/* Else mlx5 lets the CPU write small messages, to an address that is none of the CPU's for a dma-buf. */
static void messages_are_never_scattered_by_the_cpu(void **state)
{
	(void)state;
	assert_int_equal(setenv("MLX5_SCATTER_TO_CQE", "1", 1), 0);
	nic_close(check_open(&fake_roce));
	assert_string_equal(getenv("MLX5_SCATTER_TO_CQE"), "0");
}

static void close_accepts_null(void **state)
{
	(void)state;
	nic_close(NULL);
}

static void list_has_software_first(void **state)
{
	struct nic_entry *list;
	struct fake_device down = fake_roce;
	struct err e;

	(void)state;
	down.name = "mlx5_1";
	down.port.state = IBV_PORT_DOWN;
	down.port.link_layer = IBV_LINK_LAYER_INFINIBAND;
	fake_device_add(&fake_roce);
	fake_device_add(&down);
	assert_int_equal(nic_list(&list, &e), 4);
	assert_string_equal(list[0].name, "soft0");
	assert_string_equal(list[1].name, "null0");
	assert_int_equal(list[0].evidence, NIC_SOFTWARE);
	assert_string_equal(list[2].name, "fake0");
	assert_non_null(strstr(list[2].about, "RoCE"));
	assert_non_null(strstr(list[2].about, "ACTIVE"));
	assert_non_null(strstr(list[2].about, "MTU 1024"));
	assert_non_null(strstr(list[3].about, "InfiniBand"));
	assert_non_null(strstr(list[3].about, "DOWN"));
	free(list);
}

static void list_without_rdma_is_no_error(void **state)
{
	struct nic_entry *list;
	struct err e;

	(void)state;
	assert_int_equal(nic_list(&list, &e), 2);
	free(list);
	fake_fail(FAKE_GET_DEVICE_LIST, 1, ENOSYS);
	assert_int_equal(nic_list(&list, &e), 2);
	free(list);
}

static void list_shows_what_cannot_be_opened(void **state)
{
	struct nic_entry *list;
	struct err e;

	(void)state;
	fake_device_add(&fake_roce);
	fake_fail(FAKE_OPEN_DEVICE, 1, EACCES);
	assert_int_equal(nic_list(&list, &e), 3);
	assert_non_null(strstr(list[2].about, "EACCES"));
	free(list);
	fake_fail(FAKE_QUERY_PORT, 1, EIO);
	assert_int_equal(nic_list(&list, &e), 3);
	assert_non_null(strstr(list[2].about, "EIO"));
	free(list);
}

static void unknown_device_is_told_what_there_is(void **state)
{
	struct err e;

	(void)state;
	fake_device_add(&fake_roce);
	open_fails("mlx5_9", 1, -ENODEV, &e);
	CHECK_MESSAGE(&e, "mlx5_9", "soft0", "null0", "fake0", "list devices");
}

static void machine_without_devices_is_told_the_ways_out(void **state)
{
	struct err e;

	(void)state;
	open_fails("mlx5_0", 1, -ENODEV, &e);
	CHECK_MESSAGE(&e, "mlx5_0", "soft0", "rdma link add", "scripts/lab", "ibverbs-providers");
}

static void machine_without_uverbs_shows_the_answer(void **state)
{
	struct err e;

	(void)state;
	fake_fail(FAKE_GET_DEVICE_LIST, 1, ENOSYS);
	open_fails("mlx5_0", 1, -ENODEV, &e);
	CHECK_MESSAGE(&e, "mlx5_0", "ENOSYS", "ib_uverbs", "soft0", "rdma link add");
}

static void device_node_refused(void **state)
{
	static const struct {
		int error, code;
		const char *words[4];
	} row[] = {
		{EACCES, -EACCES, {"/dev/infiniband/uverbs0", "EACCES", "group", NULL}},
		{EPERM, -EACCES, {"/dev/infiniband/uverbs0", "EPERM", "root", NULL}},
		{ENOENT, -ENODEV, {"/dev/infiniband/uverbs0", "ENOENT", "container", NULL}},
		{ENODEV, -ENODEV, {"/dev/infiniband/uverbs0", "ENODEV", "ib_uverbs", NULL}},
		{ENOMEM, -ENOMEM, {"/dev/infiniband/uverbs0", "ENOMEM", "ulimit -l", NULL}},
		{0, -EIO, {"/dev/infiniband/uverbs0", "EIO", NULL}}, /* a provider that forgot errno */
	};
	struct err e;

	(void)state;
	fake_device_add(&fake_roce);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		fake_fail(FAKE_OPEN_DEVICE, 1, row[i].error);
		open_fails("fake0", 1, row[i].code, &e);
		check_message(&e, row[i].words);
	}
}

static void port_out_of_range(void **state)
{
	struct err e;

	(void)state;
	fake_device_add(&fake_roce);
	open_fails("fake0", 2, -EINVAL, &e);
	CHECK_MESSAGE(&e, "fake0", "port 2 asked", "has 1");
	open_fails("fake0", 0, -EINVAL, &e);
	CHECK_MESSAGE(&e, "fake0", "port 0 asked", "from 1");
}

static void port_not_active(void **state)
{
	struct fake_device d = fake_roce;
	struct err e;

	(void)state;
	d.port.state = IBV_PORT_DOWN;
	fake_device_add(&d);
	open_fails("fake0", 1, -ENETDOWN, &e);
	CHECK_MESSAGE(&e, "fake0", "port 1", "DOWN", "RoCE", "ip link set", "subnet manager");
}

/* Connected by rdma_cm alone, which needs an address: there is none here. */
static void iwarp_has_no_gid(void **state)
{
	struct fake_device d = fake_roce;
	struct nic_entry *list;
	const struct nic_attr *a;
	struct nic *n;
	struct err e;

	(void)state;
	d.name = "siw0";
	d.transport = IBV_TRANSPORT_IWARP;
	d.n_gids = 0;
	n = check_open(&d);
	a = nic_attr(n);
	assert_true(a->cm_only);
	assert_int_equal(a->gid_index, -1);
	assert_non_null(strstr(a->gid_why, "iWARP"));
	assert_non_null(strstr(a->cm_why, "no network device"));
	nic_close(n);
	assert_int_equal(nic_list(&list, &e), 3);
	assert_non_null(strstr(list[2].about, "iWARP"));
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(attributes_are_read),
		CHECK_TEST(messages_are_never_scattered_by_the_cpu),
		CHECK_TEST(close_accepts_null),
		CHECK_TEST(list_has_software_first),
		CHECK_TEST(list_without_rdma_is_no_error),
		CHECK_TEST(list_shows_what_cannot_be_opened),
		CHECK_TEST(unknown_device_is_told_what_there_is),
		CHECK_TEST(machine_without_devices_is_told_the_ways_out),
		CHECK_TEST(machine_without_uverbs_shows_the_answer),
		CHECK_TEST(device_node_refused),
		CHECK_TEST(port_out_of_range),
		CHECK_TEST(port_not_active),
		CHECK_TEST(iwarp_has_no_gid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
