// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Combinations that a product may well contain and that mean nothing: left out, counted, named. See rules.h.
 */
#include "base/cleanup.h"
#include "plan/rules.h"

static int64_t kind(const struct config *c, int64_t memory)
{
	return c->memory[memory].kind;
}

static bool lat_of_posted(const struct config *c, const int64_t *v)
{
	int64_t op = v[AX_OP];

	(void)c;
	return v[AX_MEASURE] == MEASURE_LAT && (op == OP_WRITE || op == OP_WRITE_IMM || op == OP_SEND);
}

static bool bw_of_latency_op(const struct config *c, const int64_t *v)
{
	int64_t op = v[AX_OP];

	(void)c;
	return (v[AX_MEASURE] == MEASURE_BW || v[AX_MEASURE] == MEASURE_RATE) &&
	       (op == OP_WRITE_FENCE || op == OP_WRITE_CQE || op == OP_PINGPONG);
}

static bool tag_on_host(const struct config *c, const int64_t *v)
{
	return v[AX_TPH] == TPH_EXPORTER && kind(c, v[AX_TARGET]) == MEM_HOST;
}

static bool tag_with_bounce(const struct config *c, const int64_t *v)
{
	(void)c;
	return v[AX_TPH] == TPH_EXPORTER && v[AX_INTERCONNECT] == INTERCONNECT_BOUNCE;
}

static bool bounce_to_host(const struct config *c, const int64_t *v)
{
	return v[AX_INTERCONNECT] == INTERCONNECT_BOUNCE && kind(c, v[AX_TARGET]) == MEM_HOST;
}

static bool second_function_to_host(const struct config *c, const int64_t *v)
{
	return v[AX_INTERCONNECT] == INTERCONNECT_DATA_DIRECT && kind(c, v[AX_TARGET]) == MEM_HOST;
}

static bool dmah_by_second_function(const struct config *c, const int64_t *v)
{
	(void)c;
	return v[AX_TPH] == TPH_DMAH && v[AX_INTERCONNECT] == INTERCONNECT_DATA_DIRECT;
}

/* Kinds whose data only the device behind them can read. */
static bool pingpong_unseen(const struct config *c, const int64_t *v)
{
	int64_t k = kind(c, v[AX_TARGET]);

	return v[AX_OP] == OP_PINGPONG && (k == MEM_VFIO || k == MEM_FD);
}

/* Its last byte must arrive last: that is what the other CPU polls. */
static bool pingpong_reordered(const struct config *c, const int64_t *v)
{
	(void)c;
	return v[AX_OP] == OP_PINGPONG && v[AX_RO] == 1;
}

static bool atomic_size(const struct config *c, const int64_t *v)
{
	(void)c;
	return rule_is_atomic(v) && v[AX_SIZE] != 8;
}

static bool bidi_of_other_op(const struct config *c, const int64_t *v)
{
	(void)c;
	return v[AX_DIR] == DIR_BIDI && v[AX_OP] != OP_WRITE;
}

static bool inline_of_reads(const struct config *c, const int64_t *v)
{
	int64_t op = v[AX_OP];

	(void)c;
	return v[AX_INLINE] == 1 && (op == OP_READ || op == OP_WRITE_FENCE || rule_is_atomic(v) ||
				     v[AX_DIR] == DIR_BIDI || v[AX_MEASURE] == MEASURE_REG);
}

#define END AX_COUNT

const struct rule rules_kind[] = {
	{lat_of_posted,
	 true,
	 {AX_OP, AX_MEASURE, END},
	 "its completion does not say that the data arrived; use write_fence (data visible) or write_cqe "
	 "(acceptance only)"},
	{bw_of_latency_op,
	 true,
	 {AX_OP, AX_MEASURE, END},
	 "this is a latency operation; use it with measure lat"},
	{bounce_to_host,
	 true,
	 {AX_INTERCONNECT, AX_TARGET, END},
	 "host memory is where a bounce ends; it needs none"},
	{second_function_to_host,
	 true,
	 {AX_INTERCONNECT, AX_TARGET, END},
	 "data_direct registers dma-bufs only; use udmabuf or dma_heap for system memory"},
	{dmah_by_second_function,
	 true,
	 {AX_TPH, AX_INTERCONNECT, END},
	 "registrations by data_direct carry no DMA handle"},
	{tag_on_host,
	 true,
	 {AX_TPH, AX_TARGET, END},
	 "host memory has no exporter that could set a steering tag"},
	{tag_with_bounce,
	 true,
	 {AX_TPH, AX_INTERCONNECT, END},
	 "the NIC then reaches host memory, which has no exporter"},
	{pingpong_unseen,
	 true,
	 {AX_OP, AX_TARGET, END},
	 "the responder's CPU polls the target, and it cannot read this kind; use host, memfd, udmabuf or "
	 "dma_heap"},
	{pingpong_reordered,
	 true,
	 {AX_RO, AX_OP, END},
	 "the CPU that polls the last byte takes it for the whole message, and relaxed ordering may bring it "
	 "first"},
	{atomic_size, true, {AX_SIZE, AX_OP, END}, "an atomic is 8 bytes"},
	{bidi_of_other_op,
	 true,
	 {AX_DIR, AX_OP, AX_MEASURE, END},
	 "bidirectional traffic is op write with dir bidi"},
	{inline_of_reads,
	 true,
	 {AX_INLINE, AX_OP, AX_DIR, AX_MEASURE, END},
	 "only what is sent can travel inside the work request"},
};

const size_t rules_kind_len = ARRAY_LEN(rules_kind);
