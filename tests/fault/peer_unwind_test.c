// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Every call the responder makes to the device, and every thread, fails once: each time nothing may stay
 * behind, and the same request works afterwards. The calls are wrapped at link time.
 */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "soft/peer_rig.h"

static struct {
	int fail_at; /* number of the call that fails, 0 = none */
	int calls;
	int objects; /* made and not yet destroyed */
} gate;

static int pass(void)
{
	return ++gate.calls == gate.fail_at ? -ENOMEM : 0;
}

/* The linker's names of the wrapped functions. */
#define WRAPPED(ret, name, ...)                                                                              \
	ret __real_##name(__VA_ARGS__);                                                                      \
	ret __wrap_##name(__VA_ARGS__);                                                                      \
	ret __wrap_##name(__VA_ARGS__)

WRAPPED(int, nic_mr_reg, struct nic *n, const struct mem_buf *buf, const struct nic_mr_spec *spec,
	struct nic_mr *out, struct err *e)
{
	int rc = pass() ? err_set(e, -ENOMEM, "refused MR") : __real_nic_mr_reg(n, buf, spec, out, e);

	gate.objects += !rc;
	return rc;
}

WRAPPED(int, nic_mr_dereg, struct nic *n, struct nic_mr *mr, struct err *e)
{
	gate.objects -= mr->mr != NULL;
	return __real_nic_mr_dereg(n, mr, e);
}

WRAPPED(int, nic_cq_create, struct nic *n, uint32_t depth, struct ibv_cq **out, struct err *e)
{
	int rc = pass() ? err_set(e, -ENOMEM, "refused CQ") : __real_nic_cq_create(n, depth, out, e);

	gate.objects += !rc;
	return rc;
}

WRAPPED(int, nic_cq_destroy, struct nic *n, struct ibv_cq *cq, struct err *e)
{
	gate.objects--;
	return __real_nic_cq_destroy(n, cq, e);
}

WRAPPED(int, nic_qp_create, struct nic *n, const struct nic_qp_spec *spec, struct ibv_qp **out, struct err *e)
{
	int rc = pass() ? err_set(e, -ENOMEM, "refused QP") : __real_nic_qp_create(n, spec, out, e);

	gate.objects += !rc;
	return rc;
}

WRAPPED(int, nic_qp_destroy, struct nic *n, struct ibv_qp *qp, struct err *e)
{
	gate.objects--;
	return __real_nic_qp_destroy(n, qp, e);
}

WRAPPED(int, nic_qp_connect, struct nic *n, struct ibv_qp *qp, const struct nic_qp_addr *local,
	const struct nic_qp_addr *remote, int access, struct err *e)
{
	return pass() ? err_set(e, -ENOMEM, "refused connection")
		      : __real_nic_qp_connect(n, qp, local, remote, access, e);
}

WRAPPED(int, pthread_create, pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg)
{
	int rc = pass() ? EAGAIN : __real_pthread_create(thread, attr, start, arg);

	gate.objects += !rc;
	return rc;
}

WRAPPED(int, pthread_join, pthread_t thread, void **out)
{
	gate.objects--;
	return __real_pthread_join(thread, out);
}

static void arm(int fail_at)
{
	gate.fail_at = fail_at;
	gate.calls = 0;
}

static unsigned int open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static const struct mem_hint hint = {TPH_EXPORTER, 3, AXIS_EMPTY, AXIS_EMPTY, AXIS_EMPTY, AXIS_EMPTY};

static void a_target_that_cannot_be_registered(void **state)
{
	const struct mem_hint *hints[] = {NULL, &hint};
	unsigned int before = open_fds();
	struct peer_rig r;

	(void)state;
	peer_rig_open(&r, MEM_MEMFD);
	for (unsigned int i = 0; i < 2; i++) {
		unsigned int fds = open_fds();
		int objects = gate.objects;
		struct peer_target t;
		struct err e = {0};

		arm(1);
		assert_int_equal(peer_rig_target(&r, hints[i], false, &t, &e), -ENOMEM);
		assert_non_null(strstr(e.text, "refused MR"));
		assert_int_equal(gate.objects, objects);
		assert_int_equal(open_fds(), fds);
		arm(0);
		assert_int_equal(peer_rig_target(&r, hints[i], false, &t, &e), 0);
	}
	peer_rig_close(&r);
	assert_int_equal(gate.objects, 0);
	assert_int_equal(open_fds(), before); /* exports too */
}

static void the_third_registration_fails(void **state)
{
	static struct hist reg, dereg;
	const struct peer_reg times = {&reg, &dereg};
	struct peer_rig r;
	struct err e = {0};

	(void)state;
	hist_clear(&reg);
	hist_clear(&dereg);
	peer_rig_open(&r, MEM_HOST);
	arm(3);
	assert_int_equal(peer_target_reg(r.peer, r.target.id, 4096, 0, 10, &times, &e), -ENOMEM);
	assert_int_equal(hist_count(&reg), 2);
	arm(0);
	peer_rig_close(&r);
	assert_int_equal(gate.objects, 0);
}

/* Fails at call 1, 2, ... until it works: lanes, queue pairs and connections each had their turn. */
static void a_link_breaks_anywhere(void **state)
{
	const struct peer_link_spec spec = {.n = 3, .lanes = 2, .recv_wrs = 1, .send_wrs = 1};
	struct nic_qp_addr remote[3], local[3];
	struct peer_rig r;
	uint32_t link;
	int n = 0, rc;

	(void)state;
	peer_rig_open(&r, MEM_HOST);
	peer_rig_link(&r, &(struct peer_link_spec){.n = 3, .lanes = 1, .send_wrs = 1});
	for (uint32_t i = 0; i < 3; i++)
		nic_qp_addr(r.nic, r.qp[i], &remote[i]);
	do {
		int objects = gate.objects;
		struct err e = {0};

		arm(++n);
		rc = peer_connect(r.peer, &spec, remote, local, &link, &e);
		if (rc) {
			assert_int_equal(rc, -ENOMEM);
			assert_non_null(strstr(e.text, "refused"));
			assert_int_equal(gate.objects, objects);
		}
	} while (rc);
	assert_int_equal(n, 2 + 3 + 3 + 1);
	arm(0);
	assert_int_equal(peer_disconnect(r.peer, link, NULL), 0);
	peer_rig_close(&r);
	assert_int_equal(gate.objects, 0);
}

/* The threads before the one that fails are joined; the link's receives are posted, hence spent. */
static void a_thread_cannot_be_started(void **state)
{
	const struct peer_link_spec spec = {.n = 3, .lanes = 3, .recv_wrs = 2, .send_wrs = 1};
	struct slots slots[3];
	struct peer_service s = {.work = PEER_RECEIVE, .qps = 3, .slots = slots};

	(void)state;
	for (uint64_t i = 0; i < 3; i++)
		slots[i] = (struct slots){.offset = 64 * i, .size = 64, .count = 1, .ring = 1};
	for (int n = 1; n <= 3; n++) {
		struct peer_rig r;
		struct err e = {0};
		int objects;

		peer_rig_open(&r, MEM_HOST);
		peer_rig_link(&r, &spec);
		s.target = r.target.id;
		s.link = r.link;
		objects = gate.objects;
		arm(n);
		assert_int_equal(peer_serve(r.peer, &s, NULL, 0, &e), -EAGAIN);
		assert_non_null(strstr(e.text, "EAGAIN"));
		assert_int_equal(gate.objects, objects);
		arm(0);
		assert_int_equal(peer_serve_stop(r.peer, NULL, NULL), 0);
		assert_int_equal(peer_serve(r.peer, &s, NULL, 0, &e), -EINVAL);
		peer_rig_close(&r);
		assert_int_equal(gate.objects, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_target_that_cannot_be_registered),
		cmocka_unit_test(the_third_registration_fails),
		cmocka_unit_test(a_link_breaks_anywhere),
		cmocka_unit_test(a_thread_cannot_be_started),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
