// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Every data path through a region that imports a dma-buf, seen from both sides: a BAR
 * through VFIO's mmap, host memory through its own. The sizes are odd on purpose: many
 * packets, no alignment, several pages.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "labtest.h"
#include "tap.h"
#include "view.h"

enum { BYTES = 70000, WHERE = 5003, OTHER_HALF = LEN / 2 };

static void pattern(uint8_t *p, uint32_t seed)
{
	for (uint32_t i = 0; i < BYTES; i++)
		p[i] = (uint8_t)((i * 2654435761u + seed * 40503u) >> 13);
}

/* The region as the remote side: host memory to it and back. */
static void as_remote(struct rdma *rd, const char *what, struct ibv_mr *mr, const uint8_t *cpu)
{
	int s;

	pattern(rd->host, 1);
	s = rdma_write(rd, host_at(rd, 0), BYTES, mr_at(mr, WHERE));
	ok(!s, "%s: RDMA WRITE of %d bytes at %d: %s", what, BYTES, WHERE, status_text(s));
	ok(!memcmp(cpu + WHERE, rd->host, BYTES), "%s: the CPU sees the written bytes", what);
	memset(rd->host + OTHER_HALF, 0, BYTES);
	s = rdma_read(rd, host_at(rd, OTHER_HALF), BYTES, mr_at(mr, WHERE));
	ok(!s && !memcmp(rd->host + OTHER_HALF, rd->host, BYTES), "%s: RDMA READ returns them: %s", what,
	   status_text(s));
}

/* The region as the local side, with what as_remote() left in it. */
static void as_local(struct rdma *rd, const char *what, struct ibv_mr *mr, const uint8_t *cpu)
{
	int s;

	memset(rd->host, 0, BYTES);
	s = rdma_write(rd, mr_at(mr, WHERE), BYTES, host_at(rd, 0));
	ok(!s && !memcmp(rd->host, cpu + WHERE, BYTES), "%s: as the local side of an RDMA WRITE: %s", what,
	   status_text(s));
	pattern(rd->host, 2);
	s = rdma_read(rd, mr_at(mr, WHERE), BYTES, host_at(rd, 0));
	ok(!s && !memcmp(rd->host, cpu + WHERE, BYTES), "%s: as the local side of an RDMA READ: %s", what,
	   status_text(s));
}

static void fetch_add(struct rdma *rd, const char *what, struct ibv_mr *mr, uint8_t *cpu)
{
	uint64_t before = 37, after, returned;
	int s;

	memcpy(cpu + 8, &before, 8);
	s = rdma_fetch_add(rd, host_at(rd, 0), mr_at(mr, 8));
	memcpy(&after, cpu + 8, 8);
	memcpy(&returned, rd->host, 8);
	ok(!s && returned == 37 && after == 42, "%s: FETCH_AND_ADD %lu -> %lu: %s", what, returned, after,
	   status_text(s));
}

static void past_the_end(struct rdma *rd, const char *what, struct ibv_mr *mr)
{
	int s = rdma_write(rd, host_at(rd, 0), 8, mr_at(mr, mr->length - 4));

	ok(s == IBV_WC_REM_ACCESS_ERR, "%s: a WRITE past the end is refused: %s", what, status_text(s));
	rdma_reconnect(rd);
}

static void data_paths(struct rdma *rd, const char *what, struct ibv_mr *mr, uint8_t *cpu)
{
	as_remote(rd, what, mr, cpu);
	as_local(rd, what, mr, cpu);
	fetch_add(rd, what, mr, cpu);
	past_the_end(rd, what, mr);
	view_show(mr->rkey);
}

static struct ibv_mr *import_checked(struct rdma *rd, const char *what, int fd)
{
	struct ibv_mr *mr = rdma_import(rd, fd, 0, LEN);

	ok(mr, "%s: ibv_reg_dmabuf_mr: %s", what, mr ? "done" : strerror(errno));
	return mr;
}

/* A second region on a part of the same dma-buf, whose iova is not page aligned. */
static void part_of_dmabuf(struct rdma *rd, int fd, const uint8_t *cpu)
{
	enum { AT = 8192 + 512 };
	struct ibv_mr *mr = rdma_import(rd, fd, AT, 4096);

	if (!ok(mr, "bar: a second MR on a part of the dma-buf"))
		return;
	memset(rd->host, 0xa5, 64);
	ok(!rdma_write(rd, host_at(rd, 0), 64, mr_at(mr, 512)) && cpu[AT] == 0xa5 && cpu[AT + 63] == 0xa5 &&
		   cpu[AT + 64] != 0xa5,
	   "bar: its bytes are where they should be");
	ok(!ibv_dereg_mr(mr), "bar: dereg of the second MR");
}

static void dmabuf_at_offset(struct lab *lab, const uint8_t *cpu)
{
	enum { AT = 65536 };
	int fd = vfio_export(&lab->vf, AT, AT);
	struct ibv_mr *mr = rdma_import(&lab->rd, fd, 0, AT);

	memset(lab->rd.host, 0x5a, 64);
	ok(mr && !rdma_write(&lab->rd, host_at(&lab->rd, 0), 64, mr_at(mr, 0)) && cpu[AT] == 0x5a,
	   "bar: a dma-buf at an offset of the BAR");
	if (mr)
		ibv_dereg_mr(mr);
	close(fd);
}

void case_bar(struct lab *lab, const char *arg)
{
	int fd = vfio_export(&lab->vf, 0, LEN);
	uint8_t *cpu = vfio_map(&lab->vf, LEN);
	struct ibv_mr *mr;

	(void)arg;
	ok(fd >= 0, "bar: VFIO exports a dma-buf: %s", fd < 0 ? strerror(errno) : "done");
	mr = import_checked(&lab->rd, "bar", fd);
	if (!mr)
		return;
	data_paths(&lab->rd, "bar", mr, cpu);
	part_of_dmabuf(&lab->rd, fd, cpu);
	dmabuf_at_offset(lab, cpu);
	ok(!ibv_dereg_mr(mr), "bar: dereg");
	close(fd);
	munmap(cpu, LEN);
}

/* Leaves a text in the BAR, for the VM's host to find. */
void case_fill(struct lab *lab, const char *arg)
{
	int fd = vfio_export(&lab->vf, 0, LEN), s = NO_COMPLETION;
	struct ibv_mr *mr = rdma_import(&lab->rd, fd, 0, LEN);
	char *text;
	uint64_t off = strtoull(arg, &text, 0);

	text += *text == ':';
	memcpy(lab->rd.host, text, strlen(text) + 1);
	if (mr)
		s = rdma_write(&lab->rd, host_at(&lab->rd, 0), (uint32_t)strlen(text), mr_at(mr, off));
	ok(!s, "fill: \"%s\" at %lu: %s", text, off, status_text(s));
	if (mr)
		ibv_dereg_mr(mr);
	close(fd);
}

/* A dma-buf of host memory, mapped at cpu: all paths. */
static void host_dmabuf(struct rdma *rd, const char *what, int fd, uint8_t *cpu)
{
	struct ibv_mr *mr = import_checked(rd, what, fd);

	if (!mr)
		return;
	data_paths(rd, what, mr, cpu);
	ok(!ibv_dereg_mr(mr), "%s: dereg", what);
}

void case_udmabuf(struct lab *lab, const char *arg)
{
	int mem = memfd_create("lab", MFD_ALLOW_SEALING), dev = open("/dev/udmabuf", O_RDWR), fd;
	struct udmabuf_create req = {.memfd = (uint32_t)mem, .flags = UDMABUF_FLAGS_CLOEXEC, .size = LEN};

	(void)arg;
	if (ftruncate(mem, LEN) || fcntl(mem, F_ADD_SEALS, F_SEAL_SHRINK))
		bail("udmabuf: memfd");
	fd = ioctl(dev, UDMABUF_CREATE, &req);
	if (ok(fd >= 0, "udmabuf: created: %s", fd < 0 ? strerror(errno) : "done"))
		host_dmabuf(&lab->rd, "udmabuf", fd,
			    mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, mem, 0));
	close(fd);
	close(mem);
	close(dev);
}

void case_heap(struct lab *lab, const char *arg)
{
	struct dma_heap_allocation_data req = {.len = LEN, .fd_flags = O_RDWR | O_CLOEXEC};
	int dev = open("/dev/dma_heap/system", O_RDWR);

	(void)arg;
	if (!ok(!ioctl(dev, DMA_HEAP_IOCTL_ALLOC, &req), "heap: allocated"))
		return;
	host_dmabuf(&lab->rd, "heap", (int)req.fd,
		    mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, (int)req.fd, 0));
	close((int)req.fd);
	close(dev);
}
