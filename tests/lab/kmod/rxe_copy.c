// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2plab_rxe: the data path. For regions that import a dma-buf the CPU moves the bytes
 * here, and what a PCIe analyzer would see is counted; for all others rxe's own function
 * runs. rcu_read_lock() is what a revocation waits for.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include "rxe.h"

/* from rxe's headers, which are not installed: enum rxe_mr_copy_dir, BTH opcodes, and
 * RESPST_NONE of enum resp_states, the result of a good atomic */
enum { TO_MR = 0, FROM_MR = 1 };
enum { OP_COMPARE_SWAP = 0x13, OP_FETCH_ADD = 0x14 };
enum { RESPST_NONE = 0 };

int (*p2plab_rxe_copy)(void *mr, u64 iova, void *addr, unsigned int len, int dir);
int (*p2plab_rxe_atomic)(void *mr, u64 iova, int opcode, u64 cmp, u64 swap_add, u64 *orig);
int (*p2plab_rxe_atomic_write)(void *mr, u64 iova, u64 value);

static void count(struct p2plab_counters *c, unsigned int max_tlp, u64 iova, unsigned int len)
{
	atomic64_inc(&c->ops);
	atomic64_add(len, &c->bytes);
	atomic64_add((iova + len - 1) / max_tlp - iova / max_tlp + 1, &c->tlps);
}

static void *address_of(struct p2plab_mr *m, u64 iova, bool *io)
{
	u64 at = iova - m->iova + offset_in_page(m->offset);
	unsigned long page = (unsigned long)m->page[at >> PAGE_SHIFT];

	*io = page & 1;
	return (void *)(page & ~1UL) + offset_in_page(at);
}

static bool usable(struct p2plab_mr *m, u64 iova, u64 len, u64 align)
{
	if (!READ_ONCE(m->revoked) && iova >= m->iova && len <= m->length &&
	    iova - m->iova <= m->length - len && IS_ALIGNED(iova, align))
		return true;
	atomic64_inc(&m->refused);
	return false;
}

static void move(void *va, bool io, void *addr, unsigned int len, int dir)
{
	if (!io)
		memcpy(dir == TO_MR ? va : addr, dir == TO_MR ? addr : va, len);
	else if (dir == TO_MR)
		memcpy_toio((void __iomem *)va, addr, len);
	else
		memcpy_fromio(addr, (void __iomem *)va, len);
}

static int copy(struct p2plab_mr *m, u64 iova, void *addr, unsigned int len, int dir)
{
	if (!len)
		return 0;
	if (!usable(m, iova, len, 1))
		return -EFAULT;
	if (dir == TO_MR)
		count(&m->wr, m->mps, iova, len);
	else
		count(&m->rd, m->mrrs, iova, len);
	while (len) {
		unsigned int n = min_t(unsigned int, len, PAGE_SIZE - offset_in_page(iova));
		bool io;
		void *va = address_of(m, iova, &io);

		move(va, io, addr, n, dir);
		addr += n;
		iova += n;
		len -= n;
	}
	return 0;
}

int p2plab_hook_copy(void *mr, u64 iova, void *addr, unsigned int len, int dir)
{
	struct p2plab_mr *m;
	int ret;

	rcu_read_lock();
	m = p2plab_mr_find(mr);
	if (m)
		ret = copy(m, iova, addr, len, dir);
	rcu_read_unlock();
	if (!m)
		ret = p2plab_rxe_copy(mr, iova, addr, len, dir);
	return ret;
}

/* Over PCIe this would be one AtomicOp. */
static void fetch_and_modify(u64 *va, int opcode, u64 cmp, u64 swap_add, u64 *orig)
{
	static DEFINE_SPINLOCK(lock);

	spin_lock_bh(&lock);
	*orig = READ_ONCE(*va);
	if (opcode != OP_COMPARE_SWAP)
		WRITE_ONCE(*va, *orig + swap_add);
	else if (*orig == cmp)
		WRITE_ONCE(*va, swap_add);
	spin_unlock_bh(&lock);
}

/*
 * What a refused operation returns is a value of a private enum of rxe. It is had by
 * letting rxe's function refuse an address behind the region.
 */
static u64 refused_iova(struct p2plab_mr *m)
{
	return m->iova + m->length;
}

int p2plab_hook_atomic(void *mr, u64 iova, int opcode, u64 cmp, u64 swap_add, u64 *orig)
{
	struct p2plab_mr *m;
	bool done = false, io;

	rcu_read_lock();
	m = p2plab_mr_find(mr);
	if (m && usable(m, iova, 8, 8)) {
		fetch_and_modify(address_of(m, iova, &io), opcode, cmp, swap_add, orig);
		atomic64_inc(&m->atomics);
		done = true;
	} else if (m) {
		iova = refused_iova(m);
	}
	rcu_read_unlock();
	return done ? RESPST_NONE : p2plab_rxe_atomic(mr, iova, opcode, cmp, swap_add, orig);
}

int p2plab_hook_atomic_write(void *mr, u64 iova, u64 value)
{
	struct p2plab_mr *m;
	bool done = false, io;

	rcu_read_lock();
	m = p2plab_mr_find(mr);
	if (m && usable(m, iova, 8, 8)) {
		smp_store_release((u64 *)address_of(m, iova, &io), value);
		count(&m->wr, m->mps, iova, 8);
		done = true;
	} else if (m) {
		iova = refused_iova(m);
	}
	rcu_read_unlock();
	return done ? RESPST_NONE : p2plab_rxe_atomic_write(mr, iova, value);
}
