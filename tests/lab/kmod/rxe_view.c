// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2plab_rxe: the PCIe analyzer. /sys/kernel/debug/p2plab_rxe/mrs has a line of key=value
 * for every imported region: the live ones, then the last 64 that were closed.
 */
#include <linux/debugfs.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include "rxe.h"

#define CLOSED_KEPT 64

static LIST_HEAD(mrs);
static DEFINE_MUTEX(mrs_lock);
static unsigned int nclosed;
static struct dentry *debug_dir;

static const char *state_of(const struct p2plab_mr *m)
{
	return m->closed ? "closed" : m->revoked ? "revoked" : "live";
}

static void show_counters(struct seq_file *s, const char *name, const struct p2plab_counters *c)
{
	seq_printf(s, " %s_ops=%lld %s_bytes=%lld %s_tlps=%lld", name, atomic64_read(&c->ops),
		   name, atomic64_read(&c->bytes), name, atomic64_read(&c->tlps));
}

static void show(struct seq_file *s, const struct p2plab_mr *m)
{
	seq_printf(s, "rkey=%#x dev=%s pid=%d comm=%s state=%s length=%llu", m->rkey, m->ibdev,
		   m->pid, m->comm, state_of(m), m->length);
	seq_printf(s, " client=%s provider=%s route=%s", pci_name(m->client),
		   m->provider ? pci_name(m->provider) : "-", m->route);
	seq_printf(s, " tph=%d st=%#x ph=%u", m->has_tph, m->st, m->ph);
	show_counters(s, "wr", &m->wr);
	show_counters(s, "rd", &m->rd);
	seq_printf(s, " atomics=%lld refused=%lld\n", atomic64_read(&m->atomics),
		   atomic64_read(&m->refused));
}

static int mrs_show(struct seq_file *s, void *unused)
{
	struct p2plab_mr *m;

	guard(mutex)(&mrs_lock);
	list_for_each_entry(m, &mrs, list)
		show(s, m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(mrs);

void p2plab_view_add(struct p2plab_mr *m)
{
	guard(mutex)(&mrs_lock);
	list_add(&m->list, &mrs);
}

/* Closed ones are at the tail, the oldest first among them. */
static void drop_oldest_closed(void)
{
	struct p2plab_mr *m;

	list_for_each_entry(m, &mrs, list) {
		if (m->closed) {
			list_del(&m->list);
			p2plab_mr_free(m);
			nclosed--;
			return;
		}
	}
}

void p2plab_view_close(struct p2plab_mr *m)
{
	guard(mutex)(&mrs_lock);
	m->closed = true;
	list_move_tail(&m->list, &mrs);
	if (++nclosed > CLOSED_KEPT)
		drop_oldest_closed();
}

void p2plab_view_init(void)
{
	debug_dir = debugfs_create_dir("p2plab_rxe", NULL);
	debugfs_create_file("mrs", 0444, debug_dir, NULL, &mrs_fops);
}

void p2plab_view_exit(void)
{
	struct p2plab_mr *m, *n;

	debugfs_remove_recursive(debug_dir);
	list_for_each_entry_safe(m, n, &mrs, list)
		p2plab_mr_free(m);
}
