// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Mapping of a dma-buf or memfd. Which of the two an fd is, or neither, is read from its name under
 * /proc/self/fd: the kernel calls a dma-buf "/dmabuf:..." and a memfd "/memfd:...". The alternatives are
 * weaker: fstat shows both as plain files, F_GET_SEALS also succeeds on any file of a tmpfs, and
 * exp_name in fdinfo tells dma-bufs only.
 */
#include "nic/soft/import.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/err.h"
#include "base/sys.h"

static bool starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static int check_kind(int fd, struct err *e)
{
	char link[32];
	char name[64];
	ssize_t n;

	if (fcntl(fd, F_GETFD) < 0)
		return err_set(e, -errno, "dma-buf fd %d: not an open file descriptor", fd);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, name, sizeof(name) - 1);
	if (n < 0)
		return err_set(e, -errno, "dma-buf fd %d: cannot tell what it is, %s: %s", fd, link,
			       err_name(errno));
	name[n] = '\0';
	if (starts_with(name, "/dmabuf:") || starts_with(name, "/memfd:"))
		return 0;
	return err_set(e, -EINVAL, "fd %d (%s) is neither a dma-buf nor a memfd", fd, name);
}

static int check_range(int fd, uint64_t offset, uint64_t bytes, struct err *e)
{
	off_t size = lseek(fd, 0, SEEK_END); /* the way to ask a dma-buf its size */

	if (size < 0)
		return err_set(e, -errno, "dma-buf fd %d: cannot read its size: %s", fd, err_name(errno));
	if (bytes == 0 || offset > (uint64_t)size || bytes > (uint64_t)size - offset)
		return err_set(e, -EINVAL,
			       "dma-buf fd %d: range [0x%jx, +0x%jx) is not within its 0x%jx bytes", fd,
			       (uintmax_t)offset, (uintmax_t)bytes, (uintmax_t)size);
	return 0;
}

/* dma-buf core answers EINVAL when the exporter has no mmap, other files ENODEV; arguments are checked. */
static int map_failed(int rc, int fd, struct err *e)
{
	if (rc != -EINVAL && rc != -ENODEV)
		return err_set(e, rc, "dma-buf fd %d: mmap shared, read-write: %s", fd, err_name(rc));
	err_set(e, -EOPNOTSUPP, "dma-buf fd %d: the exporter does not implement mmap (%s)", fd, err_name(rc));
	return err_hint(e, -EOPNOTSUPP,
			"a software device reaches memory by CPU; VFIO dma-bufs have no CPU mapping: use an "
			"RDMA device, or a udmabuf, dma_heap or memfd target");
}

/* Huge pages are mapped and, what is more, unmapped in whole ones only. */
static uint64_t page_of(int fd)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct statfs fs;

	if (!fstatfs(fd, &fs) && fs.f_type == HUGETLBFS_MAGIC && fs.f_bsize > 0)
		page = (uint64_t)fs.f_bsize;
	return page;
}

int soft_map_fd(const struct sys *sys, int fd, uint64_t offset, uint64_t bytes, struct soft_map *out,
		unsigned char **first, struct err *e)
{
	struct soft_map m = {.sys = sys};
	int rc = check_kind(fd, e);
	uint64_t page, in_page;

	if (!rc)
		rc = check_range(fd, offset, bytes, e);
	if (rc)
		return rc;
	page = page_of(fd);
	in_page = offset & (page - 1);
	m.bytes = (in_page + bytes + page - 1) & ~(page - 1);
	rc = sys->mmap(&m.base, m.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)(offset - in_page));
	if (rc)
		return map_failed(rc, fd, e);
	*out = m;
	*first = (unsigned char *)m.base + in_page;
	return 0;
}

void soft_unmap(struct soft_map *m)
{
	if (m->base)
		m->sys->munmap(m->base, m->bytes);
	*m = (struct soft_map){0};
}
