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
	void *p = mmap(flags & MAP_FIXED ? *out : NULL, length, prot, flags, fd, offset);

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

static int real_madvise(void *addr, size_t length, int advice)
{
	return result(madvise(addr, length, advice));
}

static ssize_t real_read(int fd, void *buf, size_t len)
{
	ssize_t n = read(fd, buf, len);

	return n < 0 ? -errno : n;
}

static ssize_t real_pread(int fd, void *buf, size_t len, off_t offset)
{
	ssize_t n = pread(fd, buf, len, offset);

	return n < 0 ? -errno : n;
}

static ssize_t real_pwrite(int fd, const void *buf, size_t len, off_t offset)
{
	ssize_t n = pwrite(fd, buf, len, offset);

	return n < 0 ? -errno : n;
}

static off_t real_lseek(int fd, off_t offset, int whence)
{
	off_t at = lseek(fd, offset, whence);

	return at < 0 ? -errno : at;
}

static int real_fstat(int fd, struct stat *out)
{
	return result(fstat(fd, out));
}

static int real_socket(int domain, int type, int protocol)
{
	return result(socket(domain, type | SOCK_CLOEXEC, protocol));
}

static int real_connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	return result(connect(fd, addr, len));
}

static ssize_t real_recvmsg(int fd, struct msghdr *msg, int flags)
{
	ssize_t n = recvmsg(fd, msg, flags | MSG_CMSG_CLOEXEC);

	return n < 0 ? -errno : n;
}

static int real_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	return result(poll(fds, n, timeout_ms));
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
	.madvise = real_madvise,
	.read = real_read,
	.pread = real_pread,
	.pwrite = real_pwrite,
	.lseek = real_lseek,
	.fstat = real_fstat,
	.socket = real_socket,
	.connect = real_connect,
	.recvmsg = real_recvmsg,
	.poll = real_poll,
};
