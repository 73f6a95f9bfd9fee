/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside p2plab_vfio: the exports it knows, and the features it answers beside those of
 * vfio-pci-core.
 */
#ifndef P2PLAB_VFIO_H
#define P2PLAB_VFIO_H

#include <linux/dma-buf.h>
#include <linux/mutex.h>
#include <linux/vfio_pci_core.h>
#include "p2plab.h"

/* A dma-buf that was exported through this driver. It is not referenced: address and
 * inode number together identify it, as an address alone may be used again. */
struct p2plab_export {
	struct list_head list;
	struct vfio_device *vdev;
	struct dma_buf *dmabuf;
	unsigned long ino;
	bool tph_written;
	u32 memattr;
	struct p2plab_tph tph;
	struct dma_buf_ops dead_ops;
};

/* vfio_exports.c */
extern struct mutex p2plab_exports_lock;
void p2plab_export_add(struct vfio_device *vdev, int fd);
void p2plab_exports_drop(struct vfio_device *vdev);
/*
 * The export behind a file descriptor, with p2plab_exports_lock held until
 * p2plab_export_put(). Errors as of the proposal: EBADF for a bad fd, EINVAL for one
 * that is no dma-buf, or a dma-buf of another device.
 */
struct p2plab_export *p2plab_export_get(struct vfio_device *vdev, int fd);
void p2plab_export_put(struct p2plab_export *e);

/* vfio_tph.c: the feature as proposed (v11) */
struct vfio_device_feature_dma_buf_tph;
unsigned int p2plab_completer(struct pci_dev *pdev);
int vfio_pci_core_feature_dma_buf_tph(struct vfio_pci_core_device *vdev, u32 flags,
				      struct vfio_device_feature_dma_buf_tph __user *arg,
				      size_t argsz);

/* vfio_impostor.c: what else may answer at the same index */
typedef int (*p2plab_feature_fn)(struct vfio_pci_core_device *vdev, u32 flags, void __user *arg,
				 size_t argsz);
/* The function that a name ("v11", "v2", "revoke" ...) stands for; NULL: no such name. */
p2plab_feature_fn p2plab_feature_by_name(const char *name);

#endif
