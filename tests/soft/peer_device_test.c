// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Targets whose memory is a device's, or none a CPU can reach, or behind a bounce. Calls into mem/ and nic/
 * are wrapped at link time: memory of the software device is declared to be a device's, and that device obeys
 * the test.
 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "soft/peer_rig.h"

enum { KEY = 5 };

static const struct slots eight = {
	.offset = 4099, .size = 1000, .stride = 1024, .count = 8, .pattern = PATTERN_SEQ, .ring = 8};
static const struct slots words = {
	.offset = 64, .size = 8, .stride = 64, .count = 4, .pattern = PATTERN_SEQ, .ring = 4};

static struct {
	enum mem_cpu cpu;	    /* of memory opened from now on, but for staging */
	struct vfio_device *device; /* likewise */
	int open;		    /* buffers */
	bool refuse_open, refuse_mr, refuse_revoke;
	struct config_memory asked; /* last */
	struct nic_mr_spec spec;    /* last */
	enum mem_revoke how;
	int revoked, restored;
	uint64_t by_access;  /* bytes moved by the accesses for devices */
	int late;	     /* reads until what is to arrive has arrived */
	uint8_t *place, *va; /* last memory's */
	uint8_t value;
} fake;

/* The linker's names of the wrapped functions. */
#define WRAPPED(ret, name, ...)                                                                              \
	ret __real_##name(__VA_ARGS__);                                                                      \
	ret __wrap_##name(__VA_ARGS__);                                                                      \
	ret __wrap_##name(__VA_ARGS__)

WRAPPED(int, mem_open, struct mem_ctx *c, const struct config_memory *m, struct mem_buf *out, struct err *e)
{
	int rc;

	fake.asked = *m;
	*out = MEM_BUF_CLOSED;
	if (fake.refuse_open)
		return err_set(e, -ENOMEM, "refused memory");
	rc = __real_mem_open(c, m, out, e);
	fake.open += !rc;
	if (rc || !strcmp(m->name, "staging"))
		return rc;
	out->cpu = fake.cpu;
	out->device = fake.device;
	fake.va = out->va;
	return 0;
}

WRAPPED(void, mem_close, struct mem_buf *b)
{
	fake.open -= b->va != NULL && b->map_bytes;
	b->device = NULL;
	__real_mem_close(b);
}

WRAPPED(int, mem_revoke, const struct mem_buf *b, enum mem_revoke how, struct err *e)
{
	assert_ptr_equal(b->device, fake.device);
	if (fake.refuse_revoke)
		return err_set(e, -EIO, "refused");
	fake.how = how;
	fake.revoked++;
	return 0;
}

WRAPPED(int, mem_restore, const struct mem_buf *b, struct err *e)
{
	assert_ptr_equal(b->device, fake.device);
	if (fake.refuse_revoke)
		return err_set(e, -EIO, "refused");
	fake.restored++;
	return 0;
}

WRAPPED(int, mem_health, const struct mem_buf *b, struct mem_health *out, struct err *e)
{
	(void)e;
	assert_ptr_equal(b->device, fake.device);
	*out = (struct mem_health){.devsta = 9, .uncorrectable = 0x100000};
	return 0;
}

WRAPPED(void, mem_tph, const struct mem_buf *b, struct mem_tph *out)
{
	assert_ptr_equal(b->device, fake.device);
	*out = (struct mem_tph){.usable = true, .st = true, .index = 13};
}

WRAPPED(int, nic_mr_reg, struct nic *n, const struct mem_buf *buf, const struct nic_mr_spec *spec,
	struct nic_mr *out, struct err *e)
{
	struct nic_mr_spec main = *spec;

	fake.spec = *spec;
	if (fake.refuse_mr)
		return err_set(e, -ENOMEM, "refused MR");
	main.data_direct = false; /* the software device has one function */
	return __real_nic_mr_reg(n, buf, &main, out, e);
}

WRAPPED(void, mem_device_write, void *device, const void *ram, size_t bytes)
{
	fake.by_access += bytes;
	__real_mem_device_write(device, ram, bytes);
}

WRAPPED(void, mem_device_read, void *ram, const void *device, size_t bytes)
{
	fake.by_access += bytes;
	if (fake.late && !--fake.late)
		*fake.place = fake.value;
	__real_mem_device_read(ram, device, bytes);
}

static void setup(struct peer_rig *r, enum mem_cpu cpu)
{
	memset(&fake, 0, sizeof(fake));
	fake.cpu = MEM_CPU_RAM;
	fake.device = (struct vfio_device *)(uintptr_t)64; /* never looked into */
	peer_rig_open(r, MEM_MEMFD);
	fake.cpu = cpu;
	peer_rig_memory(r, &r->memory);
	assert_int_equal(peer_rig_target(r, NULL, false, &r->target, NULL), 0);
	assert_int_equal(r->target.cpu, cpu);
	assert_int_equal(r->target.interconnect, INTERCONNECT_MAIN);
	assert_int_equal(fake.spec.bytes, RIG_BYTES);
	assert_false(fake.spec.data_direct);
}

static int open_by(struct peer_rig *r, int64_t interconnect, struct peer_target *out, struct err *e)
{
	const struct peer_target_spec spec = {.memory = r->memory, .interconnect = interconnect};

	return peer_target_open(r->peer, &spec, out, e);
}

/* What the NIC finds at @at of a target, in the source. */
static const uint8_t *seen(struct peer_rig *r, const struct peer_target *t)
{
	struct rig_wr w;

	peer_rig_wr(r, &w, IBV_WR_RDMA_READ, 0, RIG_BYTES);
	w.wr.wr.rdma.rkey = t->rkey;
	w.wr.wr.rdma.remote_addr = t->addr;
	assert_int_equal(peer_rig_do(r, 0, &w), IBV_WC_SUCCESS);
	return r->bytes;
}

/* The same requests on RAM and on a device: the NIC sees the same bytes, and only the accesses differ. */
static void a_devices_contents_are_as_asked(void **state)
{
	static const enum mem_cpu cpus[] = {MEM_CPU_RAM, MEM_CPU_DEVICE};
	static uint8_t end[2][RIG_BYTES];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct peer_rig r;
		uint8_t from[RIG_BYTES];
		struct err e = {0};
		uint64_t sum;
		uint32_t id;

		setup(&r, cpus[i]);
		peer_rig_link(&r, &peer_rig_plain);
		id = r.target.id;
		assert_int_equal(peer_target_fill(r.peer, id, 3, 20000, KEY, NULL), 0);
		assert_int_equal(peer_target_check(r.peer, id, &eight, 99, KEY, true, &e), 0);
		assert_int_equal(peer_target_check(r.peer, id, &eight, 99, KEY, false, &e), 0);
		assert_int_equal(peer_target_spot(r.peer, id, &eight, 99, KEY, 0, &e), 0);
		assert_int_equal(peer_target_poison(r.peer, id, 9000, 5001, NULL), 0);
		assert_int_equal(peer_target_check(r.peer, id, &eight, 4, KEY, true, &e), 0);
		assert_int_equal(peer_target_check(r.peer, id, &eight, 5, KEY, true, &e), -EBADMSG);
		assert_non_null(strstr(e.text, "offset 9000:"));
		assert_non_null(strstr(e.text, "untouched"));
		assert_int_equal(peer_target_zero(r.peer, id, 64, 256, NULL), 0);
		assert_int_equal(peer_target_sum(r.peer, id, &words, &sum, NULL), 0);
		assert_int_equal(sum, 0);
		pattern_fill(from, 0, RIG_BYTES, KEY + 1);
		if (peer_rig_here) {
			assert_int_equal(peer_target_copy(r.peer, id, &eight, from, 2, 3, NULL), 0);
			assert_int_equal(peer_target_copy(r.peer, id, &words, from, 1, 1, NULL), 0);
			assert_int_equal(peer_target_sum(r.peer, id, &words, &sum, NULL), 0);
			assert_memory_equal(&sum, from + 128, sizeof(sum));
		}
		assert_int_equal(peer_target_fill(r.peer, id, RIG_BYTES, 1, KEY, &e), -EINVAL);
		assert_int_equal(peer_target_zero(r.peer, id, 1, RIG_BYTES, &e), -EINVAL);
		memcpy(end[i], seen(&r, &r.target), RIG_BYTES);
		assert_true(i ? fake.by_access > 20000 + 5001 : !fake.by_access);
		peer_rig_close(&r);
		assert_int_equal(fake.open, 0);
	}
	assert_memory_equal(end[0], end[1], RIG_BYTES);
}

static void a_spot_waits_and_then_tells(void **state)
{
	struct peer_rig r;
	struct err e = {0};
	uint8_t *at;

	(void)state;
	setup(&r, MEM_CPU_DEVICE);
	assert_int_equal(peer_target_fill(r.peer, r.target.id, 0, RIG_BYTES, KEY, NULL), 0);
	at = fake.va + 12266; /* last byte of the last message */
	fake.place = at;
	fake.value = *at;
	*at ^= 0xff;
	fake.late = 100;
	assert_int_equal(peer_target_spot(r.peer, r.target.id, &eight, 8, KEY, 20000000000ll, &e), 0);
	assert_int_equal(fake.late, 0);
	*at ^= 0xff;
	assert_int_equal(peer_target_spot(r.peer, r.target.id, &eight, 8, KEY, 0, &e), -EBADMSG);
	assert_non_null(strstr(e.text, "offset 12266:"));
	assert_true(e.hint[0]);
	assert_int_equal(peer_target_spot(r.peer, r.target.id, &eight, 7, KEY, 0, &e), 0);
	assert_int_equal(peer_target_spot(r.peer, r.target.id, &eight, 0, KEY + 1, 0, &e), 0);
	assert_int_equal(peer_target_spot(r.peer, r.target.id, &eight, 1, KEY + 1, 0, &e), -EBADMSG);
	peer_rig_close(&r);
}

static void what_no_cpu_reaches_is_refused(void **state)
{
	struct peer_bounce b;
	struct peer_target t;
	struct peer_rig r;
	struct err e;
	uint64_t sum;
	uint32_t id;

	(void)state;
	setup(&r, MEM_CPU_NONE);
	peer_rig_link(&r, &peer_rig_plain);
	id = r.target.id;
	assert_int_equal(peer_target_fill(r.peer, id, 0, 1, KEY, &e), -EOPNOTSUPP);
	assert_int_equal(peer_target_poison(r.peer, id, 0, 1, &e), -EOPNOTSUPP);
	assert_int_equal(peer_target_zero(r.peer, id, 0, 1, &e), -EOPNOTSUPP);
	assert_int_equal(peer_target_check(r.peer, id, &eight, 1, KEY, true, &e), -EOPNOTSUPP);
	assert_int_equal(peer_target_spot(r.peer, id, &eight, 1, KEY, 0, &e), -EOPNOTSUPP);
	assert_int_equal(peer_target_copy(r.peer, id, &eight, r.bytes, 0, 1, &e), -EOPNOTSUPP);
	assert_int_equal(peer_target_sum(r.peer, id, &words, &sum, &e), -EOPNOTSUPP);
	assert_int_equal(open_by(&r, INTERCONNECT_BOUNCE, &t, &e), 0);
	assert_int_equal(peer_target_bounce(r.peer, t.id, &b, &e), -EOPNOTSUPP);
	seen(&r, &r.target); /* the NIC does not mind */
	peer_rig_close(&r);
	assert_int_equal(fake.open, 0);
}

/* Staging is the target's own; what a CPU is asked about is the memory. */
static void a_bounce_has_staging_of_its_own(void **state)
{
	static struct hist reg, dereg;
	const struct peer_reg times = {&reg, &dereg};
	struct peer_target t, other;
	struct peer_bounce b, c;
	struct peer_rig r;
	struct rig_wr w;
	struct err e = {0};

	(void)state;
	if (!peer_rig_here)
		skip(); /* no CPU reaches both ends */
	setup(&r, MEM_CPU_DEVICE);
	peer_rig_link(&r, &peer_rig_plain);
	assert_int_equal(peer_target_bounce(r.peer, r.target.id, &b, &e), -EINVAL);
	assert_int_equal(peer_target_bounce(r.peer, 77, &b, &e), -EINVAL);
	assert_int_equal(open_by(&r, INTERCONNECT_BOUNCE, &t, &e), 0);
	assert_int_equal(fake.asked.kind, MEM_HOST);
	assert_int_equal(fake.asked.length, RIG_BYTES);
	assert_int_equal(fake.asked.numa, CONFIG_NUMA_ANY);
	assert_int_equal(t.interconnect, INTERCONNECT_BOUNCE);
	assert_int_equal(t.kind, MEM_MEMFD);
	assert_int_equal(t.cpu, MEM_CPU_DEVICE);
	assert_int_equal(t.bytes, RIG_BYTES);
	assert_int_equal(open_by(&r, INTERCONNECT_BOUNCE, &other, &e), 0);
	assert_int_equal(peer_target_bounce(r.peer, t.id, &b, &e), 0);
	assert_int_equal(peer_target_bounce(r.peer, other.id, &c, &e), 0);
	assert_int_equal(b.cpu, MEM_CPU_DEVICE);
	assert_int_equal(b.bytes, RIG_BYTES);
	assert_ptr_equal(b.memory, fake.va);
	assert_ptr_equal(c.memory, b.memory);
	assert_ptr_not_equal(c.staging, b.staging);

	assert_int_equal(peer_target_fill(r.peer, t.id, 0, RIG_BYTES, KEY, &e), 0);
	pattern_fill(r.bytes, 0, RIG_BYTES, KEY + 1);
	peer_rig_wr(&r, &w, IBV_WR_RDMA_WRITE, 4096, 4096);
	w.wr.wr.rdma.rkey = t.rkey;
	w.wr.wr.rdma.remote_addr = t.addr + 4096;
	assert_int_equal(peer_rig_do(&r, 0, &w), IBV_WC_SUCCESS);
	assert_memory_equal((uint8_t *)b.staging + 4096, r.bytes + 4096, 4096);
	assert_int_equal(((uint8_t *)c.staging)[4100], 0);
	assert_int_equal(peer_target_check(r.peer, t.id, &eight, 8, KEY, true, &e), 0);

	hist_clear(&reg);
	hist_clear(&dereg);
	assert_int_equal(peer_target_reg(r.peer, t.id, 4096, 0, 3, &times, &e), 0);
	assert_int_equal(peer_target_alive(r.peer, t.id, &e), 0);
	assert_int_equal(peer_target_close(r.peer, t.id, &e), 0);
	peer_rig_close(&r);
	assert_int_equal(fake.open, 0);
}

static void interconnects_as_asked(void **state)
{
	const struct config_memory near = {
		.name = "far away", .kind = MEM_MEMFD, .length = 1, .numa = CONFIG_NUMA_ANY, .pages = 0};
	struct peer_target_spec spec = {.interconnect = INTERCONNECT_BOUNCE, .staging = &near};
	struct peer_target t;
	struct peer_rig r;
	struct err e;
	int open;

	(void)state;
	setup(&r, MEM_CPU_RAM);
	spec.memory = r.memory;
	assert_int_equal(open_by(&r, INTERCONNECT_DATA_DIRECT, &t, &e), 0);
	assert_true(fake.spec.data_direct);
	assert_int_equal(t.interconnect, INTERCONNECT_DATA_DIRECT);
	assert_int_equal(open_by(&r, INTERCONNECT_AUTO, &t, &e), -EINVAL);
	assert_int_equal(open_by(&r, -1, &t, &e), -EINVAL);
	assert_int_equal(peer_target_open(r.peer, &spec, &t, &e), 0);
	assert_string_equal(fake.asked.name, "far away");
	assert_int_equal(fake.asked.kind, MEM_HOST);
	assert_int_equal(fake.asked.length, RIG_BYTES);
	open = fake.open;
	fake.refuse_open = true;
	assert_int_equal(peer_target_open(r.peer, &spec, &t, &e), -ENOMEM);
	assert_string_equal(peer_rig_said(&e), "refused memory");
	fake.refuse_open = false;
	fake.refuse_mr = true;
	assert_int_equal(peer_target_open(r.peer, &spec, &t, &e), -ENOMEM);
	assert_string_equal(peer_rig_said(&e), "refused MR");
	assert_int_equal(fake.open, open);
	fake.refuse_mr = false;
	peer_rig_close(&r);
	assert_int_equal(fake.open, 0);
}

static void a_bounce_serves_nobody(void **state)
{
	const struct slots slot = {.size = 8, .count = 1, .ring = 1};
	struct peer_service s = {.work = PEER_ECHO, .qps = 1, .slots = &slot};
	struct peer_target t;
	struct peer_rig r;
	struct err e;

	(void)state;
	setup(&r, MEM_CPU_DEVICE);
	peer_rig_link(&r, &peer_rig_receiving);
	s.link = r.link;
	s.target = r.target.id;
	assert_int_equal(peer_serve(r.peer, &s, NULL, 0, &e), -EINVAL);
	assert_non_null(strstr(e.text, "no memory that a CPU can poll"));
	assert_int_equal(open_by(&r, INTERCONNECT_BOUNCE, &t, &e), 0);
	s.target = t.id;
	for (unsigned int echo = 0; echo < 2; echo++) {
		s.work = echo ? PEER_ECHO : PEER_RECEIVE;
		assert_int_equal(peer_serve(r.peer, &s, NULL, 0, &e), -EINVAL);
		assert_non_null(strstr(e.text, "bounced"));
	}
	peer_rig_close(&r);
}

/* Every look at the memory of @id by the CPU, which must end with @rc. */
static void looks(struct peer_rig *r, uint32_t id, int rc)
{
	struct err e;
	uint64_t sum;

	assert_int_equal(peer_target_fill(r->peer, id, 0, RIG_BYTES, KEY, &e), rc);
	assert_int_equal(peer_target_check(r->peer, id, &eight, 1, KEY, true, &e), rc);
	assert_int_equal(peer_target_spot(r->peer, id, &eight, 1, KEY, 0, &e), rc);
	assert_int_equal(peer_target_sum(r->peer, id, &words, &sum, &e), rc);
	assert_int_equal(peer_target_poison(r->peer, id, 0, 1, &e), rc);
	assert_int_equal(peer_target_zero(r->peer, id, 0, 1, &e), rc);
	assert_int_equal(peer_target_copy(r->peer, id, &eight, r->bytes, 0, 1, &e),
			 peer_rig_here ? rc : -EOPNOTSUPP);
	assert_int_equal(peer_target_alive(r->peer, id, &e), rc);
}

/* Two targets of one memory, main and bounce, and one of another device. */
struct fates {
	struct peer_rig r;
	struct peer_target bounced, foreign;
};

static void setup_fates(struct fates *f)
{
	struct vfio_device *const device = (struct vfio_device *)(uintptr_t)64;
	uint32_t memory;

	setup(&f->r, MEM_CPU_DEVICE);
	assert_int_equal(open_by(&f->r, INTERCONNECT_BOUNCE, &f->bounced, NULL), 0);
	memory = f->r.memory;
	fake.device = (struct vfio_device *)(uintptr_t)128;
	peer_rig_memory(&f->r, &f->r.memory);
	assert_int_equal(open_by(&f->r, INTERCONNECT_MAIN, &f->foreign, NULL), 0);
	f->r.memory = memory;
	fake.device = device;
}

static void a_device_is_asked(void **state)
{
	struct nic_mr_tph shown;
	struct mem_health h;
	struct mem_tph tph;
	struct fates f;
	struct err e;

	(void)state;
	setup_fates(&f);
	assert_int_equal(peer_target_health(f.r.peer, f.bounced.id, &h, &e), 0);
	assert_int_equal(h.devsta, 9);
	assert_int_equal(peer_target_health(f.r.peer, 99, &h, &e), -EINVAL);
	assert_int_equal(peer_memory_tph(f.r.peer, f.r.memory, &tph, &e), 0);
	assert_int_equal(tph.index, 13);
	assert_int_equal(peer_memory_tph(f.r.peer, 99, &tph, &e), -EINVAL);
	assert_int_equal(peer_target_shows_tph(f.r.peer, 99, &shown, &e), -EINVAL);
	assert_int_not_equal(peer_target_shows_tph(f.r.peer, f.r.target.id, &shown, &e), 0);
	peer_rig_close(&f.r);
}

static void memory_that_is_off_comes_back(void **state)
{
	struct peer_bounce ends;
	struct peer_target t;
	struct mem_health h;
	struct fates f;
	struct err e = {0};

	(void)state;
	setup_fates(&f);
	assert_int_equal(peer_target_revoke(f.r.peer, f.bounced.id, MEM_REVOKE_RESET, &e), 0);
	assert_int_equal(fake.how, MEM_REVOKE_RESET);
	looks(&f.r, f.r.target.id, 0);

	assert_int_equal(peer_target_revoke(f.r.peer, f.bounced.id, MEM_REVOKE_MEMORY_OFF, &e), 0);
	looks(&f.r, f.r.target.id, -ENODEV);
	looks(&f.r, f.bounced.id, -ENODEV);
	looks(&f.r, f.foreign.id, 0);
	assert_int_equal(peer_target_bounce(f.r.peer, f.bounced.id, &ends, &e),
			 peer_rig_here ? -ENODEV : -EOPNOTSUPP);
	assert_int_equal(open_by(&f.r, INTERCONNECT_MAIN, &t, &e), -ENODEV);
	assert_non_null(strstr(e.hint, "restore"));
	assert_int_equal(peer_target_health(f.r.peer, f.r.target.id, &h, &e), 0);

	fake.refuse_revoke = true;
	assert_int_equal(peer_target_restore(f.r.peer, f.r.target.id, &e), -EIO);
	looks(&f.r, f.r.target.id, -ENODEV);
	fake.refuse_revoke = false;
	assert_int_equal(peer_target_restore(f.r.peer, f.r.target.id, &e), 0);
	looks(&f.r, f.r.target.id, 0);
	looks(&f.r, f.bounced.id, 0);
	assert_int_equal(fake.restored, 1);
	peer_rig_close(&f.r);
	assert_int_equal(fake.open, 0);
}

static void what_was_closed_can_only_be_closed(void **state)
{
	struct mem_health h;
	struct mem_tph tph;
	struct fates f;
	struct err e = {0};

	(void)state;
	setup_fates(&f);
	fake.refuse_revoke = true;
	assert_int_equal(peer_target_revoke(f.r.peer, f.bounced.id, MEM_REVOKE_CLOSE, &e), -EIO);
	looks(&f.r, f.r.target.id, 0);
	fake.refuse_revoke = false;
	assert_int_equal(peer_target_revoke(f.r.peer, f.r.target.id, MEM_REVOKE_CLOSE, &e), 0);
	assert_int_equal(fake.revoked, 1);
	looks(&f.r, f.r.target.id, -ENODEV);
	looks(&f.r, f.bounced.id, -ENODEV);
	looks(&f.r, f.foreign.id, 0);
	assert_int_equal(peer_target_restore(f.r.peer, f.bounced.id, &e), -ENODEV);
	assert_int_equal(peer_target_revoke(f.r.peer, f.bounced.id, MEM_REVOKE_RESET, &e), -ENODEV);
	assert_int_equal(peer_target_health(f.r.peer, f.bounced.id, &h, &e), -ENODEV);
	assert_int_equal(peer_memory_tph(f.r.peer, f.r.memory, &tph, &e), -ENODEV);
	assert_int_equal(fake.revoked, 1);
	assert_int_equal(fake.restored, 0);
	assert_int_equal(peer_target_close(f.r.peer, f.r.target.id, &e), 0);

	/* The device opened anew may have the old one's address. */
	peer_rig_memory(&f.r, &f.r.memory);
	assert_int_equal(open_by(&f.r, INTERCONNECT_MAIN, &f.r.target, &e), 0);
	assert_int_equal(peer_target_revoke(f.r.peer, f.r.target.id, MEM_REVOKE_MEMORY_OFF, &e), 0);
	assert_int_equal(peer_target_restore(f.r.peer, f.r.target.id, &e), 0);
	looks(&f.r, f.r.target.id, 0);
	looks(&f.r, f.bounced.id, -ENODEV);
	peer_rig_close(&f.r);
	assert_int_equal(fake.open, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_devices_contents_are_as_asked),
		cmocka_unit_test(a_spot_waits_and_then_tells),
		cmocka_unit_test(what_no_cpu_reaches_is_refused),
		cmocka_unit_test(a_bounce_has_staging_of_its_own),
		cmocka_unit_test(interconnects_as_asked),
		cmocka_unit_test(a_bounce_serves_nobody),
		cmocka_unit_test(a_device_is_asked),
		cmocka_unit_test(memory_that_is_off_comes_back),
		cmocka_unit_test(what_was_closed_can_only_be_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
