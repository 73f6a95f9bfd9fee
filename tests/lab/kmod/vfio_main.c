// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2plab_vfio: a VFIO PCI variant driver for the lab. Opening, regions, reset and the
 * dma-buf export are vfio-pci-core's own, untouched. On top it answers one more
 * VFIO_DEVICE_FEATURE at the index "tph_index" (no number is settled upstream), in the way
 * that "tph_mode" names: the proposed DMA_BUF_TPH, or one of its impostors.
 *
 * A device is bound by driver_override, as with vfio-pci.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/pci.h>
#include <linux/vfio.h>
#include "vfio.h"

static unsigned int tph_index = 14;
module_param(tph_index, uint, 0644);
MODULE_PARM_DESC(tph_index, "index of the additional VFIO_DEVICE_FEATURE");

static p2plab_feature_fn feature_fn;
static char tph_mode[16] = "v11";

static int set_mode(const char *text, const struct kernel_param *kp)
{
	p2plab_feature_fn fn = p2plab_feature_by_name(text);

	if (!fn)
		return -EINVAL;
	WRITE_ONCE(feature_fn, fn);
	return param_set_copystring(text, kp);
}

static const struct kernel_param_ops mode_ops = {
	.set = set_mode,
	.get = param_get_string,
};
static struct kparam_string mode_string = { .maxlen = sizeof(tph_mode), .string = tph_mode };
module_param_cb(tph_mode, &mode_ops, &mode_string, 0644);
MODULE_PARM_DESC(tph_mode, "v11 (the proposal), v2 v3 v4 v5, revoke, memattr, zpci-error, none");

static int p2plab_feature(struct vfio_device *vdev, u32 flags, void __user *arg, size_t argsz)
{
	struct vfio_pci_core_device *core = container_of(vdev, struct vfio_pci_core_device, vdev);
	unsigned int feature = flags & VFIO_DEVICE_FEATURE_MASK;
	int ret;

	if (feature == READ_ONCE(tph_index))
		return READ_ONCE(feature_fn)(core, flags, arg, argsz);
	ret = vfio_pci_core_ioctl_feature(vdev, flags, arg, argsz);
	if (feature == VFIO_DEVICE_FEATURE_DMA_BUF && ret >= 0 &&
	    !(flags & VFIO_DEVICE_FEATURE_PROBE))
		p2plab_export_add(vdev, ret);
	return ret;
}

static int p2plab_open(struct vfio_device *vdev)
{
	struct vfio_pci_core_device *core = container_of(vdev, struct vfio_pci_core_device, vdev);
	int ret = vfio_pci_core_enable(core);

	if (!ret)
		vfio_pci_core_finish_enable(core);
	return ret;
}

static void p2plab_close(struct vfio_device *vdev)
{
	vfio_pci_core_close_device(vdev);
	p2plab_exports_drop(vdev);
}

static const struct vfio_device_ops p2plab_vfio_ops = {
	.name = "p2plab-vfio-pci",
	.init = vfio_pci_core_init_dev,
	.release = vfio_pci_core_release_dev,
	.open_device = p2plab_open,
	.close_device = p2plab_close,
	.ioctl = vfio_pci_core_ioctl,
	.get_region_info_caps = vfio_pci_ioctl_get_region_info,
	.device_feature = p2plab_feature,
	.read = vfio_pci_core_read,
	.write = vfio_pci_core_write,
	.mmap = vfio_pci_core_mmap,
	.request = vfio_pci_core_request,
	.match = vfio_pci_core_match,
	.match_token_uuid = vfio_pci_core_match_token_uuid,
	.bind_iommufd = vfio_iommufd_physical_bind,
	.unbind_iommufd = vfio_iommufd_physical_unbind,
	.attach_ioas = vfio_iommufd_physical_attach_ioas,
	.detach_ioas = vfio_iommufd_physical_detach_ioas,
};

/* Without this op vfio-pci-core refuses dma-buf exports of a variant driver. */
static const struct vfio_pci_device_ops p2plab_pci_ops = {
	.get_dmabuf_phys = vfio_pci_core_get_dmabuf_phys,
};

static int p2plab_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct vfio_pci_core_device *core;
	int ret;

	core = vfio_alloc_device(vfio_pci_core_device, vdev, &pdev->dev, &p2plab_vfio_ops);
	if (IS_ERR(core))
		return PTR_ERR(core);
	dev_set_drvdata(&pdev->dev, core);
	core->pci_ops = &p2plab_pci_ops;
	ret = vfio_pci_core_register_device(core);
	if (ret)
		vfio_put_device(&core->vdev);
	return ret;
}

static void p2plab_remove(struct pci_dev *pdev)
{
	struct vfio_pci_core_device *core = dev_get_drvdata(&pdev->dev);

	vfio_pci_core_unregister_device(core);
	vfio_put_device(&core->vdev);
}

static const struct pci_device_id p2plab_ids[] = {
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(PCI_ANY_ID, PCI_ANY_ID) },
	{ }
};

static struct pci_driver p2plab_driver = {
	.name = "p2plab-vfio-pci",
	.id_table = p2plab_ids,
	.probe = p2plab_probe,
	.remove = p2plab_remove,
	.err_handler = &vfio_pci_core_err_handlers,
	.driver_managed_dma = true,
};

static int __init p2plab_init(void)
{
	if (!feature_fn)
		feature_fn = p2plab_feature_by_name(tph_mode);
	return pci_register_driver(&p2plab_driver);
}

static void __exit p2plab_exit(void)
{
	pci_unregister_driver(&p2plab_driver);
}

module_init(p2plab_init);
module_exit(p2plab_exit);
MODULE_IMPORT_NS("DMA_BUF");
MODULE_DESCRIPTION("p2pbench lab: vfio-pci variant with the proposed DMA_BUF_TPH feature");
MODULE_LICENSE("GPL");
