// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2plab_rxe: imports a dma-buf as a NIC driver would: dynamic attachment that allows
 * peer-to-peer, pin, map for the PCI function, give everything back when the exporter
 * asks. Then, as the CPU does the NIC's work, the DMA addresses are turned back into
 * addresses that the CPU can use.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/dma-resv.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "p2plab.h"
#include "rxe.h"

static bool st_ext;
module_param(st_ext, bool, 0644);
MODULE_PARM_DESC(st_ext, "the emulated NIC uses 16-bit extended steering tags");
static bool tph_requester = true;
module_param(tph_requester, bool, 0644);
MODULE_PARM_DESC(tph_requester, "the emulated NIC can send TPH");
static bool revocable = true;
module_param(revocable, bool, 0644);
MODULE_PARM_DESC(revocable, "the emulated NIC can give memory back; N: as drivers that cannot, which VFIO refuses");

struct io_range {
	struct list_head list;
	void __iomem *va;
};

/* ---- the CPU's view ---- */

/*
 * Behind an IOMMU the address is looked up in the client's domain. What that does not
 * know is an address on the PCI bus (peer-to-peer within a switch), here equal to the
 * physical one.
 */
static phys_addr_t phys_of_dma(struct pci_dev *client, dma_addr_t dma)
{
	struct iommu_domain *dom = iommu_get_domain_for_dev(&client->dev);
	phys_addr_t phys = 0;

	if (dom && (dom->type & __IOMMU_DOMAIN_PAGING))
		phys = iommu_iova_to_phys(dom, dma);
	return phys ? phys : dma;
}

/* The physical address of every page of the region; the map is of the whole dma-buf. */
static int find_phys(struct p2plab_mr *m, phys_addr_t *phys)
{
	unsigned long skip = m->offset >> PAGE_SHIFT, n = 0;
	struct scatterlist *sg;
	int s;

	for_each_sgtable_dma_sg(m->sgt, sg, s) {
		for (u64 off = 0; off < sg_dma_len(sg); off += PAGE_SIZE) {
			if (skip) {
				skip--;
				continue;
			}
			if (n == m->npages)
				return 0;
			phys[n++] = phys_of_dma(m->client, sg_dma_address(sg) + off);
		}
	}
	return n == m->npages ? 0 : -EINVAL;
}

static void *map_io(struct p2plab_mr *m, phys_addr_t phys, unsigned long pages)
{
	struct io_range *io = kzalloc(sizeof(*io), GFP_KERNEL);

	if (!io)
		return NULL;
	io->va = ioremap_wc(phys, pages << PAGE_SHIFT);
	if (!io->va) {
		kfree(io);
		return NULL;
	}
	list_add(&io->list, &m->ios);
	return (__force void *)io->va;
}

static unsigned long run_of_io(const phys_addr_t *phys, unsigned long n)
{
	unsigned long i;

	for (i = 1; i < n; i++)
		if (phys[i] != phys[0] + (i << PAGE_SHIFT))
			break;
	return i;
}

/* Fills m->page from physical addresses; I/O memory is mapped a contiguous run at a time. */
static int map_pages(struct p2plab_mr *m, const phys_addr_t *phys)
{
	unsigned long i = 0, run;
	void *va;

	while (i < m->npages) {
		if (page_is_ram(PHYS_PFN(phys[i]))) {
			m->page[i] = phys_to_virt(phys[i]);
			i++;
			continue;
		}
		if (!m->provider)
			m->provider = p2plab_bar_owner(phys[i]);
		run = run_of_io(phys + i, m->npages - i);
		va = map_io(m, phys[i], run);
		if (!va)
			return -ENOMEM;
		for (; run; run--, i++, va += PAGE_SIZE)
			m->page[i] = (void *)((unsigned long)va | 1);
	}
	return 0;
}

static int map_for_cpu(struct p2plab_mr *m)
{
	phys_addr_t *phys = kvcalloc(m->npages, sizeof(*phys), GFP_KERNEL);
	int ret = -ENOMEM;

	if (phys)
		ret = find_phys(m, phys);
	if (!ret)
		ret = map_pages(m, phys);
	kvfree(phys);
	return ret;
}

/* ---- the import ---- */

static void unmap_locked(struct p2plab_mr *m)
{
	struct io_range *io, *n;

	dma_resv_assert_held(m->dmabuf->resv);
	list_for_each_entry_safe(io, n, &m->ios, list) {
		list_del(&io->list);
		iounmap(io->va);
		kfree(io);
	}
	if (m->sgt)
		dma_buf_unmap_attachment(m->attachment, m->sgt, DMA_BIDIRECTIONAL);
	m->sgt = NULL;
	if (m->pinned)
		dma_buf_unpin(m->attachment);
	m->pinned = false;
}

/* The exporter takes the memory away: after this returns nobody touches it. */
static void invalidate(struct dma_buf_attachment *attachment)
{
	struct p2plab_mr *m = attachment->importer_priv;

	if (m->revoked || !m->sgt)
		return;
	WRITE_ONCE(m->revoked, true);
	synchronize_rcu();
	unmap_locked(m);
	pr_info("rkey %#x on %s: revoked by the exporter\n", m->rkey, m->ibdev);
}

static const struct dma_buf_attach_ops revocable_ops = {
	.allow_peer2peer = true,
	.invalidate_mappings = invalidate,
};

static const struct dma_buf_attach_ops irrevocable_ops = {
	.allow_peer2peer = true,
};

static int attach(struct p2plab_mr *m)
{
	m->attachment = dma_buf_dynamic_attach(m->dmabuf, &m->client->dev,
					       revocable ? &revocable_ops : &irrevocable_ops, m);
	if (!IS_ERR(m->attachment))
		return 0;
	pr_info("%s: attach to %s: %pe\n", m->ibdev, pci_name(m->client), m->attachment);
	return PTR_ERR(xchg(&m->attachment, NULL));
}

static int map_for_client(struct p2plab_mr *m)
{
	struct sg_table *sgt = dma_buf_map_attachment(m->attachment, DMA_BIDIRECTIONAL);
	long left;

	if (IS_ERR(sgt)) {
		pr_info("%s: map for %s: %pe\n", m->ibdev, pci_name(m->client), sgt);
		return PTR_ERR(sgt);
	}
	m->sgt = sgt;
	m->dma = sg_dma_address(sgt->sgl);
	left = dma_resv_wait_timeout(m->dmabuf->resv, DMA_RESV_USAGE_KERNEL, false,
				     MAX_SCHEDULE_TIMEOUT);
	return left < 0 ? left : 0;
}

/* A tag is taken at registration and kept, as NIC drivers do. */
static void take_tph(struct p2plab_mr *m)
{
	typeof(p2plab_get_tph) *get_tph = symbol_get(p2plab_get_tph);
	struct p2plab_tph tph;

	if (!get_tph)
		return;
	if (tph_requester && !get_tph(m->dmabuf, &tph) &&
	    (st_ext ? tph.st_ext_valid : tph.st_valid)) {
		m->has_tph = true;
		m->st = st_ext ? tph.st_ext : tph.st;
		m->ph = tph.ph;
	}
	symbol_put(p2plab_get_tph);
}

static int pin_and_map(struct p2plab_mr *m)
{
	int ret = dma_buf_pin(m->attachment);

	if (ret)
		return ret;
	m->pinned = true;
	ret = map_for_client(m);
	if (!ret)
		ret = map_for_cpu(m);
	if (!ret)
		m->route = p2plab_route(m->client, m->provider);
	return ret;
}

int p2plab_import(struct p2plab_mr *m, int fd)
{
	int ret;

	if (!m->client)
		return -ENODEV;
	m->mps = max(pcie_get_mps(m->client), 128);
	m->mrrs = max(pcie_get_readrq(m->client), 128);
	m->npages = (PAGE_ALIGN(m->offset + m->length) - (m->offset & PAGE_MASK)) >> PAGE_SHIFT;
	m->dmabuf = dma_buf_get(fd);
	if (IS_ERR(m->dmabuf))
		return PTR_ERR(xchg(&m->dmabuf, NULL));
	if (m->offset + m->length > m->dmabuf->size)
		return -EINVAL;
	m->page = kvcalloc(m->npages, sizeof(*m->page), GFP_KERNEL);
	if (!m->page)
		return -ENOMEM;
	ret = attach(m);
	if (ret)
		return ret;
	dma_resv_lock(m->dmabuf->resv, NULL);
	ret = pin_and_map(m);
	if (!ret)
		take_tph(m);
	dma_resv_unlock(m->dmabuf->resv);
	return ret;
}

void p2plab_import_close(struct p2plab_mr *m)
{
	if (m->attachment) {
		dma_resv_lock(m->dmabuf->resv, NULL);
		m->revoked = true;
		unmap_locked(m);
		dma_resv_unlock(m->dmabuf->resv);
		dma_buf_detach(m->dmabuf, m->attachment);
		m->attachment = NULL;
	}
	if (m->dmabuf)
		dma_buf_put(m->dmabuf);
	m->dmabuf = NULL;
}

void p2plab_mr_free(struct p2plab_mr *m)
{
	pci_dev_put(m->client);
	pci_dev_put(m->provider);
	kvfree(m->page);
	kfree(m);
}
