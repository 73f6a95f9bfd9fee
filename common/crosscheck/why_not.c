// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What perftest cannot express, one question after the other, each with its reason. */
#include <stdio.h>
#include <string.h>

#include "crosscheck/map.h"

enum { LIST_MAX = 1024, INLINE_MOST = 912, DEPTH_MOST = 15000 };

static bool given(const struct point *pt, enum axis a)
{
	return pt->v[a] != AXIS_EMPTY;
}

static bool above(const struct point *pt, enum axis a, int64_t v)
{
	return given(pt, a) && pt->v[a] > v;
}

static const char *of_memory(const struct config *c, int64_t place)
{
	const struct config_memory *m = place == AXIS_EMPTY ? NULL : &c->memory[place];

	if (!m)
		return NULL;
	switch (m->kind) {
	case MEM_HOST:
		break;
	case MEM_VFIO:
		return "a VFIO target: perftest opens no VFIO device and takes no dma-buf of one";
	case MEM_FD:
		return "a dma-buf of another process: perftest cannot be given one";
	default:
		return "a dma-buf of host memory: perftest registers memory of its own by address only";
	}
	if (m->pages)
		return "chosen page sizes: perftest's buffers are of the pages malloc gives";
	if (m->numa != CONFIG_NUMA_ANY)
		return "memory on a chosen node: perftest's buffers lie where its CPU first touches them";
	return NULL;
}

static const char *of_hint(const struct perftest_version *v, const struct point *pt)
{
	if (given(pt, AX_TPH) && pt->v[AX_TPH] == TPH_EXPORTER)
		return "a steering tag set by an exporter: perftest has no exporter and sets no raw tag";
	if (given(pt, AX_TPH) && pt->v[AX_TPH] == TPH_DMAH && !v->tph)
		return "a DMA handle: only perftest 6.27 and later make one (--ph)";
	return NULL;
}

static const char *of_op(const struct perftest_version *v, const struct point *pt)
{
	bool lat = pt->v[AX_MEASURE] == MEASURE_LAT;

	if (pt->v[AX_MEASURE] == MEASURE_REG)
		return "registration: perftest does not time it";
	switch (pt->v[AX_OP]) {
	case OP_WRITE_FENCE:
		return "write_fence: perftest has no READ behind its WRITE";
	case OP_WRITE_CQE:
		return "write_cqe: perftest times no WRITE to its completion";
	case OP_WRITE_IMM:
		return v->imm ? NULL : "write_imm: perftest before 6.2x has no --write_with_imm";
	case OP_SEND:
		return lat ? "send latency: p2pbench has no counterpart" : NULL;
	default:
		return NULL;
	}
}

static const char *of_way(const struct config *c, const struct point *pt)
{
	if (c->peer.place)
		return "a responder on another host: this cross-check runs over the loopback of one device";
	if (given(pt, AX_INTERCONNECT) && pt->v[AX_INTERCONNECT] == INTERCONNECT_BOUNCE)
		return "a bounce: perftest copies nothing on";
	if (given(pt, AX_INTERCONNECT) && pt->v[AX_INTERCONNECT] == INTERCONNECT_DATA_DIRECT)
		return "data-direct: perftest has it for CUDA memory only";
	if (given(pt, AX_PEER_NIC) && pt->v[AX_PEER_NIC] != pt->v[AX_NIC])
		return "two devices: this cross-check runs over the loopback of one";
	if (given(pt, AX_CONNECT) && pt->v[AX_CONNECT] == CONNECT_CM)
		return "rdma_cm: this cross-check connects out of band";
	return NULL;
}

/* How work is handed over. */
static const char *of_posts(const struct point *pt)
{
	if (above(pt, AX_THREADS, 1))
		return "several posting threads: perftest has one";
	if (given(pt, AX_POST) && pt->v[AX_POST] != POST_CLASSIC)
		return "ibv_wr_*(): perftest decides by a table of devices and does not say by what";
	if (above(pt, AX_BATCH, LIST_MAX) || above(pt, AX_SIGNAL_EVERY, LIST_MAX))
		return "lists and completions of more than 1024 work requests: beyond perftest's limits";
	if (above(pt, AX_QD, DEPTH_MOST))
		return "a queue this deep: perftest takes at most 15000";
	if (above(pt, AX_BATCH, 1) && given(pt, AX_SIGNAL_EVERY) && pt->v[AX_BATCH] % pt->v[AX_SIGNAL_EVERY])
		return "lists with completions across their ends: perftest's -Q must divide its -l";
	if (above(pt, AX_INLINE, 0) && pt->v[AX_SIZE] > INLINE_MOST)
		return "inline payload of this size: perftest takes at most 912 bytes";
	return NULL;
}

/* What is offered, and where it goes. */
static const char *of_load(const struct point *pt)
{
	if (given(pt, AX_RATE))
		return "an open loop: perftest's rate limit moves its due times";
	if (given(pt, AX_DIR) && pt->v[AX_DIR] == DIR_BIDI)
		return "WRITE one way and READ the other: perftest's -b sums two streams of one verb";
	if (given(pt, AX_PATTERN) && pt->v[AX_PATTERN] == PATTERN_RAND)
		return "random places: perftest stays within a page or at one address";
	if (given(pt, AX_FOOTPRINT))
		return "a chosen footprint: perftest stays within a page or at one address";
	if (above(pt, AX_OFFSET, 0))
		return "an offset in the page: perftest's buffers begin on one";
	if (given(pt, AX_CONSUME) && pt->v[AX_CONSUME] == CONSUME_ALL)
		return "reading the payload: perftest's polling CPU reads one byte";
	return NULL;
}

const char *map_why_not(const struct perftest_version *v, const struct config *c, const struct point *pt,
			char *buf, size_t len)
{
	const char *device = c->nics[pt->v[AX_NIC]].device;
	const char *why = NULL;

	if (!strcmp(device, "soft0") || !strcmp(device, "null0"))
		why = "a device inside p2pbench: perftest needs one that libibverbs shows";
	why = why ? why : of_op(v, pt);
	why = why ? why : of_memory(c, pt->v[AX_TARGET]);
	why = why ? why : of_memory(c, pt->v[AX_SOURCE]);
	why = why ? why : of_hint(v, pt);
	why = why ? why : of_way(c, pt);
	why = why ? why : of_posts(pt);
	why = why ? why : of_load(pt);
	if (!why)
		return NULL;
	snprintf(buf, len, "%s", why);
	return buf;
}
