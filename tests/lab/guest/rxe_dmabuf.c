// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * rxe-dmabuf.so, for LD_PRELOAD: ibv_reg_dmabuf_mr() on soft-RoCE.
 *
 * rdma-core's rxe provider has no such op, so libibverbs answers EOPNOTSUPP without asking
 * the kernel. This asks the kernel, through the public uverbs ioctl, when libibverbs has
 * answered so; all other calls stay with libibverbs. The region is freed by the
 * provider's ordinary dereg. It has to be linked with -libverbs: an unversioned reference
 * binds to the ABI of libibverbs 1.0.
 */
#include <dlfcn.h>
#include <errno.h>
#include <infiniband/verbs.h>
#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/ib_user_ioctl_verbs.h>
#include <rdma/rdma_user_ioctl_cmds.h>
#include <stdlib.h>
#include <sys/ioctl.h>

/*
 * libibverbs keeps an enum behind its ibv_mr and looks at it in dereg: for a dma-buf
 * region there is no address range to give back to fork().
 */
struct verbs_mr_head {
	struct ibv_mr mr;
	int type;
	char room[64];
};
enum { IBV_MR_TYPE_DMABUF_MR = 3 };

static struct ib_uverbs_attr attr(uint16_t id, uint16_t len, uint64_t value)
{
	return (struct ib_uverbs_attr){
		.attr_id = id,
		.len = len,
		.flags = UVERBS_ATTR_F_MANDATORY,
		.data = value,
	};
}

static int ask_kernel(struct ibv_pd *pd, struct ibv_mr *mr, uint64_t off, size_t len, uint64_t iova, int fd,
		      int access)
{
	struct {
		struct ib_uverbs_ioctl_hdr head;
		struct ib_uverbs_attr attrs[9];
	} cmd = {
		.head =
			{
				.length = sizeof(cmd),
				.object_id = UVERBS_OBJECT_MR,
				.method_id = UVERBS_METHOD_REG_DMABUF_MR,
				.num_attrs = 9,
				.driver_id = RDMA_DRIVER_RXE, /* any other driver refuses it */
			},
		.attrs =
			{
				attr(UVERBS_ATTR_REG_DMABUF_MR_HANDLE, 0, 0),
				attr(UVERBS_ATTR_REG_DMABUF_MR_PD_HANDLE, 0, pd->handle),
				attr(UVERBS_ATTR_REG_DMABUF_MR_OFFSET, 8, off),
				attr(UVERBS_ATTR_REG_DMABUF_MR_LENGTH, 8, len),
				attr(UVERBS_ATTR_REG_DMABUF_MR_IOVA, 8, iova),
				attr(UVERBS_ATTR_REG_DMABUF_MR_FD, 4, (uint32_t)fd),
				attr(UVERBS_ATTR_REG_DMABUF_MR_ACCESS_FLAGS, 4, (uint32_t)access),
				attr(UVERBS_ATTR_REG_DMABUF_MR_RESP_LKEY, 4, (uintptr_t)&mr->lkey),
				attr(UVERBS_ATTR_REG_DMABUF_MR_RESP_RKEY, 4, (uintptr_t)&mr->rkey),
			},
	};

	if (ioctl(pd->context->cmd_fd, RDMA_VERBS_IOCTL, &cmd))
		return errno;
	mr->handle = (uint32_t)cmd.attrs[0].data;
	return 0;
}

static struct ibv_mr *reg_by_kernel(struct ibv_pd *pd, uint64_t off, size_t len, uint64_t iova, int fd,
				    int access)
{
	struct verbs_mr_head *head = calloc(1, sizeof(*head));
	int e;

	if (!head)
		return NULL;
	e = ask_kernel(pd, &head->mr, off, len, iova, fd, access);
	if (e) {
		free(head);
		errno = e;
		return NULL;
	}
	head->mr.context = pd->context;
	head->mr.pd = pd;
	head->mr.addr = (void *)(uintptr_t)iova;
	head->mr.length = len;
	head->type = IBV_MR_TYPE_DMABUF_MR;
	return &head->mr;
}

struct ibv_mr *ibv_reg_dmabuf_mr(struct ibv_pd *pd, uint64_t off, size_t len, uint64_t iova, int fd,
				 int access)
{
	struct ibv_mr *(*real)(struct ibv_pd *, uint64_t, size_t, uint64_t, int, int) =
		(typeof(real))dlsym(RTLD_NEXT, "ibv_reg_dmabuf_mr");
	struct ibv_mr *mr = real(pd, off, len, iova, fd, access);

	if (mr || errno != EOPNOTSUPP)
		return mr;
	return reg_by_kernel(pd, off, len, iova, fd, access);
}
