// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The exporter takes its memory away while a region exists: by a reset, by memory decode
 * switched off, by closing the device; and the RDMA device itself is deleted. What has to
 * hold: operations fail with the right status, nothing hangs, the region can be freed.
 */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "labtest.h"
#include "tap.h"
#include "view.h"

enum { SOME = 4096 };

struct revoked {
	const char *how;
	int fd;
	struct ibv_mr *mr;
};

static bool before(struct lab *lab, struct revoked *r)
{
	int s;

	r->fd = vfio_export(&lab->vf, 0, LEN);
	r->mr = rdma_import(&lab->rd, r->fd, 0, LEN);
	if (!ok(r->mr, "%s: MR on a live export", r->how))
		return false;
	s = rdma_write(&lab->rd, host_at(&lab->rd, 0), SOME, mr_at(r->mr, 0));
	return ok(!s, "%s: WRITE before: %s", r->how, status_text(s));
}

/* What soft-RoCE reports for a local protection error: a flush, so it is not named here. */
static int status_of_bad_lkey(struct rdma *rd)
{
	struct ibv_mr wrong = *rd->host_mr;
	int s;

	wrong.lkey ^= 1;
	s = rdma_write(rd, (struct at){&wrong, (uintptr_t)rd->host}, SOME, host_at(rd, 0));
	rdma_reconnect(rd);
	return s;
}

static void refused(struct rdma *rd, const struct revoked *r)
{
	int s = rdma_write(rd, host_at(rd, 0), SOME, mr_at(r->mr, 0)), bad;

	ok(s == IBV_WC_REM_ACCESS_ERR, "%s: WRITE after: %s", r->how, status_text(s));
	s = rdma_write(rd, host_at(rd, 0), SOME, mr_at(r->mr, 0));
	ok(s == IBV_WC_WR_FLUSH_ERR, "%s: the next one on that QP: %s", r->how, status_text(s));
	rdma_reconnect(rd);
	s = rdma_read(rd, host_at(rd, 0), SOME, mr_at(r->mr, 0));
	ok(s == IBV_WC_REM_ACCESS_ERR, "%s: READ after, on a new QP: %s", r->how, status_text(s));
	rdma_reconnect(rd);
	bad = status_of_bad_lkey(rd);
	s = rdma_write(rd, mr_at(r->mr, 0), SOME, host_at(rd, 0));
	ok(s > 0 && s == bad, "%s: as local side after: %s, as with a wrong lkey", r->how, status_text(s));
	rdma_reconnect(rd);
	s = rdma_fetch_add(rd, host_at(rd, 0), mr_at(r->mr, 0));
	ok(s == IBV_WC_REM_ACCESS_ERR, "%s: atomic after, on a new QP: %s", r->how, status_text(s));
	rdma_reconnect(rd);
	view_show(r->mr->rkey);
}

/* A reset gives the memory back, to new regions. */
static void imports_again(struct rdma *rd, const struct revoked *r)
{
	struct ibv_mr *again = rdma_import(rd, r->fd, 0, LEN);
	int s = NO_COMPLETION;

	ok(again, "%s: the same dma-buf imports again: %s", r->how, again ? "done" : strerror(errno));
	if (again)
		s = rdma_write(rd, host_at(rd, 0), SOME, mr_at(again, 0));
	ok(!s, "%s: and takes a WRITE: %s", r->how, status_text(s));
	if (again)
		ibv_dereg_mr(again);
}

static void imports_no_more(struct rdma *rd, const struct revoked *r)
{
	struct ibv_mr *again = rdma_import(rd, r->fd, 0, LEN);

	ok(!again && errno == ENODEV, "%s: the dma-buf does not import any more: %s", r->how,
	   again ? "it does" : strerror(errno));
	if (again)
		ibv_dereg_mr(again);
}

static void after(const struct revoked *r)
{
	ok(!ibv_dereg_mr(r->mr), "%s: dereg of the revoked MR", r->how);
	close(r->fd);
}

void case_reset(struct lab *lab, const char *arg)
{
	struct revoked r = {.how = "reset"};

	(void)arg;
	if (!before(lab, &r))
		return;
	ok(!vfio_reset(&lab->vf), "reset: VFIO_DEVICE_RESET");
	refused(&lab->rd, &r);
	vfio_memory(&lab->vf, true);
	imports_again(&lab->rd, &r);
	after(&r);
}

void case_memoff(struct lab *lab, const char *arg)
{
	struct revoked r = {.how = "memoff"};

	(void)arg;
	if (!before(lab, &r))
		return;
	vfio_memory(&lab->vf, false);
	refused(&lab->rd, &r);
	imports_no_more(&lab->rd, &r);
	after(&r);
	vfio_memory(&lab->vf, true);
}

void case_close(struct lab *lab, const char *arg)
{
	struct revoked r = {.how = "close"};

	(void)arg;
	if (!before(lab, &r))
		return;
	vfio_close(&lab->vf);
	refused(&lab->rd, &r);
	imports_no_more(&lab->rd, &r);
	after(&r);
	vfio_open(&lab->vf, lab->vf.bdf);
}

/* ---- resets while writes are in flight: any mix of ends, but clean ones ---- */

struct tally {
	int good, refused, flushed, other;
};

static void tally_add(struct tally *t, int status)
{
	switch (status) {
	case IBV_WC_SUCCESS:
		t->good++;
		break;
	case IBV_WC_REM_ACCESS_ERR:
		t->refused++;
		break;
	case IBV_WC_WR_FLUSH_ERR:
		t->flushed++;
		break;
	default:
		t->other++;
	}
}

static void storm_round(struct lab *lab, int round, struct tally *t)
{
	enum { INFLIGHT = 16, SIZE = LEN / INFLIGHT };
	int fd = vfio_export(&lab->vf, 0, LEN), posted = 0;
	struct ibv_mr *mr = rdma_import(&lab->rd, fd, 0, LEN);

	if (!mr)
		bail("storm: MR");
	for (uint64_t i = 0; i < INFLIGHT; i++)
		posted += !rdma_post(&lab->rd, IBV_WR_RDMA_WRITE, host_at(&lab->rd, 0), SIZE,
				     mr_at(mr, i * SIZE));
	usleep((useconds_t)(round % 8 * 4000));
	if (vfio_reset(&lab->vf))
		bail("storm: VFIO_DEVICE_RESET");
	while (posted--)
		tally_add(t, rdma_wait(&lab->rd));
	vfio_memory(&lab->vf, true);
	rdma_reconnect(&lab->rd);
	ibv_dereg_mr(mr);
	close(fd);
}

void case_storm(struct lab *lab, const char *arg)
{
	struct tally t = {0};
	int rounds = (int)strtol(arg, NULL, 0);

	for (int i = 0; i < rounds; i++)
		storm_round(lab, i, &t);
	ok(!t.other && t.good && t.refused,
	   "storm: %d resets under load: %d done, %d refused, %d flushed, %d other", rounds, t.good,
	   t.refused, t.flushed, t.other);
}

/*
 * Deleting the device waits until its last user is gone, so the command runs beside us and
 * ends after us.
 */
void case_unlink(struct lab *lab, const char *arg)
{
	struct revoked r = {.how = "unlink"};
	char *argv[] = {"rdma", "link", "delete", (char *)lab->ibdev, NULL};
	pid_t pid;
	int s;

	(void)arg;
	if (!before(lab, &r))
		return;
	/* It blocks until this process closes the device: nothing to wait for, so give it time to get there.
	 */
	ok(!posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ), "unlink: rdma link delete %s",
	   lab->ibdev);
	usleep(500000);
	s = rdma_post(&lab->rd, IBV_WR_RDMA_WRITE, host_at(&lab->rd, 0), SOME, mr_at(r.mr, 0));
	printf("# unlink: a WRITE after: %s\n", s ? strerror(s) : status_text(rdma_wait(&lab->rd)));
}
