// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sessions that end as they should not. An agent that is killed, closes, says nothing or talks nonsense, in
 * each state of the protocol: the initiator gets the contract's errno, and everything afterwards is -ENOTCONN
 * at once. An initiator that leaves, says nothing or talks nonsense: the agent ends and nothing stays open.
 */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/sys.h"
#include "peer/host_priv.h"
#include "peer/message.h"
#include "peer/peer_priv.h"
#include "soft/agent_rig.h"

enum { BYTES = 65536 };
#define SHORT_NS 50000000ll

static const struct config_memory memory = {
	.name = "t", .kind = MEM_MEMFD, .length = BYTES, .numa = CONFIG_NUMA_ANY};
static const struct slots slots = {.size = 64, .stride = 64, .count = 4, .pattern = PATTERN_SEQ, .ring = 4};

/* What a session has come to. */
enum state { GREETED, OPEN, MEMORY, TARGET, LINKED, SERVING, STATES };

struct session {
	struct peer_host *h;
	struct peer *p;
	uint32_t memory, link;
	struct peer_target t;
};

/* The next step into @to. Return: as the request does. */
static int advance(struct session *s, enum state to, struct err *e)
{
	const struct peer_target_spec spec = {.memory = s->memory};
	const struct peer_link_spec link = {.n = 1, .lanes = 1, .recv_wrs = 2, .send_wrs = 1};
	const struct nic_qp_addr nobody = {.qp_num = 17, .mtu = 4096, .rd_atomic = 1, .rd_init = 1};
	const struct peer_service serve = {
		.work = PEER_RECEIVE, .link = s->link, .target = s->t.id, .qps = 1, .slots = &slots};
	struct nic_qp_addr local;

	switch (to) {
	case OPEN:
		return peer_open_at(s->h, "soft0", 1, -1, &s->p, e);
	case MEMORY:
		return peer_memory_open(s->p, &memory, &s->memory, e);
	case TARGET:
		return peer_target_open(s->p, &spec, &s->t, e);
	case LINKED:
		return peer_connect(s->p, &link, &nobody, &local, &s->link, e);
	case SERVING:
		return peer_serve(s->p, &serve, NULL, 0, e);
	default:
		return 0;
	}
}

static void go_to(struct session *s, enum state to)
{
	struct err e = {0};

	for (enum state i = OPEN; i <= to; i++) {
		if (advance(s, i, &e))
			fail_msg("state %d: %s", (int)i, e.text);
	}
}

static unsigned int entries(const char *dir)
{
	DIR *d = opendir(dir);
	unsigned int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* Threads and descriptors of this process. */
static unsigned int open_things(void)
{
	return entries("/proc/self/fd") + entries("/proc/self/task");
}

/* A joined thread leaves the kernel's list a moment after its join. */
static void assert_open(unsigned int before)
{
	int64_t until = clock_raw_ns() + 20000000000;

	while (open_things() > before && clock_raw_ns() < until)
		sched_yield();
	assert_true(open_things() <= before);
}

/* An agent of its own process on the other end of a pair. */
static struct channel *fork_agent(int *pid)
{
	struct agent_input in = {.sys = &sys_real, .version = "7.8.9"};
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
	*pid = fork();
	assert_true(*pid >= 0);
	if (!*pid) {
		struct channel *c;

		close(fd[0]);
		c = channel_new(fd[1], fd[1], "initiator");
		_exit(c && !agent_run(c, &in, NULL) ? 0 : 1);
	}
	close(fd[1]);
	return channel_new(fd[0], fd[0], "rack7");
}

static void is_gone(struct session *s, const char *why)
{
	struct peer *p;
	struct err e = {0};
	json_t *answer;

	assert_int_equal(peer_open_at(s->h, "soft0", 1, -1, &p, &e), -ENOTCONN);
	assert_non_null(strstr(e.text, why));
	assert_non_null(strstr(e.text, "rack7"));
	assert_int_equal(peer_host_ask(s->h, "topo", NULL, &answer, 0, &e), -ENOTCONN);
	assert_null(answer);
	peer_close(s->p);
	peer_host_close(s->h);
}

static void a_killed_agent_is_noticed(void **state)
{
	(void)state;
	for (enum state at = GREETED; at < STATES; at++) {
		unsigned int before = open_things();
		struct session s = {0};
		struct err e = {0};
		int pid, status, rc;

		assert_int_equal(peer_host_open(fork_agent(&pid), -1, &s.h, &e), 0);
		go_to(&s, at);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		rc = s.p ? peer_serve_stop(s.p, NULL, &e) : advance(&s, OPEN, &e);
		assert_int_equal(rc, -EPIPE);
		assert_ptr_equal(strstr(e.text, "rack7: "), e.text);
		is_gone(&s, "closed");
		assert_open(before);
	}
}

/* The initiator in a process of its own, which dies in state @at. */
static int die_there(struct agent_rig *r, enum state at)
{
	struct agent_input in = {.sys = &sys_real};
	int fd[2], status, rc;
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		struct session s = {0};
		struct channel *c = channel_new(fd[0], fd[0], "rack7");
		bool good = c && !peer_host_open(c, -1, &s.h, NULL);

		close(fd[1]);
		for (enum state i = OPEN; good && i <= at; i++)
			good = !advance(&s, i, NULL);
		if (good)
			raise(SIGKILL);
		_exit(1);
	}
	close(fd[0]);
	r->far = channel_new(fd[1], fd[1], "initiator");
	rc = agent_run(r->far, &in, &r->e);
	channel_free(r->far);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	return rc;
}

/* It ends with 0, and nothing stays open: after goodbye, goodbye with everything still open, and death. */
static void an_agent_ends_when_the_initiator_leaves(void **state)
{
	enum { IN_ORDER, AT_ONCE, DEAD, WAYS };

	(void)state;
	for (int how = IN_ORDER; how < WAYS; how++) {
		for (enum state at = GREETED; at < STATES; at++) {
			unsigned int before = open_things();
			struct session s = {0};
			struct agent_rig r;

			if (how == DEAD) {
				assert_int_equal(die_there(&r, at), 0);
				assert_open(before);
				continue;
			}
			s.h = agent_rig_open(&r, NULL);
			go_to(&s, at);
			if (how == IN_ORDER)
				peer_close(s.p);
			peer_host_close(s.h);
			if (how == AT_ONCE && s.p)
				free(s.p->qps), free(s.p);
			assert_int_equal(agent_rig_join(&r), 0);
			assert_open(before);
		}
	}
}

static void an_agent_tires_of_waiting(void **state)
{
	(void)state;
	for (int greeted = 0; greeted < 2; greeted++) {
		const struct agent_input in = {.idle_ns = greeted ? SHORT_NS * 60 : SHORT_NS};
		struct channel *c = NULL;
		struct session s = {0};
		struct agent_rig r;

		if (greeted)
			s.h = agent_rig_open(&r, &in);
		else
			c = agent_rig_start(&r, &in);
		assert_int_equal(agent_rig_join(&r), -ETIMEDOUT);
		assert_true(r.e.text[0]);
		channel_free(c);
		peer_host_close(s.h);
	}
}

/* What an initiator may not say, and whether it hears why before the end. */
static void an_agent_ends_at_nonsense(void **state)
{
	static const struct {
		const char *text;
		bool greeted;
	} rows[] = {
		{"GET / HTTP/1.1", false},
		{"{}", false},
		{"{\"n\": 1, \"ask\": \"open\", \"at\": 0, \"with\": {}}", false},
		{"{\"n\": 1, \"ask\": \"hello\", \"at\": 0, \"with\": {}}", false},
		{"{\"n\": 1, \"ask\": \"hello\", \"at\": 0, \"with\": {\"magic\": \"other\", \"protocol\": "
		 "1, \"oldest\": 1}}",
		 false},
		{"{\"n\": 1, \"ask\": \"hello\", \"at\": 0, \"with\": {\"magic\": \"p2pbench\", "
		 "\"protocol\": 9, \"oldest\": "
		 "8}}",
		 false},
		{"{\"n\": 9, \"ask\": \"hello\", \"at\": 0, \"with\": {\"magic\": \"p2pbench\", "
		 "\"protocol\": 1, \"oldest\": "
		 "1}}",
		 true},
		{"nonsense", true},
		{"{\"n\": 1, \"ask\": \"target_zero\"}", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		static const char hello[] =
			"{\"n\": 1, \"ask\": \"hello\", \"at\": 0, \"with\": {\"magic\": \"p2pbench\", "
			"\"protocol\": 2, \"oldest\": 1, \"newer\": true}}";
		unsigned int before = open_things();
		struct agent_rig r;
		struct channel *c = agent_rig_start(&r, NULL);
		const char *text;
		struct err e;
		size_t n;

		if (rows[i].greeted) {
			assert_int_equal(channel_send(c, hello, strlen(hello), agent_rig_deadline(), &e), 0);
			assert_int_equal(channel_receive(c, 1 << 20, &text, &n, agent_rig_deadline(), &e), 0);
			assert_non_null(strstr(text, "\"rc\":0"));
		}
		assert_int_equal(
			channel_send(c, rows[i].text, strlen(rows[i].text), agent_rig_deadline(), &e), 0);
		assert_int_equal(channel_receive(c, 1 << 20, &text, &n, agent_rig_deadline(), &e), 0);
		assert_true(strstr(text, "\"rc\":-71") || strstr(text, "\"protocol\":1"));
		assert_int_equal(channel_receive(c, 1 << 20, &text, &n, agent_rig_deadline(), &e), -EPIPE);
		assert_int_equal(agent_rig_join(&r), -EPROTO);
		assert_true(r.e.text[0]);
		channel_free(c);
		assert_open(before);
	}
}

/* A frame longer than is taken in that state. */
static void an_agent_bounds_what_it_reads(void **state)
{
	const size_t n = MESSAGE_HELLO_MAX + 1;
	char *text = calloc(1, n);
	struct agent_rig r;
	struct channel *c = agent_rig_start(&r, NULL);
	struct err e;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', n);
	channel_send(c, text, n, agent_rig_deadline(), &e); /* may be cut short */
	assert_int_equal(agent_rig_join(&r), -EMSGSIZE);
	channel_free(c);
	free(text);
}

/**
 * struct script - the far end of a pair: answers @good requests as an agent does, then @then
 */
enum then { SAY, CLOSE, SILENCE };
struct script {
	struct channel *c;
	unsigned int good;
	enum then then;
	const char *say;
	pthread_t thread;
	int done[2]; /* written when the test is over */
};

static const char good_hello[] =
	"{\"n\":1,\"rc\":0,\"with\":{\"magic\":\"p2pbench\",\"protocol\":1,\"oldest\":1,\"version\":\"1.2."
	"3\","
	"\"build\":\"\",\"hostname\":\"h\",\"kernel\":\"k\",\"features\":[\"topo\"]}}";

static void *script_main(void *arg)
{
	static const char *const good[] = {good_hello, "{\"n\":2,\"rc\":0,\"with\":{\"responder\":0}}"};
	struct script *s = arg;
	const char *text;
	char byte;
	size_t n;

	for (unsigned int i = 0; i <= s->good; i++) {
		const char *say = i < s->good ? good[i] : s->say;

		if (channel_receive(s->c, 1 << 20, &text, &n, agent_rig_deadline(), NULL))
			return NULL;
		if (i == s->good && s->then != SAY)
			break;
		if (channel_send(s->c, say, strlen(say), agent_rig_deadline(), NULL))
			return NULL;
	}
	if (s->then == CLOSE) {
		channel_free(s->c);
		s->c = NULL;
	}
	if (read(s->done[0], &byte, 1) < 0)
		return NULL;
	return NULL;
}

static struct channel *script_start(struct script *s)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
	assert_int_equal(pipe(s->done), 0);
	s->c = channel_new(fd[1], fd[1], "far");
	assert_int_equal(pthread_create(&s->thread, NULL, script_main, s), 0);
	return channel_new(fd[0], fd[0], "rack7");
}

static void script_end(struct script *s)
{
	close(s->done[1]);
	pthread_join(s->thread, NULL);
	close(s->done[0]);
	channel_free(s->c);
}

static void a_bad_hello_is_told(void **state)
{
#define HELLO(magic, protocol, oldest)                                                                       \
	"{\"n\":1,\"rc\":0,\"with\":{\"magic\":\"" magic "\",\"protocol\":" protocol ",\"oldest\":" oldest   \
	",\"version\":\"9.9.9\",\"build\":\"\",\"hostname\":\"h\",\"kernel\":\"k\",\"features\":[]}}"
	static const struct {
		struct script s;
		int rc;
		const char *says;
	} rows[] = {
		{{.then = CLOSE}, -EPIPE, "closed"},
		{{.then = SILENCE}, -ETIMEDOUT, "time is over"},
		{{.say = "SSH-2.0"}, -EPROTO, "no JSON"},
		{{.say = "{}"}, -EPROTO, "'n' is missing"},
		{{.say = HELLO("other", "1", "1")}, -EPROTO, "no p2pbench"},
		{{.say = HELLO("p2pbench", "9", "8")}, -EPROTO, "p2pbench 9.9.9 there speaks protocol 9"},
		{{.say = HELLO("p2pbench", "9", "8")}, -EPROTO, "this one is older"},
		{{.say = HELLO("p2pbench", "0", "0")}, -EPROTO, "that one is older"},
		{{.say = HELLO("p2pbench", "\"1\"", "1")}, -EPROTO, "'protocol'"},
		{{.say = "{\"n\":2,\"rc\":0,\"with\":{}}"}, -EPROTO, "answer to request 2"},
		{{.say = "{\"n\":1,\"rc\":-13,\"error\":\"not you\",\"hint\":\"\",\"with\":{}}"},
		 -EACCES,
		 "rack7: not you"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		unsigned int before = open_things();
		struct script s = rows[i].s;
		struct peer_host *h;
		struct err e = {0};
		int rc = peer_host_open_within(script_start(&s), -1, s.then == SILENCE ? SHORT_NS : INT64_MAX,
					       &h, &e);

		if (rc != rows[i].rc || !strstr(e.text, rows[i].says))
			fail_msg("row %zu: %s: %s", i, err_name(rc), e.text);
		assert_null(h);
		script_end(&s);
		assert_open(before);
	}
}

/* After hello, to the request that opens a responder and to the one that follows. */
static void a_bad_answer_ends_the_host(void **state)
{
	static const struct {
		enum then then;
		const char *say;
		int rc;
		const char *says;
	} rows[] = {
		{CLOSE, NULL, -EPIPE, "closed"},
		{SILENCE, NULL, -ETIMEDOUT, "time is over"},
		{SAY, "junk", -EPROTO, "no JSON"},
		{SAY, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", -EPROTO, "brackets"},
		{SAY, "{\"n\":99,\"rc\":0,\"with\":{}}", -EPROTO, "answer to request 99"},
		{SAY, "{\"n\":2,\"rc\":5,\"with\":{}}", -EINVAL, "'rc'"},
	};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) {
		unsigned int good = 1 + i % 2;
		struct script s = {.good = good, .then = rows[i / 2].then, .say = rows[i / 2].say};
		struct session session = {0};
		struct err e = {0};
		int rc;

		assert_int_equal(peer_host_open_within(script_start(&s), -1,
						       s.then == SILENCE ? 60 * SHORT_NS : INT64_MAX,
						       &session.h, &e),
				 0);
		rc = advance(&session, OPEN, &e);
		if (rc != rows[i / 2].rc || !strstr(e.text, rows[i / 2].says))
			fail_msg("row %zu: %s: %s", i, err_name(rc), e.text);
		assert_null(session.p);
		is_gone(&session, rows[i / 2].says);
		script_end(&s);
	}
}

static void *nothing(void *arg)
{
	return arg;
}

/* A sanitizer starts a thread of its own with the first one. */
static int a_first_thread(void **state)
{
	pthread_t t;

	(void)state;
	return pthread_create(&t, NULL, nothing, NULL) || pthread_join(t, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_killed_agent_is_noticed),
		cmocka_unit_test(an_agent_ends_when_the_initiator_leaves),
		cmocka_unit_test(an_agent_tires_of_waiting),
		cmocka_unit_test(an_agent_ends_at_nonsense),
		cmocka_unit_test(an_agent_bounds_what_it_reads),
		cmocka_unit_test(a_bad_hello_is_told),
		cmocka_unit_test(a_bad_answer_ends_the_host),
	};

	return cmocka_run_group_tests(tests, a_first_thread, NULL);
}
