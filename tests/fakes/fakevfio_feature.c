// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * VFIO_DEVICE_FEATURE: the export of dma-bufs, the proposed TPH feature in its versions, and those that
 * wanted the same number. Checks are in the kernel's order, as far as it is known (kernel.md 1.4, 2.1
 * to 2.3).
 */
#include "fakes/fakevfio_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const uint32_t OPS = VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_SET;

/* vfio_check_feature(): 1 = go on, else the answer. */
static int check_feature(const struct vfio_device_feature *u, uint32_t supported, size_t minsz)
{
	if (u->flags & OPS & ~supported)
		return -EINVAL;
	if (u->flags & VFIO_DEVICE_FEATURE_PROBE)
		return 0;
	if (!(u->flags & OPS) || u->argsz - sizeof(*u) < minsz)
		return -EINVAL;
	return 1;
}

void fv_put_dmabuf(struct fakevfio_dmabuf *b)
{
	if (--b->refs)
		return;
	for (struct fakevfio_dmabuf **at = &fv.bufs; *at; at = &(*at)->next)
		if (*at == b) {
			*at = b->next;
			break;
		}
	free(b);
}

static int new_dmabuf(struct fv_dev *dev, int fd, uint64_t bytes, const char *exporter)
{
	struct fakevfio_dmabuf *b;
	struct fv_file *f;

	if (fd < 0)
		return -EMFILE;
	b = calloc(1, sizeof(*b));
	f = fv_new_file(FV_DMABUF);
	if (!b)
		abort();
	b->refs = 1;
	b->dev = dev;
	b->bytes = bytes;
	strncpy(b->exporter, exporter, sizeof(b->exporter) - 1);
	atomic_store(&b->live, !dev || fv_memory_on(dev));
	b->next = fv.bufs;
	fv.bufs = b;
	f->buf = b;
	return fv_new_fd(f, fd);
}

int fakevfio_other_dmabuf(size_t bytes, const char *exporter)
{
	int fd = memfd_create("dmabuf", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, (off_t)bytes))
		abort();
	pthread_mutex_lock(&fv.lock);
	fd = new_dmabuf(NULL, fd, bytes, exporter);
	pthread_mutex_unlock(&fv.lock);
	return fd;
}

/* vfio_pci_core_feature_dma_buf() */
static int export_bar(struct fv_dev *dev, const struct vfio_device_feature *u)
{
	const struct uapi_vfio_dma_buf *ask = (const void *)u->data;
	struct fv_range *r;
	uint64_t total = 0;
	int fd = -EINVAL;

	if (!ask->nr_ranges || ask->flags)
		return -EINVAL;
	if (ask->region_index >= FAKEVFIO_BARS || !dev->d.bar[ask->region_index] ||
	    dev->d.taken & 1U << ask->region_index)
		return -ENODEV;
	if (ask->nr_ranges > FV_RANGES)
		return -ENOMEM;
	r = calloc(ask->nr_ranges, sizeof(*r));
	if (!r)
		return -ENOMEM;
	memcpy(r, ask->ranges, ask->nr_ranges * sizeof(*r));
	for (uint32_t i = 0; i < ask->nr_ranges; i++) {
		uint64_t bar = dev->d.bar[ask->region_index];

		if (!r[i].length || r[i].length % FV_PAGE || r[i].offset % FV_PAGE || r[i].offset > bar ||
		    r[i].length > bar - r[i].offset)
			goto out;
		total += r[i].length;
	}
	if (!((dev->d.io | dev->d.unmappable) & 1U << ask->region_index))
		fd = new_dmabuf(dev, fv_slice_fd(dev, ask->region_index, r, ask->nr_ranges), total,
				"vfio_pci_core");
out:
	free(r);
	return fd;
}

static int dma_buf_feature(struct fv_dev *dev, const struct vfio_device_feature *u)
{
	int rc;

	if (fv.kernel.no_dmabuf)
		return -ENOTTY;
	if (fv.kernel.variant_driver)
		return -EOPNOTSUPP;
	rc = check_feature(u, VFIO_DEVICE_FEATURE_GET, sizeof(struct uapi_vfio_dma_buf));
	return rc == 1 ? export_bar(dev, u) : rc;
}

/* dma_buf_get(), and is it an export of this open device? */
static int find_export(struct fv_dev *dev, int fd, struct fakevfio_dmabuf **out)
{
	const struct fv_file *f = fv_file_of(fd);

	if (fcntl(fd, F_GETFD) < 0)
		return -EBADF;
	if (!f || f->kind != FV_DMABUF || f->buf->dev != dev || f->buf->dead)
		return -EINVAL;
	*out = f->buf;
	return 0;
}

/* Version-neutral form of the payloads. */
struct tph {
	int32_t fd;
	uint32_t flags;
	uint16_t st_ext;
	uint8_t st, ph;
};

/* What a version of the proposal looks like. @first: the gate is asked before anything else. */
struct version {
	enum fakevfio_feature what;
	size_t bytes, st, st_ext, ph;
	bool flags, gate, first;
};

static const struct version versions[] = {
	{.what = FAKEVFIO_TPH_V2, .bytes = 8, .st = 4, .ph = 6},
	{.what = FAKEVFIO_TPH_V3, .bytes = 16, .flags = true, .st = 8, .st_ext = 10, .ph = 12},
	{.what = FAKEVFIO_TPH_V4, .bytes = 12, .flags = true, .st = 8, .st_ext = 10, .ph = 9},
	{.what = FAKEVFIO_TPH_V5, .bytes = 12, .flags = true, .st = 8, .st_ext = 10, .ph = 9},
	{.what = FAKEVFIO_TPH_V6, .bytes = 12, .flags = true, .st = 10, .st_ext = 8, .ph = 11},
	{.what = FAKEVFIO_TPH_V7, .bytes = 12, .flags = true, .st = 10, .st_ext = 8, .ph = 11, .gate = true},
	{.what = FAKEVFIO_TPH_V9,
	 .bytes = 12,
	 .flags = true,
	 .st = 10,
	 .st_ext = 8,
	 .ph = 11,
	 .gate = true,
	 .first = true},
};

static const struct version *find_version(enum fakevfio_feature what)
{
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		if (versions[i].what == what)
			return &versions[i];
	return NULL;
}

static struct tph parse_tph(const struct version *v, const uint8_t *p)
{
	struct tph t = {.st = p[v->st], .ph = p[v->ph]};

	memcpy(&t.fd, p, sizeof(t.fd));
	if (v->flags)
		memcpy(&t.flags, p + 4, sizeof(t.flags));
	if (v->st_ext)
		memcpy(&t.st_ext, p + v->st_ext, sizeof(t.st_ext));
	return t;
}

/* The target's gate; before v7 it was the requester's capability, and v2 had none. */
static bool gate_open(const struct fv_dev *dev, const struct version *v)
{
	if (v->gate)
		return dev->d.completer & 1;
	return v->what != FAKEVFIO_TPH_V6 || dev->d.requester;
}

static int set_tph(struct fv_dev *dev, const struct version *v, const struct tph *t)
{
	struct fakevfio_dmabuf *b;
	int rc;

	if (t->flags & ~3U || t->ph > 3)
		return -EINVAL;
	if (v->what == FAKEVFIO_TPH_V5 && !t->flags)
		return -EINVAL;
	if (!v->first && !gate_open(dev, v))
		return -EOPNOTSUPP;
	if (v->gate && t->flags & 2 && dev->d.completer != 3)
		return -EOPNOTSUPP;
	rc = find_export(dev, t->fd, &b);
	if (rc)
		return rc;
	if (v->what == FAKEVFIO_TPH_V4 && b->tagged)
		return -EBUSY;
	b->tagged = true;
	b->tags = (struct fakevfio_tags){.flags = t->flags, .st_ext = t->st_ext, .st = t->st, .ph = t->ph};
	fv.harm += v->what < FAKEVFIO_TPH_V6;
	return 0;
}

static int tph_feature(struct fv_dev *dev, const struct version *v, const struct vfio_device_feature *u)
{
	struct tph t;
	int rc;

	if (v->first && !gate_open(dev, v))
		return -EOPNOTSUPP;
	rc = check_feature(u, VFIO_DEVICE_FEATURE_SET, v->bytes);
	if (rc != 1)
		return rc;
	t = parse_tph(v, u->data);
	return set_tph(dev, v, &t);
}

/* DMA_BUF_REVOKE and DMA_BUF_MEMATTR: longer payloads are taken, and the call does its harm. */
static int impostor(struct fv_dev *dev, enum fakevfio_feature what, const struct vfio_device_feature *u)
{
	struct fakevfio_dmabuf *b;
	int32_t fd;
	int rc = check_feature(u, VFIO_DEVICE_FEATURE_SET, what == FAKEVFIO_REVOKE ? 4 : 8);

	if (rc != 1)
		return rc;
	memcpy(&fd, u->data, sizeof(fd));
	rc = find_export(dev, fd, &b);
	if (rc)
		return rc;
	fv.harm++;
	if (what == FAKEVFIO_REVOKE) {
		b->dead = true;
		fv_update_exports(dev, false);
	}
	return 0;
}

/* Features that act on a SET without any payload (LOW_POWER_ENTRY, EXIT, DMA_LOGGING_STOP, PRECOPY_INFOv2).
 */
static int old_feature(unsigned int index, const struct vfio_device_feature *u)
{
	bool acts = index == 3 || index == 5 || index == 7 || index == 12;
	int rc = acts ? check_feature(u, VFIO_DEVICE_FEATURE_SET, 0) : -ENOTTY;

	fv.harm += rc == 1;
	return rc == 1 ? 0 : rc;
}

int fv_feature_ioctl(struct fv_file *f, struct vfio_device_feature *u)
{
	unsigned int index = u->flags & VFIO_DEVICE_FEATURE_MASK;
	enum fakevfio_feature what = index < FV_FEATURES ? fv.feature[index] : FAKEVFIO_UNKNOWN;
	int rc;

	if (u->argsz < sizeof(*u) || u->flags & ~(VFIO_DEVICE_FEATURE_MASK | OPS | VFIO_DEVICE_FEATURE_PROBE))
		return -EINVAL;
	/* GET and SET exclude each other, but for PROBE */
	if (!(u->flags & VFIO_DEVICE_FEATURE_PROBE) && (u->flags & OPS) == OPS)
		return -EINVAL;
	if (index == VFIO_DEVICE_FEATURE_DMA_BUF)
		return dma_buf_feature(f->dev, u);
	if (find_version(what))
		return tph_feature(f->dev, find_version(what), u);
	if (what == FAKEVFIO_REVOKE || what == FAKEVFIO_MEMATTR)
		return impostor(f->dev, what, u);
	if (what != FAKEVFIO_ZPCI_ERROR)
		return old_feature(index, u);
	rc = check_feature(u, VFIO_DEVICE_FEATURE_GET, 8);
	return rc == 1 ? 0 : rc;
}

int fakevfio_attach(int fd, bool dynamic, struct fakevfio_tags *tags, struct fakevfio_dmabuf **out)
{
	const struct fv_file *f;
	int rc = 0;

	pthread_mutex_lock(&fv.lock);
	f = fv_file_of(fd);
	if (!f || f->kind != FV_DMABUF)
		rc = -EINVAL;
	else if (!atomic_load(&f->buf->live))
		rc = -ENODEV;
	else if (f->buf->dev && !dynamic)
		rc = -EOPNOTSUPP;
	if (!rc) {
		f->buf->refs++;
		*out = f->buf;
		if (tags)
			*tags = f->buf->tags;
	}
	pthread_mutex_unlock(&fv.lock);
	return rc;
}

bool fakevfio_live(const struct fakevfio_dmabuf *b)
{
	return atomic_load(&b->live);
}

unsigned int fakevfio_revokes(const struct fakevfio_dmabuf *b)
{
	return atomic_load(&b->revokes);
}

void fakevfio_detach(struct fakevfio_dmabuf *b)
{
	pthread_mutex_lock(&fv.lock);
	fv_put_dmabuf(b);
	pthread_mutex_unlock(&fv.lock);
}
