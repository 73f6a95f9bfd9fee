// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the responder's CPU does in a window: receives go to their slots, echoes come back. */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "soft/peer_rig.h"

enum { KEY = 9, SENT = 150 };

/*
 * Each message is sent from the place where it belongs and carries a number, so it is in its slot or it is
 * wrong; the last queue pair of the link takes no part and its slice stays poisoned.
 */
static void messages_go_to_their_slots(void **state)
{
	static const int64_t patterns[] = {PATTERN_SEQ, PATTERN_RAND};

	(void)state;
	for (unsigned int k = 0; k < 2; k++) {
		const uint32_t qps = peer_rig_receiving.n - 1, messages = 77;
		struct peer_service s = {.work = PEER_RECEIVE, .qps = qps};
		struct slots slots[RIG_QPS];
		struct peer_served served;
		struct peer_rig r;
		struct err e;

		peer_rig_open(&r, MEM_MEMFD);
		peer_rig_link(&r, &peer_rig_receiving);
		for (uint32_t i = 0; i < peer_rig_receiving.n; i++)
			slots[i] = peer_rig_slice(i, patterns[k]);
		assert_int_equal(peer_target_poison(r.peer, r.target.id, 0, RIG_BYTES, NULL), 0);
		pattern_fill(r.bytes, 0, RIG_BYTES, KEY);
		peer_rig_serve(&r, &s, slots);
		for (uint32_t m = 0; m < messages; m++) {
			for (uint32_t i = 0; i < qps; i++) {
				struct rig_wr w;

				peer_rig_wr(&r, &w, IBV_WR_SEND, slots_offset(&slots[i], m), RIG_MESSAGE);
				assert_int_equal(peer_rig_do(&r, i, &w), IBV_WC_SUCCESS);
			}
		}
		served.consume = NULL;
		assert_int_equal(peer_serve_stop(r.peer, &served, &e), 0);
		assert_int_equal(served.messages, qps * messages);
		for (uint32_t i = 0; i < qps; i++)
			assert_int_equal(
				peer_target_check(r.peer, r.target.id, &slots[i], messages, KEY, true, NULL),
				0);
		assert_int_equal(peer_target_check(r.peer, r.target.id, &slots[qps], 1, KEY, true, &e),
				 -EBADMSG);
		assert_non_null(strstr(e.text, "nothing arrived"));
		peer_rig_close(&r);
	}
}

/* One thread of the initiator: what its queue pair sends, and how often it was not a success. */
struct sender {
	pthread_t thread;
	struct peer_rig *r;
	const struct slots *slots;
	uint32_t qp;
	unsigned int failed;
};

static void *send_all(void *arg)
{
	struct sender *me = arg;

	for (uint32_t m = 0; m < SENT; m++) {
		struct rig_wr w;

		peer_rig_wr(me->r, &w, IBV_WR_SEND, slots_offset(me->slots, m), RIG_MESSAGE);
		me->failed += peer_rig_do(me->r, me->qp, &w) != IBV_WC_SUCCESS;
	}
	return NULL;
}

/* Eight senders, eight receiving threads, one target. */
static void lanes_share_nothing(void **state)
{
	const struct peer_link_spec spec = {.n = 8, .lanes = 8, .recv_wrs = 12, .send_wrs = 1};
	struct peer_service s = {.work = PEER_RECEIVE, .qps = 8};
	struct peer_served served = {0};
	struct sender sender[8];
	struct slots slots[8];
	struct peer_rig r;

	(void)state;
	peer_rig_open(&r, MEM_MEMFD);
	peer_rig_link(&r, &spec);
	pattern_fill(r.bytes, 0, RIG_BYTES, KEY);
	for (uint32_t i = 0; i < 8; i++)
		slots[i] = peer_rig_slice(i, PATTERN_RAND);
	peer_rig_serve(&r, &s, slots);
	for (uint32_t i = 0; i < 8; i++) {
		sender[i] = (struct sender){.r = &r, .slots = &slots[i], .qp = i};
		assert_int_equal(pthread_create(&sender[i].thread, NULL, send_all, &sender[i]), 0);
	}
	for (uint32_t i = 0; i < 8; i++) {
		pthread_join(sender[i].thread, NULL);
		assert_int_equal(sender[i].failed, 0);
	}
	assert_int_equal(peer_serve_stop(r.peer, &served, NULL), 0);
	assert_int_equal(served.messages, 8 * SENT);
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(peer_target_check(r.peer, r.target.id, &slots[i], SENT, KEY, true, NULL), 0);
	peer_rig_close(&r);
}

static void immediates_consume_receives(void **state)
{
	struct peer_service s = {.work = PEER_RECEIVE, .qps = 2, .imm = true};
	struct peer_served served = {0};
	struct slots slots = peer_rig_slice(0, PATTERN_SEQ);
	struct peer_rig r;

	(void)state;
	peer_rig_open(&r, MEM_HOST);
	peer_rig_link(&r, &peer_rig_receiving);
	pattern_fill(r.bytes, 0, RIG_BYTES, KEY);
	peer_rig_serve(&r, &s, NULL);
	for (uint32_t m = 0; m < 50; m++) {
		struct rig_wr w;

		peer_rig_wr(&r, &w, IBV_WR_RDMA_WRITE_WITH_IMM, slots_offset(&slots, m), RIG_MESSAGE);
		assert_int_equal(peer_rig_do(&r, m % 2, &w), IBV_WC_SUCCESS);
	}
	assert_int_equal(peer_serve_stop(r.peer, &served, NULL), 0);
	assert_int_equal(served.messages, 50);
	assert_int_equal(peer_target_check(r.peer, r.target.id, &slots, 50, KEY, true, NULL), 0);
	peer_rig_close(&r);
}

/* 300 round trips: the counting byte wraps. Each answer is the message, whole. */
static void a_ping_comes_back(void **state)
{
	enum { PINGS = 300 };
	const struct slots slot = {
		.offset = 192, .size = 1001, .stride = 1024, .count = 1, .pattern = PATTERN_SAME, .ring = 64};
	const uint64_t reply = RIG_BYTES / 2;
	struct peer_service s = {.work = PEER_ECHO, .qps = 1, .consume = CONSUME_ALL};
	struct peer_served served = {.consume = malloc(sizeof(struct hist))};
	struct peer_rig r;
	int64_t deadline = peer_rig_deadline();

	(void)state;
	assert_non_null(served.consume);
	peer_rig_open(&r, MEM_MEMFD);
	peer_rig_link(&r, &peer_rig_plain);
	s.reply_addr = r.mr.addr + reply;
	s.reply_rkey = r.mr.mr->rkey;
	for (unsigned int again = 0; again < 2; again++) {
		peer_rig_serve(&r, &s, &slot);
		for (uint64_t m = 0; m < PINGS; m++) {
			volatile unsigned char *last = r.bytes + reply + slot.size - 1;
			struct rig_wr w;

			pattern_fill(r.bytes, slot.offset, slot.size, m);
			r.bytes[slot.offset + slot.size - 1] = (unsigned char)(m % 255 + 1);
			*last = 0;
			peer_rig_wr(&r, &w, IBV_WR_RDMA_WRITE, slot.offset, (uint32_t)slot.size);
			assert_int_equal(peer_rig_do(&r, 0, &w), IBV_WC_SUCCESS);
			while (__atomic_load_n(last, __ATOMIC_ACQUIRE) != m % 255 + 1) {
				assert_false(peer_rig_late(deadline));
				sched_yield(); /* who echoes may be waiting for this CPU */
			}
		}
		assert_int_equal(peer_serve_stop(r.peer, &served, NULL), 0);
		assert_memory_equal(r.bytes + reply, r.bytes + slot.offset, slot.size);
		assert_int_equal(served.messages, PINGS);
		assert_int_equal(hist_count(served.consume), PINGS);
		assert_true(served.consume->max > 0);
	}
	peer_rig_close(&r);
	free(served.consume);
}

static void nothing_is_timed_that_was_not_asked(void **state)
{
	const struct slots slot = {.size = 8, .count = 1, .ring = 1};
	struct peer_service s = {.work = PEER_ECHO, .qps = 1, .consume = CONSUME_NONE};
	struct peer_served served = {.consume = malloc(sizeof(struct hist))};
	struct peer_rig r;

	(void)state;
	assert_non_null(served.consume);
	peer_rig_open(&r, MEM_HOST);
	peer_rig_link(&r, &peer_rig_plain);
	served.messages = 7;
	assert_int_equal(peer_serve_stop(r.peer, &served, NULL), 0); /* none runs */
	assert_int_equal(served.messages, 0);
	peer_rig_serve(&r, &s, &slot);
	assert_int_equal(peer_serve_stop(r.peer, &served, NULL), 0);
	assert_int_equal(served.messages, 0);
	assert_int_equal(hist_count(served.consume), 0);
	peer_rig_serve(&r, &s, &slot);
	peer_rig_close(&r); /* while it polls */
	free(served.consume);
}

static void refused(struct peer_rig *r, const struct peer_service *s, int want, const char *word)
{
	struct err e = {0};

	assert_int_equal(peer_serve(r->peer, s, NULL, 0, &e), want);
	assert_non_null(strstr(e.text, word));
}

static void bad_services_are_refused(void **state)
{
	struct slots slots[RIG_QPS];
	struct peer_service s = {.work = PEER_RECEIVE, .qps = 2, .slots = slots}, bad;
	struct peer_target ro;
	struct peer_rig r;

	(void)state;
	for (uint32_t i = 0; i < RIG_QPS; i++)
		slots[i] = peer_rig_slice(i, PATTERN_SEQ);
	peer_rig_open(&r, MEM_HOST);
	peer_rig_link(&r, &peer_rig_plain);
	assert_int_equal(peer_rig_target(&r, NULL, true, &ro, NULL), 0);
	s.target = r.target.id;
	s.link = r.link;
	s.qps = 1;
	refused(&r, &s, -EINVAL, "without receives");
	bad = s;
	bad.work = PEER_ECHO;
	bad.target = ro.id;
	refused(&r, &bad, -EINVAL, "relaxed ordering");
	bad.target = r.target.id;
	slots[0].size = 0;
	refused(&r, &bad, -EINVAL, "empty");
	slots[0].size = RIG_MESSAGE;
	peer_rig_unlink(&r);
	peer_rig_link(&r, &peer_rig_receiving);
	s.link = r.link;
	for (uint32_t qps = 0; qps <= 6; qps += 6) {
		bad = s;
		bad.qps = qps;
		refused(&r, &bad, -EINVAL, "queue pairs");
	}
	bad = s;
	bad.link = 55;
	refused(&r, &bad, -EINVAL, "no link 55");
	bad = s;
	bad.target = 56;
	refused(&r, &bad, -EINVAL, "no target 56");
	bad = s;
	bad.work = PEER_ECHO;
	bad.qps = 2;
	refused(&r, &bad, -EINVAL, "ping-pong");
	s.qps = 2;
	slots[1].offset = RIG_BYTES;
	refused(&r, &s, -EINVAL, "do not fit");
	slots[1].offset = RIG_SLICE;
	peer_rig_serve(&r, &s, slots);
	refused(&r, &s, -EBUSY, "running");
	assert_int_equal(peer_target_close(r.peer, r.target.id, NULL), -EBUSY);
	assert_int_equal(peer_disconnect(r.peer, r.link, NULL), -EBUSY);
	assert_int_equal(peer_serve_stop(r.peer, NULL, NULL), 0);
	refused(&r, &s, -EINVAL, "connect anew");
	bad = s;
	bad.work = PEER_ECHO;
	bad.qps = 1;
	refused(&r, &bad, -EINVAL, "connect anew");
	peer_rig_close(&r);
}

/* Threads of this process that may not run on @cpu. */
static unsigned int threads_off(int cpu)
{
	DIR *d = opendir("/proc/self/task");
	struct dirent *t;
	unsigned int n = 0;

	assert_non_null(d);
	while ((t = readdir(d))) {
		pid_t tid = (pid_t)strtol(t->d_name, NULL, 10);
		cpu_set_t set;

		if (tid > 0 && !sched_getaffinity(tid, sizeof(set), &set))
			n += !CPU_ISSET(cpu, &set);
	}
	closedir(d);
	return n;
}

static void the_initiators_cpus_are_left_alone(void **state)
{
	struct slots slots[RIG_QPS];
	struct peer_service s = {.work = PEER_RECEIVE, .qps = 2, .slots = slots};
	int all[CPU_SETSIZE], avoid[] = {-1, -1, CPU_SETSIZE};
	struct peer_rig r;
	unsigned int before;
	cpu_set_t set;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	if (CPU_COUNT(&set) < 2)
		skip();
	for (int i = 0; i < CPU_SETSIZE; i++) {
		all[i] = i;
		avoid[1] = CPU_ISSET(i, &set) ? i : avoid[1];
	}
	for (uint32_t i = 0; i < 2; i++)
		slots[i] = peer_rig_slice(i, PATTERN_SEQ);
	peer_rig_open(&r, MEM_HOST);
	peer_rig_link(&r, &peer_rig_receiving);
	s.link = r.link;
	before = threads_off(avoid[1]);
	assert_int_equal(peer_serve(r.peer, &s, avoid, 3, NULL), 0);
	assert_int_equal(threads_off(avoid[1]), before + 2); /* one a lane */
	assert_int_equal(peer_serve_stop(r.peer, NULL, NULL), 0);
	peer_rig_unlink(&r);
	peer_rig_link(&r, &peer_rig_receiving);
	s.link = r.link;
	assert_int_equal(peer_serve(r.peer, &s, all, CPU_SETSIZE, NULL), 0); /* none left: anywhere */
	assert_int_equal(threads_off(avoid[1]), before);
	assert_int_equal(peer_serve_stop(r.peer, NULL, NULL), 0);
	peer_rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_go_to_their_slots),
		cmocka_unit_test(lanes_share_nothing),
		cmocka_unit_test(immediates_consume_receives),
		cmocka_unit_test(a_ping_comes_back),
		cmocka_unit_test(nothing_is_timed_that_was_not_asked),
		cmocka_unit_test(bad_services_are_refused),
		cmocka_unit_test(the_initiators_cpus_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
