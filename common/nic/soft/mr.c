// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Memory regions: registration, keys, counters. Registering touches no byte of the memory and pins
 * nothing. The checks of an access are in exec.c.
 */
#include "nic/soft/soft.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/sys.h"

#define REMOTE_CHANGE (IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_REMOTE_ATOMIC)
#define ACCESS_KNOWN  (IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_READ | REMOTE_CHANGE)

/* As ib_check_mr_access(): who may be written from afar must be writable here. Optional bits are hints. */
static int check_args(const char *dev, uint64_t first, uint64_t bytes, int access, struct err *e)
{
	if (access & ~(ACCESS_KNOWN | IBV_ACCESS_OPTIONAL_RANGE))
		return err_set(e, -EINVAL, "%s: register memory: access flags 0x%x not supported", dev,
			       (unsigned)access);
	if ((access & REMOTE_CHANGE) && !(access & IBV_ACCESS_LOCAL_WRITE))
		return err_set(e, -EINVAL,
			       "%s: register memory: REMOTE_WRITE and REMOTE_ATOMIC need LOCAL_WRITE", dev);
	if (bytes == 0 || bytes > SOFT_MAX_MR_BYTES || bytes - 1 > UINT64_MAX - first)
		return err_set(e, -EINVAL, "%s: register memory: length %ju at 0x%jx is zero or too large",
			       dev, (uintmax_t)bytes, (uintmax_t)first);
	return 0;
}

/* The entry of @hint in the device's list. Only what nic_hint_counts() tells apart counts as different. */
static int find_hint(struct soft_dev *d, const struct mem_hint *hint, uint32_t *index)
{
	const bool none = hint->tph == TPH_NONE;
	const struct nic_hint_count asked = {
		.tph = hint->tph,
		.st = none ? AXIS_EMPTY : hint->st,
		.st_ext = none ? AXIS_EMPTY : hint->st_ext,
		.ph = none ? AXIS_EMPTY : hint->ph,
	};
	struct nic_hint_count *more;

	for (*index = 0; *index < d->n_hints; ++*index) {
		const struct nic_hint_count *h = &d->hints[*index];

		if (h->tph == asked.tph && h->st == asked.st && h->st_ext == asked.st_ext &&
		    h->ph == asked.ph)
			return 0;
	}
	more = reallocarray(d->hints, d->n_hints + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	d->hints = more;
	d->hints[d->n_hints++] = asked;
	return 0;
}

/* Publishes @init under a new key; on failure nothing is taken over. */
static int mr_new(struct ibv_pd *pd, const struct soft_mr *init, const struct mem_hint *hint,
		  struct ibv_mr **out, struct err *e)
{
	struct soft_dev *d = soft_dev(pd->context);
	struct soft_mr *mr = malloc(sizeof(*mr));
	uint32_t key, entry;

	if (!mr || find_hint(d, hint, &entry) || soft_table_add(&d->mrs, mr, &key)) {
		free(mr);
		return err_set(e, -ENOMEM, "%s: register memory: out of memory or keys", d->device.name);
	}
	*mr = *init;
	mr->access |= SOFT_ALIVE;
	mr->hint = entry;
	mr->ibv.context = pd->context;
	mr->ibv.pd = pd;
	mr->ibv.lkey = mr->ibv.rkey = key; /* one key, as mlx5 */
	((struct soft_pd *)pd)->users++;
	if (d->share)
		soft_share_mr(d, mr);
	*out = &mr->ibv;
	return 0;
}

int soft_mr_reg(struct ibv_pd *pd, void *va, uint64_t bytes, int access, const struct mem_hint *hint,
		struct ibv_mr **out, struct err *e)
{
	const struct soft_mr init = {
		.ibv = {.addr = va, .length = bytes},
		.iova = (uintptr_t)va,
		.host = va,
		.access = access,
		.fd = -1,
	};
	int rc = check_args(soft_dev(pd->context)->device.name, init.iova, bytes, access, e);

	return rc ? rc : mr_new(pd, &init, hint, out, e);
}

/* IB keeps the place within a page: translation is by pages. */
static int check_iova(const char *dev, uint64_t offset, uint64_t iova, struct err *e)
{
	const uint64_t in_page = (uint64_t)sysconf(_SC_PAGESIZE) - 1;

	if ((offset & in_page) == (iova & in_page))
		return 0;
	return err_set(e, -EINVAL, "%s: import dma-buf: offset 0x%jx and iova 0x%jx differ within a page",
		       dev, (uintmax_t)offset, (uintmax_t)iova);
}

int soft_mr_reg_dmabuf(struct ibv_pd *pd, const struct nic_dmabuf *src, int access,
		       const struct mem_hint *hint, struct ibv_mr **out, struct err *e)
{
	const char *dev = soft_dev(pd->context)->device.name;
	struct soft_mr init = {.iova = src->iova, .access = access, .fd = src->fd, .fd_offset = src->offset};
	int rc = check_args(dev, src->iova, src->bytes, access, e);

	/* libibverbs gives such an MR its offset as address; work requests use the iova */
	init.ibv.addr =
		(void *)(uintptr_t)src->offset; /* NOLINT(performance-no-int-to-ptr): never dereferenced */
	init.ibv.length = src->bytes;
	if (!rc)
		rc = check_iova(dev, src->offset, src->iova, e);
	if (!rc)
		rc = soft_map_fd(&sys_real, src->fd, src->offset, src->bytes, &init.map, &init.host, e);
	if (!rc)
		rc = mr_new(pd, &init, hint, out, e);
	if (rc)
		soft_unmap(&init.map);
	return rc;
}

void soft_mr_behind(struct ibv_mr *ibv, int fd, uint64_t offset)
{
	struct soft_mr *mr = (struct soft_mr *)ibv;
	struct soft_dev *d = soft_dev(ibv->context);

	mr->fd = fd;
	mr->fd_offset = offset;
	if (d->share)
		soft_share_mr(d, mr);
}

void soft_mr_revoke(struct soft_mr *mr)
{
	atomic_fetch_and_explicit(&mr->access, ~SOFT_ALIVE, memory_order_relaxed);
	if (mr->shared)
		share_mr_revoke(mr->shared);
}

/* The other end of a connection may have revoked it where it is shown. */
bool soft_mr_alive(const struct ibv_mr *ibv)
{
	const struct soft_mr *mr = (const struct soft_mr *)ibv;
	int access = atomic_load_explicit(&mr->access, memory_order_relaxed);

	if (mr->shared)
		access &= atomic_load_explicit(&mr->shared->access, memory_order_relaxed);
	return access & SOFT_ALIVE;
}

static void flush_all(struct soft_dev *d)
{
	struct soft_qp *qp;

	for (uint32_t i = 0; (qp = soft_table_next(&d->qps, &i));) {
		soft_tally_flush(d, &qp->local);
		soft_tally_flush(d, &qp->remote);
	}
}

static struct soft_count count_of(const struct soft_mr *mr)
{
	struct soft_count sum;

	for (int dir = SOFT_READ; dir <= SOFT_WRITE; dir++) {
		sum.ops[dir] = atomic_load_explicit(&mr->ops[dir], memory_order_relaxed);
		sum.bytes[dir] = atomic_load_explicit(&mr->bytes[dir], memory_order_relaxed);
		if (!mr->shared)
			continue;
		sum.ops[dir] += atomic_load_explicit(&mr->shared->ops[dir], memory_order_relaxed);
		sum.bytes[dir] += atomic_load_explicit(&mr->shared->moved[dir], memory_order_relaxed);
	}
	return sum;
}

static void add_counts(struct nic_hint_count *to, const struct soft_mr *mr)
{
	const struct soft_count n = count_of(mr);

	to->ops += n.ops[SOFT_READ] + n.ops[SOFT_WRITE];
	to->bytes += n.bytes[SOFT_READ] + n.bytes[SOFT_WRITE];
}

/* What the MR has counted stays with its hint. */
void soft_mr_dereg(struct ibv_mr *ibv)
{
	struct soft_mr *mr = (struct soft_mr *)ibv;
	struct soft_dev *d = soft_dev(ibv->context);

	flush_all(d);
	add_counts(&d->hints[mr->hint], mr);
	soft_unshare_mr(mr);
	soft_table_remove(&d->mrs, ibv->lkey);
	((struct soft_pd *)ibv->pd)->users--;
	soft_unmap(&mr->map);
	free(mr);
}

void soft_tally_flush(struct soft_dev *d, struct soft_tally *t)
{
	struct soft_mr *mr = soft_table_find(&d->mrs, t->key);

	for (int dir = SOFT_READ; mr && dir <= SOFT_WRITE; dir++) {
		atomic_fetch_add_explicit(&mr->ops[dir], t->n.ops[dir], memory_order_relaxed);
		atomic_fetch_add_explicit(&mr->bytes[dir], t->n.bytes[dir], memory_order_relaxed);
	}
	*t = (struct soft_tally){0};
}

struct soft_count soft_mr_count(struct ibv_mr *ibv)
{
	struct soft_mr *mr = (struct soft_mr *)ibv;

	flush_all(soft_dev(ibv->context));
	return count_of(mr);
}

int soft_hint_counts(struct soft_dev *d, struct nic_hint_count *out, int max)
{
	struct soft_mr *mr;

	flush_all(d);
	for (int i = 0; i < max && i < (int)d->n_hints; i++)
		out[i] = d->hints[i];
	for (uint32_t i = 0; (mr = soft_table_next(&d->mrs, &i));) {
		if ((int)mr->hint < max)
			add_counts(&out[mr->hint], mr);
	}
	return (int)d->n_hints;
}
