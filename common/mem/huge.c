// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mem/huge.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "base/sys.h"
#include "base/units.h"
#include "mem/lines.h"

#ifndef MAP_HUGE_SHIFT
#define MAP_HUGE_SHIFT 26
#endif

static const char thp_size[] = "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size";

enum { PATH_LEN = 128 };

bool huge_asked(const struct config_memory *m)
{
	return m->pages > sysconf(_SC_PAGESIZE);
}

int huge_bits(const struct config_memory *m)
{
	return __builtin_ctzll((unsigned long long)m->pages) << MAP_HUGE_SHIFT;
}

/* Directory of the pool the pages come from. */
static void pool_path(const struct config_memory *m, char path[PATH_LEN])
{
	if (m->numa >= 0)
		snprintf(path, PATH_LEN,
			 "/sys/devices/system/node/node%" PRId64 "/hugepages/hugepages-%" PRId64 "kB",
			 m->numa, m->pages / 1024);
	else
		snprintf(path, PATH_LEN, "/sys/kernel/mm/hugepages/hugepages-%" PRId64 "kB", m->pages / 1024);
}

static int pool_number(const struct sys *sys, const char *pool, const char *file, uint64_t *out)
{
	char path[PATH_LEN + 32];

	snprintf(path, sizeof(path), "%s/%s", pool, file);
	return lines_number(sys, path, out);
}

uint64_t huge_whole(const struct config_memory *m)
{
	uint64_t page = (uint64_t)(huge_asked(m) ? m->pages : sysconf(_SC_PAGESIZE));

	return ((uint64_t)m->length + page - 1) / page * page;
}

int huge_probe(const struct sys *sys, const struct config_memory *m, struct err *e)
{
	uint64_t bytes = huge_whole(m), idle, extra;
	char pool[PATH_LEN];

	if (!huge_asked(m))
		return 0;
	pool_path(m, pool);
	if (!pool_number(sys, pool, "free_hugepages", &idle) && idle >= bytes / (uint64_t)m->pages)
		return 0;
	/* The kernel may make more of them when they are asked for. */
	snprintf(pool, sizeof(pool), "/sys/kernel/mm/hugepages/hugepages-%" PRId64 "kB", m->pages / 1024);
	if (!pool_number(sys, pool, "nr_overcommit_hugepages", &extra) && extra)
		return 0;
	return huge_missing(sys, m, bytes, e);
}

int huge_missing(const struct sys *sys, const struct config_memory *m, uint64_t bytes, struct err *e)
{
	uint64_t want = bytes / (uint64_t)m->pages, has, idle;
	char pool[PATH_LEN], size[UNITS_TEXT];

	units_size_text(size, m->pages);
	pool_path(m, pool);
	if (pool_number(sys, pool, "nr_hugepages", &has) || pool_number(sys, pool, "free_hugepages", &idle)) {
		err_set(e, -EINVAL, "memory '%s': this kernel has no pages of %s (%s)", m->name, size, pool);
		return err_hint(e, -EINVAL, "`ls /sys/kernel/mm/hugepages` shows the sizes it has");
	}
	err_set(e, -ENOMEM,
		"memory '%s': %" PRIu64 " pages of %s asked, %" PRIu64 " of the %" PRIu64
		" reserved are free",
		m->name, want, size, idle, has);
	return err_hint(e, -ENOMEM,
			"reserve: `echo %" PRIu64 " | sudo tee %s/nr_hugepages`; undo: `echo %" PRIu64
			" | sudo tee %s/nr_hugepages`; large ones may need a boot with hugepagesz=%s "
			"hugepages=%" PRIu64,
			has + want - (idle < want ? idle : want), pool, has, pool, size, want);
}

static int no_thp(const struct config_memory *m, struct err *e)
{
	err_set(e, -ENOTSUP, "memory '%s': this kernel has no transparent huge pages", m->name);
	return err_hint(e, -ENOTSUP, "use pages: 2M, which are reserved ones, or leave `pages` out");
}

/* Mappings of that size come aligned from Linux 6.7 on only: one page more, and what sticks out given back.
 */
static int map_aligned(struct mem_buf *b, uint64_t size)
{
	uint64_t head, tail;
	void *va;
	int rc = b->sys->mmap(&va, b->bytes + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			      0);

	if (rc < 0)
		return rc;
	head = (size - (uintptr_t)va % size) % size;
	tail = size - head;
	if (head)
		b->sys->munmap(va, head);
	b->va = (char *)va + head;
	if (tail)
		b->sys->munmap((char *)b->va + b->bytes, tail);
	b->map_bytes = b->bytes;
	return 0;
}

int huge_map_thp(const struct config_memory *m, struct mem_buf *b, int fd, struct err *e)
{
	char text[UNITS_TEXT];
	uint64_t size;
	int rc = lines_number(b->sys, thp_size, &size);

	if (rc || !size || size & (size - 1) || size > 1 << 30)
		return no_thp(m, e);
	if (b->bytes < size) {
		units_size_text(text, (int64_t)size);
		err_set(e, -EINVAL, "memory '%s': pages: thp asked, but its length is less than one: %s",
			m->name, text);
		return err_hint(e, -EINVAL, "`length: %s` or more, or leave `pages` out", text);
	}
	rc = map_aligned(b, size);
	if (!rc && fd >= 0)
		rc = b->sys->mmap(&b->va, b->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	if (rc < 0)
		return err_set(e, rc, "memory '%s': cannot map %" PRIu64 " bytes: %s", m->name, b->bytes,
			       err_name(rc));
	rc = b->sys->madvise(b->va, b->bytes, MADV_HUGEPAGE);
	if (rc == -EINVAL)
		return no_thp(m, e);
	return rc < 0 ? err_set(e, rc, "memory '%s': madvise: %s", m->name, err_name(rc)) : 0;
}

/* Head of a mapping in smaps: "from-to rw-p ...", in hexadecimal. */
static bool mapping_line(const char *line, uintptr_t *from, uintptr_t *to)
{
	char *end;

	*from = strtoull(line, &end, 16);
	if (end == line || *end != '-')
		return false;
	*to = strtoull(end + 1, &end, 16);
	return *end == ' ';
}

/* Bytes in transparent huge pages of the mappings that [lo, hi) is in, or -errno. A mapping may be merged
 * with its neighbours. */
static int64_t thp_bytes(const struct sys *sys, const char *counter, uintptr_t lo, uintptr_t hi)
{
	struct lines l;
	char line[256];
	uintptr_t from, to;
	uint64_t kib = 0;
	bool inside = false;
	int rc = lines_open(&l, sys, "/proc/self/smaps");

	if (rc)
		return rc;
	while ((rc = lines_next(&l, line, sizeof(line))) > 0) {
		if (mapping_line(line, &from, &to))
			inside = from < hi && lo < to;
		else if (inside && !strncmp(line, counter, strlen(counter)))
			kib += strtoull(line + strlen(counter), NULL, 10);
	}
	lines_close(&l);
	return rc < 0 ? rc : (int64_t)(kib * 1024);
}

int huge_check_thp(const struct config_memory *m, const struct mem_buf *b, struct err *e)
{
	const char *counter = b->shared_fd ? "ShmemPmdMapped:" : "AnonHugePages:";
	uint64_t size = 0;
	int rc = lines_number(b->sys, thp_size, &size);
	int64_t got = rc ? rc : thp_bytes(b->sys, counter, (uintptr_t)b->va, (uintptr_t)b->va + b->bytes);

	if (got < 0 || !size)
		return err_set(e, got < 0 ? (int)got : -EINVAL,
			       "memory '%s': cannot find out whether it is of huge pages: %s", m->name,
			       err_name((int)got));
	if ((uint64_t)got >= b->bytes / size * size)
		return 0;
	err_set(e, -ENOMEM,
		"memory '%s': pages: thp asked, only %" PRId64 " of %" PRIu64
		" bytes were given as transparent huge pages",
		m->name, got, b->bytes);
	return err_hint(
		e, -ENOMEM,
		"/sys/kernel/mm/transparent_hugepage/%s must be %s or always; is memory "
		"fragmented (`echo 1 | sudo tee /proc/sys/vm/compact_memory`)? pages: 2M are reserved",
		b->shared_fd ? "shmem_enabled" : "enabled", b->shared_fd ? "advise" : "madvise");
}
