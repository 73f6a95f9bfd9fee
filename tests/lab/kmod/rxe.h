/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside p2plab_rxe: one imported dma-buf, and who does what with it.
 */
#ifndef P2PLAB_RXE_H
#define P2PLAB_RXE_H

#include <linux/atomic.h>
#include <linux/dma-buf.h>
#include <linux/pci.h>
#include <rdma/ib_verbs.h>

/* What a PCIe analyzer would count, as the memory sees it. */
struct p2plab_counters {
	atomic64_t ops;
	atomic64_t bytes;
	atomic64_t tlps;
};

struct p2plab_mr {
	struct list_head list;			/* rxe_view.c */
	struct ib_mr *ibmr;			/* NULL once closed */
	u32 rkey;
	char ibdev[IB_DEVICE_NAME_MAX];
	char comm[TASK_COMM_LEN];
	pid_t pid;

	/* the memory region as registered: iova is the address of byte "offset" */
	u64 iova;
	u64 offset;
	u64 length;

	/* the import */
	struct pci_dev *client;			/* the function that imports */
	struct pci_dev *provider;		/* whose BAR it is; NULL: system memory */
	struct dma_buf *dmabuf;
	struct dma_buf_attachment *attachment;
	struct sg_table *sgt;
	bool pinned;
	bool revoked;
	bool closed;

	/*
	 * The CPU's view of the same memory: the kernel address of every page, with bit 0
	 * set for I/O memory. The CPU is the DMA engine here.
	 */
	void **page;
	unsigned long npages;
	struct list_head ios;			/* ioremapped ranges */

	/* what would be on the wire */
	const char *route;
	dma_addr_t dma;				/* the first byte, as the client sees it */
	unsigned int mps;
	unsigned int mrrs;
	bool has_tph;
	u16 st;
	u8 ph;
	struct p2plab_counters wr;
	struct p2plab_counters rd;
	atomic64_t atomics;
	atomic64_t refused;
};

/* rxe_main.c: the region of one of rxe's MR objects, or NULL; under rcu_read_lock() */
struct p2plab_mr *p2plab_mr_find(void *rxe_mr);

/*
 * rxe_import.c: attaches, pins and maps; -errno as the exporter or p2pdma gave it.
 * The closer accepts a half-built region; nobody may use it any more.
 */
int p2plab_import(struct p2plab_mr *m, int fd);
void p2plab_import_close(struct p2plab_mr *m);
void p2plab_mr_free(struct p2plab_mr *m);

/* rxe_client.c: the PCI function that imports for an RDMA device (referenced), or NULL */
struct pci_dev *p2plab_client(struct ib_device *ibdev);
/* which way a TLP from the client to the provider goes */
const char *p2plab_route(struct pci_dev *client, struct pci_dev *provider);
/* the owner of the BAR at an address (referenced), or NULL */
struct pci_dev *p2plab_bar_owner(phys_addr_t phys);

/* rxe_copy.c: what runs in place of rxe's functions; the originals, set by rxe_hooks.c */
extern int (*p2plab_rxe_copy)(void *mr, u64 iova, void *addr, unsigned int len, int dir);
extern int (*p2plab_rxe_atomic)(void *mr, u64 iova, int opcode, u64 cmp, u64 swap_add, u64 *orig);
extern int (*p2plab_rxe_atomic_write)(void *mr, u64 iova, u64 value);
int p2plab_hook_copy(void *mr, u64 iova, void *addr, unsigned int len, int dir);
int p2plab_hook_atomic(void *mr, u64 iova, int opcode, u64 cmp, u64 swap_add, u64 *orig);
int p2plab_hook_atomic_write(void *mr, u64 iova, u64 value);

/* rxe_hooks.c */
int p2plab_hooks_on(void);
void p2plab_hooks_off(void);

/* rxe_view.c: /sys/kernel/debug/p2plab_rxe/mrs */
void p2plab_view_add(struct p2plab_mr *m);
void p2plab_view_close(struct p2plab_mr *m);	/* keeps it among the last closed ones */
void p2plab_view_init(void);
void p2plab_view_exit(void);

#endif
