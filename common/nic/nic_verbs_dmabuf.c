// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Import of a dma-buf by libibverbs, and what its refusals mean. The kernel answers with an errno that
 * several layers share: provider, uverbs, importing driver, dma-buf exporter, p2pdma. EOPNOTSUPP is the
 * worst of them: libibverbs itself gives it, without a system call, for a provider that lacks the
 * operation; uverbs gives it for a driver that lacks it; and exporters give it for an importer they
 * do not trust. Asking again for a file descriptor that cannot be open tells them apart.
 */
#include "nic/nic_verbs.h"

#include <inttypes.h>
#include <limits.h>
#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/rdma_user_ioctl_cmds.h>
#include <sys/ioctl.h>

#include "base/err.h"
#include "base/units.h"

/*
 * Above fs.nr_open's largest value, so never open. Not -1: libibverbs leaves an attribute of that value
 * out, which the kernel answers with EINVAL.
 */
#define NO_FD INT_MAX

/* RDMA_DRIVER_*; the kernel's list ends at 20 in 6.1 and grows by one a year. */
enum { DRIVER_IDS = 64 };

static struct ib_uverbs_attr attr(uint16_t id, uint16_t len, uint64_t value)
{
	return (struct ib_uverbs_attr){
		.attr_id = id,
		.len = len,
		.flags = UVERBS_ATTR_F_MANDATORY,
		.data = value,
	};
}

/* Return: -errno of one request to the kernel, past the provider. It cannot succeed, there is no such fd. */
static int ask_kernel(const struct nic *n, const struct nic_dmabuf *src, int access, uint16_t driver)
{
	uint32_t lkey = 0, rkey = 0;
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
				.driver_id = driver,
			},
		.attrs =
			{
				attr(UVERBS_ATTR_REG_DMABUF_MR_HANDLE, 0, 0),
				attr(UVERBS_ATTR_REG_DMABUF_MR_PD_HANDLE, 0, n->pd->handle),
				attr(UVERBS_ATTR_REG_DMABUF_MR_OFFSET, 8, src->offset),
				attr(UVERBS_ATTR_REG_DMABUF_MR_LENGTH, 8, src->bytes),
				attr(UVERBS_ATTR_REG_DMABUF_MR_IOVA, 8, src->iova),
				attr(UVERBS_ATTR_REG_DMABUF_MR_FD, 4, (uint32_t)NO_FD),
				attr(UVERBS_ATTR_REG_DMABUF_MR_ACCESS_FLAGS, 4, (uint32_t)access),
				attr(UVERBS_ATTR_REG_DMABUF_MR_RESP_LKEY, 4, (uintptr_t)&lkey),
				attr(UVERBS_ATTR_REG_DMABUF_MR_RESP_RKEY, 4, (uintptr_t)&rkey),
			},
	};

	return ioctl(n->ctx->cmd_fd, RDMA_VERBS_IOCTL, &cmd) ? verbs_ptr_error() : 0;
}

/* A request has to name the driver, which libibverbs keeps to itself; EINVAL is "another driver". */
static int kernel_answer(const struct nic *n, const struct nic_dmabuf *src, int access)
{
	int rc = -EINVAL;

	if (n->ctx->cmd_fd < 0)
		return rc;
	for (uint16_t id = 0; rc == -EINVAL && id < DRIVER_IDS; id++)
		rc = ask_kernel(n, src, access, id);
	return rc;
}

static int provider_answer(const struct nic *n, const struct nic_dmabuf *src, int access)
{
	struct ibv_mr *mr;

	errno = 0;
	mr = ibv_reg_dmabuf_mr(n->pd, src->offset, src->bytes, src->iova, NO_FD, access);
	if (!mr)
		return verbs_ptr_error();
	ibv_dereg_mr(mr);
	return 0;
}

/* Who said EOPNOTSUPP? uverbs_std_types_mr.c looks for the driver's operation before it opens the fd. */
static void hint_unsupported(const struct nic *n, const struct nic_dmabuf *src, int access, struct err *e)
{
	const char *driver = n->attr.driver[0] ? n->attr.driver : "of this device";

	if (provider_answer(n, src, access) == -EBADF) {
		err_hint(
			e, -EOPNOTSUPP,
			"the kernel refused this pair of importer and exporter (provider and kernel driver "
			"%s "
			"can import dma-bufs): a vfio BAR needs an importer that takes revocation (mlx5 with "
			"ODP, irdma); kind udmabuf of the same length should work",
			driver);
		return;
	}
	switch (kernel_answer(n, src, access)) {
	case -EBADF:
		err_hint(
			e, -EOPNOTSUPP,
			"this rdma-core provider has no dma-buf import (the kernel was not asked; its driver "
			"%s could): use a newer rdma-core; mlx5, irdma, efa, bnxt_re, mana and ionic have it",
			driver);
		break;
	case -EOPNOTSUPP:
		err_hint(e, -EOPNOTSUPP,
			 "the kernel driver %s has no dma-buf import: use a newer kernel, or a device whose "
			 "driver has it: mlx5, irdma, efa, bnxt_re, mana, ionic",
			 driver);
		break;
	case -EPROTONOSUPPORT:
	case -ENOTTY:
		err_hint(e, -EOPNOTSUPP, "this kernel is older than dma-buf registration (5.12)");
		break;
	default:
		err_hint(e, -EOPNOTSUPP,
			 "provider library, kernel driver or exporter: strace shows no ioctl when this "
			 "rdma-core "
			 "provider has no dma-buf import");
	}
}

/* Kernel side of each answer: uverbs_std_types_mr.c, umem_dmabuf.c, vfio_pci_dmabuf.c, p2pdma.c. */
static const struct verbs_hint dmabuf_hints[] = {
	{EBADF, "the file descriptor is not open any more"},
	{EINVAL,
	 "not a dma-buf, or a range outside it, or no peer-to-peer path between this pair of devices (ACS "
	 "redirect, different host bridges). To tell them apart register kind udmabuf of the same length: "
	 "when "
	 "that works the path is the cause"},
	{ENODEV,
	 "the exporter revoked the buffer: memory decoding is off, the device is in reset or D3, or its vfio "
	 "descriptor was closed"},
	{ENOMEM,
	 "no IOMMU mapping or no translation entries left for this range; dma-bufs are not counted against "
	 "RLIMIT_MEMLOCK. Register less, or look at dmesg"},
	{EBUSY, "the NIC's steering tag table is full: fewer distinct tags at a time"},
	{EPROTONOSUPPORT, "this kernel is older than dma-buf registration (5.12)"},
	{ENOTTY, "this kernel is older than dma-buf registration (5.12)"},
	{EIO, "this kernel is older than dma-buf registration (5.12), or the device failed: look at dmesg"},
	{0, NULL},
};

int verbs_dmabuf_refused(const struct nic *n, const struct nic_dmabuf *src, int access, const char *call,
			 int rc, struct err *e)
{
	char asked[UNITS_TEXT], rights[VERBS_ACCESS_TEXT];

	return err_set(e, rc, "%s: importing %s at offset 0x%" PRIx64 " of dma-buf fd %d, access %s (%s): %s",
		       n->attr.name, units_size_text(asked, (int64_t)src->bytes), src->offset, src->fd,
		       verbs_access_text(rights, access), call, err_name(rc));
}

int verbs_mr_reg_dmabuf(struct nic *n, const struct nic_dmabuf *src, int access, const struct mem_hint *hint,
			struct ibv_mr **mr, struct err *e)
{
	struct uapi_mr_attr attr = {
		.comp_mask = UAPI_REG_MR_FD | UAPI_REG_MR_FD_OFFSET | UAPI_REG_MR_IOVA,
		.length = src->bytes,
		.access = access,
		.iova = src->iova,
		.fd = src->fd,
		.fd_offset = src->offset,
	};
	struct nic_dmah_use *use = NULL;
	int rc = hint->tph == TPH_DMAH ? verbs_dmah_get(n, hint, &use, e) : 0;

	if (rc)
		return rc;
	errno = 0;
	*mr = use ? verbs_dmah_reg(n, use, &attr)
		  : ibv_reg_dmabuf_mr(n->pd, src->offset, src->bytes, src->iova, src->fd, access);
	if (*mr)
		return 0;
	rc = verbs_ptr_error();
	if (use)
		verbs_dmah_put(n, use);
	verbs_dmabuf_refused(n, src, access, use ? "ibv_reg_mr_ex with a DMA handle" : "ibv_reg_dmabuf_mr",
			     rc, e);
	if (rc == -EOPNOTSUPP)
		hint_unsupported(n, src, access, e);
	else
		verbs_hint_add(e, rc, dmabuf_hints);
	return rc;
}
