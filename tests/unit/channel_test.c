// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Frames: whole however they arrive, bounded whatever they claim, and dead channels that stay so. */
#include "peer/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"

#define SOON_NS (channel_now() + 20000000)	/* for what never comes */
#define LATE_NS (channel_now() + 60000000000ll) /* for what does */

/* @raw: the other end of @c, for bytes as a test wants them. */
struct pair {
	struct channel *c;
	int raw;
	struct err e;
};

static struct pair over_socket(void)
{
	struct pair p = {0};
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	p.c = channel_new(fd[0], fd[0], "other");
	p.raw = fd[1];
	assert_non_null(p.c);
	return p;
}

static void end(struct pair *p)
{
	channel_free(p->c);
	if (p->raw >= 0)
		close(p->raw);
}

static void put(int fd, const void *bytes, size_t n)
{
	assert_int_equal(write(fd, bytes, n), n);
}

static int get(struct pair *p, size_t max, const char **text, size_t *n, int64_t deadline_ns)
{
	return channel_receive(p->c, max, text, n, deadline_ns, &p->e);
}

static void frames_arrive_in_order(void **state)
{
	struct pair p = over_socket();
	struct channel *other = channel_new(dup(p.raw), dup(p.raw), "back");
	const char *text;
	size_t n;

	(void)state;
	assert_int_equal(channel_send(other, "{\"a\":1}", 7, LATE_NS, NULL), 0);
	assert_int_equal(channel_send(other, "", 0, LATE_NS, NULL), 0);
	assert_int_equal(channel_send(other, "\0x", 2, LATE_NS, NULL), 0);
	assert_int_equal(get(&p, 100, &text, &n, LATE_NS), 0);
	assert_int_equal(n, 7);
	assert_string_equal(text, "{\"a\":1}");
	assert_int_equal(get(&p, 100, &text, &n, LATE_NS), 0);
	assert_int_equal(n, 0);
	assert_string_equal(text, "");
	assert_int_equal(get(&p, 100, &text, &n, LATE_NS), 0);
	assert_int_equal(n, 2);
	assert_memory_equal(text, "\0x", 3);
	assert_string_equal(channel_name(p.c), "other");
	channel_free(other);
	end(&p);
}

struct drip {
	int fd;
	const char *bytes;
	size_t n;
};

/* One byte a write: the reader sees every split there is. */
static void *drip(void *arg)
{
	const struct drip *d = arg;

	for (size_t i = 0; i < d->n; i++) {
		if (write(d->fd, d->bytes + i, 1) != 1)
			return arg;
		sched_yield();
	}
	return NULL;
}

static void split_frames_are_whole(void **state)
{
	static const char bytes[] = "\0\0\0\5hello\0\0\0\3you";
	struct pair p = over_socket();
	struct drip d = {p.raw, bytes, sizeof(bytes) - 1};
	const char *text;
	void *failed;
	pthread_t t;
	size_t n;

	(void)state;
	assert_int_equal(pthread_create(&t, NULL, drip, &d), 0);
	assert_int_equal(get(&p, 100, &text, &n, LATE_NS), 0);
	assert_string_equal(text, "hello");
	assert_int_equal(get(&p, 100, &text, &n, LATE_NS), 0);
	assert_string_equal(text, "you");
	pthread_join(t, &failed);
	assert_null(failed);
	end(&p);
}

struct big {
	struct channel *c;
	char *text;
	size_t n;
};

static void *send_big(void *arg)
{
	const struct big *b = arg;

	return channel_send(b->c, b->text, b->n, LATE_NS, NULL) ? arg : NULL;
}

/* More than any pipe or socket holds at a time, through both kinds of descriptors. */
static void large_frames_cross(int in, int out)
{
	enum { N = 5000001 };
	struct big b = {.text = malloc(N), .n = N};
	struct channel *c = channel_new(in, in, "reader");
	const char *text;
	void *failed;
	pthread_t t;
	size_t n;

	b.c = channel_new(out, out, "writer");
	for (size_t i = 0; i < N; i++)
		b.text[i] = (char)(i * 2654435761u >> 13);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pthread_create(&t, NULL, send_big, &b), 0);
		assert_int_equal(channel_receive(c, N, &text, &n, LATE_NS, NULL), 0);
		assert_int_equal(n, N);
		assert_memory_equal(text, b.text, N);
		pthread_join(t, &failed);
		assert_null(failed);
	}
	free(b.text);
	channel_free(b.c);
	channel_free(c);
}

static void large_frames_cross_pipes(void **state)
{
	int fd[2];

	(void)state;
	assert_int_equal(pipe(fd), 0);
	large_frames_cross(fd[0], fd[1]);
}

static void large_frames_cross_sockets(void **state)
{
	int fd[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	large_frames_cross(fd[0], fd[1]);
}

static void long_lengths_are_refused(void **state)
{
	struct pair p = over_socket();
	const char *text;
	size_t n;

	(void)state;
	put(p.raw, "\0\0\0\x65", 4);
	assert_int_equal(get(&p, 100, &text, &n, LATE_NS), -EMSGSIZE);
	assert_non_null(strstr(p.e.text, "101 bytes; at most 100"));
	assert_int_equal(get(&p, 100, &text, &n, LATE_NS), -ENOTCONN);
	assert_non_null(strstr(p.e.text, "101 bytes"));
	end(&p);
}

static void no_caller_raises_the_bound(void **state)
{
	struct pair p = over_socket();
	const char *text;
	size_t n;

	(void)state;
	put(p.raw, "\4\0\0\1", 4);
	assert_int_equal(get(&p, SIZE_MAX, &text, &n, LATE_NS), -EMSGSIZE);
	end(&p);
}

static void strangers_are_quoted(void **state)
{
	struct pair p = over_socket();
	const char *text;
	size_t n;

	(void)state;
	put(p.raw, "SSH-2.0-OpenSSH_9.2\r\n", 21);
	assert_int_equal(get(&p, 4096, &text, &n, LATE_NS), -EMSGSIZE);
	assert_non_null(strstr(p.e.text, "begins with 'SSH-'"));
	assert_true(p.e.hint[0]);
	end(&p);
}

/* 64 MiB are claimed and two bytes come: with 16 MiB more than now to be had, that must not be what fails. */
static void memory_follows_what_arrives(void **state)
{
	struct pair p;
	struct rlimit was, small;
	const char *text;
	size_t n;
	int rc;

	(void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	skip();
#endif
	p = over_socket();
	assert_int_equal(getrlimit(RLIMIT_DATA, &was), 0);
	small = was;
	small.rlim_cur = 16 << 20;
	put(p.raw, "\4\0\0\0{}", 6);
	assert_int_equal(setrlimit(RLIMIT_DATA, &small), 0);
	rc = get(&p, CHANNEL_FRAME_MAX, &text, &n, SOON_NS);
	setrlimit(RLIMIT_DATA, &was);
	assert_int_equal(rc, -ETIMEDOUT);
	end(&p);
}

static void truncation_is_told_from_a_close(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		bool middle;
	} cases[] = {{"", 0, false}, {"\0", 1, true}, {"\0\0\0\2", 4, true}, {"\0\0\0\2{", 5, true}};
	const char *text;
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct pair p = over_socket();

		put(p.raw, cases[i].bytes, cases[i].n);
		close(p.raw);
		p.raw = -1;
		assert_int_equal(get(&p, 100, &text, &n, LATE_NS), -EPIPE);
		assert_int_equal(strstr(p.e.text, "middle") != NULL, cases[i].middle);
		assert_int_equal(get(&p, 100, &text, &n, LATE_NS), -ENOTCONN);
		assert_int_equal(channel_send(p.c, "x", 1, LATE_NS, &p.e), -ENOTCONN);
		end(&p);
	}
}

static void silence_ends_at_the_deadline(void **state)
{
	struct pair p = over_socket();
	const char *text;
	size_t n;

	(void)state;
	assert_int_equal(get(&p, 100, &text, &n, SOON_NS), -ETIMEDOUT);
	assert_null(strstr(p.e.text, "middle"));
	end(&p);
	p = over_socket();
	put(p.raw, "\0\0\0\2{", 5);
	assert_int_equal(get(&p, 100, &text, &n, SOON_NS), -ETIMEDOUT);
	assert_non_null(strstr(p.e.text, "middle"));
	end(&p);
}

/* What is there already is taken even when the time is over. */
static void a_past_deadline_takes_what_is_there(void **state)
{
	struct pair p = over_socket();
	const char *text;
	size_t n;

	(void)state;
	put(p.raw, "\0\0\0\2{}", 6);
	assert_int_equal(get(&p, 100, &text, &n, channel_now() - 1), 0);
	assert_string_equal(text, "{}");
	end(&p);
}

static void a_full_pipe_ends_at_the_deadline(void **state)
{
	struct pair p = over_socket();
	char *much = calloc(1, 8 << 20);

	(void)state;
	assert_int_equal(channel_send(p.c, much, 8 << 20, SOON_NS, &p.e), -ETIMEDOUT);
	assert_int_equal(channel_send(p.c, "x", 1, LATE_NS, &p.e), -ENOTCONN);
	free(much);
	end(&p);
}

static void too_long_is_not_sent(void **state)
{
	struct pair p = over_socket();
	char byte;

	(void)state;
	/* The text is not looked at. */
	assert_int_equal(channel_send(p.c, "x", CHANNEL_FRAME_MAX + 1, LATE_NS, &p.e), -EMSGSIZE);
	assert_int_equal(recv(p.raw, &byte, 1, MSG_DONTWAIT), -1);
	assert_int_equal(channel_send(p.c, "x", 1, LATE_NS, &p.e), 0);
	end(&p);
}

/* The signal's default would end this program. */
static void no_signal_comes_of_a_closed_reader(void **state)
{
	sigset_t pending;
	int fd[2], in[2];

	(void)state;
	for (int socket = 0; socket < 2; socket++) {
		struct channel *c;
		struct err e = {0};

		assert_int_equal(socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, fd) : pipe(fd), 0);
		assert_int_equal(pipe(in), 0);
		close(fd[0]);
		c = channel_new(in[0], fd[1], "gone");
		assert_int_equal(channel_send(c, "{}", 2, LATE_NS, &e), -EPIPE);
		assert_int_equal(channel_send(c, "{}", 2, LATE_NS, &e), -ENOTCONN);
		sigpending(&pending);
		assert_false(sigismember(&pending, SIGPIPE));
		close(in[1]);
		channel_free(c);
	}
}

/* A SIGPIPE that somebody else left pending is not taken away. */
static void a_pending_signal_stays(void **state)
{
	const struct timespec now = {0};
	sigset_t pipe_only, before, pending;
	struct channel *c;
	int fd[2], in[2];

	(void)state;
	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
	pthread_kill(pthread_self(), SIGPIPE);
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(pipe(in), 0);
	close(fd[0]);
	c = channel_new(in[0], fd[1], "gone");
	assert_int_equal(channel_send(c, "{}", 2, LATE_NS, NULL), -EPIPE);
	sigpending(&pending);
	assert_true(sigismember(&pending, SIGPIPE));
	assert_int_equal(sigtimedwait(&pipe_only, NULL, &now), SIGPIPE);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close(in[1]);
	channel_free(c);
}

static void the_last_line_is_told(void **state)
{
	struct pair p = over_socket();
	const char *text;
	int said[2];
	size_t n;

	(void)state;
	assert_int_equal(pipe(said), 0);
	channel_log(p.c, said[0]);
	assert_string_equal(channel_last_line(p.c), "");
	put(said[1], "first\nHost key \033[31mwrong\r\n", 27);
	close(said[1]);
	close(p.raw);
	p.raw = -1;
	assert_int_equal(get(&p, 100, &text, &n, LATE_NS), -EPIPE);
	assert_non_null(strstr(p.e.text, "it said: Host key ?[31mwrong"));
	assert_string_equal(channel_last_line(p.c), "Host key ?[31mwrong");
	end(&p);
}

struct chatter {
	int log, frames;
};

/* 1 MB beside the frame: a log that nobody reads along would block it for ever. */
static void *talk_then_send(void *arg)
{
	const struct chatter *t = arg;
	char line[1000];

	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	for (int i = 0; i < 1000; i++)
		if (write(t->log, line, sizeof(line)) != sizeof(line))
			return arg;
	return write(t->frames, "\0\0\0\2{}", 6) == 6 ? NULL : arg;
}

static void a_log_never_blocks_its_writer(void **state)
{
	struct pair p = over_socket();
	struct chatter t = {.frames = p.raw};
	const char *text;
	pthread_t thread;
	void *failed;
	int said[2];
	size_t n;

	(void)state;
	assert_int_equal(pipe(said), 0);
	channel_log(p.c, said[0]);
	t.log = said[1];
	assert_int_equal(pthread_create(&thread, NULL, talk_then_send, &t), 0);
	assert_int_equal(get(&p, 100, &text, &n, LATE_NS), 0);
	pthread_join(thread, &failed);
	assert_null(failed);
	close(said[1]);
	end(&p);
}

static void descriptors_are_closed(void **state)
{
	int in[2], out[2];

	(void)state;
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	channel_free(channel_new(in[0], out[1], "x"));
	assert_int_equal(fcntl(in[0], F_GETFD), -1);
	assert_int_equal(fcntl(out[1], F_GETFD), -1);
	close(in[1]);
	close(out[0]);
	channel_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_arrive_in_order),
		cmocka_unit_test(split_frames_are_whole),
		cmocka_unit_test(large_frames_cross_pipes),
		cmocka_unit_test(large_frames_cross_sockets),
		cmocka_unit_test(long_lengths_are_refused),
		cmocka_unit_test(no_caller_raises_the_bound),
		cmocka_unit_test(strangers_are_quoted),
		cmocka_unit_test(memory_follows_what_arrives),
		cmocka_unit_test(truncation_is_told_from_a_close),
		cmocka_unit_test(silence_ends_at_the_deadline),
		cmocka_unit_test(a_past_deadline_takes_what_is_there),
		cmocka_unit_test(a_full_pipe_ends_at_the_deadline),
		cmocka_unit_test(too_long_is_not_sent),
		cmocka_unit_test(no_signal_comes_of_a_closed_reader),
		cmocka_unit_test(a_pending_signal_stays),
		cmocka_unit_test(the_last_line_is_told),
		cmocka_unit_test(a_log_never_blocks_its_writer),
		cmocka_unit_test(descriptors_are_closed),
	};

	return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}
