// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The listener outlives everything that happens on its connections: strangers, the silent, the slow, too many
 * of them, clients that are killed, sessions that crash or hang. After each of them the next client is
 * served.
 */
#include "peer/server.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/rng.h"
#include "peer/auth.h"
#include "peer/channel.h"
#include "peer/host.h"

#define LATE_NS (channel_now() + 60000000000ll)
#define MS	1000000ll

static const char secret[] = "a secret of 20 bytes";
static const char token_path[] = "server_test.token", wrong_path[] = "server_test.wrong";

/* One session: answers each frame with itself; some words mean what they say. */
static int session(void *arg, struct channel *c, struct err *e)
{
	const char *text;
	size_t n;

	(void)arg;
	for (;;) {
		int rc = channel_receive(c, 1 << 20, &text, &n, LATE_NS, e);

		if (rc)
			return rc == -EPIPE ? 0 : rc;
		if (!strcmp(text, "crash"))
			raise(SIGKILL);
		if (!strcmp(text, "hang"))
			for (;;)
				pause();
		rc = channel_send(c, text, n, LATE_NS, e);
		if (rc)
			return rc;
	}
}

static void say(void *arg, const char *line)
{
	dprintf(*(const int *)arg, "%s\n", line);
}

/* @log: the server's lines; @place: where it listens */
struct rig {
	pid_t pid;
	FILE *log;
	struct peer_place place;
};

static void start(struct rig *r, const struct server_input *how)
{
	static struct auth_token token;
	struct server_input in = *how;
	struct server *s;
	int log[2];

	token.n = sizeof(secret) - 1;
	memcpy(token.bytes, secret, token.n);
	assert_int_equal(server_open("127.0.0.1:0", &s, NULL), 0);
	assert_true(server_is_loopback(s));
	assert_int_equal(peer_place_parse(server_address(s), &r->place, NULL), 0);
	assert_int_equal(pipe2(log, O_CLOEXEC), 0);
	r->pid = fork();
	assert_true(r->pid >= 0);
	if (!r->pid) {
		/* An honest client on a loaded machine is not what these tests are about. */
		in.auth_ns = in.auth_ns ? in.auth_ns : 60000 * MS;
		in.token = &token;
		in.version = "1.2.3";
		in.session = session;
		in.say = say;
		in.arg = &log[1];
		_exit(server_run(s, &in, NULL) ? 1 : 0);
	}
	server_close(s);
	close(log[1]);
	r->log = fdopen(log[0], "r");
}

/* Read the log until a line has @word. */
static void await(struct rig *r, const char *word)
{
	char line[1024];

	while (fgets(line, sizeof(line), r->log))
		if (strstr(line, word))
			return;
	fail_msg("the server's log has no '%s'", word);
}

/* The server ends, with status 0. */
static void wait_end(struct rig *r)
{
	int status;

	assert_int_equal(waitpid(r->pid, &status, 0), r->pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	fclose(r->log);
}

static void stop(struct rig *r)
{
	kill(r->pid, SIGTERM);
	wait_end(r);
}

static int dial(const struct rig *r, const char *token_file, struct channel **c, struct err *e)
{
	struct peer_dial d = {
		.place = r->place, .token_file = token_file, .version = "1.2.3", .timeout_ns = 60000 * MS};
	int pid, rc = peer_dial_open(&d, c, &pid, e);

	assert_int_equal(pid, -1);
	return rc;
}

static void tell(struct channel *c, const char *word)
{
	assert_int_equal(channel_send(c, word, strlen(word), LATE_NS, NULL), 0);
}

static void is_alive(struct channel *c)
{
	const char *text;
	size_t n;

	tell(c, "are you there");
	assert_int_equal(channel_receive(c, 100, &text, &n, LATE_NS, NULL), 0);
	assert_string_equal(text, "are you there");
}

/* A client that is served. A session that has just ended may not be over for the listener yet. */
static struct channel *enter(const struct rig *r)
{
	struct channel *c = NULL;
	struct err e = {0};
	int rc;

	for (int i = 0; i < 6000; i++) {
		rc = dial(r, token_path, &c, &e);
		if (!rc) {
			is_alive(c);
			return c;
		}
		/* Under load the short times of some tests meet honest clients as well. */
		poll(NULL, 0, 10);
	}
	fail_msg("not served: %s", e.text);
	return NULL;
}

static void serves_the_next(struct rig *r)
{
	peer_dial_close(enter(r), -1);
}

/* A connection that says nothing by itself. */
static int raw(const struct rig *r)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(r->place.port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* Read until the other side has closed or reset. */
static void await_close(int fd)
{
	char bytes[4096];

	while (read(fd, bytes, sizeof(bytes)) > 0)
		;
	close(fd);
}

static void one_after_another(void **state)
{
	struct rig r;

	(void)state;
	start(&r, &(struct server_input){0});
	for (int i = 0; i < 3; i++)
		serves_the_next(&r);
	stop(&r);
}

/* Each session of a script ends before the next command begins, as far as that one can see. */
static void the_next_is_never_told_of_the_last(void **state)
{
	struct channel *c;
	struct err e = {0};
	struct rig r;

	(void)state;
	start(&r, &(struct server_input){0});
	for (int i = 0; i < 50; i++) {
		if (dial(&r, token_path, &c, &e))
			fail_msg("%d: %s", i, e.text);
		is_alive(c);
		peer_dial_close(c, -1);
	}
	stop(&r);
}

/* A supervisor that ignores SIGCHLD leaves that to what it starts. */
static void an_ignored_sigchld_is_none(void **state)
{
	struct channel *c;
	struct err e = {0};
	struct rig r;

	(void)state;
	signal(SIGCHLD, SIG_IGN);
	start(&r, &(struct server_input){0});
	signal(SIGCHLD, SIG_DFL);
	for (int i = 0; i < 2; i++) {
		if (dial(&r, token_path, &c, &e))
			fail_msg("%d: %s", i, e.text);
		is_alive(c);
		peer_dial_close(c, -1);
		await(&r, "session ends");
	}
	stop(&r);
}

static void the_wrong_token_is_refused(void **state)
{
	struct channel *c;
	struct err e = {0};
	struct rig r;

	(void)state;
	start(&r, &(struct server_input){0});
	assert_int_equal(dial(&r, wrong_path, &c, &e), -EACCES);
	assert_non_null(strstr(e.text, "the token is wrong"));
	await(&r, "the token is wrong");
	assert_int_equal(dial(&r, NULL, &c, &e), -EACCES);
	assert_int_equal(dial(&r, "no-such-file", &c, &e), -ENOENT);
	serves_the_next(&r);
	stop(&r);
}

static void the_busy_say_with_whom(void **state)
{
	struct channel *first, *c;
	struct err e = {0};
	struct rig r;

	(void)state;
	start(&r, &(struct server_input){0});
	first = enter(&r);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(dial(&r, token_path, &c, &e), -EBUSY);
		assert_non_null(strstr(e.text, "serves 127.0.0.1:"));
		assert_non_null(strstr(e.text, " since 2"));
		is_alive(first);
	}
	/* Who does not hold the token learns nothing of that. */
	assert_int_equal(dial(&r, wrong_path, &c, &e), -EACCES);
	peer_dial_close(first, -1);
	serves_the_next(&r);
	stop(&r);
}

/* A megabyte of anything, before and after the greeting was read. */
static void junk_is_cut(void **state)
{
	enum { N = 1 << 20 };
	uint64_t *junk = malloc(N);
	struct rng rng = {.state = 20};
	char greeting[AUTH_FRAME_MAX];
	struct channel *busy;
	struct rig r;

	(void)state;
	for (size_t i = 0; i < N / sizeof(*junk); i++)
		junk[i] = rng_next(&rng);
	start(&r, &(struct server_input){0});
	for (int i = 0; i < 4; i++) {
		int fd = raw(&r);

		if (i % 2)
			assert_true(read(fd, greeting, sizeof(greeting)) > 0);
		for (size_t at = 0; at < N;) {
			ssize_t n = send(fd, (char *)junk + at, N - at, MSG_NOSIGNAL);

			if (n < 0)
				break;
			at += (size_t)n;
		}
		await_close(fd);
	}
	/* In the session it is the session's affair: this one takes 1 MiB at most. */
	busy = enter(&r);
	assert_int_equal(channel_send(busy, (char *)junk, N, LATE_NS, NULL), 0);
	peer_dial_close(busy, -1);
	serves_the_next(&r);
	stop(&r);
	free(junk);
}

static void scans_are_nothing(void **state)
{
	struct rig r;

	(void)state;
	start(&r, &(struct server_input){0});
	for (int i = 0; i < 100; i++) {
		struct linger reset = {.l_onoff = 1};
		int fd = raw(&r);

		if (i % 2)
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(fd);
	}
	serves_the_next(&r);
	stop(&r);
}

static void the_silent_are_cut(void **state)
{
	struct rig r;
	int fd;

	(void)state;
	start(&r, &(struct server_input){.auth_ns = 300 * MS});
	fd = raw(&r);
	await_close(fd);
	await(&r, "time is over");
	stop(&r);
}

/* A byte now and then buys no time: the deadline is of the whole exchange. */
static void the_slow_are_cut(void **state)
{
	static const char head[4] = "\0\0\xf\xff";
	struct pollfd p;
	struct rig r;
	int fd;

	(void)state;
	start(&r, &(struct server_input){.auth_ns = 300 * MS});
	fd = raw(&r);
	assert_int_equal(send(fd, head, 4, MSG_NOSIGNAL), 4);
	p = (struct pollfd){.fd = fd, .events = POLLRDHUP};
	while (!poll(&p, 1, 10))
		send(fd, " ", 1, MSG_NOSIGNAL);
	await_close(fd);
	await(&r, "time is over");
	stop(&r);
}

/* So many that never speak: the oldest give way, and an honest client is served among them. */
static void the_many_give_way(void **state)
{
	enum { N = 20 };
	struct rig r;
	int fd[N];

	(void)state;
	start(&r, &(struct server_input){.half_open = 3, .auth_ns = 600000 * MS});
	for (int i = 0; i < N; i++)
		fd[i] = raw(&r);
	serves_the_next(&r);
	for (int i = 0; i < N - 3; i++)
		await_close(fd[i]);
	await(&r, "too many");
	for (int i = N - 3; i < N; i++)
		close(fd[i]);
	stop(&r);
}

static void a_killed_client_ends_its_session(void **state)
{
	struct rig r;
	int ready[2], status;
	char byte;
	pid_t pid;

	(void)state;
	start(&r, &(struct server_input){0});
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		struct channel *c;

		if (dial(&r, token_path, &c, NULL) || channel_send(c, "x", 1, LATE_NS, NULL) ||
		    write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	serves_the_next(&r);
	close(ready[0]);
	close(ready[1]);
	stop(&r);
}

static void a_crashed_session_is_cleared_away(void **state)
{
	struct channel *c;
	const char *text;
	struct rig r;
	size_t n;

	(void)state;
	start(&r, &(struct server_input){0});
	c = enter(&r);
	tell(c, "crash");
	assert_int_equal(channel_receive(c, 100, &text, &n, LATE_NS, NULL), -EPIPE);
	peer_dial_close(c, -1);
	await(&r, "session ended by signal 9");
	serves_the_next(&r);
	stop(&r);
}

static void a_hanging_session_is_ended(void **state)
{
	struct channel *c, *next;
	struct err e = {0};
	struct rig r;

	(void)state;
	start(&r, &(struct server_input){.grace_ns = 200 * MS});
	c = enter(&r);
	tell(c, "hang");
	/* While its client waits it may take as long as it likes. */
	assert_int_equal(dial(&r, token_path, &next, &e), -EBUSY);
	peer_dial_close(c, -1);
	await(&r, "hangs: killed");
	serves_the_next(&r);
	stop(&r);
}

static void once_is_one_session(void **state)
{
	struct channel *c;
	struct rig r;

	(void)state;
	start(&r, &(struct server_input){.once = true});
	assert_int_equal(dial(&r, wrong_path, &c, NULL), -EACCES);
	close(raw(&r));
	serves_the_next(&r);
	wait_end(&r);
}

/* A session in the middle of its work and connections on their way in go with the server. */
static void a_signal_ends_all(void **state)
{
	static const int how[] = {SIGTERM, SIGINT};
	const char *text;
	size_t n;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct channel *c;
		struct rig r;
		int fd;

		start(&r, &(struct server_input){0});
		c = enter(&r);
		tell(c, "hang");
		fd = raw(&r);
		kill(r.pid, how[i]);
		wait_end(&r);
		assert_int_equal(channel_receive(c, 100, &text, &n, LATE_NS, NULL), -EPIPE);
		peer_dial_close(c, -1);
		await_close(fd);
	}
}

/* Killed without a chance to clean up: no session stays behind. */
static void sessions_do_not_outlive_the_server(void **state)
{
	struct channel *c;
	const char *text;
	struct rig r;
	int status;
	size_t n;

	(void)state;
	start(&r, &(struct server_input){0});
	c = enter(&r);
	tell(c, "hang");
	kill(r.pid, SIGKILL);
	assert_int_equal(waitpid(r.pid, &status, 0), r.pid);
	assert_int_equal(channel_receive(c, 100, &text, &n, LATE_NS, NULL), -EPIPE);
	peer_dial_close(c, -1);
	fclose(r.log);
}

static void bad_addresses_are_refused(void **state)
{
	static const struct {
		const char *bind;
		int want;
	} cases[] = {
		{"", -EINVAL},
		{":7471", -EINVAL},
		{"127.0.0.1:", -EINVAL},
		{"127.0.0.1:65536", -EINVAL},
		{"127.0.0.1:-1", -EINVAL},
		{"127.0.0.1:0x1", -EINVAL},
		{"::1", -EINVAL},
		{"[::1", -EINVAL},
		{"[::1]7471", -EINVAL},
		{"192.0.2.1:0", -EADDRNOTAVAIL},
	};
	struct server *s, *again;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		e = (struct err){0};
		assert_int_equal(server_open(cases[i].bind, &s, &e), cases[i].want);
		assert_true(e.text[0]);
	}
	assert_int_equal(server_open("127.0.0.1:0", &s, &e), 0);
	assert_int_equal(server_open(server_address(s), &again, &e), -EADDRINUSE);
	server_close(s);
	assert_int_equal(server_open("0.0.0.0:0", &s, &e), 0);
	assert_false(server_is_loopback(s));
	server_close(s);
	server_close(NULL);
}

static int setup(void **state)
{
	static const char *const text[] = {secret, "another secret of 28 bytes.."};
	const char *const name[] = {token_path, wrong_path};

	(void)state;
	for (int i = 0; i < 2; i++) {
		int fd = open(name[i], O_WRONLY | O_CREAT | O_TRUNC, 0600);

		if (fd < 0 || write(fd, text[i], strlen(text[i])) < 0)
			return -1;
		close(fd);
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return unlink(token_path) || unlink(wrong_path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_after_another),
		cmocka_unit_test(the_next_is_never_told_of_the_last),
		cmocka_unit_test(an_ignored_sigchld_is_none),
		cmocka_unit_test(the_wrong_token_is_refused),
		cmocka_unit_test(the_busy_say_with_whom),
		cmocka_unit_test(junk_is_cut),
		cmocka_unit_test(scans_are_nothing),
		cmocka_unit_test(the_silent_are_cut),
		cmocka_unit_test(the_slow_are_cut),
		cmocka_unit_test(the_many_give_way),
		cmocka_unit_test(a_killed_client_ends_its_session),
		cmocka_unit_test(a_crashed_session_is_cleared_away),
		cmocka_unit_test(a_hanging_session_is_ended),
		cmocka_unit_test(once_is_one_session),
		cmocka_unit_test(a_signal_ends_all),
		cmocka_unit_test(sessions_do_not_outlive_the_server),
		cmocka_unit_test(bad_addresses_are_refused),
	};

	return cmocka_run_group_tests_name("server", tests, setup, teardown);
}
