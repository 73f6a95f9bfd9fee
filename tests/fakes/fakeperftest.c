// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A program that behaves like one of perftest's, or misbehaves as FAKE_PERFTEST says:
 *
 *   ok       the server waits for a client on its port, the client prints a table
 *   old unknown nothing   of --version: 5.60, 6.99, no version
 *   status   the client fails, with a sentence and the like of a table before it
 *   signal   the client dies of SIGSEGV
 *   hang     the client connects and never ends
 *   flood    the client prints for ever
 *   inf warn the client's table has inf in it; warnings in it
 *   other    the table is of another number of messages
 *   json     the client's JSON tells of another result than its table
 *   server   the server fails before it listens
 *   deaf     the server never listens
 *   dies     the server dies of SIGKILL while its client runs
 *   stay     the server stays when its client has gone
 *   child    the client leaves a process behind
 *
 * Of the flags -p, -n, -q, -s, --out_json_file=FILE and a host at the end count.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct args {
	const char *mode, *json;
	int port;
	long messages, qps, size;
	bool client, latency;
};

static bool is(const struct args *a, const char *mode)
{
	return !strcmp(a->mode, mode);
}

static int version(const struct args *a)
{
	if (is(a, "nothing"))
		puts("usage: something else");
	else
		printf("Version: %s\n", is(a, "old") ? "5.60" : is(a, "unknown") ? "6.99" : "6.06");
	return 1; /* as 4.5 */
}

static struct sockaddr_in address(const struct args *a)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons((uint16_t)a->port),
				    .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

static int server(const struct args *a)
{
	struct sockaddr_in at = address(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0), peer, on = 1;
	char c;

	if (is(a, "server")) {
		fputs("Couldn't allocate MR with error=14\n", stderr);
		return 1;
	}
	if (is(a, "deaf"))
		pause();
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 1))
		return 1;
	peer = accept(fd, NULL, NULL);
	if (is(a, "dies"))
		raise(SIGKILL);
	while (read(peer, &c, 1) > 0)
		;
	if (is(a, "stay"))
		for (;;)
			pause();
	return 0;
}

static void table(const struct args *a, FILE *out)
{
	long n = a->messages * a->qps + (is(a, "other") ? 1 : 0);

	puts("------------------------------------------------------------------");
	puts(a->latency
		     ? " #bytes #iterations    t_min[usec]    t_max[usec]  t_typical[usec]    t_avg[usec]    "
		       "t_stdev[usec]   99% percentile[usec]   99.9% percentile[usec] "
		     : " #bytes     #iterations    BW peak[MB/sec]    BW average[MB/sec]   MsgRate[Mpps]");
	if (is(a, "warn"))
		puts("Conflicting CPU frequency values detected: 1200.000000 != 3700.000000.");
	if (a->latency)
		fprintf(out, " %ld %ld 0.70 9.00 %s 0.80 0.10 2.00 3.00\n", a->size, n,
			is(a, "inf") ? "inf" : "0.75");
	else
		fprintf(out, " %ld %ld 0.00 %s %.6f\n", a->size, n, is(a, "inf") ? "inf" : "1000.00",
			1000.0 * 1048576 / (double)a->size / 1e6);
	puts("------------------------------------------------------------------");
}

static void write_json(const struct args *a)
{
	FILE *f = a->json ? fopen(a->json, "w") : NULL;

	if (!f)
		return;
	fprintf(f,
		"{\nresults: {\nMsgSize: %ld,\nn_iterations: %ld,\nBW_peak: 0.00,\nBW_average: %s,\nMsgRate: "
		"%.6f,\n},\n}\n",
		a->size, a->messages * a->qps, is(a, "json") ? "1005.00" : "1000.00",
		1000.0 * 1048576 / (double)a->size / 1e6);
	fclose(f);
}

static int client(const struct args *a)
{
	struct sockaddr_in at = address(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&at, sizeof(at))) {
		perror("connect");
		return 1;
	}
	if (is(a, "status")) {
		table(a, stdout);
		fputs(" Completion with error at client\n Failed status 12: wr_id 0 syndrom 0x81\n", stderr);
		return 9;
	}
	if (is(a, "signal")) {
		signal(SIGSEGV, SIG_DFL);
		raise(SIGSEGV);
	}
	while (is(a, "hang") || is(a, "dies"))
		pause();
	while (is(a, "flood") && puts("and so on") >= 0)
		;
	if (is(a, "child") && !fork())
		for (;;)
			pause();
	table(a, stdout);
	if (!a->latency)
		write_json(a);
	return 0;
}

int main(int argc, char **argv)
{
	const char *mode = getenv("FAKE_PERFTEST");
	struct args a = {.mode = mode ? mode : "ok", .messages = 1000, .qps = 1, .size = 8};

	a.latency = strstr(argv[0], "_lat") != NULL;
	for (int i = 1; i < argc; i++) {
		const char *next = i + 1 < argc ? argv[i + 1] : "0";

		if (!strcmp(argv[i], "--version"))
			return version(&a);
		if (!strcmp(argv[i], "-p"))
			a.port = (int)strtol(next, NULL, 10);
		else if (!strcmp(argv[i], "-n"))
			a.messages = strtol(next, NULL, 10);
		else if (!strcmp(argv[i], "-q"))
			a.qps = strtol(next, NULL, 10);
		else if (!strcmp(argv[i], "-s"))
			a.size = strtol(next, NULL, 10);
		else if (!strncmp(argv[i], "--out_json_file=", 16))
			a.json = argv[i] + 16;
		else if (!strcmp(argv[i], "127.0.0.1"))
			a.client = true;
	}
	return a.client ? client(&a) : server(&a);
}
