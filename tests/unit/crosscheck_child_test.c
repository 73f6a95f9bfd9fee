// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A server and its client as children, good ones and others; nothing of them is left afterwards. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "crosscheck/child.h"

/* Long beyond what a loaded machine takes; and short, for those that are to be too late. */
static const int64_t LONG_NS = 100000000000, SHORT_NS = 300000000;

struct outcome {
	int rc;
	struct err e;
	struct child_output out;
};

/*
 * Everything started inherits the writing end of a pipe: when its reader sees the end, all of them are gone.
 * (The descriptor is without CLOEXEC for the server, too, which nobody gives it.)
 */
static void nothing_left(int reader)
{
	struct pollfd fd = {.fd = reader, .events = POLLIN};
	char c;

	assert_int_equal(poll(&fd, 1, 100000), 1);
	assert_int_equal(read(reader, &c, 1), 0);
}

static struct outcome run(const char *mode, const struct child_spec *with)
{
	char port[16], program[] = FAKEPERFTEST, p[] = "-p", host[] = "127.0.0.1";
	char *server[] = {program, p, port, NULL}, *client[] = {program, p, port, host, NULL};
	struct child_spec spec = *with;
	struct outcome o = {0};
	int end[2];

	assert_int_equal(setenv("FAKE_PERFTEST", mode, 1), 0);
	assert_int_equal(pipe(end), 0);
	assert_int_equal(fcntl(end[0], F_SETFD, FD_CLOEXEC), 0);
	spec.server = server;
	spec.client = client;
	spec.inherit = end[1];
	spec.port = child_free_port();
	assert_true(spec.port > 0);
	snprintf(port, sizeof(port), "%d", spec.port);
	o.rc = child_run(&spec, &o.out, &o.e);
	close(end[1]);
	nothing_left(end[0]);
	close(end[0]);
	/* Reaped as well. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	return o;
}

static const struct child_spec patient = {.start_ns = 100000000000, .run_ns = 100000000000};

static void good(void **state)
{
	struct outcome o = run("ok", &patient);

	(void)state;
	if (o.rc)
		fail_msg("%s", o.e.text);
	assert_non_null(strstr(o.out.out.text, "#bytes"));
	assert_true(o.out.took_ns > 0);
	child_output_free(&o.out);
}

static void ends_as(const char *mode, const struct child_spec *spec, int rc, const char *says)
{
	struct outcome o = run(mode, spec);

	if (o.rc != rc || !strstr(o.e.text, says))
		fail_msg("%s: %d, \"%s\"", mode, o.rc, o.e.text);
	child_output_free(&o.out);
}

static void fails(void **state)
{
	(void)state;
	ends_as("status", &patient, -EPROTO,
		"(client) ended with status 9: Failed status 12: wr_id 0 syndrom 0x81");
	ends_as("signal", &patient, -EPROTO, "(client) was killed by signal 11 (SIGSEGV)");
	ends_as("server", &patient, -EPROTO,
		"(server) ended with status 1: Couldn't allocate MR with error=14");
	ends_as("dies", &patient, -EPROTO, "(server) was killed by signal 9 (SIGKILL)");
	ends_as("flood", &patient, -EFBIG, "more than 256 KiB");
}

static void too_late(void **state)
{
	struct child_spec hurry = {.start_ns = LONG_NS, .run_ns = SHORT_NS};

	(void)state;
	ends_as("hang", &hurry, -ETIMEDOUT, "(client) does not end within 0.3 s");
	hurry = (struct child_spec){.start_ns = SHORT_NS, .run_ns = LONG_NS};
	ends_as("deaf", &hurry, -ETIMEDOUT, "(server) does not listen within 0.3 s");
}

/* What outlives its purpose is ended, and the figures stand. */
static void leftovers(void **state)
{
	static const char *const mode[] = {"stay", "child"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct outcome o = run(mode[i], &patient);

		if (o.rc)
			fail_msg("%s: %s", mode[i], o.e.text);
		child_output_free(&o.out);
	}
}

static void interrupted(void **state)
{
	atomic_int sig = SIGTERM;
	struct child_spec spec = patient;

	(void)state;
	spec.interrupt = &sig;
	ends_as("hang", &spec, -EINTR, "interrupted");
}

static void missing(void **state)
{
	char program[] = "/nonexistent/ib_write_bw";
	char *argv[] = {program, NULL};
	struct child_spec spec = {.client = argv, .inherit = -1, .run_ns = LONG_NS};
	struct child_output out = {0};
	struct err e;

	(void)state;
	assert_int_equal(child_run(&spec, &out, &e), -ENOENT);
	assert_non_null(strstr(e.hint, "perftest"));
	child_output_free(&out);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void listening(void **state)
{
	static const char table[] =
		"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
		"   0: 00000000:5A4F 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n"
		"   1: 0100007F:5A50 0100007F:A001 01 00000000:00000000 00:00000000 00000000     0\n"
		"   2: 00000000000000000000000000000000:5A51 00000000000000000000000000000000:0000 0A 0:0\n";

	(void)state;
	assert_true(child_listens(table, 0x5a4f));
	assert_false(child_listens(table, 0x5a50)); /* a connection, no listener */
	assert_true(child_listens(table, 0x5a51));
	assert_false(child_listens(table, 0xa001));
	assert_false(child_listens("", 1));
	assert_false(child_listens("\n\n0: x y z\n", 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),	     cmocka_unit_test(fails),	    cmocka_unit_test(too_late),
		cmocka_unit_test(leftovers), cmocka_unit_test(interrupted), cmocka_unit_test(missing),
		cmocka_unit_test(listening),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
