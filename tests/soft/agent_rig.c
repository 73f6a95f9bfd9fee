// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See agent_rig.h. */
#include "soft/agent_rig.h"

#include <sys/socket.h>

#include "base/sys.h"

int64_t agent_rig_deadline(void)
{
	return channel_now() + 30000000000ll;
}

static void *agent_main(void *arg)
{
	struct agent_rig *r = arg;

	r->rc = agent_run(r->far, &r->in, &r->e);
	channel_free(r->far);
	return NULL;
}

struct channel *agent_rig_start(struct agent_rig *r, const struct agent_input *in)
{
	struct channel *near;
	int fd[2];

	*r = (struct agent_rig){0};
	if (in)
		r->in = *in;
	if (!r->in.sys)
		r->in.sys = &sys_real;
	if (!r->in.version)
		r->in.version = "7.8.9";
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
	near = channel_new(fd[0], fd[0], "rack7");
	r->far = channel_new(fd[1], fd[1], "initiator");
	assert_true(near && r->far);
	assert_int_equal(pthread_create(&r->thread, NULL, agent_main, r), 0);
	return near;
}

struct peer_host *agent_rig_open(struct agent_rig *r, const struct agent_input *in)
{
	struct peer_host *h;
	struct err e = {0};

	if (peer_host_open(agent_rig_start(r, in), -1, &h, &e))
		fail_msg("%s", e.text);
	return h;
}

int agent_rig_join(struct agent_rig *r)
{
	assert_int_equal(pthread_join(r->thread, NULL), 0);
	return r->rc;
}
