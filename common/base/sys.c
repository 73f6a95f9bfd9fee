// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kernel behind struct sys: each wrapper turns errno into the result, once. */
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static int result(int rc)
{
	return rc < 0 ? -errno : rc;
}

static int real_open(const char *path, int flags, mode_t mode)
{
	return result(open(path, flags | O_CLOEXEC, mode));
}

static int real_close(int fd)
{
	return result(close(fd));
}

static int real_ioctl(int fd, unsigned long request, void *arg)
{
	return result(ioctl(fd, request, arg));
}

static int real_mmap(void **out, size_t length, int prot, int flags, int fd, off_t offset)
{
	void *p = mmap(NULL, length, prot, flags, fd, offset);

	if (p == MAP_FAILED)
		return -errno;
	*out = p;
	return 0;
}

static int real_munmap(void *addr, size_t length)
{
	return result(munmap(addr, length));
}

static int real_memfd_create(const char *name, unsigned int flags)
{
	return result(memfd_create(name, flags));
}

static int real_ftruncate(int fd, off_t length)
{
	return result(ftruncate(fd, length));
}

static int real_fcntl(int fd, int cmd, long arg)
{
	return result(fcntl(fd, cmd, arg));
}

static ssize_t real_write(int fd, const void *buf, size_t len)
{
	ssize_t n = write(fd, buf, len);

	return n < 0 ? -errno : n;
}

static int real_fdatasync(int fd)
{
	return result(fdatasync(fd));
}

static int real_mbind(void *addr, size_t length, int mode, const unsigned long *nodes, unsigned long max,
		      unsigned int flags)
{
	/* The kernel takes one bit less than it is told. */
	return result((int)syscall(SYS_mbind, addr, length, mode, nodes, max + 1, flags));
}

static int real_move_pages(unsigned long count, void **pages, const int *nodes, int *status, int flags)
{
	return result((int)syscall(SYS_move_pages, 0, count, pages, nodes, status, flags));
}

const struct sys sys_real = {
	.open = real_open,
	.close = real_close,
	.ioctl = real_ioctl,
	.mmap = real_mmap,
	.munmap = real_munmap,
	.memfd_create = real_memfd_create,
	.ftruncate = real_ftruncate,
	.fcntl = real_fcntl,
	.write = real_write,
	.fdatasync = real_fdatasync,
	.mbind = real_mbind,
	.move_pages = real_move_pages,
};
