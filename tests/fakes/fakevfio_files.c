// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Descriptors, and the table of calls: what is the fake's goes to it, the rest to the real kernel. */
#include "fakes/fakevfio_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static uint64_t inode_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? 0 : (uint64_t)st.st_ino;
}

static struct fv_fd *find_fd(int fd)
{
	for (size_t i = 0; i < fv.n_fd; i++)
		if (fv.fd[i].fd == fd)
			return &fv.fd[i];
	return NULL;
}

/* A descriptor that came another way (SCM_RIGHTS, dup) is known by its inode. */
struct fv_file *fv_file_of(int fd)
{
	const struct fv_fd *f = find_fd(fd);
	uint64_t inode = inode_of(fd);

	if (!inode)
		return NULL;
	if (f && f->inode == inode)
		return f->file;
	for (size_t i = 0; i < fv.n_fd; i++)
		if (fv.fd[i].inode == inode && fv.fd[i].file)
			return fv.fd[i].file;
	return NULL;
}

int fv_new_fd(struct fv_file *file, int real)
{
	struct fv_fd *f;

	if (real < 0 || fv.n_fd == FV_FILES) {
		if (real >= 0)
			close(real);
		return real < 0 ? real : -EMFILE;
	}
	f = find_fd(real); /* closed behind the table's back */
	if (!f)
		f = &fv.fd[fv.n_fd++];
	*f = (struct fv_fd){.fd = real, .inode = inode_of(real), .file = file};
	if (file)
		file->refs++;
	return real;
}

struct fv_file *fv_new_file(enum fv_kind kind)
{
	struct fv_file *f = calloc(1, sizeof(*f));

	if (!f)
		abort();
	f->kind = kind;
	f->next = fv.files;
	fv.files = f;
	return f;
}

void fv_drop_file(struct fv_file *f)
{
	struct fv_file **at = &fv.files;

	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	free(f);
}

void fv_put_file(struct fv_file *f)
{
	if (--f->refs > 0)
		return;
	if (f->container) {
		f->container->groups--;
		fv_put_file(f->container);
	}
	if (f->kind == FV_DEVICE || (f->kind == FV_CDEV && f->bound))
		fv_device_closed(f->dev);
	if (f->of_group)
		fv_put_file(f->of_group);
	if (f->buf)
		fv_put_dmabuf(f->buf);
	fv_drop_file(f);
}

int fv_text_fd(const char *text)
{
	int fd = memfd_create("text", MFD_CLOEXEC);

	if (fd >= 0 && (write(fd, text, strlen(text)) != (ssize_t)strlen(text) || lseek(fd, 0, SEEK_SET)))
		abort();
	return fv_new_fd(NULL, fd);
}

bool fv_group_open(int group)
{
	for (const struct fv_file *f = fv.files; f; f = f->next)
		if (f->kind == FV_GROUP && f->group == group)
			return true;
	return false;
}

/* Enters the fake: 0, or the failure that was asked for this call. */
static int enter(void)
{
	pthread_mutex_lock(&fv.lock);
	return ++fv.count == fv.fail_at ? -fv.fail_with : 0;
}

static int leave(int rc)
{
	pthread_mutex_unlock(&fv.lock);
	return rc;
}

static int table_open(const char *path, int flags, mode_t mode)
{
	bool mine = true;
	int rc = enter();

	if (!rc && !strcmp(path, fv.fail_path))
		rc = -fv.fail_path_with;
	if (!rc)
		rc = fv_open(path, &mine);
	if (!mine)
		rc = fv_new_fd(NULL, sys_below.open(path, flags, mode));
	return leave(rc);
}

static int table_close(int fd)
{
	struct fv_fd *f;
	struct fv_file *file;
	int rc;

	pthread_mutex_lock(&fv.lock);
	f = find_fd(fd);
	file = f ? f->file : NULL;
	if (f)
		*f = fv.fd[--fv.n_fd];
	rc = sys_below.close(fd);
	if (file)
		fv_put_file(file);
	return leave(rc);
}

static int table_ioctl(int fd, unsigned long request, void *arg)
{
	struct fv_file *f;
	int rc = enter();

	f = fv_file_of(fd);
	if (!rc && fv.fail_request_times && request == fv.fail_request) {
		fv.fail_request_times--;
		rc = -fv.fail_request_with;
	}
	if (rc)
		return leave(rc);
	if (f)
		return leave(fv_ioctl(f, request, arg));
	leave(0); /* the kernel's may block */
	return sys_below.ioctl(fd, request, arg);
}

static int map_device(struct fv_file *f, void **out, size_t length, int prot, int flags, off_t offset)
{
	unsigned int bar = (unsigned int)((uint64_t)offset >> 40);
	uint64_t in = (uint64_t)offset & ((1ULL << 40) - 1);
	void *at = flags & MAP_FIXED ? *out : NULL;
	int rc;

	if (f->kind == FV_CDEV && !f->bound)
		return -EINVAL;
	if (bar >= FAKEVFIO_BARS || in > f->dev->d.bar[bar] || length > f->dev->d.bar[bar] - in ||
	    !(flags & MAP_SHARED) || ((f->dev->d.unmappable | f->dev->d.io) & 1U << bar))
		return -EINVAL;
	if (f->dev->d.taken & 1U << bar)
		return -EBUSY;
	if (!at)
		at = mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (at == MAP_FAILED)
		return -errno;
	fv_cut_maps(at, (char *)at + length);
	rc = fv_bar_map(f, bar, in, at, length, prot);
	if (!rc)
		*out = at;
	return rc;
}

static int table_mmap(void **out, size_t length, int prot, int flags, int fd, off_t offset)
{
	struct fv_file *f = NULL;
	int rc = enter();

	if (fd >= 0)
		f = fv_file_of(fd);
	if (rc)
		return leave(rc);
	if (f && (f->kind == FV_DEVICE || f->kind == FV_CDEV))
		return leave(map_device(f, out, length, prot, flags, offset));
	if (f && f->kind == FV_DMABUF && f->buf->dev && !fv.kernel.mmap_dmabuf)
		return leave(-EINVAL);
	rc = sys_below.mmap(out, length, prot, flags, fd, offset);
	if (!rc) {
		fv_cut_maps(*out, (char *)*out + length);
		rc = fv_add_map(*out, (char *)*out + length, NULL, 0, 0);
	}
	return leave(rc);
}

static int table_munmap(void *addr, size_t length)
{
	int rc;

	pthread_mutex_lock(&fv.lock);
	rc = sys_below.munmap(addr, length);
	if (!rc)
		fv_cut_maps(addr, (char *)addr + length);
	return leave(rc);
}

static int table_memfd_create(const char *name, unsigned int flags)
{
	int rc = enter();

	return leave(rc ? rc : fv_new_fd(NULL, sys_below.memfd_create(name, flags)));
}

static int table_ftruncate(int fd, off_t length)
{
	int rc = enter();

	return leave(rc ? rc : sys_below.ftruncate(fd, length));
}

static int table_fcntl(int fd, int cmd, long arg)
{
	int rc = enter();

	if (!rc)
		rc = sys_below.fcntl(fd, cmd, arg);
	if (rc >= 0 && (cmd == F_DUPFD_CLOEXEC || cmd == F_DUPFD))
		rc = fv_new_fd(fv_file_of(fd), rc);
	return leave(rc);
}

static ssize_t table_write(int fd, const void *buf, size_t len)
{
	int rc = leave(enter());

	return rc ? rc : sys_below.write(fd, buf, len);
}

static int table_fdatasync(int fd)
{
	int rc = leave(enter());

	return rc ? rc : sys_below.fdatasync(fd);
}

static int table_mbind(void *addr, size_t length, int mode, const unsigned long *nodes, unsigned long max,
		       unsigned int flags)
{
	int rc = leave(enter());

	return rc ? rc : sys_below.mbind(addr, length, mode, nodes, max, flags);
}

static int table_move_pages(unsigned long count, void **pages, const int *nodes, int *status, int flags)
{
	int rc = leave(enter());

	return rc ? rc : sys_below.move_pages(count, pages, nodes, status, flags);
}

static int table_madvise(void *addr, size_t length, int advice)
{
	int rc = leave(enter());

	return rc ? rc : sys_below.madvise(addr, length, advice);
}

static ssize_t table_read(int fd, void *buf, size_t len)
{
	int rc = leave(enter());

	return rc ? rc : sys_below.read(fd, buf, len);
}

static ssize_t table_pread(int fd, void *buf, size_t len, off_t offset)
{
	int rc = enter();
	struct fv_file *f = fv_file_of(fd);
	ssize_t n;

	if (rc)
		return leave(rc);
	if (f && (f->kind == FV_DEVICE || f->kind == FV_CDEV))
		n = fv_region_io(f, buf, len, offset, false);
	else
		n = sys_below.pread(fd, buf, len, offset);
	leave(0);
	return n;
}

static ssize_t table_pwrite(int fd, const void *buf, size_t len, off_t offset)
{
	int rc = enter();
	struct fv_file *f = fv_file_of(fd);
	ssize_t n;

	if (rc)
		return leave(rc);
	if (f && (f->kind == FV_DEVICE || f->kind == FV_CDEV))
		n = fv_region_io(f, (void *)(uintptr_t)buf, len, offset, true);
	else
		n = sys_below.pwrite(fd, buf, len, offset);
	leave(0);
	return n;
}

static off_t table_lseek(int fd, off_t offset, int whence)
{
	int rc = leave(enter());

	return rc ? rc : sys_below.lseek(fd, offset, whence);
}

static int table_fstat(int fd, struct stat *out)
{
	int rc = leave(enter());

	return rc ? rc : sys_below.fstat(fd, out);
}

static int table_socket(int domain, int type, int protocol)
{
	int rc = enter();

	return leave(rc ? rc : fv_new_fd(NULL, sys_below.socket(domain, type, protocol)));
}

static int table_connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	int rc = leave(enter());

	return rc ? rc : sys_below.connect(fd, addr, len);
}

static ssize_t table_recvmsg(int fd, struct msghdr *msg, int flags)
{
	int rc = leave(enter());

	return rc ? rc : sys_below.recvmsg(fd, msg, flags);
}

static int table_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	int rc = leave(enter());

	return rc ? rc : sys_below.poll(fds, n, timeout_ms);
}

const struct sys fakevfio_sys = {
	.open = table_open,
	.close = table_close,
	.ioctl = table_ioctl,
	.mmap = table_mmap,
	.munmap = table_munmap,
	.memfd_create = table_memfd_create,
	.ftruncate = table_ftruncate,
	.fcntl = table_fcntl,
	.write = table_write,
	.fdatasync = table_fdatasync,
	.mbind = table_mbind,
	.move_pages = table_move_pages,
	.madvise = table_madvise,
	.read = table_read,
	.pread = table_pread,
	.pwrite = table_pwrite,
	.lseek = table_lseek,
	.fstat = table_fstat,
	.socket = table_socket,
	.connect = table_connect,
	.recvmsg = table_recvmsg,
	.poll = table_poll,
};

/* For programs that are linked with --wrap=sys_real: their kernel. */
extern const struct sys __wrap_sys_real __attribute__((alias("fakevfio_sys")));
