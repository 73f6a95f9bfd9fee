// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mem/numa.h"

#include <errno.h>
#include <limits.h>
#include <linux/mempolicy.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/sys.h"

enum { WORD_BITS = sizeof(unsigned long) * CHAR_BIT, BATCH = 512 };

int numa_prefer(const struct sys *sys, void *addr, size_t length, unsigned int node, struct err *e)
{
	unsigned long mask[NUMA_NODES_MAX / WORD_BITS] = {0};
	int rc = -EINVAL;

	if (node < NUMA_NODES_MAX) {
		mask[node / WORD_BITS] = 1ul << node % WORD_BITS;
		rc = sys->mbind(addr, length, MPOL_PREFERRED, mask, NUMA_NODES_MAX, 0);
	}
	if (!rc)
		return 0;
	err_set(e, rc, "host memory on NUMA node %u: mbind: %s (%s)", node, strerror(-rc), err_name(rc));
	return rc == -EINVAL
		       ? err_hint(e, rc, "is there such a node, with memory? `p2pbench topo` shows them")
		       : rc;
}

/**
 * struct tally - what move_pages() answered
 * @elsewhere: pages on another node, @first: node of the first of them
 * @absent: pages that are not there; @failed: the first other answer
 */
struct tally {
	size_t pages, elsewhere, absent;
	int first, failed;
};

static void tally_add(struct tally *t, const int *status, size_t n, int node)
{
	for (size_t i = 0; i < n; i++) {
		t->pages++;
		if (status[i] == -ENOENT || status[i] == -EFAULT)
			t->absent++; /* -EFAULT: it is the page of zeros, or there is none */
		else if (status[i] < 0)
			t->failed = t->failed ? t->failed : status[i];
		else if (status[i] != node && !t->elsewhere++)
			t->first = status[i];
	}
}

static int look_up(const struct sys *sys, char *addr, size_t length, int node, struct tally *t)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *pages[BATCH];
	int status[BATCH];

	for (size_t at = 0, n; at < length; at += n * page) {
		int rc;

		for (n = 0; n < BATCH && at + n * page < length; n++)
			pages[n] = addr + at + n * page;
		rc = sys->move_pages(n, pages, NULL, status, 0);
		if (rc < 0)
			return rc;
		tally_add(t, status, n, node);
	}
	return t->failed;
}

int numa_verify(const struct sys *sys, void *addr, size_t length, unsigned int node, struct err *e)
{
	struct tally t = {0};
	int rc = look_up(sys, addr, length, (int)node, &t);

	if (rc < 0)
		return err_set(e, rc, "host memory on NUMA node %u: move_pages: %s (%s)", node, strerror(-rc),
			       err_name(rc));
	if (t.elsewhere) {
		err_set(e, -EXDEV,
			"host memory: %zu of %zu pages are not on NUMA node %u; the first is on node %d",
			t.elsewhere, t.pages, node, t.first);
		return err_hint(e, -EXDEV,
				"the node has too little free memory: a smaller buffer, or free some");
	}
	if (t.absent)
		return err_set(e, -ENOENT, "host memory: %zu of %zu pages were never written", t.absent,
			       t.pages);
	return 0;
}
