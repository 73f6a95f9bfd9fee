// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Looking up what the program is not linked against: by library, name and version, all of which may be
 * missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nic/nic_symbol.h"

static void looks_up(void **state)
{
	(void)state;
	assert_non_null(nic_symbol("libibverbs.so.1", "ibv_reg_dmabuf_mr", "IBVERBS_1.12"));
	assert_null(nic_symbol("libibverbs.so.1", "ibv_reg_dmabuf_mr", "IBVERBS_1.0"));
	assert_null(nic_symbol("libibverbs.so.1", "ibv_no_such_call", "IBVERBS_1.12"));
	assert_null(nic_symbol("libno-such-library.so.1", "ibv_reg_dmabuf_mr", "IBVERBS_1.12"));
	assert_null(nic_symbol(NULL, "ibv_no_such_call", "IBVERBS_1.15"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(looks_up)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
