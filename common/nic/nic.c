// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Front of the layer: picks the backend by the device's name, checks every argument against what
 * the device said it can do, and hands on. What a backend is asked is therefore always in range.
 * Connecting queue pairs is in nic_connect.c, completion status in words in nic_wc.c.
 */
#include "nic/nic.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/rng.h"
#include "base/units.h"
#include "mem/mem.h"
#include "nic/backend.h"

/* More devices than any machine has; the list is allocated whole and cut by the backends. */
enum { LIST_MAX = 256 };

/* Mapping a dma-buf may be ended by a signal: it is asked for again, so often. */
enum { SIGNALS_MAX = 20 };

/*
 * Address of the first byte of every dma-buf. Not 0, which reads as "no address" in a log or on a wire; a
 * multiple of 4 GiB, so that address and dma-buf offset agree in all bits a page size can have:
 * the kernel picks the largest device page whose low bits match (ib_umem_find_best_pgsz, umem.c).
 */
static const uint64_t dmabuf_iova_base = 1ull << 32;

const char *nic_evidence_name(enum nic_evidence e)
{
	static const char *const name[] = {
		[NIC_SOFTWARE] = "software",
		[NIC_EMULATED] = "emulated",
		[NIC_HARDWARE] = "hardware",
	};

	return name[e];
}

static const struct nic_backend *backend_of(const char *device)
{
	if (!strcmp(device, "soft0") || !strcmp(device, "null0"))
		return &nic_backend_soft;
	return &nic_backend_verbs;
}

int nic_list(struct nic_entry **out, struct err *e)
{
	static const struct nic_backend *const backends[] = {&nic_backend_soft, &nic_backend_verbs};
	struct nic_entry *list = calloc(LIST_MAX, sizeof(*list));
	int n = 0;

	*out = NULL;
	if (!list)
		return err_set(e, -ENOMEM, "no memory for the list of devices");
	for (size_t i = 0; i < ARRAY_LEN(backends); i++) {
		int got = backends[i]->list(list + n, LIST_MAX - n, e);

		if (got < 0) {
			free(list);
			return got;
		}
		n += got;
	}
	*out = list;
	return n;
}

int nic_open(const char *device, int port, int gid_index, struct nic **out, struct err *e)
{
	struct nic *n;
	int rc;

	*out = NULL;
	if (port < 1)
		return err_set(e, -EINVAL, "%s: port %d asked, ports count from 1", device, port);
	if (gid_index < -1)
		return err_set(e, -EINVAL, "%s: gid_index %d asked, the smallest is 0 (-1 = choose)", device,
			       gid_index);
	n = calloc(1, sizeof(*n));
	if (!n)
		return err_set(e, -ENOMEM, "%s: no memory to open the device", device);
	n->backend = backend_of(device);
	n->psn_seed = rng_mix((uint64_t)clock_raw_ns());
	rc = n->backend->open(n, device, port, gid_index, e);
	if (rc) {
		free(n);
		return rc;
	}
	*out = n;
	return 0;
}

void nic_close(struct nic *n)
{
	if (!n)
		return;
	n->backend->close(n);
	free(n);
}

const struct nic_attr *nic_attr(const struct nic *n)
{
	return &n->attr;
}

static int too_long(const struct nic *n, uint64_t offset, uint64_t bytes, const char *what, uint64_t max,
		    struct err *e)
{
	char asked[UNITS_TEXT], has[UNITS_TEXT];

	err_set(e, -EINVAL, "%s: registration of %s at offset 0x%" PRIx64 " asked, %s %s", n->attr.name,
		units_size_text(asked, (int64_t)bytes), offset, what, units_size_text(has, (int64_t)max));
	return err_hint(e, -EINVAL, "change size, footprint or the length of the memory so that they fit");
}

static int check_range(const struct nic *n, const struct mem_buf *buf, uint64_t offset, uint64_t bytes,
		       struct err *e)
{
	if (buf->fd < 0 && !buf->va)
		return err_set(e, -EBADF, "%s: the buffer to register is closed", n->attr.name);
	if (!bytes)
		return err_set(e, -EINVAL, "%s: registration of 0 bytes asked", n->attr.name);
	if (offset > buf->bytes || bytes > buf->bytes - offset)
		return too_long(n, offset, bytes, "the buffer holds", buf->bytes, e);
	if (bytes > n->attr.max_mr_size)
		return too_long(n, offset, bytes, "the device takes at most (max_mr_size)",
				n->attr.max_mr_size, e);
	return 0;
}

/* A memfd is only a stand-in for a dma-buf; told here because the kernel would just say EINVAL. */
static int check_kind(const struct nic *n, const struct mem_buf *buf, struct err *e)
{
	if (buf->kind != MEM_MEMFD || n->attr.evidence == NIC_SOFTWARE)
		return 0;
	err_set(e, -EOPNOTSUPP, "%s: memory of kind memfd asked, it is a stand-in that only soft0 imports",
		n->attr.name);
	return err_hint(e, -EOPNOTSUPP,
			"use kind udmabuf or dma_heap for a real dma-buf in host memory, or device soft0");
}

static struct nic_dmabuf dmabuf_part(const struct mem_buf *buf, uint64_t offset, uint64_t bytes)
{
	const uint64_t at = buf->fd_offset + offset;

	return (struct nic_dmabuf){buf->fd, at, bytes, dmabuf_iova_base + at};
}

/*
 * What the MR will carry: a DMA handle wins, else the importing driver asks the exporter, whether or not
 * the caller thought of it (mlx5's rule).
 */
static struct mem_hint hint_in_effect(const struct mem_buf *buf, const struct mem_hint *asked)
{
	if (asked && asked->tph == TPH_DMAH)
		return *asked;
	return buf->fd >= 0 && buf->hint.tph == TPH_EXPORTER ? buf->hint : MEM_NO_HINT;
}

/* What the data-direct function can be asked for; that it exists was read at open. */
static int check_direct(const struct nic *n, const struct mem_buf *buf, const struct nic_mr_spec *spec,
			struct err *e)
{
	if (!spec->data_direct)
		return 0;
	if (!n->attr.data_direct[0]) {
		err_set(e, -EOPNOTSUPP, "%s: registration by its data-direct function asked, it has none: %s",
			n->attr.name, n->attr.data_direct_why);
		return err_hint(e, -EOPNOTSUPP, "use interconnect main, or auto");
	}
	if (buf->fd < 0) {
		err_set(e, -EOPNOTSUPP,
			"%s: registration by its data-direct function %s asked of memory without a dma-buf",
			n->attr.name, n->attr.data_direct);
		return err_hint(e, -EOPNOTSUPP,
				"kinds udmabuf and dma_heap are host memory with one; or interconnect main");
	}
	if (spec->hint && spec->hint->tph == TPH_DMAH) {
		err_set(e, -EINVAL,
			"%s: tph dmah asked of a registration by the data-direct function %s: the kernel has "
			"no call that takes both",
			n->attr.name, n->attr.data_direct);
		return err_hint(e, -EINVAL, "use tph none there, or interconnect main");
	}
	return 0;
}

static int check_spec(const struct nic *n, const struct mem_buf *buf, const struct nic_mr_spec *spec,
		      struct err *e)
{
	int rc = check_range(n, buf, spec->offset, spec->bytes, e);

	if (!rc)
		rc = check_kind(n, buf, e);
	return rc ? rc : check_direct(n, buf, spec, e);
}

static int reg_dmabuf(struct nic *n, const struct nic_dmabuf *src, const struct nic_mr_spec *spec,
		      const struct mem_hint *carried, struct ibv_mr **mr, struct err *e)
{
	int rc = -EINTR;

	for (int i = 0; i < SIGNALS_MAX && rc == -EINTR; i++)
		rc = spec->data_direct ? n->backend->mr_reg_direct(n, src, spec->access, mr, e)
				       : n->backend->mr_reg_dmabuf(n, src, spec->access, carried, mr, e);
	return rc;
}

int nic_mr_reg(struct nic *n, const struct mem_buf *buf, const struct nic_mr_spec *spec, struct nic_mr *out,
	       struct err *e)
{
	const struct mem_hint carried = hint_in_effect(buf, spec->hint);
	const struct nic_dmabuf src = dmabuf_part(buf, spec->offset, spec->bytes);
	struct nic_mr mr = {.bytes = spec->bytes};
	int rc = check_spec(n, buf, spec, e);
	int64_t t0;

	*out = (struct nic_mr){0};
	if (rc)
		return rc;
	t0 = clock_raw_ns();
	if (buf->fd >= 0) {
		mr.addr = src.iova;
		rc = reg_dmabuf(n, &src, spec, &carried, &mr.mr, e);
	} else {
		char *va = (char *)buf->va + spec->offset;

		mr.addr = (uint64_t)(uintptr_t)va;
		rc = n->backend->mr_reg_va(n, va, spec->bytes, spec->access, &carried, &mr.mr, e);
		if (!rc && buf->shared_fd && n->backend->mr_behind)
			n->backend->mr_behind(n, mr.mr, buf->shared_fd, spec->offset);
	}
	mr.reg_ns = clock_raw_ns() - t0;
	if (!rc)
		*out = mr;
	return rc;
}

int nic_mr_dereg(struct nic *n, struct nic_mr *mr, struct err *e)
{
	int rc;

	if (!mr->mr)
		return 0;
	rc = n->backend->mr_dereg(n, mr->mr, e);
	if (!rc)
		*mr = (struct nic_mr){0};
	return rc;
}

int nic_mr_alive(struct nic *n, const struct mem_buf *buf, const struct nic_mr *mr, struct err *e)
{
	const uint64_t page = buf->granule && buf->granule < mr->bytes ? buf->granule : mr->bytes;
	const struct nic_mr_spec spec = {.access = IBV_ACCESS_LOCAL_WRITE};
	const struct nic_dmabuf src = {buf->fd, mr->addr - dmabuf_iova_base, page, mr->addr};
	struct ibv_mr *again;
	int rc;

	if (n->backend->mr_alive)
		return n->backend->mr_alive(n, mr->mr, e);
	if (buf->fd < 0)
		return 0;
	rc = reg_dmabuf(n, &src, &spec, &MEM_NO_HINT, &again, e);
	return rc ? rc : n->backend->mr_dereg(n, again, e);
}

int nic_mr_shows_tph(struct nic *n, const struct nic_mr *mr, struct nic_mr_tph *out, struct err *e)
{
	*out = (struct nic_mr_tph){0};
	if (!n->backend->mr_shows_tph)
		return err_set(e, -EOPNOTSUPP, "%s: a software device has no dump of its MRs", n->attr.name);
	return n->backend->mr_shows_tph(n, mr, out, e);
}

int nic_hint_counts(struct nic *n, struct nic_hint_count *out, int max)
{
	return n->backend->hint_counts ? n->backend->hint_counts(n, out, max) : -EOPNOTSUPP;
}

static int check_depth(const struct nic *n, const char *what, uint32_t asked, uint32_t max, const char *limit,
		       struct err *e)
{
	if (asked && asked <= max)
		return 0;
	err_set(e, -EINVAL, "%s: %s of %" PRIu32 " entries asked, the device has 1..%" PRIu32 " (%s)",
		n->attr.name, what, asked, max, limit);
	return err_hint(e, -EINVAL, "lower qd, or qps where queue pairs share a completion queue");
}

int nic_cq_create(struct nic *n, uint32_t depth, struct ibv_cq **out, struct err *e)
{
	int rc = check_depth(n, "completion queue", depth, n->attr.max_cqe, "max_cqe", e);

	*out = NULL;
	return rc ? rc : n->backend->cq_create(n, depth, out, e);
}

int nic_cq_destroy(struct nic *n, struct ibv_cq *cq, struct err *e)
{
	return n->backend->cq_destroy(n, cq, e);
}

int nic_qp_create(struct nic *n, const struct nic_qp_spec *spec, struct ibv_qp **out, struct err *e)
{
	int rc = check_depth(n, "send queue", spec->send_wrs, n->attr.max_qp_wr, "max_qp_wr", e);

	*out = NULL;
	if (!rc && spec->recv_wrs)
		rc = check_depth(n, "receive queue", spec->recv_wrs, n->attr.max_qp_wr, "max_qp_wr", e);
	return rc ? rc : n->backend->qp_create(n, spec, out, e);
}

struct ibv_qp_ex *nic_qp_ex(struct nic *n, struct ibv_qp *qp)
{
	return n->backend->qp_ex(n, qp);
}

int nic_qp_destroy(struct nic *n, struct ibv_qp *qp, struct err *e)
{
	return n->backend->qp_destroy(n, qp, e);
}

int nic_async(struct nic *n, struct nic_event *out)
{
	return n->backend->async ? n->backend->async(n, out) : 0;
}
