// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2plab_vfio: what else may answer at the index where a program expects DMA_BUF_TPH. The
 * index has been claimed by several features in flight, and the payload of TPH changed
 * from version to version, so a program must tell them apart before it sends a tag.
 *
 *   v2..v5      TPH with the older payloads (no completer gate)
 *   revoke      DMA_BUF_REVOKE: SET kills the dma-buf for good
 *   memattr     DMA_BUF_MEMATTR: SET alters the dma-buf
 *   zpci-error  ZPCI_ERROR (merged, s390): GET only
 *
 * Where the mails leave an errno open, the comment says so.
 */
#include <linux/dma-resv.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "vfio.h"

struct tph_v2 {
	__s32 dmabuf_fd;
	__u16 st;
	__u8 ph;
	__u8 reserved;
};

struct tph_v3 {
	__s32 dmabuf_fd;
	__u32 flags;
	__u16 st;
	__u16 st_ext;
	__u8 ph;
	__u8 reserved[3];
};

struct tph_v4 {
	__s32 dmabuf_fd;
	__u32 flags;
	__u8 st;
	__u8 ph;
	__u16 st_ext;
};

#define ST	(1u << 0)
#define ST_EXT	(1u << 1)

/* 1: *req is filled in, SET is meant; else the ioctl's result */
static int get_request(u32 flags, void __user *arg, size_t argsz, void *req, size_t size)
{
	int ret = vfio_check_feature(flags, argsz, VFIO_DEVICE_FEATURE_SET, size);

	if (ret == 1 && copy_from_user(req, arg, size))
		return -EFAULT;
	return ret;
}

static struct p2plab_tph tph_of(u32 flags, u16 st, u16 st_ext, u8 ph)
{
	return (struct p2plab_tph){
		.st_valid = flags & ST,
		.st_ext_valid = flags & ST_EXT,
		.st_ext = st_ext,
		.st = st,
		.ph = ph,
	};
}

static int set_tph(struct vfio_pci_core_device *vdev, int fd, struct p2plab_tph tph, bool once)
{
	struct p2plab_export *e = p2plab_export_get(&vdev->vdev, fd);
	int ret = 0;

	if (IS_ERR(e))
		return PTR_ERR(e);
	if (once && e->tph_written)
		ret = -EBUSY;	/* "write-once" in v4; its errno is not on record */
	else
		e->tph = tph;
	e->tph_written = true;
	p2plab_export_put(e);
	return ret;
}

static int feature_v2(struct vfio_pci_core_device *vdev, u32 flags, void __user *arg, size_t argsz)
{
	struct tph_v2 req;
	int ret = get_request(flags, arg, argsz, &req, sizeof(req));

	if (ret != 1)
		return ret;
	if (req.ph > 3 || req.reserved)
		return -EINVAL;
	return set_tph(vdev, req.dmabuf_fd, tph_of(ST, req.st, 0, req.ph), false);
}

static int feature_v3(struct vfio_pci_core_device *vdev, u32 flags, void __user *arg, size_t argsz)
{
	struct tph_v3 req;
	int ret = get_request(flags, arg, argsz, &req, sizeof(req));

	if (ret != 1)
		return ret;
	if ((req.flags & ~(ST | ST_EXT)) || req.ph > 3 || memchr_inv(req.reserved, 0, 3))
		return -EINVAL;
	return set_tph(vdev, req.dmabuf_fd, tph_of(req.flags, req.st, req.st_ext, req.ph), false);
}

static int feature_v4_v5(struct vfio_pci_core_device *vdev, u32 flags, void __user *arg,
			 size_t argsz, bool once)
{
	struct tph_v4 req;
	int ret = get_request(flags, arg, argsz, &req, sizeof(req));

	if (ret != 1)
		return ret;
	if (!req.flags || (req.flags & ~(ST | ST_EXT)) || req.ph > 3)
		return -EINVAL;
	return set_tph(vdev, req.dmabuf_fd, tph_of(req.flags, req.st, req.st_ext, req.ph), once);
}

static int feature_v4(struct vfio_pci_core_device *vdev, u32 flags, void __user *arg, size_t argsz)
{
	return feature_v4_v5(vdev, flags, arg, argsz, true);
}

static int feature_v5(struct vfio_pci_core_device *vdev, u32 flags, void __user *arg, size_t argsz)
{
	return feature_v4_v5(vdev, flags, arg, argsz, false);
}

static int feature_v11(struct vfio_pci_core_device *vdev, u32 flags, void __user *arg, size_t argsz)
{
	return vfio_pci_core_feature_dma_buf_tph(vdev, flags, arg, argsz);
}

static int dead_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	return -ENODEV;
}

static struct sg_table *dead_map(struct dma_buf_attachment *attachment,
				 enum dma_data_direction direction)
{
	return ERR_PTR(-ENODEV);
}

/*
 * Takes the memory from all importers and lets nobody attach or map again. vfio-pci-core
 * exports no function for that, so the dma-buf gets other ops; as they live in this module
 * and the dma-buf may outlive all else, the module then stays.
 */
static void kill(struct p2plab_export *e)
{
	struct dma_buf *dmabuf = e->dmabuf;

	dma_resv_lock(dmabuf->resv, NULL);
	if (!e->dead_ops.attach) {
		e->dead_ops = *dmabuf->ops;
		e->dead_ops.attach = dead_attach;
		e->dead_ops.map_dma_buf = dead_map;
		__module_get(THIS_MODULE);
		dmabuf->ops = &e->dead_ops;
		dma_buf_invalidate_mappings(dmabuf);
	}
	dma_resv_unlock(dmabuf->resv);
}

static int feature_revoke(struct vfio_pci_core_device *vdev, u32 flags, void __user *arg,
			  size_t argsz)
{
	struct p2plab_export *e;
	__s32 fd;
	int ret = get_request(flags, arg, argsz, &fd, sizeof(fd));

	if (ret != 1)
		return ret;
	e = p2plab_export_get(&vdev->vdev, fd);
	if (IS_ERR(e))
		return PTR_ERR(e);
	kill(e);
	p2plab_export_put(e);
	return 0;
}

static int feature_memattr(struct vfio_pci_core_device *vdev, u32 flags, void __user *arg,
			   size_t argsz)
{
	struct p2plab_export *e;
	struct {
		__s32 dmabuf_fd;
		__u32 memattr;
	} req;
	int ret = get_request(flags, arg, argsz, &req, sizeof(req));

	if (ret != 1)
		return ret;
	e = p2plab_export_get(&vdev->vdev, req.dmabuf_fd);
	if (IS_ERR(e))
		return PTR_ERR(e);
	e->memattr = req.memattr;
	pr_info("p2plab_vfio: memory attribute of a dma-buf set to %u\n", e->memattr);
	p2plab_export_put(e);
	return 0;
}

/* PROBE and PROBE|GET succeed, as the check is all that s390's code does for them. */
static int feature_zpci_error(struct vfio_pci_core_device *vdev, u32 flags, void __user *arg,
			      size_t argsz)
{
	__u64 no_error = 0;
	int ret = vfio_check_feature(flags, argsz, VFIO_DEVICE_FEATURE_GET, sizeof(no_error));

	if (ret != 1)
		return ret;
	return copy_to_user(arg, &no_error, sizeof(no_error)) ? -EFAULT : 0;
}

static int feature_none(struct vfio_pci_core_device *vdev, u32 flags, void __user *arg, size_t argsz)
{
	return -ENOTTY;
}

p2plab_feature_fn p2plab_feature_by_name(const char *name)
{
	static const struct {
		const char *name;
		p2plab_feature_fn fn;
	} table[] = {
		{ "v11", feature_v11 },
		{ "v2", feature_v2 },
		{ "v3", feature_v3 },
		{ "v4", feature_v4 },
		{ "v5", feature_v5 },
		{ "revoke", feature_revoke },
		{ "memattr", feature_memattr },
		{ "zpci-error", feature_zpci_error },
		{ "none", feature_none },
	};

	for (int i = 0; i < ARRAY_SIZE(table); i++)
		if (sysfs_streq(name, table[i].name))
			return table[i].fn;
	return NULL;
}
