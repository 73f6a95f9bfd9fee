// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Asynchronous events: which are told, in what words, which end everything. */
#include <errno.h>

#include "fakes/nic_check.h"

static void nothing_pending(void **state)
{
	struct nic *n = check_open(&fake_roce);
	struct nic_event ev;

	(void)state;
	assert_int_equal(nic_async(n, &ev), 0);
	assert_int_equal(nic_async(n, &ev), 0);
	fake_fail(FAKE_GET_EVENT, 1, EIO);
	assert_int_equal(nic_async(n, &ev), -EIO);
	fake_fail(FAKE_GET_EVENT, 1, 0); /* a short read sets no errno */
	assert_int_equal(nic_async(n, &ev), -EIO);
	nic_close(n);
}

static void told(struct nic *n, struct ibv_async_event ev, const char *text, uint32_t qp_num, bool fatal)
{
	struct nic_event got = {.text = "none"};

	fake_event(ev);
	assert_int_equal(nic_async(n, &got), 1);
	if (!strstr(got.text, text))
		fail_msg("'%s' is missing in: %s", text, got.text);
	assert_true(strlen(got.text) < sizeof(got.text) - 1);
	assert_int_equal(got.qp_num, qp_num);
	assert_int_equal(got.fatal, fatal);
	assert_int_equal(nic_async(n, &got), 0);
}

static void queue_pairs(void **state)
{
	static const struct {
		enum ibv_event_type type;
		const char *text;
	} row[] = {
		{IBV_EVENT_QP_FATAL, "QP_FATAL on QP 0x1a: "},
		{IBV_EVENT_QP_REQ_ERR, "QP_REQ_ERR on QP 0x1a: "},
		{IBV_EVENT_QP_ACCESS_ERR, "QP_ACCESS_ERR on QP 0x1a: "},
	};
	struct ibv_qp qp = {.qp_num = 0x1a};
	struct nic *n = check_open(&fake_roce);

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		told(n, (struct ibv_async_event){.event_type = row[i].type, .element.qp = &qp}, row[i].text,
		     0x1a, false);
	nic_close(n);
}

static void ports(void **state)
{
	static const struct {
		enum ibv_event_type type;
		const char *text;
	} row[] = {
		{IBV_EVENT_PORT_ERR, "PORT_ERR on port 1: "},
		{IBV_EVENT_LID_CHANGE, "LID_CHANGE on port 1: "},
		{IBV_EVENT_PKEY_CHANGE, "PKEY_CHANGE on port 1: "},
		{IBV_EVENT_GID_CHANGE, "GID_CHANGE on port 1: "},
	};
	struct nic *n = check_open(&fake_roce);
	struct nic_event got;

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		told(n, (struct ibv_async_event){.event_type = row[i].type, .element.port_num = 1},
		     row[i].text, 0, false);
		fake_event((struct ibv_async_event){.event_type = row[i].type, .element.port_num = 2});
		assert_int_equal(nic_async(n, &got), 0);
	}
	nic_close(n);
}

static void others(void **state)
{
	struct nic *n = check_open(&fake_roce);
	struct ibv_cq cq = {0};

	(void)state;
	told(n, (struct ibv_async_event){.event_type = IBV_EVENT_CQ_ERR, .element.cq = &cq}, "CQ_ERR: ", 0,
	     false);
	told(n, (struct ibv_async_event){.event_type = IBV_EVENT_DEVICE_FATAL}, "DEVICE_FATAL: ", 0, true);
	told(n, (struct ibv_async_event){.event_type = (enum ibv_event_type)20}, "DEVICE_SPEED_CHANGE: ", 0,
	     false);
	told(n, (struct ibv_async_event){.event_type = (enum ibv_event_type)21}, "unknown event", 0, false);
	nic_close(n);
}

static void news_is_passed_over(void **state)
{
	static const enum ibv_event_type news[] = {
		IBV_EVENT_COMM_EST,	     IBV_EVENT_SQ_DRAINED,	    IBV_EVENT_PORT_ACTIVE,
		IBV_EVENT_SM_CHANGE,	     IBV_EVENT_CLIENT_REREGISTER,   IBV_EVENT_PATH_MIG,
		IBV_EVENT_SRQ_LIMIT_REACHED, IBV_EVENT_QP_LAST_WQE_REACHED,
	};
	struct nic *n = check_open(&fake_roce);
	struct ibv_qp qp = {.qp_num = 7};
	struct nic_event got;

	(void)state;
	for (size_t i = 0; i < sizeof(news) / sizeof(news[0]); i++)
		fake_event((struct ibv_async_event){.event_type = news[i], .element.qp = &qp});
	told(n, (struct ibv_async_event){.event_type = IBV_EVENT_QP_FATAL, .element.qp = &qp}, "QP 0x7", 7,
	     false);
	assert_int_equal(nic_async(n, &got), 0);
	nic_close(n);
}

static void order_is_kept(void **state)
{
	struct nic *n = check_open(&fake_roce);
	struct ibv_qp qp[2] = {{.qp_num = 1}, {.qp_num = 2}};
	struct nic_event got;

	(void)state;
	for (int i = 0; i < 2; i++)
		fake_event((struct ibv_async_event){.event_type = IBV_EVENT_QP_FATAL, .element.qp = &qp[i]});
	for (uint32_t i = 1; i <= 2; i++) {
		assert_int_equal(nic_async(n, &got), 1);
		assert_int_equal(got.qp_num, i);
	}
	nic_close(n);
}

static void no_descriptor(void **state)
{
	struct fake_device d = fake_roce;
	struct nic *n;
	struct err e;

	(void)state;
	d.no_events = true;
	fake_device_add(&d);
	assert_int_equal(nic_open("fake0", 1, -1, &n, &e), -EBADF);
	assert_null(n);
	CHECK_MESSAGE(&e, "fake0", "event descriptor", "EBADF");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(nothing_pending), CHECK_TEST(queue_pairs),	      CHECK_TEST(ports),
		CHECK_TEST(others),	     CHECK_TEST(news_is_passed_over), CHECK_TEST(order_is_kept),
		CHECK_TEST(no_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
