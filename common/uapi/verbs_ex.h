/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_UAPI_VERBS_EX_H
#define P2P_UAPI_VERBS_EX_H

/*
 * Calls of rdma-core that are younger than the oldest one this program runs on (44), looked up at run time:
 * copies of their argument structures, so that no header of that age is needed either. Facts are those of
 * rdma-core 65, libibverbs/verbs.h and libibverbs.map.in, providers/mlx5/mlx5dv.h and libmlx5.map.
 * tests/unit/nic_uapi_test.c compares them with the headers of the build where these have them.
 */

#include <stddef.h>
#include <stdint.h>

#include <infiniband/verbs.h>

/* ibv_alloc_dmah, ibv_dealloc_dmah, ibv_reg_mr_ex: rdma-core 59. */
#define UAPI_IBVERBS_EX "IBVERBS_1.15"
/* mlx5dv_reg_dmabuf_mr, mlx5dv_get_data_direct_sysfs_path: rdma-core 54. */
#define UAPI_MLX5_DIRECT "MLX5_1.25"

struct ibv_dmah;
struct ibv_buf;

/* enum ibv_dmah_init_attr_mask */
enum { UAPI_DMAH_CPU_ID = 1 << 0, UAPI_DMAH_PH = 1 << 1, UAPI_DMAH_MEM_TYPE = 1 << 2 };
/* enum ibv_tph_mem_type */
enum { UAPI_TPH_MEM_VM, UAPI_TPH_MEM_PM };

/* struct ibv_dmah_init_attr */
struct uapi_dmah_attr {
	uint32_t comp_mask;
	uint32_t cpu_id;
	uint8_t ph;
	uint8_t tph_mem_type;
};

/* enum ibv_mr_init_attr_mask. ADDR, or FD with FD_OFFSET and IOVA (ibv_cmd_reg_mr_ex). */
enum {
	UAPI_REG_MR_IOVA = 1 << 0,
	UAPI_REG_MR_ADDR = 1 << 1,
	UAPI_REG_MR_FD = 1 << 2,
	UAPI_REG_MR_FD_OFFSET = 1 << 3,
	UAPI_REG_MR_DMAH = 1 << 4,
};

/* struct ibv_mr_init_attr; @buf since rdma-core 64, looked at only with a bit that is not used here. */
struct uapi_mr_attr {
	size_t length;
	int access;
	uint64_t comp_mask;
	uint64_t iova;
	void *addr;
	int fd;
	uint64_t fd_offset;
	struct ibv_dmah *dmah;
	struct ibv_buf *buf;
};

_Static_assert(sizeof(struct uapi_dmah_attr) == 12, "ibv_dmah_init_attr");
_Static_assert(sizeof(void *) != 8 || sizeof(struct uapi_mr_attr) == 72, "ibv_mr_init_attr");

/* MLX5DV_REG_DMABUF_ACCESS_DATA_DIRECT */
enum { UAPI_MLX5_DATA_DIRECT = 1 << 0 };

/**
 * struct uapi_verbs_ex - the calls; NULL = not here. Errors as in libibverbs
 * @alloc_dmah, @reg_mr_ex, @reg_direct: NULL and errno
 * @dealloc_dmah, @direct_path: positive errno
 */
struct uapi_verbs_ex {
	struct ibv_dmah *(*alloc_dmah)(struct ibv_context *ctx, struct uapi_dmah_attr *attr);
	int (*dealloc_dmah)(struct ibv_dmah *dmah);
	struct ibv_mr *(*reg_mr_ex)(struct ibv_pd *pd, struct uapi_mr_attr *attr);
	struct ibv_mr *(*reg_direct)(struct ibv_pd *pd, uint64_t offset, size_t length, uint64_t iova, int fd,
				     int access, int mlx5_access);
	int (*direct_path)(struct ibv_context *ctx, char *buf, size_t bytes);
};

#endif
