/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_NIC_CHECK_H
#define P2P_NIC_CHECK_H

/* What the tests of the libibverbs backend share: a device made to order, and looking at messages. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

/* A queue pair that only sends, by ibv_post_send(). */
static inline int check_qp_create(struct nic *n, struct ibv_cq *cq, uint32_t depth, struct ibv_qp **qp,
				  struct err *e)
{
	return nic_qp_create(n, &(struct nic_qp_spec){.send_cq = cq, .recv_cq = cq, .send_wrs = depth}, qp,
			     e);
}

#define CHECK_TEST(f) cmocka_unit_test_setup_teardown(f, check_setup, check_teardown)

#endif
