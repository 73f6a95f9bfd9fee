// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Route and bound of points, and where their threads go, on machines of fixtures/make_machines.py. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "run/limits.h"
#include "run/places.h"

static struct topo *machine(const char *name)
{
	char path[600];
	struct topo *t = NULL;
	struct err e = {0};

	snprintf(path, sizeof(path), "%s/made-%s.json", MACHINES, name);
	if (topo_open(path, &t, &e))
		fail_msg("%s", e.text);
	return t;
}

static struct point point_of(int64_t op, int64_t size)
{
	struct point pt = {0};

	for (int a = 0; a < AX_COUNT; a++)
		pt.v[a] = AXIS_EMPTY;
	pt.v[AX_MEASURE] = MEASURE_BW;
	pt.v[AX_OP] = op;
	pt.v[AX_SIZE] = size;
	pt.v[AX_DIR] = DIR_UNI;
	pt.v[AX_THREADS] = 1;
	return pt;
}

static int no_run(struct lane *l, const atomic_bool *stop)
{
	(void)l;
	(void)stop;
	return 0;
}

static struct op op_of(int64_t op)
{
	return (struct op){.measure = MEASURE_BW,
			   .op = (int)op,
			   .opcode = op == OP_FETCH_ADD ? IBV_WR_ATOMIC_FETCH_AND_ADD : IBV_WR_RDMA_WRITE,
			   .run = no_run};
}

static struct bound bound_of(const struct topo *t, const struct point *pt, int target)
{
	struct op op = op_of(pt->v[AX_OP]);
	struct path_ask ask;
	bool has = limits_traffic(pt, &op, 4096, &ask);

	return limits_bound(t, topo_find(t, "mlx5_0"), target, has ? &ask : NULL);
}

static void assert_close(double got, double want)
{
	if (!(fabs(got / want - 1) <= 5e-6))
		fail_msg("got %.9g, want %.9g", got, want);
}

static void host_memory_is_bound_by_the_nics_link(void **state)
{
	struct point pt = point_of(OP_WRITE, 4096);
	struct topo *t = machine("pix"), *user = machine("user");
	struct bound b = bound_of(t, &pt, LIMITS_HOST);

	(void)state;
	/* Fetched from host memory and written to it over one link: tests/unit/path_test.c has the vector. */
	assert_close(b.hard, 57.3070638);
	assert_string_equal(b.route, "host");
	assert_string_equal(b.class, "");
	assert_string_equal(b.source, "cfg");
	assert_true(b.certain && b.expected > 0 && b.expected < b.hard && b.hop[0]);
	/* Either direction, or both: each message crosses both ways. */
	pt.v[AX_OP] = OP_READ;
	pt.v[AX_DIR] = DIR_BIDI;
	assert_close(bound_of(t, &pt, LIMITS_HOST).hard, 57.3070638);
	b = bound_of(user, &pt, LIMITS_HOST);
	assert_string_equal(b.source, "assumed");
	assert_false(b.certain);
	topo_close(user);
	topo_close(t);
}

static void a_device_has_route_and_class(void **state)
{
	const struct config_memory m = {.kind = MEM_VFIO, .device = "pci/0000:19:00.0"};
	const struct config_memory gone = {.kind = MEM_VFIO, .device = "pci/0000:f9:00.0"};
	struct point pt = point_of(OP_WRITE, 4096);
	struct topo *t = machine("pix");
	struct bound b = bound_of(t, &pt, limits_target(t, &m));

	(void)state;
	assert_string_equal(b.route, "switch");
	assert_string_equal(b.class, "PIX");
	assert_string_equal(b.hop, "0000:18:00.0");
	assert_close(b.hard, 57.3070638);
	pt.v[AX_DIR] = DIR_BIDI;
	b = bound_of(t, &pt, limits_target(t, &m));
	assert_string_equal(b.route, "switch");
	assert_true(b.hard == 0);
	assert_int_equal(limits_target(t, &gone), LIMITS_ELSEWHERE);
	assert_string_equal(bound_of(t, &pt, LIMITS_ELSEWHERE).route, "");
	topo_close(t);
}

static void what_the_model_leaves_out_has_no_bound(void **state)
{
	struct point atomic = point_of(OP_FETCH_ADD, 8), lat = point_of(OP_WRITE, 64);
	struct op op = op_of(OP_FETCH_ADD), write = op_of(OP_WRITE);
	struct path_ask ask;

	(void)state;
	lat.v[AX_MEASURE] = MEASURE_LAT;
	assert_false(limits_traffic(&atomic, &op, 4096, &ask));
	assert_false(limits_traffic(&lat, &write, 4096, &ask));
	lat.v[AX_MEASURE] = MEASURE_RATE;
	assert_true(limits_traffic(&lat, &write, 4096, &ask));
	assert_true(ask.loopback);
	assert_string_equal(limits_bound(NULL, 0, LIMITS_HOST, &ask).route, "");
}

static void only_hardware_sits_in_the_tree(void **state)
{
	struct nic_attr a = {.name = "mlx5_0", .evidence = NIC_HARDWARE}, other = a;
	struct topo *t = machine("pix");

	(void)state;
	assert_int_equal(limits_nic(t, &a), topo_find(t, "mlx5_0"));
	assert_int_equal(limits_nic(NULL, &a), -1);
	other.evidence = NIC_EMULATED;
	assert_int_equal(limits_nic(t, &other), -1);
	a.name[5] = '9';
	assert_int_equal(limits_nic(t, &a), -1);
	topo_close(t);
}

static void above_a_certain_bound_is_an_error(void **state)
{
	struct bound b = {.by = "pcie-fwd", .hard = 10, .certain = true};

	(void)state;
	assert_int_equal(limits_judge(&b, 10, false), LIMITS_WITHIN);
	assert_int_equal(limits_judge(&b, 10.01, false), LIMITS_IMPOSSIBLE);
	assert_int_equal(limits_judge(&b, 10.01, true), LIMITS_ABOVE);
	b.certain = false;
	assert_int_equal(limits_judge(&b, 10.01, false), LIMITS_ABOVE);
	b.by = limits_memcpy;
	assert_int_equal(limits_judge(&b, 10.01, false), LIMITS_WITHIN);
	b = BOUND_UNKNOWN;
	assert_int_equal(limits_judge(&b, 10.01, false), LIMITS_WITHIN);
}

/* made-two-sockets: mlx5_1 is near node 1, CPUs 4-7 and 12-15 (place_test.c). */
static void threads_go_near_the_nic(void **state)
{
	struct topo *t = machine("two-sockets");
	struct point pt = point_of(OP_WRITE, 64);
	struct places p = {.topo = t, .nic_fn = topo_find(t, "mlx5_1")};
	struct err e = {0};
	cpu_set_t sixteen;
	char why[PLACE_WHY];
	int cpu[9];

	(void)state;
	CPU_ZERO(&sixteen);
	for (size_t i = 0; i < 16; i++)
		CPU_SET(i, &sixteen);
	p.allowed = &sixteen;
	assert_int_equal(places_cpus(&p, &pt, cpu, 2, &e), 0);
	assert_int_equal(cpu[0], 4);
	assert_int_equal(cpu[1], 5);
	pt.v[AX_CPU] = PLACE_FAR;
	assert_int_equal(places_cpus(&p, &pt, cpu, 1, &e), 0);
	assert_true(cpu[0] < 4);
	pt.v[AX_CPU] = AXIS_EMPTY;
	pt.v[AX_NUMA] = 0;
	assert_int_equal(places_cpus(&p, &pt, cpu, 1, &e), 0);
	assert_true(cpu[0] < 4);
	assert_int_equal(places_about(&p, 8, why), 0);
	assert_int_equal(places_about(&p, 9, why), 1);
	assert_non_null(strstr(why, "1 beyond"));
	assert_int_equal(places_node(&p, PLACE_NEAR, &e), 1);
	assert_int_equal(places_node(&p, PLACE_FAR, &e), 0);
	assert_int_equal(places_node(&p, 5, &e), 5);
	topo_close(t);
}

static void an_unknown_place_is_refused(void **state)
{
	struct topo *t = machine("two-sockets");
	struct point pt = point_of(OP_WRITE, 64);
	struct places p = {.topo = t, .nic_fn = -1};
	struct err e = {0};
	cpu_set_t mine;
	int cpu;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(mine), &mine), 0);
	p.allowed = &mine;
	pt.v[AX_CPU] = PLACE_NEAR;
	assert_int_equal(places_cpus(&p, &pt, &cpu, 1, &e), -ENODATA);
	assert_non_null(strstr(e.text, "where the NIC sits is unknown"));
	assert_int_equal(places_node(&p, PLACE_NEAR, &e), -ENODATA);
	p.software = true; /* no CPU is nearer than another, and no node */
	assert_int_equal(places_cpus(&p, &pt, &cpu, 1, &e), 0);
	assert_int_equal(places_node(&p, PLACE_NEAR, &e), -ENODATA);
	p.topo = NULL;
	pt.v[AX_CPU] = PLACE_FAR;
	assert_int_equal(places_cpus(&p, &pt, &cpu, 1, &e), -ENODATA);
	pt.v[AX_CPU] = AXIS_EMPTY;
	assert_int_equal(places_cpus(&p, &pt, &cpu, 1, &e), 0);
	topo_close(t);
	p.topo = t = machine("no-numa"); /* one node is near whatever there is */
	p.software = false;
	assert_int_equal(places_node(&p, PLACE_NEAR, &e), 0);
	assert_int_equal(places_node(&p, PLACE_FAR, &e), -ENODATA);
	topo_close(t);
}

/* The axis tph_cpu. */
static void a_hints_cpu_is_near_far_or_as_given(void **state)
{
	struct topo *t = machine("two-sockets"), *one = machine("pix");
	struct places p = {.topo = t, .nic_fn = topo_find(t, "mlx5_1")};
	struct err e = {0};
	cpu_set_t some;

	(void)state;
	CPU_ZERO(&some);
	for (size_t i = 0; i < 16; i++)
		CPU_SET(i, &some);
	p.allowed = &some;
	assert_int_equal(places_tph_cpu(&p, PLACE_NEAR, &e), 4);
	assert_int_equal(places_tph_cpu(&p, PLACE_FAR, &e), 1); /* CPU 0 does the housekeeping */
	assert_int_equal(places_tph_cpu(&p, 9, &e), 9);
	assert_int_equal(places_tph_cpu(&p, 16, &e), -EPERM);
	assert_int_equal(places_tph_cpu(&p, 65535, &e), -EPERM);
	p.topo = one;
	p.nic_fn = topo_find(one, "mlx5_0");
	assert_int_equal(places_tph_cpu(&p, PLACE_FAR, &e), -ENODEV);
	p.nic_fn = -1;
	assert_int_equal(places_tph_cpu(&p, PLACE_NEAR, &e), -ENODATA);
	CPU_ZERO(&some);
	CPU_SET(3, &some);
	p.topo = t;
	p.nic_fn = topo_find(t, "mlx5_1");
	assert_int_equal(places_tph_cpu(&p, PLACE_NEAR, &e), -EPERM);
	topo_close(one);
	topo_close(t);
}

static void a_placement_says_why(void **state)
{
	struct topo *t = machine("two-sockets");
	struct point pt = point_of(OP_WRITE, 64);
	struct places p = {.topo = t, .nic_fn = topo_find(t, "mlx5_1")};
	struct err e = {0};
	cpu_set_t sixteen;
	char why[PLACE_WHY];
	int cpu[9];

	(void)state;
	CPU_ZERO(&sixteen);
	for (size_t i = 0; i < 16; i++)
		CPU_SET(i, &sixteen);
	p.allowed = &sixteen;
	assert_int_equal(places_explain(&p, &pt, cpu, 9, why, &e), 0);
	assert_non_null(strstr(why, "1 beyond"));
	pt.v[AX_CPU] = PLACE_FAR;
	assert_int_equal(places_explain(&p, &pt, cpu, 1, why, &e), 0);
	assert_non_null(strstr(why, "far from the NIC (node 0)"));
	pt.v[AX_CPU] = 3;
	assert_int_equal(places_explain(&p, &pt, cpu, 1, why, &e), 0);
	assert_int_equal(cpu[0], 3);
	assert_non_null(strstr(why, "CPU 3"));
	topo_close(t);
}

/* limits_net() of two NICs of @t. */
static struct limits_net net_of(const struct topo *t, int a, int port, int b)
{
	const struct limits_end x = {t, a, port, LIMITS_HOST}, y = {t, b, 1, LIMITS_HOST};

	return limits_net(&x, &y);
}

static void a_wire_lies_between_two_nics_only(void **state)
{
	struct topo *vfs = machine("vfs"), *two = machine("ports");
	int a = topo_find(two, "mlx5_0"), b = topo_find(two, "mlx5_1"), ib = topo_find(two, "mlx5_2");
	struct limits_net net = net_of(vfs, topo_find(vfs, "mlx5_1"), 1, topo_find(vfs, "mlx5_2"));

	(void)state;
	assert_string_equal(net.name, "none"); /* VFs of one PF */
	assert_true(net.port.gbit == 0);
	net = net_of(two, a, 1, b);
	assert_string_equal(net.name, "roce");
	assert_close(net.port.gbit, 100); /* the other one has 400 */
	assert_string_equal(net_of(two, a, 1, ib).name, "");
	assert_string_equal(net_of(two, a, 2, b).name, "");
	net = net_of(two, ib, 1, topo_find(two, "mlx5_3"));
	assert_string_equal(net.name, "ib");
	assert_close(net.port.gbit, 400);
	topo_close(two);
	topo_close(vfs);
}

static void the_narrowest_of_both_sides_and_the_wire_binds(void **state)
{
	struct topo *t = machine("ports");
	int a = topo_find(t, "mlx5_0"), b = topo_find(t, "mlx5_1"), target = topo_find(t, "19:00.0");
	struct path_ask ask = {.message = {.op = LIMIT_WRITE, .size = 1 << 20, .mtu = 4096},
			       .loopback = true};
	struct limits_net net = net_of(t, a, 1, b);
	const struct limits_end here = {t, b, 1, LIMITS_HOST}, there = {t, a, 1, target};
	struct bound got = limits_between(&here, &there, &net, &ask);

	(void)state;
	/* docs/limits.md: N02, 100 Gbit/s, MTU 4096, 1 MiB */
	assert_close(got.hard, 12.2545);
	assert_string_equal(got.by, "wire");
	assert_string_equal(got.hop, "port 1");
	assert_string_equal(got.route, "switch");
	assert_true(got.certain);
	/* Without the port the target's side binds: W14, and a read of the source would carry 58.4. */
	net.port.gbit = 0;
	got = limits_between(&here, &there, &net, &ask);
	assert_close(got.hard, 57.6140659);
	assert_string_equal(got.by, "pcie-fwd");
	assert_string_equal(limits_between(&here, &there, &net, NULL).route, "switch");
	topo_close(t);
}

/* As above, with the target's machine read elsewhere: the same figures, its hops named as the peer's. */
static void the_two_ends_may_be_two_machines(void **state)
{
	struct topo *t = machine("ports"), *far = machine("ports");
	int a = topo_find(t, "mlx5_0"), b = topo_find(t, "mlx5_1"), target = topo_find(t, "19:00.0");
	const struct limits_end here = {t, b, 1, LIMITS_HOST}, there = {far, a, 1, target},
				same = {far, b, 1, LIMITS_HOST}, dark = {NULL, -1, 1, LIMITS_ELSEWHERE};
	struct path_ask ask = {.message = {.op = LIMIT_WRITE, .size = 1 << 20, .mtu = 4096},
			       .loopback = true};
	struct limits_net net = limits_net(&here, &there);
	struct bound got = limits_between(&here, &there, &net, &ask);

	(void)state;
	assert_string_equal(net.name, "roce");
	assert_close(got.hard, 12.2545);
	assert_string_equal(got.hop, "port 1");
	net.port.gbit = 0;
	got = limits_between(&here, &there, &net, &ask);
	assert_close(got.hard, 57.6140659);
	assert_int_equal(strncmp(got.hop, "peer 0000:", 10), 0);
	assert_string_equal(got.route, "switch");
	/* The same device in two machines is two devices: a wire lies between them. */
	assert_string_equal(limits_net(&here, &same).name, "roce");
	/* A machine that tells nothing leaves what the other one's links carry. */
	net = limits_net(&here, &dark);
	assert_string_equal(net.name, "");
	got = limits_between(&here, &dark, &net, &ask);
	assert_string_equal(got.route, "");
	assert_true(got.hard > 0);
	assert_int_equal(strncmp(got.hop, "0000:", 5), 0);
	topo_close(t);
	topo_close(far);
}

/* Both legs count: one after the other, or the lesser where they overlap. */
static void a_bounce_is_bound_by_both_legs(void **state)
{
	struct topo *t = machine("pix"), *user = machine("user");
	int nic = topo_find(t, "mlx5_0"), target = topo_find(t, "19:00.0");
	struct path_ask ask = {.message = {.op = LIMIT_READ, .size = 4096, .mtu = 4096}, .loopback = true};
	struct path_ask copy = {.message = {.op = LIMIT_WRITE, .size = 4096}};
	struct bound a = limits_bound(t, nic, LIMITS_HOST, &ask),
		     c = limits_bound(t, target, LIMITS_HOST, &copy);
	struct bound got = limits_bounce(t, nic, target, &ask, true);

	(void)state;
	assert_true(a.hard > 0 && c.hard > 0);
	assert_close(got.hard, 1 / (1 / a.hard + 1 / c.hard));
	assert_true(got.expected > 0 && got.expected < got.hard);
	assert_string_equal(got.by, "serial");
	assert_string_equal(got.route, "host");
	assert_true(got.certain);
	assert_string_equal(got.hop, a.hard <= c.hard ? a.hop : c.hop);
	got = limits_bounce(t, nic, target, &ask, false);
	assert_close(got.hard, fmin(a.hard, c.hard));
	/* System memory has no link of its own, and an unknown place bounds nothing. */
	assert_close(limits_bounce(t, nic, LIMITS_HOST, &ask, true).hard, a.hard);
	assert_close(limits_bounce(t, nic, LIMITS_ELSEWHERE, &ask, true).hard, a.hard);
	assert_true(limits_bounce(t, nic, target, NULL, true).hard <= 0);
	/* A leg whose inputs are assumed makes the whole so. */
	got = limits_bounce(user, topo_find(user, "mlx5_0"), topo_find(user, "19:00.0"), &ask, true);
	assert_string_equal(got.by, "serial");
	assert_string_equal(got.source, "assumed");
	assert_false(got.certain);
	topo_close(user);
	topo_close(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(host_memory_is_bound_by_the_nics_link),
		cmocka_unit_test(a_device_has_route_and_class),
		cmocka_unit_test(what_the_model_leaves_out_has_no_bound),
		cmocka_unit_test(only_hardware_sits_in_the_tree),
		cmocka_unit_test(above_a_certain_bound_is_an_error),
		cmocka_unit_test(threads_go_near_the_nic),
		cmocka_unit_test(an_unknown_place_is_refused),
		cmocka_unit_test(a_hints_cpu_is_near_far_or_as_given),
		cmocka_unit_test(a_placement_says_why),
		cmocka_unit_test(a_wire_lies_between_two_nics_only),
		cmocka_unit_test(the_narrowest_of_both_sides_and_the_wire_binds),
		cmocka_unit_test(the_two_ends_may_be_two_machines),
		cmocka_unit_test(a_bounce_is_bound_by_both_legs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
