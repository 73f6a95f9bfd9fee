// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Every completion status has a name and something to say. */
#include "fakes/nic_check.h"

static void every_status_has_words(void **state)
{
	(void)state;
	for (int s = IBV_WC_SUCCESS; s <= IBV_WC_TM_RNDV_INCOMPLETE; s++) {
		assert_non_null(nic_wc_name(s));
		assert_string_not_equal(nic_wc_name(s), "unknown status");
		assert_true(strlen(nic_wc_hint(s)) > 0);
	}
}

static void causes(void **state)
{
	static const struct {
		int status;
		const char *name, *cause;
	} row[] = {
		{IBV_WC_SUCCESS, "SUCCESS", "completed"},
		{IBV_WC_LOC_PROT_ERR, "LOC_PROT_ERR", "lkey"},
		{IBV_WC_LOC_PROT_ERR, "LOC_PROT_ERR", "IOMMU"},
		{IBV_WC_REM_ACCESS_ERR, "REM_ACCESS_ERR", "rkey"},
		{IBV_WC_REM_ACCESS_ERR, "REM_ACCESS_ERR", "revoked"},
		{IBV_WC_REM_INV_REQ_ERR, "REM_INV_REQ_ERR", "operation"},
		{IBV_WC_REM_INV_REQ_ERR, "REM_INV_REQ_ERR", "multiple of 8"},
		{IBV_WC_REM_INV_REQ_ERR, "REM_INV_REQ_ERR", "longer than the receive"},
		{IBV_WC_REM_ACCESS_ERR, "REM_ACCESS_ERR", "REMOTE_ATOMIC"},
		{IBV_WC_REM_OP_ERR, "REM_OP_ERR", "BAR"},
		{IBV_WC_REM_OP_ERR, "REM_OP_ERR", "atomic"},
		{IBV_WC_LOC_QP_OP_ERR, "LOC_QP_OP_ERR", "inline"},
		{IBV_WC_LOC_LEN_ERR, "LOC_LEN_ERR", "8 bytes"},
		{IBV_WC_RNR_RETRY_EXC_ERR, "RNR_RETRY_EXC_ERR", "immediate"},
		{IBV_WC_RETRY_EXC_ERR, "RETRY_EXC_ERR", "GID"},
		{IBV_WC_RETRY_EXC_ERR, "RETRY_EXC_ERR", "MTU"},
		{IBV_WC_RNR_RETRY_EXC_ERR, "RNR_RETRY_EXC_ERR", "receive"},
		{IBV_WC_WR_FLUSH_ERR, "WR_FLUSH_ERR", "first"},
		{IBV_WC_GENERAL_ERR, "GENERAL_ERR", "vendor_err"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_string_equal(nic_wc_name(row[i].status), row[i].name);
		if (!strstr(nic_wc_hint(row[i].status), row[i].cause))
			fail_msg("%s does not mention %s", row[i].name, row[i].cause);
	}
}

static void unknown_status(void **state)
{
	(void)state;
	assert_string_equal(nic_wc_name(-1), "unknown status");
	assert_string_equal(nic_wc_name(1000), "unknown status");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(every_status_has_words),
		CHECK_TEST(causes),
		CHECK_TEST(unknown_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
