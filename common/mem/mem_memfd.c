// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Memory that has a file descriptor without being a dma-buf: under udmabuf, as its stand-in, or shared. */
#include "mem/huge.h"
#include "mem/kinds.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "base/err.h"

enum { FIRST_FREE_FD = 3 };

/* Shrinking would be a SIGBUS of whoever has it mapped; udmabuf insists (drivers/dma-buf/udmabuf.c). */
static int size_and_seal(const struct mem_buf *b, int fd)
{
	int rc = b->sys->ftruncate(fd, (off_t)b->bytes);

	return rc < 0 ? rc : b->sys->fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK);
}

/* 0 means none in a struct mem_buf, and a program may be started with its standard input closed. */
static int move_from_0(const struct sys *sys, int fd)
{
	int moved = fd ? fd : sys->fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE_FD);

	if (moved != fd)
		sys->close(fd);
	return moved;
}

int mem_sealed_memfd(const struct config_memory *m, const struct mem_buf *b, struct err *e)
{
	unsigned int pages = huge_asked(m) ? MFD_HUGETLB | (unsigned int)huge_bits(m) : 0;
	int fd = b->sys->memfd_create("p2pbench", MFD_CLOEXEC | MFD_ALLOW_SEALING | pages);
	int rc;

	if (fd >= 0)
		fd = move_from_0(b->sys, fd);
	if (fd < 0)
		return err_set(e, fd, "memory '%s': memfd_create: %s", m->name, err_name(fd));
	rc = size_and_seal(b, fd);
	if (rc < 0) {
		b->sys->close(fd);
		return err_set(e, rc, "memory '%s': cannot size a memfd to %llu bytes: %s", m->name,
			       (unsigned long long)b->bytes, err_name(rc));
	}
	return fd;
}
