// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A session of requests: the input's lines are frames that an agent is sent, one after the other, in the
 * state that those before have led to. A line that begins with '!' is prefixed by a good hello and responder,
 * one with '+' by memory, target and link too, so that short inputs get far. Whatever comes: nothing outside
 * is read, every request is answered, and at the end all is closed.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pthread.h>

#include "base/err.h"
#include "base/sys.h"
#include "peer/agent.h"
#include "peer/channel.h"
#include "peer/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ADDR                                                                                                 \
	"{\"qp_num\":17,\"psn\":1,\"lid\":0,\"gid\":\"00000000000000000000000000000000\",\"mtu\":4096,"      \
	"\"rd_atomic\":16,\"rd_init\":16}"

static const char *const prefix[] = {
	"{\"n\":1,\"ask\":\"hello\",\"at\":0,\"with\":{\"magic\":\"p2pbench\",\"protocol\":1,\"oldest\":1}}",
	"{\"n\":2,\"ask\":\"open\",\"at\":0,\"with\":{\"device\":\"soft0\",\"port\":1,\"gid_index\":-1}}",
	"{\"n\":3,\"ask\":\"memory_open\",\"at\":0,\"with\":{\"memory\":{\"name\":\"m\",\"keys\":{\"kind\":"
	"\"memfd\","
	"\"length\":65536}}}}",
	"{\"n\":4,\"ask\":\"target_open\",\"at\":0,\"with\":{\"memory\":0,\"ro\":false,\"interconnect\":0}}",
	"{\"n\":5,\"ask\":\"connect\",\"at\":0,\"with\":{\"n\":1,\"lanes\":1,\"recv_wrs\":1,\"send_wrs\":1,"
	"\"remote\":[" ADDR "]}}",
};

enum { HELLO = 2, ALL = sizeof(prefix) / sizeof(prefix[0]), MEMORY_MAX = 1 << 20 };

static void *agent_main(void *arg)
{
	const struct agent_input in = {.sys = &sys_real, .memory_max = MEMORY_MAX, .idle_ns = 5000000000ll};

	agent_run(arg, &in, NULL);
	channel_free(arg);
	return NULL;
}

/* Return: 0 while the session lasts. */
static int say(struct channel *c, const char *text, size_t n)
{
	int64_t deadline = channel_now() + 5000000000ll;
	const char *answer;
	size_t len;
	json_t *o;

	if (channel_send(c, text, n, deadline, NULL) ||
	    channel_receive(c, MESSAGE_ANSWER_MAX, &answer, &len, deadline, NULL))
		return -1;
	if (message_parse(answer, len, &o, NULL))
		abort(); /* an agent never talks nonsense */
	json_decref(o);
	return 0;
}

/* What takes its time because it was asked to is not a finding. */
static int is_slow(const char *line, size_t n)
{
	return memmem(line, n, "target_reg", 10) || memmem(line, n, "target_spot", 11);
}

static void session(struct channel *c, const uint8_t *data, size_t size)
{
	size_t said = 0;

	for (const uint8_t *end; size; size -= (size_t)(end - data) + (end < data + size), data = end + 1) {
		size_t want;

		end = memchr(data, '\n', size);
		if (!end)
			end = data + size;
		if (end == data || is_slow((const char *)data, (size_t)(end - data)))
			continue;
		want = *data == '+' ? ALL : *data == '!' ? HELLO : 0;
		for (; said < want; said++) {
			if (say(c, prefix[said], strlen(prefix[said])))
				return;
		}
		if (say(c, (const char *)data + (want > 0), (size_t)(end - data) - (want > 0)))
			return;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct channel *near, *far;
	pthread_t thread;
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd))
		return 0;
	near = channel_new(fd[0], fd[0], "initiator");
	far = channel_new(fd[1], fd[1], "agent");
	if (near && far && !pthread_create(&thread, NULL, agent_main, far)) {
		session(near, data, size);
		channel_free(near);
		pthread_join(thread, NULL);
		return 0;
	}
	channel_free(near);
	channel_free(far);
	return 0;
}
