// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Memory regions of the fake. A dma-buf is any file that can be mapped; one that fakevfio exports, when the
 * program is linked with that as well, is attached to as the device's driver would, and asked for tags.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "fakes/fakeverbs_priv.h"
#include "fakes/fakevfio.h"

#pragma weak fakevfio_attach
#pragma weak fakevfio_detach
#pragma weak fakevfio_live
#pragma weak fakevfio_revokes

static struct fake_mr *mr_create(struct ibv_pd *pd, struct fake_reg reg)
{
	struct fake_mr *mr = fake_new(sizeof(*mr));

	fake_machine.reg = reg;
	fake_machine.last_key += 0x100; /* the low 8 bits are the consumer's */
	mr->ibv = (struct ibv_mr){.context = pd->context,
				  .pd = pd,
				  .length = reg.length,
				  .lkey = fake_machine.last_key,
				  .rkey = fake_machine.last_key};
	mr->iova = reg.iova;
	mr->access = reg.access;
	mr->next = fake_machine.mrs;
	fake_machine.mrs = mr;
	return mr;
}

static struct fake_mr *reg_va(struct ibv_pd *pd, void *addr, struct fake_reg reg)
{
	struct fake_mr *mr = mr_create(pd, reg);

	mr->ibv.addr = addr;
	mr->host = addr;
	return mr;
}

/*
 * Return: 0 or errno; 0 and no @out: this is no dma-buf of fakevfio's. One that takes an importer that pins
 * is in memory.
 */
static int attach(const struct fake_device *d, int fd, bool dynamic, struct fakevfio_tags *tags,
		  struct fakevfio_dmabuf **out)
{
	int rc = fakevfio_attach ? fakevfio_attach(fd, false, NULL, out) : -EINVAL;

	if (rc == -EINVAL) {
		*out = NULL;
		return 0;
	}
	if (rc != -EOPNOTSUPP || !dynamic)
		return -rc;
	return d->unreachable ? EINVAL : -fakevfio_attach(fd, true, d->st_entries ? tags : NULL, out);
}

/* As mlx5: the 8-bit tag, or the 16-bit one; when there is none or no room for it, no hints at all. */
static void take_tags(struct fake_mr *mr, const struct fakevfio_tags *t)
{
	if (!t->flags)
		return;
	mr->st = fake_st_get(mr->ibv.context, t->flags & 1 ? t->st : 0x10000u | t->st_ext);
	mr->tph = mr->owns_st = mr->st != 0;
	mr->ph = t->ph;
}

/* @carried: registered with a handle, so the exporter is not asked. */
static struct fake_mr *reg_dmabuf(struct ibv_pd *pd, struct fake_reg reg, bool dynamic, bool carried)
{
	const struct fake_device *d = fake_device_of(pd->context);
	struct fakevfio_tags tags = {0};
	struct fakevfio_dmabuf *dmabuf = NULL;
	struct fake_mr *mr;

	errno = d->no_dmabuf ? EOPNOTSUPP : reg.fd < 0 || reg.fd == INT_MAX ? EBADF : 0;
	if (!errno)
		errno = attach(d, reg.fd, dynamic, carried ? NULL : &tags, &dmabuf);
	if (errno)
		return NULL;
	mr = mr_create(pd, reg);
	mr->ibv.addr = (void *)(uintptr_t)reg.offset; /* NOLINT(performance-no-int-to-ptr): as libibverbs */
	mr->map_bytes = reg.offset + reg.length;
	mr->map = mmap(NULL, mr->map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, reg.fd, 0);
	mr->host = mr->map == MAP_FAILED ? NULL : (char *)mr->map + reg.offset;
	mr->dmabuf = dmabuf;
	mr->revokes = dmabuf ? fakevfio_revokes(dmabuf) : 0;
	take_tags(mr, &tags);
	return mr;
}

static bool dynamic(const struct ibv_pd *pd)
{
	return fake_device_of(pd->context)->importer != FAKE_PINNING;
}

bool fake_mr_live(const struct fake_mr *mr)
{
	if (!mr->dmabuf)
		return true;
	return fakevfio_live(mr->dmabuf) && (fake_device_of(mr->ibv.context)->importer == FAKE_DYNAMIC ||
					     fakevfio_revokes(mr->dmabuf) == mr->revokes);
}

struct ibv_mr *ibv_reg_mr_iova2(struct ibv_pd *pd, void *addr, size_t length, uint64_t iova,
				unsigned int access)
{
	const struct fake_reg reg = {.fd = -1, .length = length, .iova = iova, .access = (int)access};

	return fake_called(FAKE_REG_MR) ? NULL : &reg_va(pd, addr, reg)->ibv;
}

#undef ibv_reg_mr
struct ibv_mr *ibv_reg_mr(struct ibv_pd *pd, void *addr, size_t length, int access)
{
	return ibv_reg_mr_iova2(pd, addr, length, (uintptr_t)addr, (unsigned int)access);
}

struct ibv_mr *ibv_reg_dmabuf_mr(struct ibv_pd *pd, uint64_t offset, size_t length, uint64_t iova, int fd,
				 int access)
{
	const struct fake_reg reg = {
		.fd = fd, .offset = offset, .length = length, .iova = iova, .access = access};
	struct fake_mr *mr = fake_called(FAKE_REG_DMABUF_MR) ? NULL : reg_dmabuf(pd, reg, dynamic(pd), false);

	return mr ? &mr->ibv : NULL;
}

/* The data-direct function pins (kernel.md 4) and has no tags here. */
struct ibv_mr *fake_reg_direct(struct ibv_pd *pd, uint64_t offset, size_t length, uint64_t iova, int fd,
			       int access, int mlx5_access)
{
	const struct fake_reg reg = {.fd = fd,
				     .offset = offset,
				     .length = length,
				     .iova = iova,
				     .access = access,
				     .data_direct = true};
	struct fake_mr *mr;

	if (fake_called(FAKE_REG_DIRECT))
		return NULL;
	assert(mlx5_access == UAPI_MLX5_DATA_DIRECT);
	mr = reg_dmabuf(pd, reg, false, true);
	return mr ? &mr->ibv : NULL;
}

static void carry(struct fake_mr *mr, struct fake_dmah *h)
{
	mr->dmah = h;
	h->users++;
	mr->tph = true;
	mr->ph = h->attr.ph;
	mr->st = h->st;
}

/* Only calls with a handle come here. */
struct ibv_mr *fake_reg_mr_ex(struct ibv_pd *pd, struct uapi_mr_attr *a)
{
	struct fake_dmah *h = (struct fake_dmah *)a->dmah;
	const bool by_fd = a->comp_mask & UAPI_REG_MR_FD;
	struct fake_reg reg = {
		.fd = -1, .length = a->length, .iova = a->iova, .access = a->access, .dmah = true};
	struct fake_mr *mr;

	if (fake_called(FAKE_REG_MR_EX))
		return NULL;
	/* ibv_cmd_reg_mr_ex(); IOVA defaults to the address */
	assert(a->comp_mask ==
	       (UAPI_REG_MR_DMAH |
		(by_fd ? UAPI_REG_MR_FD | UAPI_REG_MR_FD_OFFSET | UAPI_REG_MR_IOVA : UAPI_REG_MR_ADDR)));
	assert(h->ctx == pd->context);
	reg.ph = h->attr.ph;
	reg.cpu = h->attr.comp_mask & UAPI_DMAH_CPU_ID;
	reg.cpu_id = h->attr.cpu_id;
	reg.mem_type = h->attr.tph_mem_type;
	reg.fd = by_fd ? a->fd : -1;
	reg.offset = by_fd ? a->fd_offset : 0;
	reg.iova = by_fd ? a->iova : (uintptr_t)a->addr;
	mr = by_fd ? reg_dmabuf(pd, reg, dynamic(pd), true) : reg_va(pd, a->addr, reg);
	if (!mr)
		return NULL;
	carry(mr, h);
	return &mr->ibv;
}

int ibv_dereg_mr(struct ibv_mr *ibv)
{
	struct fake_mr *mr = (struct fake_mr *)ibv, **at = &fake_machine.mrs;
	int rc = fake_called(FAKE_DEREG_MR);

	while (*at != mr)
		at = &(*at)->next;
	*at = mr->next;
	if (mr->map_bytes && mr->host)
		munmap(mr->map, mr->map_bytes);
	if (mr->dmabuf)
		fakevfio_detach(mr->dmabuf);
	if (mr->owns_st)
		fake_st_put(ibv->context, mr->st);
	if (mr->dmah)
		mr->dmah->users--;
	fake_delete(mr);
	return rc;
}

struct fake_mr *fake_mr_find(uint32_t key)
{
	struct fake_mr *mr = fake_machine.mrs;

	while (mr && mr->ibv.lkey != key)
		mr = mr->next;
	return mr;
}
