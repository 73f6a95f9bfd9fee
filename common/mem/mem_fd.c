// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Kind `fd`: a dma-buf of another process, inherited or sent over a Unix socket. What comes is checked before
 * it is used: it may be no dma-buf, of another exporter, or smaller than promised.
 */
#include "mem/kinds.h"
#include "mem/receive.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "mem/lines.h"

enum { EXPORTER_LEN = 64 };

/* Exporters whose mapping is ordinary cached RAM. */
static const char *const ram_exporters[] = {"udmabuf", "system"};

/* The exporter by fdinfo (drivers/dma-buf/dma-buf.c), "" = @fd is no dma-buf. Return: 0 or -errno. */
static int exporter_of(const struct sys *sys, int fd, char out[EXPORTER_LEN])
{
	char path[48], line[256];
	struct lines l;
	int rc;

	out[0] = '\0';
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	rc = lines_open(&l, sys, path);
	if (rc)
		return rc;
	while ((rc = lines_next(&l, line, sizeof(line))) > 0 && !out[0])
		sscanf(line, "exp_name: %63s", out);
	lines_close(&l);
	return rc < 0 ? rc : 0;
}

static int check_exporter(const struct sys *sys, const struct config_memory *m, int fd,
			  char exporter[EXPORTER_LEN], struct err *e)
{
	int rc = exporter_of(sys, fd, exporter);

	if (rc)
		return err_set(e, rc, "memory '%s': cannot read what its descriptor is (fdinfo): %s", m->name,
			       err_name(rc));
	if (!exporter[0]) {
		err_set(e, -EINVAL, "memory '%s': its descriptor is not a dma-buf", m->name);
		return err_hint(e, -EINVAL,
				"fdinfo of a dma-buf has an exp_name; a memfd has none: on soft0 use kind "
				"memfd, else wrap it with /dev/udmabuf");
	}
	if (m->exporter && strcmp(m->exporter, exporter) != 0)
		return err_set(e, -EINVAL, "memory '%s': exporter %s asked, the dma-buf is of %s", m->name,
			       m->exporter, exporter);
	return 0;
}

static int check_size(const struct config_memory *m, const struct mem_buf *b, struct err *e)
{
	off_t size = b->sys->lseek(b->fd, 0, SEEK_END);

	if (size < 0)
		return err_set(e, (int)size, "memory '%s': cannot find out the size of the dma-buf: %s",
			       m->name, err_name((int)size));
	if (b->fd_offset <= (uint64_t)size && b->bytes <= (uint64_t)size - b->fd_offset)
		return 0;
	err_set(e, -EINVAL, "memory '%s': %" PRIu64 " bytes at offset %" PRIu64 " asked, the dma-buf has %jd",
		m->name, b->bytes, b->fd_offset, (intmax_t)size);
	return err_hint(e, -EINVAL, "set `length` and `offset` to a part that it has");
}

/* Many exporters have no mapping for the CPU, VFIO among them; the NIC needs none. */
static void map_if_possible(struct mem_buf *b, const char *exporter)
{
	void *va;

	if (b->sys->mmap(&va, b->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, b->fd, (off_t)b->fd_offset) < 0)
		return;
	b->va = va;
	b->map_bytes = b->bytes;
	b->cpu = MEM_CPU_DEVICE;
	for (size_t i = 0; i < ARRAY_LEN(ram_exporters); i++)
		if (!strcmp(exporter, ram_exporters[i]))
			b->cpu = MEM_CPU_RAM;
	if (b->cpu == MEM_CPU_RAM)
		memset(b->va, 0, b->bytes);
}

static int inherited_error(const struct config_memory *m, int rc, struct err *e)
{
	err_set(e, rc, "memory '%s': its descriptor: %s", m->name, err_name(rc));
	return rc == -EBADF ? err_hint(e, rc,
				       "it is not open here: the program that starts p2pbench has to leave "
				       "it open across exec (no O_CLOEXEC)")
			    : rc;
}

static int fd_probe(struct mem_ctx *c, const struct config_memory *m, struct err *e)
{
	const struct sys *sys = c->host.sys;
	char exporter[EXPORTER_LEN];
	struct stat st;
	int rc;

	if (m->socket)
		return receive_probe(sys, m, e);
	rc = sys->fstat((int)m->fd, &st);
	return rc ? inherited_error(m, rc, e) : check_exporter(sys, m, (int)m->fd, exporter, e);
}

/* Received once, and kept for every memory and every time it is opened. */
static int received(struct mem_ctx *c, const struct config_memory *m, struct err *e)
{
	struct mem_received *r = c->received;

	while (r && strcmp(r->socket, m->socket) != 0)
		r = r->next;
	if (r)
		return r->fd;
	r = calloc(1, sizeof(*r));
	if (!r)
		return err_set(e, -ENOMEM, "out of memory");
	r->fd = receive_fd(c->host.sys, m, e);
	if (r->fd < 0) {
		int rc = r->fd;

		free(r);
		return rc;
	}
	snprintf(r->socket, sizeof(r->socket), "%s", m->socket);
	r->next = c->received;
	c->received = r;
	return r->fd;
}

void mem_received_close(struct mem_ctx *c)
{
	for (struct mem_received *r = c->received, *next; r; r = next) {
		next = r->next;
		c->host.sys->close(r->fd);
		free(r);
	}
	c->received = NULL;
}

static int fd_open(struct mem_ctx *c, const struct config_memory *m, struct mem_buf *b, struct err *e)
{
	int from = m->socket ? received(c, m, e) : (int)m->fd;
	char exporter[EXPORTER_LEN];
	int rc;

	if (m->socket && from < 0)
		return from;
	b->fd_offset = (uint64_t)m->offset;
	b->fd = b->sys->fcntl(from, F_DUPFD_CLOEXEC, 0);
	if (b->fd < 0)
		return inherited_error(m, b->fd, e);
	rc = check_exporter(b->sys, m, b->fd, exporter, e);
	if (!rc)
		rc = check_size(m, b, e);
	if (!rc)
		map_if_possible(b, exporter);
	return rc;
}

const struct mem_kind mem_kind_fd = {
	.probe = fd_probe,
	.open = fd_open,
	.no_export =
		"memory kind fd: only the process that owns the device can set steering tags on its dma-buf",
};
