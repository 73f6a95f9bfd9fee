// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Opens what another process shows: its device by /proc/PID/fd, which asks for the same user and nothing
 * more; its memory likewise, or by pidfd_getfd() where that is a dma-buf, which cannot be opened again.
 */
#include "nic/soft/far.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/sys.h"
#include "nic/soft/soft.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

static int gone(uint32_t pid, struct err *e)
{
	err_set(e, -ENETUNREACH, "soft0: process %u, where the other end was, has gone or closed its device",
		pid);
	return err_hint(e, -ENETUNREACH, "what has it said last?");
}

static int check_gid(const struct share_gid *g, struct err *e)
{
	uint32_t here = share_place();

	if (!here)
		return share_no_place(e);
	if (g->tag_fd >> 24 != SHARE_GID_TAG || !g->pid || (pid_t)g->pid < 0) {
		err_set(e, -EINVAL,
			"soft0: the other end's address is not that of a software device that can be "
			"reached from other processes");
		return err_hint(e, -EINVAL,
				"soft0 and null0 speak with their own kind only: the same device on "
				"both ends");
	}
	if (g->place == here)
		return 0;
	err_set(e, -ENETUNREACH,
		"soft0: the other end is on another machine or in another PID namespace (container)");
	return err_hint(e, -ENETUNREACH,
			"soft0 reaches processes of this machine only: use an RDMA device, for "
			"example soft-RoCE (rdma link add rxe0 type rxe netdev ...)");
}

static int open_failed(uint32_t pid, int rc, struct err *e)
{
	if (rc == -ENOENT || rc == -ESRCH)
		return gone(pid, e);
	if (rc != -EACCES && rc != -EPERM)
		return err_set(e, rc, "soft0: cannot open the device of process %u: %s", pid, err_name(rc));
	err_set(e, -ENETUNREACH, "soft0: process %u, where the other end is, must not be looked into: %s",
		pid, err_name(rc));
	return err_hint(e, -ENETUNREACH,
			"both processes have to be of the same user, with no more privileges at "
			"the other end, and it must be dumpable");
}

/* Descriptor @number of a process; it is the one whose inode is @inode, if that is not 0. */
static int open_theirs(uint32_t pid, uint32_t number, uint64_t inode)
{
	char path[48];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/fd/%u", pid, number);
	fd = sys_real.open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK, 0);
	if (fd < 0 || !inode)
		return fd;
	if (!sys_real.fstat(fd, &st) && st.st_ino == inode)
		return fd;
	sys_real.close(fd);
	return -ESTALE;
}

static bool cannot_shrink(int fd)
{
	int seals = sys_real.fcntl(fd, F_GET_SEALS, 0);

	return seals >= 0 && (seals & F_SEAL_SHRINK);
}

static int check_head(const struct share *s, const struct share_gid *g, struct err *e)
{
	if (s->head.magic != SHARE_MAGIC)
		return gone(g->pid, e); /* the number means something else by now */
	if (s->head.version != SHARE_VERSION || s->head.bytes != sizeof(*s)) {
		err_set(e, -EPROTO,
			"soft0: process %u shows its device in version %u (%ju bytes), here it is %d "
			"(%zu bytes)",
			g->pid, s->head.version, (uintmax_t)s->head.bytes, SHARE_VERSION, sizeof(*s));
		return err_hint(e, -EPROTO, "the same build of p2pbench has to run on both ends");
	}
	return s->head.cookie == g->cookie ? 0 : gone(g->pid, e);
}

static int map_share(struct soft_seg *s, struct err *e)
{
	CLEANUP_FD int fd = open_theirs(s->gid.pid, s->gid.tag_fd & SHARE_FD_MAX, 0);
	struct stat st;
	void *map;
	int rc;

	if (fd < 0)
		return open_failed(s->gid.pid, fd, e);
	if (!cannot_shrink(fd) || sys_real.fstat(fd, &st))
		return gone(s->gid.pid, e);
	if (st.st_size < (off_t)sizeof(struct share_head))
		return gone(s->gid.pid, e);
	if (st.st_size != (off_t)sizeof(struct share))
		return err_set(e, -EPROTO,
			       "soft0: process %u shows its device in %jd bytes, here it is %zu: both "
			       "ends have to be the same build",
			       s->gid.pid, (intmax_t)st.st_size, sizeof(struct share));
	rc = sys_real.mmap(&map, sizeof(struct share), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd,
			   0);
	if (rc)
		return err_set(e, rc, "soft0: mmap of the device of process %u: %s", s->gid.pid,
			       err_name(rc));
	s->share = map;
	return check_head(s->share, &s->gid, e);
}

bool soft_seg_dead(struct soft_seg *s)
{
	struct pollfd p = {.fd = s->pidfd, .events = POLLIN};

	if (!s->dead && sys_real.poll(&p, 1, 0) > 0)
		s->dead = true;
	return s->dead;
}

static void seg_close(struct soft_seg *s)
{
	if (s->share)
		sys_real.munmap(s->share, sizeof(struct share));
	if (s->pidfd >= 0)
		sys_real.close(s->pidfd);
	free(s);
}

/* That it is alive is looked at last: until then its number cannot have become another process's. */
static int seg_open(struct soft_seg *s, struct err *e)
{
	int rc = check_gid(&s->gid, e);

	if (rc)
		return rc;
	s->pidfd = (int)syscall(SYS_pidfd_open, (pid_t)s->gid.pid, 0);
	if (s->pidfd < 0)
		return open_failed(s->gid.pid, -errno, e);
	rc = map_share(s, e);
	return !rc && soft_seg_dead(s) ? gone(s->gid.pid, e) : rc;
}

int soft_seg_find(struct soft_dev *d, const struct share_gid *gid, struct soft_seg **out, struct err *e)
{
	struct soft_seg *s = d->segs;
	int rc;

	while (s && memcmp(&s->gid, gid, sizeof(*gid)) != 0)
		s = s->next;
	if (!s) {
		s = calloc(1, sizeof(*s));
		if (!s)
			return err_set(e, -ENOMEM, "soft0: no memory to connect");
		s->gid = *gid;
		s->pidfd = -1;
		rc = seg_open(s, e);
		if (rc) {
			seg_close(s);
			return rc;
		}
		s->next = d->segs;
		d->segs = s;
	}
	s->users++;
	*out = s;
	return 0;
}

void soft_seg_put(struct soft_dev *d, struct soft_seg *s)
{
	struct soft_seg **at = &d->segs;

	if (--s->users)
		return;
	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	seg_close(s);
}

/* ---- memory ---- */

static int no_region(const struct soft_reach *r, int rc, struct err *e)
{
	err_set(e, rc, "memory behind key 0x%x of process %u cannot be mapped here: %s", r->key,
		r->seg->gid.pid, err_name(rc));
	return err_hint(e, rc,
			"a dma-buf is taken over by pidfd_getfd(): root, or kernel.yama.ptrace_scope=0");
}

static int open_region(const struct soft_reach *r)
{
	int fd = open_theirs(r->seg->gid.pid, (uint32_t)r->fd, r->inode);
	struct stat st;

	if (fd != -ENXIO)
		return fd;
	fd = (int)syscall(SYS_pidfd_getfd, r->seg->pidfd, r->fd, 0);
	if (fd < 0)
		return -errno;
	if (!sys_real.fstat(fd, &st) && st.st_ino == r->inode)
		return fd;
	sys_real.close(fd);
	return -ESTALE;
}

/* A dma-buf has a fixed size and no seals. */
static bool is_dmabuf(int fd)
{
	return sys_real.fcntl(fd, F_GET_SEALS, 0) == -EINVAL;
}

/* Pages that are not there would be a signal when they are touched. */
static int populate(const struct soft_map *m)
{
	int rc = sys_real.madvise(m->base, m->bytes, MADV_POPULATE_WRITE);

	return rc == -EINVAL ? 0 : rc; /* before Linux 5.14, or pages the kernel does not know */
}

/* Private memory of this process, of another of its devices, is where its address says. */
int soft_reach_map(struct soft_reach *r, struct err *e)
{
	CLEANUP_FD int fd = r->fd < 0 ? -1 : open_region(r);
	int rc;

	if (r->fd < 0 && r->seg->gid.pid == (uint32_t)getpid()) {
		r->first = (unsigned char *)(uintptr_t)r->iova; /* NOLINT(performance-no-int-to-ptr) */
		return 0;
	}
	if (r->fd < 0)
		return err_set(
			e, -EACCES,
			"memory behind key 0x%x of process %u is private to it: kind host is shared where "
			"both ends know that they are two processes",
			r->key, r->seg->gid.pid);
	if (fd < 0)
		return no_region(r, fd, e);
	if (!cannot_shrink(fd) && !is_dmabuf(fd))
		return err_set(e, -EACCES,
			       "memory behind key 0x%x of process %u is a memfd that may shrink: it has to "
			       "be sealed (F_SEAL_SHRINK)",
			       r->key, r->seg->gid.pid);
	rc = soft_map_fd(&sys_real, fd, r->offset, r->bytes, &r->map, &r->first, e);
	if (rc)
		return rc;
	rc = populate(&r->map);
	if (!rc)
		return 0;
	soft_unmap(&r->map);
	r->first = NULL;
	return no_region(r, rc, e);
}
