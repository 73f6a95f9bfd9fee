// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * mlx5's second way into memory: a PCI function of its own whose DMA is that of the same NIC (ConnectX-8,
 * kernel 6.12, rdma-core 54). Its requester ID, IOMMU group and PCI path differ from the main function's, so
 * the kernel's verdict on peer-to-peer does too.
 */
#include "nic/nic_verbs.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "nic/nic_symbol.h"

#define LIBMLX5 "libmlx5.so.1"

static void why_not(struct nic *n, const char *why, const char *answer)
{
	snprintf(n->attr.data_direct_why, sizeof(n->attr.data_direct_why), "%s%s", why, answer);
}

/* "0000:41:00.1", the domain as long as it is. */
static bool is_pci_function(const char *s)
{
	static const char after[] = {':', ':', '.', '\0'};
	const size_t length = strlen(s);

	for (size_t i = 0; i < sizeof(after); i++) {
		const size_t digits = strspn(s, "0123456789abcdef");

		if (!digits || s[digits] != after[i])
			return false;
		s += digits + 1;
	}
	return length < sizeof(((struct nic_attr *)0)->data_direct);
}

/* A path of sysfs without its "/sys" (data_direct.c of mlx5_ib): the function is its last component. */
static void take_path(struct nic *n, char *path)
{
	const char *function = basename(path);

	if (is_pci_function(function))
		snprintf(n->attr.data_direct, sizeof(n->attr.data_direct), "%s", function);
	else
		why_not(n, "mlx5dv_get_data_direct_sysfs_path named no PCI function", "");
}

static void ask_path(struct nic *n)
{
	char path[PATH_MAX] = "";
	int rc = verbs_rc_error(n->ex.direct_path(n->ctx, path, sizeof(path)));

	switch (rc) {
	case 0:
		path[sizeof(path) - 1] = '\0';
		take_path(n, path);
		break;
	case -ENODEV:
		why_not(n, "this device has no data-direct function", "");
		break;
	case -ENOSPC:
		why_not(n, "the path of the data-direct function is longer than a path can be", "");
		break;
	case -EOPNOTSUPP:
	case -EPROTONOSUPPORT:
	case -ENOTTY:
		why_not(n, "this kernel is older than data-direct (6.12): ", err_name(rc));
		break;
	default:
		why_not(n, "mlx5dv_get_data_direct_sysfs_path: ", err_name(rc));
	}
}

static void find(const char *name, void *out)
{
	void *f = nic_symbol(LIBMLX5, name, UAPI_MLX5_DIRECT);

	memcpy(out, &f, sizeof(f));
}

void verbs_direct_find(struct nic *n)
{
	if (strncmp(n->attr.driver, "mlx5", strlen("mlx5")) != 0) {
		why_not(n, "only mlx5 has data-direct functions", "");
		return;
	}
	find("mlx5dv_reg_dmabuf_mr", &n->ex.reg_direct);
	find("mlx5dv_get_data_direct_sysfs_path", &n->ex.direct_path);
	if (n->ex.reg_direct && n->ex.direct_path)
		ask_path(n);
	else
		why_not(n, LIBMLX5 " here has no mlx5dv_reg_dmabuf_mr (rdma-core 54 or newer has it)", "");
}

/* mlx5 mr.c (reg_user_mr_dmabuf_by_data_direct), umem_dmabuf.c, vfio_pci_dmabuf.c, p2pdma.c. */
static const struct verbs_hint hints[] = {
	{EOPNOTSUPP,
	 "this importer and this exporter do not fit: the data-direct function pins what it imports, and "
	 "vfio "
	 "exports a BAR only to importers that can be told to let go. Use interconnect main for a vfio BAR; "
	 "data-direct takes udmabuf and dma_heap"},
	{EINVAL,
	 "no peer-to-peer path from the data-direct function (it is another PCI function than the NIC's main "
	 "one: ACS redirect, different host bridges), or not a dma-buf, a range outside it, an address that "
	 "is not page aligned, or the function is not bound. Kind udmabuf of the same length tells them "
	 "apart"},
	{EBADF, "the file descriptor is not open any more"},
	{ENODEV,
	 "the exporter revoked the buffer: memory decoding is off, the device is in reset or D3, or its vfio "
	 "descriptor was closed"},
	{ENOMEM,
	 "no IOMMU mapping of the data-direct function or no translation entries left: look at dmesg"},
	{EPROTONOSUPPORT, "this kernel is older than data-direct (6.12)"},
	{ENOTTY, "this kernel is older than data-direct (6.12)"},
	{0, NULL},
};

int verbs_mr_reg_direct(struct nic *n, const struct nic_dmabuf *src, int access, struct ibv_mr **mr,
			struct err *e)
{
	char call[64];
	int rc;

	errno = 0;
	*mr = n->ex.reg_direct(n->pd, src->offset, src->bytes, src->iova, src->fd, access,
			       UAPI_MLX5_DATA_DIRECT);
	if (*mr)
		return 0;
	rc = verbs_ptr_error();
	snprintf(call, sizeof(call), "mlx5dv_reg_dmabuf_mr by %s", n->attr.data_direct);
	verbs_dmabuf_refused(n, src, access, call, rc, e);
	verbs_hint_add(e, rc, hints);
	return rc;
}
