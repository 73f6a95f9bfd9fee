// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2plab_rxe: gives the distribution's unmodified soft-RoCE driver a reg_user_mr_dmabuf, so
 * that a dma-buf becomes a memory region without an RDMA NIC. The importing device is a
 * PCI function, so the kernel's p2pdma and IOMMU rules apply as they would for a NIC.
 *
 * An ib_client sets the op in every rxe device; uverbs looks at the op at each call, so
 * setting it late is enough. The region itself is made by rxe's own get_dma_mr (valid,
 * with the right access flags, in any protection domain) and then told its address and
 * length, so rxe's checks of key, domain, access and range are the ones that run.
 *
 * Only for a throw-away VM.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include <rdma/ib_umem.h>
#include "rxe.h"

static DEFINE_XARRAY(by_ibmr);		/* (unsigned long)ibmr -> region */

/* rxe's own, the same for all its devices */
static int (*rxe_dereg_mr)(struct ib_mr *mr, struct ib_udata *udata);

/*
 * An rxe_mr, whose layout is private, holds its ib_mr near its start and is larger than
 * one: so the ib_mr of ours within the next sizeof(ib_mr) bytes is its own.
 */
struct p2plab_mr *p2plab_mr_find(void *rxe_mr)
{
	unsigned long at = (unsigned long)rxe_mr;

	return xa_find(&by_ibmr, &at, at + sizeof(struct ib_mr), XA_PRESENT);
}

static struct p2plab_mr *mr_alloc(struct ib_device *ibdev, u64 offset, u64 length, u64 iova)
{
	struct p2plab_mr *m = kzalloc(sizeof(*m), GFP_KERNEL);

	if (!m)
		return NULL;
	INIT_LIST_HEAD(&m->ios);
	strscpy(m->ibdev, dev_name(&ibdev->dev));
	get_task_comm(m->comm, current);
	m->pid = task_tgid_nr(current);
	m->offset = offset;
	m->length = length;
	m->iova = iova;
	m->client = p2plab_client(ibdev);
	return m;
}

/* rxe's part of the region; from the store on, hooks find it. */
static int make_ib_mr(struct p2plab_mr *m, struct ib_pd *pd, int access)
{
	struct ib_device *ibdev = pd->device;
	struct ib_mr *ibmr = ibdev->ops.get_dma_mr(pd, access);
	int ret;

	if (IS_ERR(ibmr))
		return PTR_ERR(ibmr);
	m->ibmr = ibmr;
	m->rkey = ibmr->rkey;
	ret = xa_err(xa_store(&by_ibmr, (unsigned long)ibmr, m, GFP_KERNEL));
	if (ret) {
		ibmr->device = ibdev;
		ibdev->ops.dereg_mr(ibmr, NULL);
		return ret;
	}
	ibmr->iova = m->iova;
	ibmr->length = m->length;
	ibmr->type = IB_MR_TYPE_USER;
	return 0;
}

static struct ib_mr *reg_user_mr_dmabuf(struct ib_pd *pd, u64 offset, u64 length, u64 iova, int fd,
					int access, struct ib_dmah *dmah,
					struct uverbs_attr_bundle *attrs)
{
	struct p2plab_mr *m;
	int ret;
	u64 end;

	if (dmah)
		return ERR_PTR(-EOPNOTSUPP);
	if (!length || check_add_overflow(offset, length, &end) ||
	    check_add_overflow(iova, length, &end))
		return ERR_PTR(-EINVAL);
	m = mr_alloc(pd->device, offset, length, iova);
	if (!m)
		return ERR_PTR(-ENOMEM);
	ret = p2plab_import(m, fd);
	if (!ret)
		ret = make_ib_mr(m, pd, access);
	if (ret) {
		p2plab_import_close(m);
		p2plab_mr_free(m);
		return ERR_PTR(ret);
	}
	__module_get(THIS_MODULE);
	p2plab_view_add(m);
	pr_info("rkey %#x on %s: %llu bytes of %s, client %s provider %s route %s dma %pad\n",
		m->rkey, m->ibdev, length, m->dmabuf->exp_name, pci_name(m->client),
		m->provider ? pci_name(m->provider) : "-", m->route, &m->dma);
	return m->ibmr;
}

static int dereg_mr(struct ib_mr *ibmr, struct ib_udata *udata)
{
	struct p2plab_mr *m = xa_load(&by_ibmr, (unsigned long)ibmr);
	int ret = rxe_dereg_mr(ibmr, udata);	/* waits for users, then frees ibmr */

	if (ret || !m)
		return ret;
	xa_erase(&by_ibmr, (unsigned long)ibmr);
	synchronize_rcu();
	p2plab_import_close(m);
	m->ibmr = NULL;
	p2plab_view_close(m);
	module_put(THIS_MODULE);
	return 0;
}

static int client_add(struct ib_device *ibdev)
{
	if (ibdev->ops.driver_id != RDMA_DRIVER_RXE)
		return -EOPNOTSUPP;
	if (ibdev->ops.reg_user_mr_dmabuf)	/* an rxe that has its own */
		return -EEXIST;
	if (!try_module_get(ibdev->ops.owner))
		return -ENODEV;
	rxe_dereg_mr = ibdev->ops.dereg_mr;
	ibdev->ops.dereg_mr = dereg_mr;
	ibdev->ops.reg_user_mr_dmabuf = reg_user_mr_dmabuf;
	pr_info("%s can import dma-bufs\n", dev_name(&ibdev->dev));
	return 0;
}

static bool has_regions(struct ib_device *ibdev)
{
	struct p2plab_mr *m;
	unsigned long at;

	xa_for_each(&by_ibmr, at, m)
		if (m->ibmr->device == ibdev)
			return true;
	return false;
}

/*
 * When a device is deleted, uverbs, a client older than this one, destroys its user's
 * regions only after this: then dereg_mr must stay, and with it the module.
 */
static void client_remove(struct ib_device *ibdev, void *data)
{
	ibdev->ops.reg_user_mr_dmabuf = NULL;
	if (has_regions(ibdev))
		__module_get(THIS_MODULE);
	else
		ibdev->ops.dereg_mr = rxe_dereg_mr;
	module_put(ibdev->ops.owner);
}

static struct ib_client p2plab_ib_client = {
	.name = "p2plab_rxe",
	.add = client_add,
	.remove = client_remove,
};

static int __init p2plab_init(void)
{
	int ret = p2plab_hooks_on();

	if (ret)
		return ret;
	ret = ib_register_client(&p2plab_ib_client);
	if (ret)
		p2plab_hooks_off();
	else
		p2plab_view_init();
	return ret;
}

static void __exit p2plab_exit(void)
{
	ib_unregister_client(&p2plab_ib_client);
	p2plab_hooks_off();
	p2plab_view_exit();
}

module_init(p2plab_init);
module_exit(p2plab_exit);
MODULE_IMPORT_NS("DMA_BUF");
MODULE_SOFTDEP("pre: rdma_rxe");
MODULE_DESCRIPTION("p2pbench lab: dma-buf regions for soft-RoCE, with a PCIe view");
MODULE_LICENSE("GPL");
