// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The agent's side of what the program asks of another machine; see agent_verbs.h. */
#include "agent_verbs.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/sys.h"
#include "run/reach_far.h"
#include "topo/topo.h"
#include "version.h"

const struct agent_verb agent_verbs[] = {
	{"topo", agent_topo}, {"doctor", agent_doctor}, {"reach", agent_reach}, {"cpus", agent_cpus},
	{NULL, NULL},
};

int agent_topo(void *arg, const json_t *ask, json_t **answer, struct err *e)
{
	const struct agent_self *self = arg;
	CLEANUP_FREE char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	int rc = f ? topo_save(self->topo, true, f) : -ENOMEM;

	(void)ask;
	if (f && fclose(f) && !rc)
		rc = -ENOMEM;
	*answer = rc ? NULL : json_loadb(text, n, 0, NULL);
	return *answer ? 0 : err_set(e, rc ? rc : -ENOMEM, "topo: cannot write this machine down");
}

int agent_reach(void *arg, const json_t *ask, json_t **answer, struct err *e)
{
	const struct agent_self *self = arg;

	return reach_answer(self->sys, self->topo, ask, answer, e);
}

int agent_cpus(void *arg, const json_t *ask, json_t **answer, struct err *e)
{
	(void)arg;
	(void)ask;
	return cpus_answer(answer, e);
}

/* Of this machine's memory a session leaves the rest of it a quarter. */
static uint64_t memory_max(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);

	return pages > 0 && page > 0 ? (uint64_t)pages / 4 * 3 * (uint64_t)page : 0;
}

int agent_session(void *arg, struct channel *c, struct err *e)
{
	struct topo *topo = NULL;
	struct agent_self self = {.sys = &sys_real};
	struct agent_input in = {
		.sys = &sys_real,
		.verbs = agent_verbs,
		.arg = &self,
		.version = P2P_VERSION,
		.build = P2P_COMMIT,
		.memory_max = memory_max(),
	};
	int rc = topo_open(NULL, &topo, e);

	(void)arg;
	if (rc)
		return rc;
	self.topo = in.topo = topo;
	rc = agent_run(c, &in, e);
	topo_close(topo);
	return rc;
}
