// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Offers of one memory and one NIC, and the registrations that put them to the test. */
#include "run/reach.h"

#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "interconnect/offers.h"

enum { NO_CONTROL = 1 }; /* match_outcome() */

static bool can_be(const struct reach *r, int64_t interconnect, bool second)
{
	return (interconnect != INTERCONNECT_BOUNCE || r->exp.kind != MEM_HOST) &&
	       (interconnect != INTERCONNECT_DATA_DIRECT || second);
}

/* What makes sense of all that is offered; @second: the NIC has a data-direct function. Return: how many. */
static size_t offer_nic(const struct topo *t, int nic_fn, const char *driver, bool second, int data_direct,
			struct reach *out)
{
	size_t n = offers_importers(t, nic_fn, driver, data_direct, out->imp), kept = 0;

	for (size_t i = 0; i < n; i++)
		if (can_be(out, out->imp[i].interconnect, second))
			out->imp[kept++] = out->imp[i];
	return kept;
}

void reach_predict(const struct topo *t, int nic_fn, const char *driver, int data_direct,
		   const struct config_memory *m, struct reach *out)
{
	size_t n;

	*out = (struct reach){0};
	offers_exporter(t, m, &out->exp);
	n = offer_nic(t, nic_fn, driver, true, data_direct, out);
	out->n = match_cells(t, &out->exp, 1, out->imp, n, out->cell);
}

/* One page, with the rights a target has. */
static int register_page(struct nic *nic, const struct mem_buf *b, int64_t interconnect, int64_t *ns,
			 struct err *e)
{
	const struct nic_mr_spec spec = {
		.bytes = b->granule,
		.access = IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_REMOTE_READ |
			  (nic_attr(nic)->atomics ? IBV_ACCESS_REMOTE_ATOMIC : 0),
		.data_direct = interconnect == INTERCONNECT_DATA_DIRECT,
	};
	struct nic_mr mr = {0};
	int rc = nic_mr_reg(nic, b, &spec, &mr, e);

	if (rc)
		return rc;
	*ns = mr.reg_ns;
	nic_mr_dereg(nic, &mr, NULL);
	return 0;
}

/* Registers a page of other memory in the same way. Return: what that gave, NO_CONTROL when there is none. */
static int register_other(struct nic *nic, struct mem_ctx *mem, int64_t kind, int64_t interconnect,
			  struct err *e)
{
	const struct config_memory other = {
		.name = kind == MEM_HOST ? "staging" : "control",
		.kind = kind,
		.length = 4096,
		.heap = "system",
		.bar = -1,
		.fd = -1,
		.numa = CONFIG_NUMA_ANY,
	};
	struct mem_buf b;
	int64_t ns;
	int rc;

	if (mem_open(mem, &other, &b, e))
		return NO_CONTROL;
	rc = register_page(nic, &b, interconnect, &ns, e);
	mem_close(&b);
	return rc;
}

/* The same request on a dma-buf of system memory: does the NIC refuse that as well? */
static int control(struct nic *nic, struct mem_ctx *mem, int64_t interconnect)
{
	static const int64_t kinds[] = {MEM_UDMABUF, MEM_DMA_HEAP};
	int rc = NO_CONTROL;

	for (size_t i = 0; rc == NO_CONTROL && i < ARRAY_LEN(kinds); i++)
		rc = register_other(nic, mem, kinds[i], interconnect, NULL);
	return rc;
}

/* What a bounce needs: host memory for the NIC, and a CPU that can reach the rest. */
static int try_bounce(struct nic *nic, struct mem_ctx *mem, const struct mem_buf *b, struct err *e)
{
	int rc;

	if (b->cpu == MEM_CPU_NONE)
		return err_set(e, -EOPNOTSUPP, "memory '%s': the CPU of this process cannot reach it",
			       b->memory->name);
	rc = register_other(nic, mem, MEM_HOST, INTERCONNECT_BOUNCE, e);
	return rc == NO_CONTROL ? e->code : rc;
}

static void try_cell(struct nic *nic, struct mem_ctx *mem, const struct mem_buf *b, size_t i,
		     struct reach *out)
{
	int64_t interconnect = out->imp[out->cell[i].importer].interconnect;
	struct err e = {0};
	int other = NO_CONTROL;

	if (interconnect == INTERCONNECT_BOUNCE)
		out->rc[i] = try_bounce(nic, mem, b, &e);
	else
		out->rc[i] = register_page(nic, b, interconnect, &out->reg_ns[i], &e);
	if (out->rc[i] == -EINVAL && out->exp.dmabuf && interconnect != INTERCONNECT_BOUNCE)
		other = control(nic, mem, interconnect);
	out->outcome[i] = match_outcome(out->rc[i], other);
	out->surprise[i] = match_surprise(&out->cell[i], out->outcome[i]);
	/* Library, kernel driver or exporter: who does not take it is in the hint. */
	if (out->outcome[i] == MATCH_INELIGIBLE && *e.hint)
		snprintf(out->text[i], sizeof(out->text[i]), "%.205s; %.185s", e.hint, e.text);
	else if (out->rc[i])
		snprintf(out->text[i], sizeof(out->text[i]), "%.190s", e.text);
}

/* What is opened for a try: of system memory a page is enough, of a device its ranges as they are. */
static struct config_memory page_of(const struct config_memory *m)
{
	struct config_memory page = *m;

	if (m->kind != MEM_VFIO && m->kind != MEM_FD)
		page.length = 4096;
	return page;
}

/* What the device itself says of tags; kinds without a device have said all they can. */
static void ask_tags(const struct mem_buf *b, struct reach *out)
{
	out->tags = (struct mem_tph){.index = -1, .source = "", .symbol = ""};
	snprintf(out->tags.why, sizeof(out->tags.why), "%s", out->exp.tags_why);
	if (mem_can_export(out->exp.kind))
		return;
	mem_tph(b, &out->tags);
	out->exp.tags = out->tags.usable ? MATCH_YES : MATCH_NO;
	if (!out->tags.usable)
		out->exp.tags_why = out->tags.why;
}

int reach_try(struct nic *nic, struct mem_ctx *mem, const struct topo *t, int nic_fn,
	      const struct config_memory *m, struct reach *out, struct err *e)
{
	const struct nic_attr *a = nic_attr(nic);
	const struct config_memory page = page_of(m);
	int second = t && a->data_direct[0] ? topo_find(t, a->data_direct) : -1;
	struct mem_buf b;
	size_t n;
	int rc;

	*out = (struct reach){0};
	offers_exporter(t, m, &out->exp);
	rc = mem_open(mem, &page, &b, e);
	if (!rc)
		ask_tags(&b, out);
	n = offer_nic(t, nic_fn, a->driver, a->data_direct[0], second < 0 ? -1 : second, out);
	out->n = match_cells(t, &out->exp, 1, out->imp, n, out->cell);
	if (rc)
		return rc;
	for (size_t i = 0; i < out->n; i++)
		try_cell(nic, mem, &b, i, out);
	out->tried = true;
	mem_close(&b);
	return 0;
}
