// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2plab_vfio: which dma-bufs were exported through this driver, and their TPH data.
 * vfio-pci-core makes the dma-bufs and offers no place for private data in them, hence
 * this list beside it.
 */
#include <linux/file.h>
#include <linux/slab.h>
#include "vfio.h"

static LIST_HEAD(exports);
DEFINE_MUTEX(p2plab_exports_lock);

static struct p2plab_export *find(struct dma_buf *dmabuf)
{
	struct p2plab_export *e;

	lockdep_assert_held(&p2plab_exports_lock);
	list_for_each_entry(e, &exports, list)
		if (e->dmabuf == dmabuf && e->ino == file_inode(dmabuf->file)->i_ino)
			return e;
	return NULL;
}

void p2plab_export_add(struct vfio_device *vdev, int fd)
{
	struct dma_buf *dmabuf = dma_buf_get(fd);
	struct p2plab_export *e;

	if (IS_ERR(dmabuf))
		return;
	e = kzalloc(sizeof(*e), GFP_KERNEL);
	if (e) {
		e->vdev = vdev;
		e->dmabuf = dmabuf;
		e->ino = file_inode(dmabuf->file)->i_ino;
		guard(mutex)(&p2plab_exports_lock);
		list_add(&e->list, &exports);
	}
	dma_buf_put(dmabuf);
}

void p2plab_exports_drop(struct vfio_device *vdev)
{
	struct p2plab_export *e, *n;

	guard(mutex)(&p2plab_exports_lock);
	list_for_each_entry_safe(e, n, &exports, list) {
		/* a killed dma-buf still uses its entry's dead_ops: it stays */
		if (e->vdev != vdev || e->dead_ops.attach)
			continue;
		list_del(&e->list);
		kfree(e);
	}
}

struct p2plab_export *p2plab_export_get(struct vfio_device *vdev, int fd)
{
	struct dma_buf *dmabuf = dma_buf_get(fd);
	struct p2plab_export *e;

	if (IS_ERR(dmabuf))
		return ERR_CAST(dmabuf);
	mutex_lock(&p2plab_exports_lock);
	e = find(dmabuf);
	if (e && e->vdev == vdev)
		return e;
	mutex_unlock(&p2plab_exports_lock);
	dma_buf_put(dmabuf);
	return ERR_PTR(-EINVAL);
}

void p2plab_export_put(struct p2plab_export *e)
{
	struct dma_buf *dmabuf = e->dmabuf;

	mutex_unlock(&p2plab_exports_lock);
	dma_buf_put(dmabuf);
}

int p2plab_get_tph(struct dma_buf *dmabuf, struct p2plab_tph *tph)
{
	struct p2plab_export *e;

	guard(mutex)(&p2plab_exports_lock);
	e = find(dmabuf);
	if (!e || !(e->tph.st_valid || e->tph.st_ext_valid))
		return -EOPNOTSUPP;
	*tph = e->tph;
	return 0;
}
EXPORT_SYMBOL_GPL(p2plab_get_tph);
