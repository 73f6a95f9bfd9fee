// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Places as written, and every way not to reach one; ssh is played by scripts. */
#include "peer/host.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "peer/channel.h"

#define LATE_NS (channel_now() + 60000000000ll)

static void places_are_read(void **state)
{
	static const struct {
		const char *text;
		enum peer_place_kind kind;
		const char *host;
		unsigned int port;
	} v[] = {
		{"ssh:rack7", PEER_SSH, "rack7", 0},
		{"ssh:user@rack7.example", PEER_SSH, "user@rack7.example", 0},
		{"ssh:fe80::1%eth0", PEER_SSH, "fe80::1%eth0", 0},
		{"rack7", PEER_TCP, "rack7", PEER_PORT},
		{"rack7:1", PEER_TCP, "rack7", 1},
		{"10.0.0.1:65535", PEER_TCP, "10.0.0.1", 65535},
		{"[::1]:80", PEER_TCP, "::1", 80},
		{"[fe80::1%eth0]", PEER_TCP, "fe80::1%eth0", PEER_PORT},
		{"ssh", PEER_TCP, "ssh", PEER_PORT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(*v); i++) {
		struct peer_place p;

		assert_int_equal(peer_place_parse(v[i].text, &p, NULL), 0);
		assert_int_equal(p.kind, v[i].kind);
		assert_string_equal(p.host, v[i].host);
		assert_int_equal(p.port, v[i].port);
	}
}

static void bad_places_are_refused(void **state)
{
	static const char *const v[] = {
		"",	      "ssh:",	  "ssh:-oProxyCommand=x",
		"ssh:a b",    "ssh:a\tb", "ssh:a\n",
		"-h",	      "-h:1",	  ":1",
		"a:",	      "a:0",	  "a:65536",
		"a:1x",	      "a: 1",	  "a:+1",
		"a:00001x",   "::1",	  "fe80::1:7",
		"[::1",	      "[::1]x",	  "[]:1",
		"[::1]:",     "[::1]:0",  "a b:1",
		"\303\244:1", "[-x]:1",	  "a:b:c",
		"tcp://a:1",
	};
	char much[400];
	struct peer_place p;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(*v); i++) {
		e = (struct err){0};
		if (peer_place_parse(v[i], &p, &e) != -EINVAL)
			fail_msg("'%s' is taken", v[i]);
		assert_non_null(strstr(e.hint, "ssh:HOST"));
	}
	memset(much, 'a', sizeof(much));
	much[256] = '\0';
	assert_int_equal(peer_place_parse(much, &p, NULL), -EINVAL);
	much[255] = '\0';
	assert_int_equal(peer_place_parse(much, &p, NULL), 0);
	memset(much, 'a', sizeof(much));
	memcpy(much, "ssh:", 4);
	much[260] = '\0';
	assert_int_equal(peer_place_parse(much, &p, NULL), -EINVAL);
}

static const char script[] = "./dial_test.ssh";

static void put_script(const char *body)
{
	FILE *f = fopen(script, "w");

	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", body);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(script, 0700), 0);
}

static int dial_with(const char *ssh, int64_t timeout_ns, struct channel **c, int *pid, struct err *e)
{
	struct peer_dial d = {
		.place = {.kind = PEER_SSH, .host = "rack7"}, .ssh = ssh, .timeout_ns = timeout_ns};

	*e = (struct err){0};
	return peer_dial_open(&d, c, pid, e);
}

static int dial_script(const char *body, struct err *e)
{
	struct channel *c;
	int pid;
	int rc;

	put_script(body);
	rc = dial_with(script, 60000000000ll, &c, &pid, e);
	assert_null(c);
	assert_int_equal(pid, -1);
	/* Whatever was started has been waited for. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	unlink(script);
	return rc;
}

static void what_ssh_says_is_told(void **state)
{
	static const struct {
		const char *body;
		int want;
		const char *text, *hint;
	} v[] = {
		{"echo 'Warning: x' >&2; echo 'Host key verification failed.' >&2; exit 255", -EACCES,
		 "ssh:rack7: ssh: Host key verification failed.", "`ssh rack7`"},
		{"echo 'user@rack7: Permission denied (publickey,password).' >&2; exit 255", -EACCES,
		 "Permission denied", "ssh-copy-id rack7"},
		{"echo 'ssh: connect to host rack7 port 22: Connection refused' >&2; exit 255", -ECONNREFUSED,
		 "Connection refused", "does sshd run on rack7?"},
		{"echo 'ssh: Could not resolve hostname rack7: x' >&2; exit 255", -EHOSTUNREACH, "resolve",
		 "rack7"},
		{"echo 'ssh: connect to host rack7 port 22: Connection timed out' >&2; exit 255", -ETIMEDOUT,
		 "timed out", "is rack7 up"},
		{"echo 'something new' >&2; exit 255", -EACCES, "ssh failed: something new", "by hand"},
		{"exit 255", -EACCES, "it said nothing", "by hand"},
		{"echo 'sh: 1: p2pbench: not found' >&2; exit 127", -EPROTO, "no program 'p2pbench' there",
		 "install"},
		{"echo \"p2pbench: unknown verb 'agent'\" >&2; exit 2", -EPROTO, "status 2", "as new as"},
		{"kill -9 $$", -EPROTO, "signal 9", ""},
		{"echo Welcome to rack7; cat >&2", -EPROTO, "begins with 'Welc'", "login script"},
		{"printf '\\0\\0\\0\\002{}'; cat >&2", -EPROTO, "no p2pbench speaks there", ""},
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(*v); i++) {
		int rc = dial_script(v[i].body, &e);

		if (rc != v[i].want || !strstr(e.text, v[i].text) || !strstr(e.hint, v[i].hint))
			fail_msg("%s: %s: %s; %s", v[i].body, err_name(rc), e.text, e.hint);
	}
}

static void silence_ends_at_the_deadline(void **state)
{
	struct channel *c;
	struct err e;
	int pid;

	(void)state;
	put_script("cat >/dev/null; :");
	assert_int_equal(dial_with(script, 50000000, &c, &pid, &e), -ETIMEDOUT);
	unlink(script);
}

static void a_missing_program_is_named(void **state)
{
	struct channel *c;
	struct err e;
	int pid;

	(void)state;
	assert_int_equal(dial_with("./no-such-ssh -x", 0, &c, &pid, &e), -ENOENT);
	assert_non_null(strstr(e.text, "./no-such-ssh: cannot be started"));
	assert_int_equal(dial_with("  ", 0, &c, &pid, &e), -EINVAL);
	assert_int_equal(dial_with("a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a", 0, &c,
				   &pid, &e),
			 -EINVAL);
}

/* The words as given, "--", the host, and one word for the shell there; nothing here reads them as shell. */
static void the_command_is_passed_in_words(void **state)
{
	struct peer_dial d = {.place = {.kind = PEER_SSH, .host = "u@h;$(x)"},
			      .ssh = "./dial_test.ssh  -p 22 $HOME;x",
			      .agent = "sudo p2pbench",
			      .timeout_ns = 60000000000ll};
	struct channel *c;
	struct err e = {0};
	int pid;

	(void)state;
	put_script("printf '%s|' \"$@\" >&2; exit 1");
	assert_int_equal(peer_dial_open(&d, &c, &pid, &e), -EPROTO);
	assert_non_null(strstr(e.text, "-p|22|$HOME;x|--|u@h;$(x)|sudo p2pbench agent --stdio|"));
	unlink(script);
}

/* An agent of a few lines: it greets without asking for a token, waits for the answer, the only thing it is
 * sent before the welcome, and goes on with @then. */
static void put_agent(const char *then)
{
	char body[1024];

	snprintf(body, sizeof(body),
		 "frame() { printf \"\\\\000\\\\000\\\\000\\\\$(printf %%03o ${#1})%%s\" \"$1\"; }\n"
		 "frame '{\"p2pbench\":\"serve\",\"auth\":1,\"version\":\"1\",\"token\":false,\"nonce\":"
		 "\"0000000000000000000000000000000000000000000000000000000000000000\"}'\n"
		 "head -c 1 >/dev/null\n"
		 "frame '{\"p2pbench\":\"welcome\"}'\n"
		 "%s",
		 then);
	put_script(body);
}

static void an_agent_is_reached_and_left(void **state)
{
	static const char *const then[] = {
		"cat >/dev/null",				    /* goes when its input ends */
		"trap '' HUP; exec 0</dev/null; exec sleep 1000",   /* when it is told to */
		"trap '' TERM; sleep 1000; sleep 1000; sleep 1000", /* when it is killed */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(then) / sizeof(*then); i++) {
		struct channel *c;
		struct err e;
		int pid;

		put_agent(then[i]);
		if (dial_with(script, 60000000000ll, &c, &pid, &e))
			fail_msg("%s; %s", e.text, e.hint);
		assert_true(pid > 0);
		assert_string_equal(channel_name(c), "ssh:rack7");
		peer_dial_close(c, pid);
		assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
		unlink(script);
	}
}

/* What an agent says last is told when it dies in mid-session. */
static void a_dying_agent_is_quoted(void **state)
{
	struct channel *c;
	const char *text;
	struct err e;
	size_t n;
	int pid;

	(void)state;
	put_agent("echo 'p2pbench: out of luck' >&2");
	assert_int_equal(dial_with(script, 60000000000ll, &c, &pid, &e), 0);
	assert_int_equal(channel_receive(c, 100, &text, &n, LATE_NS, &e), -EPIPE);
	peer_dial_close(c, pid);
	assert_non_null(strstr(e.text, "it said: p2pbench: out of luck"));
	unlink(script);
}

/* A TCP service that is none of ours. */
struct service {
	int listener;
	const char *says;
};

static void *serve(void *arg)
{
	const struct service *s = arg;
	char bytes[100];
	int fd = accept(s->listener, NULL, NULL);

	if (fd >= 0 && *s->says && send(fd, s->says, strlen(s->says), MSG_NOSIGNAL) > 0)
		while (read(fd, bytes, sizeof(bytes)) > 0)
			;
	close(fd);
	return NULL;
}

static int listen_anywhere(uint16_t *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

static int dial_port(const char *host, uint16_t port, int64_t timeout_ns, struct err *e)
{
	struct peer_dial d = {.place = {.kind = PEER_TCP, .port = port}, .timeout_ns = timeout_ns};
	struct channel *c;
	int pid;
	int rc;

	snprintf(d.place.host, sizeof(d.place.host), "%s", host);
	*e = (struct err){0};
	rc = peer_dial_open(&d, &c, &pid, e);
	assert_null(c);
	assert_int_equal(pid, -1);
	return rc;
}

static void other_services_are_told(void **state)
{
	static const struct {
		const char *says, *text;
	} v[] = {{"", "closed without a word"}, {"SSH-2.0-OpenSSH_9.2\r\n", "begins with 'SSH-'"}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct service s = {.says = v[i].says};
		struct err e;
		pthread_t t;
		uint16_t port;

		s.listener = listen_anywhere(&port);
		assert_int_equal(pthread_create(&t, NULL, serve, &s), 0);
		assert_int_equal(dial_port("127.0.0.1", port, 60000000000ll, &e), -EPROTO);
		pthread_join(t, NULL);
		close(s.listener);
		assert_non_null(strstr(e.text, v[i].text));
		assert_non_null(strstr(e.hint, "another service"));
	}
}

static void nobody_there_is_told(void **state)
{
	struct err e;
	uint16_t port;
	int fd;

	(void)state;
	/* Bound and not listening: nobody else can have it. */
	fd = listen_anywhere(&port);
	assert_int_equal(dial_port("127.0.0.1", port, 50000000, &e), -ETIMEDOUT);
	shutdown(fd, SHUT_RDWR);
	assert_int_equal(dial_port("127.0.0.1", port, 60000000000ll, &e), -ECONNREFUSED);
	assert_non_null(strstr(e.hint, "p2pbench serve"));
	close(fd);
	assert_int_equal(dial_port("no-such-host.invalid", 1, 60000000000ll, &e), -EHOSTUNREACH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_are_read),
		cmocka_unit_test(bad_places_are_refused),
		cmocka_unit_test(what_ssh_says_is_told),
		cmocka_unit_test(silence_ends_at_the_deadline),
		cmocka_unit_test(a_missing_program_is_named),
		cmocka_unit_test(the_command_is_passed_in_words),
		cmocka_unit_test(an_agent_is_reached_and_left),
		cmocka_unit_test(a_dying_agent_is_quoted),
		cmocka_unit_test(other_services_are_told),
		cmocka_unit_test(nobody_there_is_told),
	};

	return cmocka_run_group_tests_name("dial", tests, NULL, NULL);
}
