// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The shared side of an own device; see share.h. */
#include "nic/soft/share.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/sys.h"
#include "nic/soft/far.h"

/* From where a number belongs once around: neighbours may have taken its place. */
struct share_qp *share_find_qp(struct share *s, uint32_t home, uint32_t number)
{
	uint32_t first = home >> SOFT_GENERATION_BITS;

	for (uint32_t i = 0; i < SHARE_QPS; i++) {
		struct share_qp *q = &s->qps[(first + i) % SHARE_QPS];

		if (atomic_load_explicit(&q->number, memory_order_acquire) == number)
			return q;
	}
	return NULL;
}

struct share_mr *share_find_mr(struct share *s, uint32_t home, uint32_t key)
{
	uint32_t first = home >> SOFT_GENERATION_BITS;

	for (uint32_t i = 0; i < SHARE_MRS; i++) {
		struct share_mr *m = &s->mrs[(first + i) % SHARE_MRS];

		if (atomic_load_explicit(&m->key, memory_order_acquire) == key)
			return m;
	}
	return NULL;
}

/* FNV-1a. */
static uint32_t mix(uint32_t h, const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 16777619u;
	return h;
}

uint32_t share_place(void)
{
	unsigned char boot[36];
	CLEANUP_FD int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	struct stat ns;
	ino_t inode;

	if (fd < 0 || stat("/proc/self/ns/pid", &ns))
		return 0;
	errno = EIO;
	if (read(fd, boot, sizeof(boot)) != (ssize_t)sizeof(boot))
		return 0;
	inode = ns.st_ino;
	return mix(mix(2166136261u, boot, sizeof(boot)), (const unsigned char *)&inode, sizeof(inode)) | 1;
}

int share_no_place(struct err *e)
{
	return err_set(e, -errno, "soft0: /proc, which it needs to be reached from other processes: %s",
		       err_name(errno));
}

/* ---- of an own device ---- */

/* A file larger than that limit is a signal, not an error. */
static int check_limit(struct err *e)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_FSIZE, &l) || l.rlim_cur == RLIM_INFINITY || l.rlim_cur >= sizeof(struct share))
		return 0;
	err_set(e, -EFBIG,
		"soft0: files of %zu bytes are needed to be reached from other processes, %" PRIu64
		" are allowed (RLIMIT_FSIZE)",
		sizeof(struct share), (uint64_t)l.rlim_cur);
	return err_hint(e, -EFBIG, "ulimit -f unlimited; only what is written takes memory");
}

static int make_file(struct err *e)
{
	int fd = sys_real.memfd_create("soft0", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int rc = fd;

	if (fd >= 0)
		rc = fd > SHARE_FD_MAX ? -EMFILE : sys_real.ftruncate(fd, sizeof(struct share));
	if (rc >= 0)
		rc = sys_real.fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	if (rc >= 0)
		return fd;
	if (fd >= 0)
		sys_real.close(fd);
	return err_set(e, rc, "soft0: no memory that other processes could reach (memfd): %s", err_name(rc));
}

static int make_gid(struct soft_dev *d, int fd, struct err *e)
{
	d->gid = (struct share_gid){
		.pid = (uint32_t)getpid(),
		.tag_fd = (uint32_t)SHARE_GID_TAG << 24 | (uint32_t)fd,
		.place = share_place(),
	};
	if (!d->gid.place)
		return share_no_place(e);
	if (getrandom(&d->gid.cookie, sizeof(d->gid.cookie), 0) != (ssize_t)sizeof(d->gid.cookie))
		return err_set(e, -errno, "soft0: getrandom: %s", err_name(errno));
	return 0;
}

static void show_all(struct soft_dev *d)
{
	struct soft_mr *mr;

	d->share->head = (struct share_head){
		.magic = SHARE_MAGIC,
		.version = SHARE_VERSION,
		.cookie = d->gid.cookie,
		.bytes = sizeof(struct share),
	};
	for (uint32_t i = 0; (mr = soft_table_next(&d->mrs, &i));)
		soft_share_mr(d, mr);
}

int soft_share_open(struct soft_dev *d, struct err *e)
{
	void *map;
	int fd, rc;

	if (d->share)
		return 0;
	rc = check_limit(e);
	if (rc)
		return rc;
	fd = make_file(e);
	if (fd < 0)
		return fd;
	rc = make_gid(d, fd, e);
	if (!rc) {
		rc = sys_real.mmap(&map, sizeof(struct share), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_NORESERVE, fd, 0);
		if (rc)
			err_set(e, rc, "soft0: mmap of what other processes reach: %s", err_name(rc));
	}
	if (rc) {
		sys_real.close(fd);
		return rc;
	}
	d->share = map;
	d->share_fd = fd;
	show_all(d);
	return 0;
}

void soft_share_close(struct soft_dev *d)
{
	if (!d->share)
		return;
	sys_real.munmap(d->share, sizeof(struct share));
	sys_real.close(d->share_fd);
	d->share = NULL;
}

static uint64_t inode_of(int fd)
{
	struct stat st;

	return fd >= 0 && !sys_real.fstat(fd, &st) ? st.st_ino : 0;
}

void soft_share_mr(struct soft_dev *d, struct soft_mr *mr)
{
	struct share_mr *m = mr->shared ? mr->shared : share_find_mr(d->share, mr->ibv.rkey, 0);

	if (!m)
		return;
	mr->shared = m;
	m->access = atomic_load(&mr->access);
	m->pd = ((struct soft_pd *)mr->ibv.pd)->number;
	m->fd = mr->fd;
	m->inode = inode_of(mr->fd);
	m->offset = mr->fd_offset;
	m->iova = mr->iova;
	m->bytes = mr->ibv.length;
	atomic_store_explicit(&m->key, mr->ibv.rkey, memory_order_release);
}

void soft_unshare_mr(struct soft_mr *mr)
{
	struct share_mr *m = mr->shared;

	if (!m)
		return;
	atomic_store_explicit(&m->key, 0, memory_order_release);
	for (int dir = SOFT_READ; dir <= SOFT_WRITE; dir++)
		m->ops[dir] = m->moved[dir] = 0;
	mr->shared = NULL;
}

int soft_share_qp(struct soft_qp *qp, struct err *e)
{
	struct soft_dev *d = soft_dev(qp->ibv.context);
	int rc = soft_share_open(d, e);
	struct share_qp *q;

	if (rc || qp->shared)
		return rc;
	if (!share_ring_fits(qp->rq_mask, qp->max_recv_sge))
		return err_set(
			e, -ENOSPC,
			"soft0: a queue pair with %u receives of %u pieces cannot be reached from other "
			"processes: more than %d bytes",
			qp->max_recv_wr, qp->max_recv_sge, SHARE_RING_BYTES);
	q = share_find_qp(d->share, qp->ibv.qp_num, 0);
	if (!q)
		return err_set(e, -ENOSPC, "soft0: all %d queue pairs are in use", SHARE_QPS);
	qp->shared = q;
	q->pd = ((struct soft_pd *)qp->ibv.pd)->number;
	q->rq_mask = qp->rq_mask;
	q->rq_sges = qp->max_recv_sge;
	q->rq_head = q->rq_taken = q->rq_busy = 0;
	q->state = qp->state;
	soft_share_attr(qp);
	atomic_store_explicit(&q->number, qp->ibv.qp_num, memory_order_release);
	return 0;
}

void soft_unshare_qp(struct soft_qp *qp)
{
	if (qp->shared)
		atomic_store_explicit(&qp->shared->number, 0, memory_order_release);
	qp->shared = NULL;
}

void soft_share_attr(struct soft_qp *qp)
{
	struct share_qp *q = qp->shared;

	q->access = qp->access;
	q->dest_qp_num = qp->dest_qp_num;
	q->dest_cookie = qp->far ? qp->far->seg->gid.cookie : 0;
	q->rq_psn = qp->rq_psn;
	q->max_dest_rd_atomic = qp->max_dest_rd_atomic;
	q->min_rnr_timer = qp->min_rnr_timer;
}
