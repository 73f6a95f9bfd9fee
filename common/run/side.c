// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a machine says of itself: its PCI tree and the CPUs that its process may use. */
#include "run/side.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <jansson.h>

#include "base/cleanup.h"
#include "peer/host.h"
#include "run/limits.h"
#include "run/reach_far.h"

int side_open_here(struct side *out, struct err *e)
{
	*out = (struct side){0};
	if (sched_getaffinity(0, sizeof(out->allowed), &out->allowed))
		return err_set(e, -errno, "sched_getaffinity: %s", err_name(errno));
	/* Without it limits stay unknown and CPUs are chosen as on a machine that says nothing. */
	if (topo_open(NULL, &out->topo, &out->topo_err))
		out->topo = NULL;
	return 0;
}

/* The reader of saved machines reads files. */
static int open_document(const json_t *document, struct topo **out, struct err *e)
{
	CLEANUP_FD int fd = memfd_create("peer", MFD_CLOEXEC);
	char path[32];

	if (fd < 0 || json_dumpfd(document, fd, JSON_COMPACT))
		return err_set(e, -ENOMEM, "no memory for the peer's topology");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return topo_open(path, out, e);
}

static int ask_topo(struct side *s, struct err *e)
{
	json_t *answer = NULL;
	int rc = peer_host_ask(s->host, "topo", NULL, &answer, 0, &s->topo_err);

	if (!rc)
		rc = open_document(answer, &s->topo, &s->topo_err);
	json_decref(answer);
	if (rc)
		s->topo = NULL;
	if (!side_died(rc))
		return 0;
	return err_set(e, rc, "%s", s->topo_err.text);
}

static int ask_cpus(struct side *s, struct err *e)
{
	struct err why = {0};
	int rc = reach_far_cpus(s->host, &s->allowed, &why);

	if (side_died(rc))
		return err_set(e, rc, "%s", why.text);
	if (rc)
		memset(&s->allowed, 0xff, sizeof(s->allowed));
	return 0;
}

int side_open_there(struct peer_host *host, const struct side *here, struct side *out, struct err *e)
{
	int rc;

	*out = *here;
	out->borrowed = true;
	if (!host)
		return 0;
	*out = (struct side){.host = host};
	rc = ask_topo(out, e);
	return rc ? rc : ask_cpus(out, e);
}

void side_close(struct side *s)
{
	if (!s->borrowed)
		topo_close(s->topo);
	*s = (struct side){0};
}

void end_place(struct end *n, const struct side *side)
{
	n->places = (struct places){
		.topo = side->topo,
		.nic_fn = limits_nic(side->topo, &n->attr),
		.software = n->attr.evidence == NIC_SOFTWARE,
		.allowed = &side->allowed,
	};
}
