// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Our copies of what rdma-core 44 has not, against the headers of the build where these have it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "uapi/verbs_ex.h"
#ifdef HAVE_MLX5_DIRECT
#include <infiniband/mlx5dv.h>
#endif

#define SAME_FIELD(ours, theirs, field)                                                                      \
	do {                                                                                                 \
		assert_int_equal(offsetof(struct ours, field), offsetof(struct theirs, field));              \
		assert_int_equal(sizeof(((struct ours *)0)->field), sizeof(((struct theirs *)0)->field));    \
	} while (0)

static void dmah(void **state)
{
	(void)state;
#ifdef HAVE_IBV_DMAH
	assert_int_equal(sizeof(struct uapi_dmah_attr), sizeof(struct ibv_dmah_init_attr));
	SAME_FIELD(uapi_dmah_attr, ibv_dmah_init_attr, comp_mask);
	SAME_FIELD(uapi_dmah_attr, ibv_dmah_init_attr, cpu_id);
	SAME_FIELD(uapi_dmah_attr, ibv_dmah_init_attr, ph);
	SAME_FIELD(uapi_dmah_attr, ibv_dmah_init_attr, tph_mem_type);
	assert_int_equal(UAPI_DMAH_CPU_ID, IBV_DMAH_INIT_ATTR_MASK_CPU_ID);
	assert_int_equal(UAPI_DMAH_PH, IBV_DMAH_INIT_ATTR_MASK_PH);
	assert_int_equal(UAPI_DMAH_MEM_TYPE, IBV_DMAH_INIT_ATTR_MASK_TPH_MEM_TYPE);
	assert_int_equal(UAPI_TPH_MEM_VM, IBV_TPH_MEM_TYPE_VM);
	assert_int_equal(UAPI_TPH_MEM_PM, IBV_TPH_MEM_TYPE_PM);
#else
	print_message("SKIP: infiniband/verbs.h has no struct ibv_dmah_init_attr (rdma-core 59)\n");
	skip();
#endif
}

/* Later versions have more at the end, behind bits of comp_mask that are not used. */
static void reg_mr_ex(void **state)
{
	(void)state;
#ifdef HAVE_IBV_DMAH
	assert_true(sizeof(struct uapi_mr_attr) >= sizeof(struct ibv_mr_init_attr));
	SAME_FIELD(uapi_mr_attr, ibv_mr_init_attr, length);
	SAME_FIELD(uapi_mr_attr, ibv_mr_init_attr, access);
	SAME_FIELD(uapi_mr_attr, ibv_mr_init_attr, comp_mask);
	SAME_FIELD(uapi_mr_attr, ibv_mr_init_attr, iova);
	SAME_FIELD(uapi_mr_attr, ibv_mr_init_attr, addr);
	SAME_FIELD(uapi_mr_attr, ibv_mr_init_attr, fd);
	SAME_FIELD(uapi_mr_attr, ibv_mr_init_attr, fd_offset);
	SAME_FIELD(uapi_mr_attr, ibv_mr_init_attr, dmah);
	assert_int_equal(UAPI_REG_MR_IOVA, IBV_REG_MR_MASK_IOVA);
	assert_int_equal(UAPI_REG_MR_ADDR, IBV_REG_MR_MASK_ADDR);
	assert_int_equal(UAPI_REG_MR_FD, IBV_REG_MR_MASK_FD);
	assert_int_equal(UAPI_REG_MR_FD_OFFSET, IBV_REG_MR_MASK_FD_OFFSET);
	assert_int_equal(UAPI_REG_MR_DMAH, IBV_REG_MR_MASK_DMAH);
#else
	print_message("SKIP: infiniband/verbs.h has no struct ibv_mr_init_attr (rdma-core 59)\n");
	skip();
#endif
}

static void data_direct(void **state)
{
	(void)state;
#ifdef HAVE_MLX5_DIRECT
	const struct uapi_verbs_ex ex = {0};

	/* types only: nothing is linked */
	_Static_assert(__builtin_types_compatible_p(typeof(ex.reg_direct), typeof(&mlx5dv_reg_dmabuf_mr)),
		       "mlx5dv_reg_dmabuf_mr");
	_Static_assert(__builtin_types_compatible_p(typeof(ex.direct_path),
						    typeof(&mlx5dv_get_data_direct_sysfs_path)),
		       "mlx5dv_get_data_direct_sysfs_path");
	assert_int_equal(UAPI_MLX5_DATA_DIRECT, MLX5DV_REG_DMABUF_ACCESS_DATA_DIRECT);
#else
	print_message("SKIP: infiniband/mlx5dv.h has no mlx5dv_reg_dmabuf_mr() (rdma-core 54)\n");
	skip();
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(dmah), cmocka_unit_test(reg_mr_ex),
					   cmocka_unit_test(data_direct)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
