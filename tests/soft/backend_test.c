// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which devices there are, what they say of themselves, how they refuse to open. */
#include "soft/rig.h"

#include <errno.h>
#include <string.h>

static const struct nic_backend *const soft = &nic_backend_soft;

static void test_list(void **state)
{
	struct nic_entry list[4];

	(void)state;
	assert_int_equal(soft->list(list, 4, NULL), 2);
	assert_string_equal(list[0].name, "soft0");
	assert_string_equal(list[1].name, "null0");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(list[i].evidence, NIC_SOFTWARE);
		assert_true(strlen(list[i].about) > 0);
	}
	assert_int_equal(soft->list(list, 1, NULL), 1);
}

static void test_refused(void **state)
{
	static const struct {
		const char *device;
		int port, gid_index, rc;
	} rows[] = {
		{"soft1", 1, -1, -ENODEV}, {"mlx5_0", 1, -1, -ENODEV}, {"soft0", 0, -1, -EINVAL},
		{"soft0", 2, -1, -EINVAL}, {"null0", 1, 0, -EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct nic n = {0};
		struct err e = {0};

		assert_int_equal(soft->open(&n, rows[i].device, rows[i].port, rows[i].gid_index, &e),
				 rows[i].rc);
		assert_null(n.ctx);
		assert_int_equal(e.code, rows[i].rc);
		assert_non_null(strstr(e.text, rows[i].device));
	}
}

static void test_attr(void **state)
{
	static const char *const names[] = {"soft0", "null0"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct nic n = {0};

		assert_int_equal(soft->open(&n, names[i], 1, -1, NULL), 0);
		assert_string_equal(n.attr.name, names[i]);
		assert_string_equal(n.attr.driver, "software");
		assert_string_equal(n.attr.fw, "");
		assert_true(n.attr.atomics && n.attr.wr_api && n.attr.counts_hints && n.attr.dmah);
		assert_string_equal(n.attr.data_direct, "");
		assert_true(strlen(n.attr.data_direct_why) > 0);
		assert_int_equal(n.attr.evidence, NIC_SOFTWARE);
		assert_int_equal(n.attr.gid_index, -1);
		assert_int_equal(n.attr.max_msg_size, 1u << 31);
		assert_string_equal(n.ctx->device->name, names[i]);
		assert_null(n.ctx->abi_compat); /* verbs_get_ctx() finds nothing */
		soft->close(&n);
	}
}

static void test_busy(void **state)
{
	struct soft_dev *d = soft_dev_open("soft0", true);
	struct ibv_pd *pd = soft_pd_alloc(d);
	struct ibv_cq *cq;
	struct ibv_mr *mr;
	char buf[8];

	(void)state;
	assert_int_equal(soft_mr_reg(pd, buf, sizeof(buf), 0, &MEM_NO_HINT, &mr, NULL), 0);
	assert_int_equal(soft_pd_dealloc(pd), -EBUSY);
	soft_mr_dereg(mr);
	assert_int_equal(soft_dev_close(d), -EBUSY);
	assert_int_equal(soft_pd_dealloc(pd), 0);
	assert_int_equal(soft_cq_create(d, 1, &cq, NULL), 0);
	assert_int_equal(soft_dev_close(d), -EBUSY);
	assert_int_equal(soft_cq_destroy(cq, NULL), 0);
	assert_int_equal(soft_dev_close(d), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_attr),
		cmocka_unit_test(test_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
