/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_NIC_CHECK_H
#define P2P_NIC_CHECK_H

/* What the tests of the libibverbs backend share: a device made to order, and looking at messages. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "fakes/fakeverbs.h"
#include "nic/nic.h"

/* Every word must be in text or hint; a message that filled its buffer was cut. */
static inline void check_message(const struct err *e, const char *const *words)
{
	assert_true(strlen(e->text) < sizeof(e->text) - 1);
	assert_true(strlen(e->hint) < sizeof(e->hint) - 1);
	for (; *words; words++)
		if (!strstr(e->text, *words) && !strstr(e->hint, *words))
			fail_msg("'%s' is missing in: %s | %s", *words, e->text, e->hint);
}

#define CHECK_MESSAGE(e, ...) check_message(e, (const char *const[]){__VA_ARGS__, NULL})

static inline int check_setup(void **state)
{
	(void)state;
	fake_reset();
	return 0;
}

static inline int check_teardown(void **state)
{
	(void)state;
	assert_int_equal(fake_live(), 0);
	return 0;
}

/* Adds @d and opens its port 1, which must work. */
static inline struct nic *check_open(const struct fake_device *d)
{
	struct nic *n = NULL;
	struct err e = {0};

	fake_device_add(d);
	if (nic_open(d->name, 1, -1, &n, &e))
		fail_msg("%s %s", e.text, e.hint);
	return n;
}

/* A directory for ibdev_path below which the driver is @driver; never on PCI, so never hardware. */
struct check_sysfs {
	char root[32], device[40], link[48];
};

static inline void check_sysfs_make(struct check_sysfs *s, const char *driver)
{
	char to[64];

	snprintf(s->root, sizeof(s->root), "/tmp/p2p-nic-XXXXXX");
	assert_non_null(mkdtemp(s->root));
	snprintf(s->device, sizeof(s->device), "%s/device", s->root);
	snprintf(s->link, sizeof(s->link), "%s/driver", s->device);
	snprintf(to, sizeof(to), "/drivers/%s", driver);
	assert_int_equal(mkdir(s->device, 0755), 0);
	assert_int_equal(symlink(to, s->link), 0);
}

static inline void check_sysfs_remove(const struct check_sysfs *s)
{
	unlink(s->link);
	rmdir(s->device);
	rmdir(s->root);
}

/* nic_mr_reg() of what a test cares for, by the main function. */
static inline int check_reg(struct nic *n, const struct mem_buf *buf, uint64_t offset, uint64_t bytes,
			    int access, struct nic_mr *mr, struct err *e)
{
	return nic_mr_reg(n, buf, &(struct nic_mr_spec){offset, bytes, access, NULL, false}, mr, e);
}

/* A queue pair that only sends, by ibv_post_send(). */
static inline int check_qp_create(struct nic *n, struct ibv_cq *cq, uint32_t depth, struct ibv_qp **qp,
				  struct err *e)
{
	return nic_qp_create(n, &(struct nic_qp_spec){.send_cq = cq, .recv_cq = cq, .send_wrs = depth}, qp,
			     e);
}

#define CHECK_TEST(f) cmocka_unit_test_setup_teardown(f, check_setup, check_teardown)

#endif
