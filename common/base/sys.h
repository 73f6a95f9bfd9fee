/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BASE_SYS_H
#define P2P_BASE_SYS_H

/*
 * The seam to the kernel for cold paths: device nodes, memory kinds, result files. Everything that
 * opens such things takes a `const struct sys *`; sys_real is the kernel, tests pass a table that
 * scripts or counts calls and lets the n-th one fail.
 *
 * Every member returns its result (>= 0) or a negative errno; errno itself carries nothing.
 */

#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>

struct sys {
	int (*open)(const char *path, int flags, mode_t mode);
	int (*close)(int fd);
	int (*ioctl)(int fd, unsigned long request, void *arg);
	/* @out is set to the mapping (and says where it has to be when @flags have MAP_FIXED); unlike mmap(2)
	 * the result is 0 or -errno. */
	int (*mmap)(void **out, size_t length, int prot, int flags, int fd, off_t offset);
	int (*munmap)(void *addr, size_t length);
	int (*memfd_create)(const char *name, unsigned int flags);
	int (*ftruncate)(int fd, off_t length);
	int (*fcntl)(int fd, int cmd, long arg);
	ssize_t (*write)(int fd, const void *buf, size_t len);
	int (*fdatasync)(int fd);
	/* NUMA placement; @nodes: @max bits. */
	int (*mbind)(void *addr, size_t length, int mode, const unsigned long *nodes, unsigned long max,
		     unsigned int flags);
	/* Of this process; without @nodes it only asks: @status gets the node of each page, or -errno. */
	int (*move_pages)(unsigned long count, void **pages, const int *nodes, int *status, int flags);
	int (*madvise)(void *addr, size_t length, int advice);
	ssize_t (*read)(int fd, void *buf, size_t len);
	ssize_t (*pread)(int fd, void *buf, size_t len, off_t offset);
	ssize_t (*pwrite)(int fd, const void *buf, size_t len, off_t offset);
	off_t (*lseek)(int fd, off_t offset, int whence);
	int (*fstat)(int fd, struct stat *out);
	/* Unix sockets that hand over descriptors; both are opened and received with CLOEXEC. */
	int (*socket)(int domain, int type, int protocol);
	int (*connect)(int fd, const struct sockaddr *addr, socklen_t len);
	ssize_t (*recvmsg)(int fd, struct msghdr *msg, int flags);
	/* Without @fds it waits @timeout_ms. */
	int (*poll)(struct pollfd *fds, nfds_t n, int timeout_ms);
};

extern const struct sys sys_real;

#endif
