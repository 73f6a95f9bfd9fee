// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The first frames: published vectors of the MAC, who is let in, and every way to be refused. */
#include "peer/auth.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "peer/channel.h"

#define LATE_NS (channel_now() + 60000000000ll)

static const struct auth_token one = {.n = 20, .bytes = "a secret of 20 bytes"};
static const struct auth_token other = {.n = 20, .bytes = "A secret of 20 bytes"};

/* RFC 4231, section 4; the keys and texts of one byte again and again are made here. */
static void hmac_is_that_of_rfc_4231(void **state)
{
	static const struct {
		int key_byte, key_len; /* byte 0: the text @key */
		const char *key;
		int data_byte, data_len;
		const char *data;
		const char *mac;
	} v[] = {
		{0x0b, 20, "", 0, 8, "Hi There",
		 "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
		{0, 4, "Jefe", 0, 28, "what do ya want for nothing?",
		 "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
		{0xaa, 20, "", 0xdd, 50, "",
		 "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
		{0xaa, 131, "", 0, 54, "Test Using Larger Than Block-Size Key - Hash Key First",
		 "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
		{0xaa, 131, "", 0, 152,
		 "This is a test using a larger than block-size key and a larger than block-size data. The "
		 "key "
		 "needs to be hashed before being used by the HMAC algorithm.",
		 "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(*v); i++) {
		char key[200], data[200], hex[65];
		uint8_t mac[AUTH_PROOF];

		memset(key, v[i].key_byte, sizeof(key));
		memset(data, v[i].data_byte, sizeof(data));
		memcpy(key, v[i].key, strlen(v[i].key));
		memcpy(data, v[i].data, strlen(v[i].data));
		auth_hmac(key, (size_t)v[i].key_len, data, (size_t)v[i].data_len, mac);
		for (size_t k = 0; k < sizeof(mac); k++)
			snprintf(hex + 2 * k, 3, "%02x", mac[k]);
		assert_string_equal(hex, v[i].mac);
	}
}

/**
 * struct ends - one exchange
 * @dial, @serve: channels; @rc, @e: of the serving side; @busy: it refuses with that
 */
struct ends {
	struct channel *dial, *serve;
	const struct auth_token *token;
	const char *busy;
	int rc;
	struct err e;
	pthread_t thread;
};

static void *serve(void *arg)
{
	struct ends *x = arg;
	struct auth a;

	x->rc = auth_serve(x->serve, x->token, "1.2.3", LATE_NS, &a, &x->e);
	if (!x->rc && x->busy)
		auth_refuse(x->serve, -EBUSY, x->busy, LATE_NS);
	else if (!x->rc)
		x->rc = auth_welcome(x->serve, &a, LATE_NS, &x->e);
	/* The other side may wait for more. */
	channel_free(x->serve);
	return NULL;
}

static void begin(struct ends *x, const struct auth_token *token)
{
	int fd[2];

	x->token = token;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	x->serve = channel_new(fd[0], fd[0], "client");
	x->dial = channel_new(fd[1], fd[1], "server");
	assert_int_equal(pthread_create(&x->thread, NULL, serve, x), 0);
}

static void finish(struct ends *x)
{
	channel_free(x->dial);
	pthread_join(x->thread, NULL);
}

/* Return: the dialling side's. */
static int exchange(struct ends *x, const struct auth_token *theirs, const struct auth_token *ours,
		    struct err *e)
{
	int rc;

	begin(x, theirs);
	rc = auth_dial(x->dial, ours, "1.2.3", LATE_NS, e);
	finish(x);
	return rc;
}

static void the_same_token_lets_in(void **state)
{
	struct ends x = {0};
	struct err e = {0};

	(void)state;
	assert_int_equal(exchange(&x, &one, &one, &e), 0);
	assert_int_equal(x.rc, 0);
}

static void no_token_on_both_sides_lets_in(void **state)
{
	struct ends x = {0};
	struct err e = {0};

	(void)state;
	assert_int_equal(exchange(&x, NULL, NULL, &e), 0);
	assert_int_equal(x.rc, 0);
}

static void a_wrong_token_is_refused(void **state)
{
	struct auth_token shorter = one;
	struct ends x = {0};
	struct err e = {0};

	(void)state;
	assert_int_equal(exchange(&x, &one, &other, &e), -EACCES);
	assert_int_equal(x.rc, -EACCES);
	assert_string_equal(e.text, "server: refused: the token is wrong");
	assert_string_equal(x.e.text, "client: the token is wrong");
	shorter.n--;
	assert_int_equal(exchange(&x, &one, &shorter, &e), -EACCES);
	assert_int_equal(x.rc, -EACCES);
}

static void a_missing_token_is_said_here(void **state)
{
	struct ends x = {0};
	struct err e = {0};

	(void)state;
	assert_int_equal(exchange(&x, &one, NULL, &e), -EACCES);
	assert_non_null(strstr(e.text, "wants a token"));
	assert_non_null(strstr(e.hint, "--token-file"));
	assert_int_equal(x.rc, -EPIPE);
}

/* Who asks for no token may be anybody: nothing is sent to it. */
static void a_token_nobody_asks_for_is_kept(void **state)
{
	struct ends x = {0};
	struct err e = {0};

	(void)state;
	assert_int_equal(exchange(&x, NULL, &one, &e), -EACCES);
	assert_non_null(strstr(e.text, "cannot prove"));
	assert_int_equal(x.rc, -EPIPE);
}

static void a_busy_server_says_so(void **state)
{
	struct ends x = {.busy = "serves 10.0.0.7:4711 since 2026-01-02T03:04:05Z (1 min 2 s)"};
	struct err e = {0};

	(void)state;
	assert_int_equal(exchange(&x, &one, &one, &e), -EBUSY);
	assert_string_equal(e.text, "server: serves 10.0.0.7:4711 since 2026-01-02T03:04:05Z (1 min 2 s)");
}

/* Frames by hand, against the real other side. */
static void say(struct channel *c, const char *text)
{
	assert_int_equal(channel_send(c, text, strlen(text), LATE_NS, NULL), 0);
}

static const char *hear(struct channel *c)
{
	const char *text;
	size_t n;

	assert_int_equal(channel_receive(c, AUTH_FRAME_MAX, &text, &n, LATE_NS, NULL), 0);
	return text;
}

static void wiretap(struct channel *from, struct channel *to, char *copy, size_t size)
{
	const char *text = hear(from);

	if (copy)
		snprintf(copy, size, "%s", text);
	say(to, text);
}

struct dialler {
	struct channel *c;
	const struct auth_token *token;
	int rc;
	struct err e;
};

static void *dial(void *arg)
{
	struct dialler *d = arg;

	d->rc = auth_dial(d->c, d->token, "1.2.3", LATE_NS, &d->e);
	return NULL;
}

static struct channel *begin_dial(struct dialler *d, pthread_t *thread, const struct auth_token *token)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	*d = (struct dialler){.c = channel_new(fd[0], fd[0], "server"), .token = token};
	assert_int_equal(pthread_create(thread, NULL, dial, d), 0);
	return channel_new(fd[1], fd[1], "client");
}

static void end_dial(struct dialler *d, struct channel *c, pthread_t thread)
{
	channel_free(c);
	pthread_join(thread, NULL);
	channel_free(d->c);
}

/* An exchange that somebody in the middle has recorded opens nothing a second time, in either direction. */
static void a_replay_is_refused(void **state)
{
	char greeting[AUTH_FRAME_MAX], answer[AUTH_FRAME_MAX], welcome[AUTH_FRAME_MAX];
	struct channel *middle;
	struct dialler d;
	struct ends x = {0};
	pthread_t thread;

	(void)state;
	begin(&x, &one);
	middle = begin_dial(&d, &thread, &one);
	wiretap(x.dial, middle, greeting, sizeof(greeting));
	wiretap(middle, x.dial, answer, sizeof(answer));
	wiretap(x.dial, middle, welcome, sizeof(welcome));
	finish(&x);
	end_dial(&d, middle, thread);
	assert_int_equal(x.rc, 0);
	assert_int_equal(d.rc, 0);

	begin(&x, &one);
	assert_string_not_equal(hear(x.dial), greeting);
	say(x.dial, answer);
	assert_non_null(strstr(hear(x.dial), "EACCES"));
	finish(&x);
	assert_int_equal(x.rc, -EACCES);

	middle = begin_dial(&d, &thread, &one);
	say(middle, greeting);
	assert_string_not_equal(hear(middle), answer);
	say(middle, welcome);
	end_dial(&d, middle, thread);
	assert_int_equal(d.rc, -EACCES);
	assert_non_null(strstr(d.e.text, "could not prove"));
}

/* A server without the token cannot have its proof made by who dials, by playing its own words back. */
static void a_reflection_is_refused(void **state)
{
	char answer[AUTH_FRAME_MAX], welcome[AUTH_FRAME_MAX + 100];
	struct channel *middle;
	struct dialler d;
	pthread_t thread;

	(void)state;
	middle = begin_dial(&d, &thread, &one);
	say(middle, "{\"p2pbench\":\"serve\",\"auth\":1,\"version\":\"1\",\"token\":true,\"nonce\":"
		    "\"0000000000000000000000000000000000000000000000000000000000000000\"}");
	snprintf(answer, sizeof(answer), "%s", hear(middle));
	assert_non_null(strstr(answer, "\"proof\":"));
	snprintf(welcome, sizeof(welcome), "{\"p2pbench\":\"welcome\",%s", strstr(answer, "\"proof\":"));
	say(middle, welcome);
	end_dial(&d, middle, thread);
	assert_int_equal(d.rc, -EACCES);
}

/* Whatever a server says that is no welcome. */
static void no_server_is_taken_on_its_word(void **state)
{
	static const struct {
		const char *last;
		int want;
	} cases[] = {
		{"{\"p2pbench\":\"welcome\"}", -EACCES},
		{"{\"p2pbench\":\"welcome\",\"proof\":\"00\"}", -EACCES},
		{"{\"p2pbench\":\"welcome\",\"proof\":7}", -EACCES},
		{"{}", -EPROTO},
		{"[]", -EPROTO},
		{"", -EPROTO},
		{"{\"p2pbench\":\"refused\",\"errno\":\"EPERM\",\"text\":\"\\u001b[2J\"}", -EPROTO},
		{"{\"p2pbench\":\"refused\"}", -EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct channel *c;
		struct dialler d;
		pthread_t thread;

		c = begin_dial(&d, &thread, &one);
		say(c, "{\"p2pbench\":\"serve\",\"auth\":1,\"version\":\"1\",\"token\":true,\"nonce\":"
		       "\"00000000000000000000000000000000000000000000000000000000000000ff\"}");
		hear(c);
		say(c, cases[i].last);
		end_dial(&d, c, thread);
		assert_int_equal(d.rc, cases[i].want);
		assert_null(strchr(d.e.text, 033));
	}
}

/* Greetings that get no answer, and so learn nothing. */
static void strangers_are_not_answered(void **state)
{
	static const char *const greeting[] = {
		"hello",
		"{}",
		"[1]",
		"{\"p2pbench\":\"dial\"}",
		"{\"p2pbench\":\"serve\",\"auth\":1,\"token\":true}",
		"{\"p2pbench\":\"serve\",\"auth\":1,\"token\":true,\"nonce\":\"xyz\"}",
		"{\"p2pbench\":\"serve\",\"auth\":1,\"token\":true,\"nonce\":"
		"\"0000000000000000000000000000000000000000000000000000000000000G00\"}",
		"{\"p2pbench\":\"serve\",\"p2pbench\":\"serve\"}",
	};
	const char *text;
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(greeting) / sizeof(*greeting); i++) {
		struct channel *c;
		struct dialler d;
		pthread_t thread;

		c = begin_dial(&d, &thread, &one);
		say(c, greeting[i]);
		pthread_join(thread, NULL);
		channel_free(d.c);
		assert_int_equal(d.rc, -EPROTO);
		assert_true(d.e.hint[0]);
		assert_int_equal(channel_receive(c, 100, &text, &n, LATE_NS, NULL), -EPIPE);
		channel_free(c);
	}
}

static void another_version_is_named(void **state)
{
	struct channel *c;
	struct ends x = {0};
	struct dialler d;
	pthread_t thread;

	(void)state;
	c = begin_dial(&d, &thread, NULL);
	say(c, "{\"p2pbench\":\"serve\",\"auth\":2,\"version\":\"9.9.9\"}");
	end_dial(&d, c, thread);
	assert_int_equal(d.rc, -EPROTO);
	assert_non_null(strstr(d.e.text, "version 2 (p2pbench 9.9.9)"));
	assert_non_null(strstr(d.e.text, "this p2pbench 1.2.3 in version 1: this one is the older"));

	begin(&x, &one);
	hear(x.dial);
	say(x.dial, "{\"p2pbench\":\"dial\",\"auth\":0,\"version\":\"0.0.1\"}");
	assert_non_null(strstr(hear(x.dial), "EPROTO"));
	finish(&x);
	assert_int_equal(x.rc, -EPROTO);
	assert_non_null(strstr(x.e.text, "that one is the older"));
}

static void answers_of_strangers_are_refused(void **state)
{
	static const char *const answer[] = {
		"{}",
		"{\"p2pbench\":\"dial\",\"auth\":1}",
		"{\"p2pbench\":\"dial\",\"auth\":1,\"nonce\":5}",
		"{\"p2pbench\":\"dial\",\"auth\":\"1\"}",
		"{\"p2pbench\":\"serve\",\"auth\":1}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(answer) / sizeof(*answer); i++) {
		struct ends x = {0};

		begin(&x, NULL);
		hear(x.dial);
		say(x.dial, answer[i]);
		assert_non_null(strstr(hear(x.dial), "refused"));
		finish(&x);
		assert_int_equal(x.rc, -EPROTO);
	}
}

static void what_is_no_object_gets_no_answer(void **state)
{
	static const char *const answer[] = {"GET / HTTP/1.0", "", "[[[[[[[[[[[[[[[[", "7", "{} {}"};
	const char *text;
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(answer) / sizeof(*answer); i++) {
		struct ends x = {0};

		begin(&x, &one);
		hear(x.dial);
		say(x.dial, answer[i]);
		assert_int_equal(channel_receive(x.dial, 100, &text, &n, LATE_NS, NULL), -EPIPE);
		finish(&x);
		assert_int_equal(x.rc, -EPROTO);
	}
}

static void long_answers_are_not_read(void **state)
{
	char *much = malloc(AUTH_FRAME_MAX + 1);
	struct ends x = {0};

	(void)state;
	memset(much, ' ', AUTH_FRAME_MAX + 1);
	begin(&x, &one);
	hear(x.dial);
	assert_int_equal(channel_send(x.dial, much, AUTH_FRAME_MAX + 1, LATE_NS, NULL), 0);
	finish(&x);
	assert_int_equal(x.rc, -EPROTO);
	free(much);
}

/* The token's file */

static char path[] = "auth_test.token";

static void put_file(const char *bytes, size_t n, mode_t mode)
{
	int fd;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static bool wiped(const struct auth_token *t)
{
	for (size_t i = 0; i < sizeof(t->bytes); i++)
		if (t->bytes[i])
			return false;
	return !t->n;
}

static void a_token_is_all_of_its_file(void **state)
{
	static char much[AUTH_TOKEN_MAX];
	struct auth_token t;

	(void)state;
	put_file("0123456789abcdef\n", 17, 0600);
	assert_int_equal(auth_token_read(path, &t, NULL), 0);
	assert_int_equal(t.n, 16);
	assert_memory_equal(t.bytes, "0123456789abcdef", 16);
	put_file("0123456789abcd\0\n\n", 17, 0400);
	assert_int_equal(auth_token_read(path, &t, NULL), 0);
	assert_int_equal(t.n, 16);
	assert_memory_equal(t.bytes, "0123456789abcd\0\n", 16);
	memset(much, 'x', sizeof(much));
	put_file(much, sizeof(much), 0600);
	assert_int_equal(auth_token_read(path, &t, NULL), 0);
	assert_int_equal(t.n, AUTH_TOKEN_MAX);
	auth_token_wipe(&t);
	assert_true(wiped(&t));
	unlink(path);
}

static void bad_token_files_are_refused(void **state)
{
	static char much[AUTH_TOKEN_MAX + 1];
	struct {
		const char *bytes;
		size_t n;
		mode_t mode;
		int want;
		const char *word;
	} cases[] = {
		{"0123456789abcdef", 16, 0640, -EACCES, "mode 0640"},
		{"0123456789abcdef", 16, 0604, -EACCES, "mode 0604"},
		{"0123456789abcdef", 16, 0620, -EACCES, "mode 0620"},
		{"", 0, 0600, -EINVAL, "0 bytes"},
		{"\n", 1, 0600, -EINVAL, "0 bytes"},
		{"0123456789abcde\n", 16, 0600, -EINVAL, "15 bytes"},
		{much, sizeof(much), 0600, -EINVAL, "longer than 4096"},
	};
	struct auth_token t;
	struct err e;

	(void)state;
	memset(much, 'x', sizeof(much));
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		put_file(cases[i].bytes, cases[i].n, cases[i].mode);
		memset(&t, 1, sizeof(t));
		assert_int_equal(auth_token_read(path, &t, &e), cases[i].want);
		assert_non_null(strstr(e.text, cases[i].word));
		assert_true(wiped(&t));
	}
	unlink(path);
	assert_int_equal(auth_token_read(path, &t, &e), -ENOENT);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(auth_token_read(path, &t, &e), -EINVAL);
	rmdir(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(auth_token_read(path, &t, &e), -EINVAL);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hmac_is_that_of_rfc_4231),
		cmocka_unit_test(the_same_token_lets_in),
		cmocka_unit_test(no_token_on_both_sides_lets_in),
		cmocka_unit_test(a_wrong_token_is_refused),
		cmocka_unit_test(a_missing_token_is_said_here),
		cmocka_unit_test(a_token_nobody_asks_for_is_kept),
		cmocka_unit_test(a_busy_server_says_so),
		cmocka_unit_test(a_replay_is_refused),
		cmocka_unit_test(a_reflection_is_refused),
		cmocka_unit_test(no_server_is_taken_on_its_word),
		cmocka_unit_test(strangers_are_not_answered),
		cmocka_unit_test(another_version_is_named),
		cmocka_unit_test(answers_of_strangers_are_refused),
		cmocka_unit_test(what_is_no_object_gets_no_answer),
		cmocka_unit_test(long_answers_are_not_read),
		cmocka_unit_test(a_token_is_all_of_its_file),
		cmocka_unit_test(bad_token_files_are_refused),
	};

	return cmocka_run_group_tests_name("auth", tests, NULL, NULL);
}
