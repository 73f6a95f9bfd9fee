// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The bytes of BARs. Each BAR is a memfd; exporting ranges of it moves their pages to a memfd of their own,
 * whose size is that of the dma-buf, and turns the CPU mappings there. So all see the same bytes.
 */
#include "fakes/fakevfio_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Where bytes of a BAR are: up to @bytes from @offset of @fd. */
struct place {
	int fd;
	uint64_t offset, bytes;
};

static struct place find_place(const struct fv_dev *dev, unsigned int bar, uint64_t at)
{
	uint64_t end = dev->d.bar[bar];

	for (const struct fv_slice *s = dev->slices; s; s = s->next) {
		uint64_t in = 0;

		for (size_t i = 0; i < s->n; in += s->range[i++].length) {
			const struct fv_range *r = &s->range[i];

			if (s->bar != bar)
				continue;
			if (at >= r->offset && at < r->offset + r->length) {
				uint64_t left = r->offset + r->length - at;

				return (struct place){s->memfd, in + at - r->offset,
						      left < end - at ? left : end - at};
			}
			if (r->offset > at && r->offset < end)
				end = r->offset; /* a newer slice begins there */
		}
	}
	return (struct place){dev->bar_fd[bar], at, end - at};
}

void fv_bar_io(struct fv_dev *dev, unsigned int bar, uint64_t offset, void *buf, size_t len, bool write)
{
	char *p = buf;

	while (len) {
		struct place at = find_place(dev, bar, offset);
		size_t n = len < at.bytes ? len : (size_t)at.bytes;
		ssize_t done =
			write ? pwrite(at.fd, p, n, (off_t)at.offset) : pread(at.fd, p, n, (off_t)at.offset);

		if (done <= 0)
			abort();
		p += done;
		offset += (uint64_t)done;
		len -= (size_t)done;
	}
}

static int map_pages(struct fv_dev *dev, unsigned int bar, uint64_t offset, char *va, size_t len, int prot)
{
	while (len) {
		struct place at = find_place(dev, bar, offset);
		size_t n = len < at.bytes ? len : (size_t)at.bytes;

		if (mmap(va, n, prot, MAP_SHARED | MAP_FIXED, at.fd, (off_t)at.offset) == MAP_FAILED)
			return -errno;
		va += n;
		offset += n;
		len -= n;
	}
	return 0;
}

int fv_bar_map(struct fv_file *f, unsigned int bar, uint64_t offset, char *at, size_t len, int prot)
{
	int rc = map_pages(f->dev, bar, offset, at, len, prot);

	return rc ? rc : fv_add_map(at, at + len, f, bar, offset);
}

static struct fv_slice *find_slice(const struct fv_dev *dev, unsigned int bar, const struct fv_range *r,
				   size_t n)
{
	for (struct fv_slice *s = dev->slices; s; s = s->next)
		if (s->bar == bar && s->n == n && !memcmp(s->range, r, n * sizeof(*r)))
			return s;
	return NULL;
}

static void copy_bytes(struct fv_dev *dev, unsigned int bar, const struct fv_range *r, size_t n, int to)
{
	static const char zero[FV_PAGE];
	char page[FV_PAGE];
	off_t at = 0;

	for (size_t i = 0; i < n; i++)
		for (uint64_t in = 0; in < r[i].length; in += FV_PAGE, at += FV_PAGE) {
			fv_bar_io(dev, bar, r[i].offset + in, page, FV_PAGE, false);
			if (memcmp(page, zero, FV_PAGE) != 0 && pwrite(to, page, FV_PAGE, at) != FV_PAGE)
				abort();
		}
}

/* A descriptor of the memfd that holds @r from now on. */
int fv_slice_fd(struct fv_dev *dev, unsigned int bar, const struct fv_range *r, size_t n)
{
	struct fv_slice *s = find_slice(dev, bar, r, n);
	uint64_t total = 0;

	if (s)
		return fcntl(s->memfd, F_DUPFD_CLOEXEC, 0);
	for (size_t i = 0; i < n; i++)
		total += r[i].length;
	s = calloc(1, sizeof(*s));
	if (!s)
		abort();
	*s = (struct fv_slice){.next = dev->slices, .bar = bar, .n = n, .range = malloc(n * sizeof(*r))};
	s->memfd = memfd_create("dmabuf", MFD_CLOEXEC);
	if (!s->range || s->memfd < 0 || ftruncate(s->memfd, (off_t)total))
		abort();
	memcpy(s->range, r, n * sizeof(*r));
	copy_bytes(dev, bar, r, n, s->memfd);
	dev->slices = s;
	for (struct fv_map *m = fv.maps; m; m = m->next)
		if (m->file && m->file->dev == dev && m->bar == bar)
			map_pages(dev, bar, m->offset, m->from, (size_t)(m->to - m->from),
				  PROT_READ | PROT_WRITE);
	return fcntl(s->memfd, F_DUPFD_CLOEXEC, 0);
}

int fv_add_map(char *from, char *to, struct fv_file *f, unsigned int bar, uint64_t offset)
{
	struct fv_map *m = malloc(sizeof(*m));

	if (!m)
		return -ENOMEM;
	*m = (struct fv_map){
		.next = fv.maps, .from = from, .to = to, .file = f, .bar = bar, .offset = offset};
	fv.maps = m;
	if (f)
		f->refs++;
	return 0;
}

/* Addresses that are mapped anew or no more: what the list says of them is void. */
void fv_cut_maps(char *from, char *to)
{
	struct fv_map **at = &fv.maps;

	while (*at) {
		struct fv_map *m = *at;

		if (m->to <= from || m->from >= to) {
			at = &m->next;
			continue;
		}
		if (m->to > to)
			fv_add_map(to, m->to, m->file, m->bar, m->offset + (uint64_t)(to - m->from));
		if (m->from < from) {
			m->to = from;
			at = &m->next;
			continue;
		}
		for (at = &fv.maps; *at != m;) /* the list may have grown at its head */
			at = &(*at)->next;
		*at = m->next;
		if (m->file)
			fv_put_file(m->file);
		free(m);
	}
}
