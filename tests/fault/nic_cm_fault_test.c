// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Connecting by rdma_cm when calls fail, events tell of trouble, or nothing comes at all. */
#include <errno.h>

#include "base/cleanup.h"
#include "unit/nic_cm_rig.h"

enum { QPS = 3 };

/* Every call, each time it is made: an error comes out, and everything can be closed. */
static void every_call_fails_once(void **state)
{
	static const struct {
		enum fakecm_call call;
		const char *name;
	} calls[] = {
		{FAKECM_CHANNEL, "rdma_create_event_channel"},
		{FAKECM_CREATE, "rdma_create_id"},
		{FAKECM_BIND, "rdma_bind_addr"},
		{FAKECM_LISTEN, "rdma_listen"},
		{FAKECM_RESOLVE_ADDR, "rdma_bind_addr"},
		{FAKECM_RESOLVE_ROUTE, "rdma_resolve_route"},
		{FAKECM_CONNECT, "rdma_connect"},
		{FAKECM_ACCEPT, "rdma_accept"},
		{FAKECM_ESTABLISH, "rdma_establish"},
		{FAKECM_INIT_QP_ATTR, "rdma_init_qp_attr"},
		{FAKECM_GET_EVENT, "rdma_get_cm_event"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		int made = 1;

		for (int nth = 1; nth <= made; nth++) {
			struct err e = {0};
			struct rig r;

			fake_reset();
			fakecm_reset();
			rig_open(&r, &fake_roce, QPS);
			if (nth == 1) {
				assert_int_equal(rig_connect(&r, NULL), 0);
				made = fakecm_count(calls[i].call);
				assert_true(made > 0);
				rig_close(&r);
				fake_reset();
				fakecm_reset();
				rig_open(&r, &fake_roce, QPS);
			}
			fakecm_fail(calls[i].call, nth, ENOSPC);
			assert_int_equal(rig_connect(&r, &e), -ENOSPC);
			CHECK_MESSAGE(&e, "fake0", "ENOSPC", "rdma_");
			if (!strstr(e.text, calls[i].name) && calls[i].call != FAKECM_RESOLVE_ADDR)
				fail_msg("%s is not named: %s", calls[i].name, e.text);
			rig_close(&r);
		}
	}
}

/* The queue pair refuses a state, at either end. */
static void queue_pair_refuses(void **state)
{
	(void)state;
	for (int nth = 1; nth <= 6; nth++) {
		struct err e = {0};
		struct rig r;

		fake_reset();
		rig_open(&r, &fake_roce, 1);
		fake_fail(FAKE_MODIFY_QP, nth, EINVAL);
		assert_int_equal(rig_connect(&r, &e), -EINVAL);
		CHECK_MESSAGE(&e, "queue pair");
		rig_close(&r);
	}
}

struct trouble {
	enum rdma_cm_event_type when;
	int as, status, rc;
	const char *says, *hint;
};

/* At every connection of the set: the first, one in the middle, the last. */
static void events_that_end_it(void **state)
{
	static const struct trouble all[] = {
		{RDMA_CM_EVENT_ADDR_RESOLVED, RDMA_CM_EVENT_ADDR_ERROR, -ENETUNREACH, -EHOSTUNREACH,
		 "ENETUNREACH", "ip route get"},
		{RDMA_CM_EVENT_ADDR_RESOLVED, RDMA_CM_EVENT_ADDR_ERROR, -1, -EHOSTUNREACH, "ADDR_ERROR)",
		 "same subnet"},
		{RDMA_CM_EVENT_ROUTE_RESOLVED, RDMA_CM_EVENT_ROUTE_ERROR, -ETIMEDOUT, -EHOSTUNREACH,
		 "ROUTE_ERROR", "subnet manager"},
		{RDMA_CM_EVENT_CONNECT_RESPONSE, RDMA_CM_EVENT_UNREACHABLE, -ETIMEDOUT, -EHOSTUNREACH,
		 "did not answer", "4791"},
		{RDMA_CM_EVENT_CONNECT_RESPONSE, RDMA_CM_EVENT_REJECTED, 10, -ECONNREFUSED, "stale",
		 "still there"},
		{RDMA_CM_EVENT_CONNECT_RESPONSE, RDMA_CM_EVENT_REJECTED, 99, -ECONNREFUSED, "reason 99",
		 "still there"},
		{RDMA_CM_EVENT_CONNECT_RESPONSE, RDMA_CM_EVENT_REJECTED, -ECONNREFUSED, -ECONNREFUSED,
		 "ECONNREFUSED", "still there"},
		{RDMA_CM_EVENT_CONNECT_RESPONSE, RDMA_CM_EVENT_CONNECT_ERROR, -EPROTO, -ECONNABORTED,
		 "EPROTO", "dmesg"},
		{RDMA_CM_EVENT_CONNECT_RESPONSE, RDMA_CM_EVENT_DEVICE_REMOVAL, 0, -ENODEV, "removed",
		 "driver"},
		{RDMA_CM_EVENT_CONNECT_RESPONSE, RDMA_CM_EVENT_DISCONNECTED, 0, -ECONNRESET, "has left",
		 "its messages"},
		{RDMA_CM_EVENT_ESTABLISHED, RDMA_CM_EVENT_CONNECT_ERROR, -ECONNRESET, -ECONNABORTED,
		 "ECONNRESET", "dmesg"},
		{RDMA_CM_EVENT_ESTABLISHED, RDMA_CM_EVENT_DISCONNECTED, 0, -ECONNRESET, "has left",
		 "its messages"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		for (int nth = 1; nth <= QPS; nth++) {
			struct err e = {0};
			struct rig r;

			fake_reset();
			fakecm_reset();
			rig_open(&r, &fake_roce, QPS);
			fakecm_event(all[i].when, nth, all[i].as, all[i].status);
			assert_int_equal(rig_connect(&r, &e), all[i].rc);
			CHECK_MESSAGE(&e, all[i].says, all[i].hint, "RDMA_CM_EVENT_", "of queue pair");
			rig_close(&r);
		}
}

/* Calls @step of a rig that is ready for it, with no time left. */
static void no_time_for(struct rig *r, int step, const char *says)
{
	struct err e = {0};
	int rc = 0;

	assert_int_equal(rig_listen(r, NULL), 0);
	if (step == 0)
		rc = nic_cm_accept(r->listener, 0, &e);
	if (step > 0) {
		rc = nic_cm_call(r->n, &r->caller_set, &r->where, step == 1 ? 0 : rig_soon(), &r->caller, &e);
	}
	if (step == 2)
		rc = nic_cm_finish(r->caller, 0, &e);
	if (step == 3) {
		assert_int_equal(nic_cm_accept(r->listener, rig_soon(), NULL), 0);
		rc = nic_cm_finish(r->listener, 0, &e);
	}
	assert_int_equal(rc, -ETIMEDOUT);
	CHECK_MESSAGE(&e, "timeout", says, "10.0.0.1", "of 3 queue pairs", "alive");
}

static void nothing_comes(void **state)
{
	static const struct {
		int step, drop;
		const char *says;
	} all[] = {
		{0, -1, "waiting for requests"},
		{1, RDMA_CM_EVENT_ADDR_RESOLVED, "resolving the address"},
		{1, RDMA_CM_EVENT_ROUTE_RESOLVED, "resolving the route"},
		{2, -1, "waiting for answers"},
		{3, -1, "waiting for confirmations"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		struct rig r;

		fake_reset();
		fakecm_reset();
		rig_open(&r, &fake_roce, QPS);
		if (all[i].drop >= 0)
			fakecm_event((enum rdma_cm_event_type)all[i].drop, 1, -1, 0);
		no_time_for(&r, all[i].step, all[i].says);
		rig_close(&r);
	}
}

/* Two NICs: the kernel's routing table prefers the other one. */
static void route_leads_elsewhere(void **state)
{
	static const struct {
		const char *device;
		uint8_t port;
		const char *says;
	} all[] = {{"other0", 1, "other0 port 1"}, {"fake0", 2, "fake0 port 2"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		struct fake_device other = fake_roce;
		struct err e = {0};
		struct rig r;

		fake_reset();
		fakecm_reset();
		rig_open(&r, &fake_roce, 1);
		other.name = "other0";
		fake_device_add(&other);
		assert_int_equal(rig_listen(&r, NULL), 0);
		fakecm_leads_to(all[i].device, all[i].port);
		assert_int_equal(nic_cm_call(r.n, &r.caller_set, &r.where, rig_soon(), &r.caller, &e),
				 -EXDEV);
		assert_null(r.caller);
		CHECK_MESSAGE(&e, "fake0 port 1", all[i].says, "ip route get", "connect: oob");
		nic_cm_close(r.listener);
		r.listener = NULL;
		assert_int_equal(rig_listen(&r, &e), -EXDEV);
		rig_close(&r);
	}
}

/* The address of the GID is gone from the network device. */
static void address_is_gone(void **state)
{
	struct err e = {0};
	struct rig r;

	(void)state;
	rig_open(&r, &fake_roce, 1);
	fakecm_fail(FAKECM_BIND, 1, EADDRNOTAVAIL);
	assert_int_equal(rig_listen(&r, &e), -EADDRNOTAVAIL);
	CHECK_MESSAGE(&e, "rdma_bind_addr", "EADDRNOTAVAIL", "gid_index");
	rig_close(&r);
}

static void no_rdma_cm_on_this_machine(void **state)
{
	struct err e = {0};
	struct rig r;

	(void)state;
	rig_open(&r, &fake_roce, 1);
	fakecm_fail(FAKECM_CHANNEL, 1, ENODEV);
	assert_int_equal(rig_listen(&r, &e), -ENODEV);
	CHECK_MESSAGE(&e, "/dev/infiniband/rdma_cm", "rdma_ucm", "connect: oob");
	fakecm_fail(FAKECM_CHANNEL, 1, EACCES);
	assert_int_equal(rig_listen(&r, &e), -EACCES);
	CHECK_MESSAGE(&e, "may not open");
	rig_close(&r);
}

/* The listener is gone when the call comes. */
static void nobody_listens(void **state)
{
	struct err e = {0};
	struct rig r;

	(void)state;
	rig_open(&r, &fake_roce, 1);
	assert_int_equal(rig_listen(&r, NULL), 0);
	nic_cm_close(r.listener);
	r.listener = NULL;
	assert_int_equal(nic_cm_call(r.n, &r.caller_set, &r.where, rig_soon(), &r.caller, NULL), 0);
	assert_int_equal(nic_cm_finish(r.caller, rig_soon(), &e), -ECONNREFUSED);
	CHECK_MESSAGE(&e, "reason 8", "nobody listens");
	rig_close(&r);
}

/* The caller gives up after its requests were taken, and before. */
static void caller_leaves(void **state)
{
	(void)state;
	for (int taken = 0; taken < 2; taken++) {
		struct rig r;

		fake_reset();
		rig_open(&r, &fake_roce, QPS);
		assert_int_equal(rig_listen(&r, NULL), 0);
		assert_int_equal(nic_cm_call(r.n, &r.caller_set, &r.where, rig_soon(), &r.caller, NULL), 0);
		if (taken)
			assert_int_equal(nic_cm_accept(r.listener, rig_soon(), NULL), 0);
		nic_cm_close(r.caller);
		r.caller = NULL;
		if (taken)
			assert_int_equal(nic_cm_finish(r.listener, rig_soon(), NULL), -ECONNRESET);
		rig_close(&r);
	}
}

/* Requests that nobody took end with their listener. */
static void listener_closed_with_requests(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, &fake_roce, QPS);
	assert_int_equal(rig_listen(&r, NULL), 0);
	assert_int_equal(nic_cm_call(r.n, &r.caller_set, &r.where, rig_soon(), &r.caller, NULL), 0);
	nic_cm_close(r.listener);
	r.listener = NULL;
	assert_int_equal(nic_cm_finish(r.caller, 0, NULL), -ETIMEDOUT);
	rig_close(&r);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_call_fails_once),
		TEST(queue_pair_refuses),
		TEST(events_that_end_it),
		TEST(nothing_comes),
		TEST(route_leads_elsewhere),
		TEST(address_is_gone),
		TEST(no_rdma_cm_on_this_machine),
		TEST(nobody_listens),
		TEST(caller_leaves),
		TEST(listener_closed_with_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
