// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2plab_vfio: VFIO_DEVICE_FEATURE_DMA_BUF_TPH as proposed ("vfio/dma-buf: add TPH support
 * for peer-to-peer access", v11). Function and structure carry the proposal's names, so
 * that a program which looks for them in /proc/kallsyms or in BTF finds them; the order
 * of the checks is the proposal's too.
 */
#include <linux/bitfield.h>
#include <linux/pci.h>
#include <linux/uaccess.h>
#include "vfio.h"

struct vfio_device_feature_dma_buf_tph {
	__s32 dmabuf_fd;
	__u32 flags;
#define VFIO_DMA_BUF_TPH_ST	(1u << 0)
#define VFIO_DMA_BUF_TPH_ST_EXT	(1u << 1)
	__u16 steering_tag_ext;
	__u8 steering_tag;
	__u8 ph;
};
static_assert(sizeof(struct vfio_device_feature_dma_buf_tph) == 12);

/* DevCap2[13:12]: 0 none, 1 TPH, 3 TPH and extended TPH; 2 is reserved */
unsigned int p2plab_completer(struct pci_dev *pdev)
{
	u32 cap2 = 0;

	pcie_capability_read_dword(pdev, PCI_EXP_DEVCAP2, &cap2);
	return FIELD_GET(PCI_EXP_DEVCAP2_TPH_COMP_MASK, cap2);
}

static int check_request(const struct vfio_device_feature_dma_buf_tph *req, unsigned int completer)
{
	if (req->flags & ~(VFIO_DMA_BUF_TPH_ST | VFIO_DMA_BUF_TPH_ST_EXT))
		return -EINVAL;
	if (req->ph > 3)
		return -EINVAL;
	if ((req->flags & VFIO_DMA_BUF_TPH_ST_EXT) &&
	    completer != PCI_EXP_DEVCAP2_TPH_COMP_EXT_TPH)
		return -EOPNOTSUPP;
	return 0;
}

/* Each SET replaces the whole state; flags 0 clears it. */
static int set_tph(struct vfio_device *vdev, const struct vfio_device_feature_dma_buf_tph *req)
{
	struct p2plab_export *e = p2plab_export_get(vdev, req->dmabuf_fd);

	if (IS_ERR(e))
		return PTR_ERR(e);
	e->tph = (struct p2plab_tph){
		.st_valid = req->flags & VFIO_DMA_BUF_TPH_ST,
		.st_ext_valid = req->flags & VFIO_DMA_BUF_TPH_ST_EXT,
		.st_ext = req->steering_tag_ext,
		.st = req->steering_tag,
		.ph = req->ph,
	};
	p2plab_export_put(e);
	return 0;
}

int vfio_pci_core_feature_dma_buf_tph(struct vfio_pci_core_device *vdev, u32 flags,
				      struct vfio_device_feature_dma_buf_tph __user *arg,
				      size_t argsz)
{
	unsigned int completer = p2plab_completer(vdev->pdev);
	struct vfio_device_feature_dma_buf_tph req;
	int ret;

	/* before anything else: PROBE answers it too */
	if (completer != PCI_EXP_DEVCAP2_TPH_COMP_TPH_ONLY &&
	    completer != PCI_EXP_DEVCAP2_TPH_COMP_EXT_TPH)
		return -EOPNOTSUPP;
	ret = vfio_check_feature(flags, argsz, VFIO_DEVICE_FEATURE_SET, sizeof(req));
	if (ret != 1)
		return ret;
	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	ret = check_request(&req, completer);
	return ret ? ret : set_tph(&vdev->vdev, &req);
}
