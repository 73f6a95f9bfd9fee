// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Connecting by rdma_cm: both ends in step, the states and values of queue pairs, who is let in. */
#include <errno.h>

#include "fakes/nic_check.h"
#include "nic_cm_rig.h"

static void both_ends_come_up(void **state)
{
	struct rig r;
	struct nic_cm_route route;
	const struct ibv_qp_attr *a;

	(void)state;
	rig_open(&r, &fake_roce, 1);
	assert_int_equal(rig_connect(&r, NULL), 0);
	/* listener: INIT RTR RTS while it accepts; caller: INIT before, RTR RTS after */
	assert_int_equal(fake_count(FAKE_MODIFY_QP), 6);
	assert_int_equal(fake_modify(0)->attr.qp_state, IBV_QPS_INIT);
	assert_int_equal(fake_modify(0)->attr.qp_access_flags, IBV_ACCESS_REMOTE_WRITE);
	assert_int_equal(fake_modify(1)->attr.qp_state, IBV_QPS_INIT);
	assert_int_equal(fake_modify(1)->attr.qp_access_flags, RIGHTS);
	for (int i = 2; i <= 4; i += 2) {
		a = &fake_modify(i)->attr;
		assert_int_equal(a->qp_state, IBV_QPS_RTR);
		assert_int_equal(a->dest_qp_num, i == 2 ? r.caller_qp[0]->qp_num : r.listener_qp[0]->qp_num);
		assert_int_equal(a->min_rnr_timer, 12);
		assert_int_equal(a->path_mtu, IBV_MTU_1024);
		assert_int_equal(a->max_dest_rd_atomic, 16);
		assert_int_equal(a->ah_attr.grh.sgid_index, 1);
		a = &fake_modify(i + 1)->attr;
		assert_int_equal(a->qp_state, IBV_QPS_RTS);
		assert_int_equal(a->timeout, 14);
		assert_int_equal(a->retry_cnt, 7);
		assert_int_equal(a->rnr_retry, 7);
		assert_int_equal(a->max_rd_atomic, 16);
	}
	nic_cm_route(r.caller, &route);
	assert_int_equal(route.gid_index, nic_attr(r.n)->gid_index);
	assert_int_equal(route.family, NIC_GID_V2_IPV4);
	assert_memory_equal(route.gid.raw, nic_attr(r.n)->gid.raw, 16);
	assert_memory_equal(route.dgid.raw, nic_attr(r.n)->gid.raw, 16);
	assert_int_equal(route.mtu, 1024);
	assert_int_equal(nic_cm_alive(r.caller, NULL), 0);
	assert_int_equal(nic_cm_alive(r.listener, NULL), 0);
	rig_close(&r);
}

static void many_queue_pairs(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, &fake_roce, RIG_MAX);
	assert_int_equal(rig_connect(&r, NULL), 0);
	for (uint32_t i = 0; i < RIG_MAX; i++) {
		assert_string_equal(nic_qp_state(r.n, r.caller_qp[i]), "RTS");
		assert_string_equal(nic_qp_state(r.n, r.listener_qp[i]), "RTS");
	}
	rig_close(&r);
}

/* What was asked lower at one end holds at both. */
static void lowered_values(void **state)
{
	struct rig r;
	const struct ibv_qp_attr *a;

	(void)state;
	rig_open(&r, &fake_roce, 1);
	r.caller_addr[0].mtu = 512;
	r.caller_addr[0].rd_atomic = 3;
	r.caller_addr[0].rd_init = 2;
	assert_int_equal(rig_connect(&r, NULL), 0);
	a = &fake_modify(2)->attr; /* listener */
	assert_int_equal(a->path_mtu, IBV_MTU_512);
	assert_int_equal(a->max_dest_rd_atomic, 2);
	assert_int_equal(fake_modify(3)->attr.max_rd_atomic, 3);
	a = &fake_modify(4)->attr; /* caller */
	assert_int_equal(a->path_mtu, IBV_MTU_512);
	assert_int_equal(a->max_dest_rd_atomic, 3);
	assert_int_equal(fake_modify(5)->attr.max_rd_atomic, 2);
	rig_close(&r);
}

static void no_common_mtu(void **state)
{
	struct err e = {0};
	struct rig r;

	(void)state;
	rig_open(&r, &fake_roce, 1);
	r.caller_addr[0].mtu = 128;
	assert_int_equal(rig_connect(&r, &e), -EINVAL);
	CHECK_MESSAGE(&e, "path MTU");
	rig_close(&r);
}

/* The device moves its queue pairs itself, rdma_cm asks for INIT only, and there is no answer to confirm. */
static void iwarp(void **state)
{
	struct fake_device d = fake_roce;
	struct nic_cm_route route;
	struct check_sysfs sysfs;
	struct rig r;
	struct err e = {0};
	struct nic_qp_addr addr;
	char net[64], lo[80], port[100];
	FILE *f;

	(void)state;
	check_sysfs_make(&sysfs, "siw");
	snprintf(net, sizeof(net), "%s/net", sysfs.device);
	snprintf(lo, sizeof(lo), "%s/lo", net);
	snprintf(port, sizeof(port), "%s/dev_port", lo);
	assert_int_equal(mkdir(net, 0755) || mkdir(lo, 0755), 0);
	f = fopen(port, "w");
	assert_non_null(f);
	fputs("0\n", f);
	fclose(f);
	d.name = "siw0";
	d.ibdev_path = sysfs.root;
	d.transport = IBV_TRANSPORT_IWARP;
	d.n_gids = 0;
	d.port.gid_tbl_len = 0;
	rig_open(&r, &d, 2);
	assert_true(nic_attr(r.n)->cm_only);
	assert_string_equal(nic_attr(r.n)->cm_why, "");
	nic_qp_addr(r.n, r.caller_qp[0], &addr);
	assert_int_equal(nic_qp_connect(r.n, r.caller_qp[0], &addr, &addr, RIGHTS, &e), -EOPNOTSUPP);
	CHECK_MESSAGE(&e, "iWARP", "connect: cm");
	assert_int_equal(rig_connect(&r, &e), 0);
	assert_int_equal(fake_count(FAKE_MODIFY_QP), 4);
	assert_int_equal(fakecm_count(FAKECM_ESTABLISH), 0);
	nic_cm_route(r.caller, &route);
	assert_int_equal(route.gid_index, -1);
	rig_close(&r);
	unlink(port);
	rmdir(lo);
	rmdir(net);
	check_sysfs_remove(&sysfs);
}

static void software_device_has_no_address(void **state)
{
	struct nic_cm_where where;
	struct nic_cm *cm;
	struct nic *n;
	struct err e = {0};

	(void)state;
	assert_int_equal(nic_open("soft0", 1, -1, &n, NULL), 0);
	assert_int_equal(nic_cm_listen(n, &(struct nic_cm_set){.n = 1}, &cm, &where, &e), -EOPNOTSUPP);
	assert_null(cm);
	CHECK_MESSAGE(&e, "soft0", "no IP address", "connect: oob");
	assert_int_equal(nic_cm_call(n, &(struct nic_cm_set){.n = 1}, &where, 0, &cm, &e), -EOPNOTSUPP);
	assert_null(cm);
	nic_close(n);
	nic_cm_close(NULL);
}

static void too_many_or_none(void **state)
{
	struct rig r;
	struct nic_cm_where where;
	struct nic_cm *cm;
	struct err e = {0};

	(void)state;
	rig_open(&r, &fake_roce, 1);
	assert_int_equal(nic_cm_listen(r.n, &(struct nic_cm_set){.n = 0}, &cm, &where, &e), -EINVAL);
	assert_int_equal(nic_cm_listen(r.n, &(struct nic_cm_set){.n = NIC_CM_MAX + 1}, &cm, &where, &e),
			 -EINVAL);
	CHECK_MESSAGE(&e, "1025", "1024");
	rig_close(&r);
}

/* A request without the key: the caller hears of it, the listener goes on and serves the one it waits for. */
static void stranger_is_turned_away(void **state)
{
	struct rig r;
	struct nic_cm_where wrong;
	struct nic_cm *stranger;
	struct err e = {0};

	(void)state;
	rig_open(&r, &fake_roce, 2);
	assert_int_equal(rig_listen(&r, NULL), 0);
	wrong = r.where;
	wrong.key++;
	assert_int_equal(nic_cm_call(r.n, &r.caller_set, &wrong, rig_soon(), &stranger, NULL), 0);
	assert_int_equal(nic_cm_call(r.n, &r.caller_set, &r.where, rig_soon(), &r.caller, NULL), 0);
	assert_int_equal(nic_cm_accept(r.listener, rig_soon(), NULL), 0);
	assert_int_equal(nic_cm_finish(r.caller, rig_soon(), NULL), 0);
	assert_int_equal(nic_cm_finish(r.listener, rig_soon(), NULL), 0);
	assert_int_equal(nic_cm_finish(stranger, rig_soon(), &e), -ECONNREFUSED);
	CHECK_MESSAGE(&e, "REJECTED", "reason 28", "does not want");
	nic_cm_close(stranger);
	rig_close(&r);
}

/* The same queue pair asked for twice: the first holds. A message without our data is a stranger's too. */
static void second_request_for_a_queue_pair(void **state)
{
	struct rdma_conn_param empty = {.qp_num = 1};
	struct rdma_event_channel *ch;
	struct sockaddr_in at = {.sin_family = AF_INET}, from = {.sin_family = AF_INET};
	struct rdma_cm_id *id;
	struct nic_cm *again;
	struct rig r;

	(void)state;
	rig_open(&r, &fake_roce, 1);
	assert_int_equal(rig_listen(&r, NULL), 0);
	memcpy(&at.sin_addr, r.where.ip + 12, 4);
	from.sin_addr = at.sin_addr;
	at.sin_port = htons(r.where.port);
	ch = rdma_create_event_channel();
	assert_int_equal(rdma_create_id(ch, &id, NULL, RDMA_PS_TCP), 0);
	assert_int_equal(rdma_resolve_addr(id, (struct sockaddr *)&from, (struct sockaddr *)&at, 1), 0);
	assert_int_equal(rdma_connect(id, &empty), 0);
	assert_int_equal(nic_cm_call(r.n, &r.caller_set, &r.where, rig_soon(), &r.caller, NULL), 0);
	assert_int_equal(nic_cm_call(r.n, &r.caller_set, &r.where, rig_soon(), &again, NULL), 0);
	assert_int_equal(nic_cm_accept(r.listener, rig_soon(), NULL), 0);
	assert_int_equal(fakecm_count(FAKECM_REJECT), 2);
	assert_int_equal(nic_cm_finish(again, rig_soon(), NULL), -ECONNREFUSED);
	assert_int_equal(nic_cm_finish(r.caller, rig_soon(), NULL), 0);
	assert_int_equal(nic_cm_finish(r.listener, rig_soon(), NULL), 0);
	nic_cm_close(again);
	rdma_destroy_id(id);
	rdma_destroy_event_channel(ch);
	rig_close(&r);
}

static void other_end_leaves(void **state)
{
	struct rig r;
	struct err e = {0};

	(void)state;
	rig_open(&r, &fake_roce, 2);
	assert_int_equal(rig_connect(&r, NULL), 0);
	nic_cm_close(r.listener);
	r.listener = NULL;
	assert_int_equal(nic_cm_alive(r.caller, &e), -ECONNRESET);
	CHECK_MESSAGE(&e, "the other end has left", "DISCONNECTED");
	assert_int_equal(nic_cm_alive(r.caller, NULL), -ECONNRESET);
	rig_close(&r);
}

static void device_goes(void **state)
{
	struct rig r;
	struct err e = {0};

	(void)state;
	rig_open(&r, &fake_roce, 1);
	assert_int_equal(rig_connect(&r, NULL), 0);
	fakecm_post(RDMA_CM_EVENT_ADDR_CHANGE, 0); /* news only */
	fakecm_post(RDMA_CM_EVENT_TIMEWAIT_EXIT, 0);
	assert_int_equal(nic_cm_alive(r.caller, NULL), 0);
	fakecm_post(RDMA_CM_EVENT_DEVICE_REMOVAL, 0);
	assert_int_equal(nic_cm_alive(r.caller, &e), -ENODEV);
	CHECK_MESSAGE(&e, "device is being removed", "dmesg");
	assert_int_equal(nic_cm_alive(r.listener, NULL), -ENODEV);
	rig_close(&r);
}

/* Before anybody called: the event concerns the listener alone. */
static void device_goes_while_listening(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, &fake_roce, 1);
	assert_int_equal(rig_listen(&r, NULL), 0);
	fakecm_post(RDMA_CM_EVENT_DEVICE_REMOVAL, 0);
	assert_int_equal(nic_cm_accept(r.listener, rig_soon(), NULL), -ENODEV);
	rig_close(&r);
}

static void gids_of_both_ends(void **state)
{
	struct nic_attr a = {.name = "rxe0", .gid_index = 1, .gid_family = NIC_GID_V2_IPV4}, b = a;
	struct err e = {0};

	(void)state;
	assert_int_equal(nic_gid_agree(&a, &b, NULL), 0);
	snprintf(b.name, sizeof(b.name), "mlx5_0");
	b.gid_index = 0;
	b.gid_family = NIC_GID_V2_LINK_LOCAL;
	b.gid.raw[0] = 0xfe;
	b.gid.raw[1] = 0x80;
	assert_int_equal(nic_gid_agree(&a, &b, &e), -EPROTOTYPE);
	CHECK_MESSAGE(&e, "rxe0 with GID 1", "IPv4-mapped", "mlx5_0 with GID 0", "fe80::", "link-local",
		      "gid_index");
	b.gid_index = -1;
	b.gid_family = NIC_GID_NONE;
	assert_int_equal(nic_gid_agree(&a, &b, &e), -EPROTOTYPE);
	CHECK_MESSAGE(&e, "mlx5_0 with no GID");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_ends_come_up),
		TEST(many_queue_pairs),
		TEST(lowered_values),
		TEST(no_common_mtu),
		TEST(iwarp),
		TEST(software_device_has_no_address),
		TEST(too_many_or_none),
		TEST(stranger_is_turned_away),
		TEST(second_request_for_a_queue_pair),
		TEST(other_end_leaves),
		TEST(device_goes),
		TEST(device_goes_while_listening),
		TEST(gids_of_both_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
