// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One small predicate a rule; see rules.h. Only text is judged here, never the machine. */
#include "plan/rules.h"

#include "base/cleanup.h"

enum {
	SLICE_ALIGN = 64, /* LANE_SLOT of meas/lane.h, which is to our right */
	PAGE_ALIGN = 4096,
};

static int64_t length(const struct config *c, int64_t memory)
{
	return c->memory[memory].length;
}

static bool tag_without_exporter(const struct config *c, const int64_t *v)
{
	(void)c;
	return (rule_given(v, AX_ST) || rule_given(v, AX_ST_EXT)) && v[AX_TPH] != TPH_EXPORTER;
}

static bool ph_without_tph(const struct config *c, const int64_t *v)
{
	(void)c;
	return rule_given(v, AX_PH) && v[AX_TPH] == TPH_NONE;
}

static bool exporter_without_tag(const struct config *c, const int64_t *v)
{
	(void)c;
	return v[AX_TPH] == TPH_EXPORTER && !rule_given(v, AX_ST) && !rule_given(v, AX_ST_EXT);
}

static bool dmah_without_ph(const struct config *c, const int64_t *v)
{
	(void)c;
	return v[AX_TPH] == TPH_DMAH && !rule_given(v, AX_PH);
}

static bool cpu_without_dmah(const struct config *c, const int64_t *v)
{
	(void)c;
	return (rule_given(v, AX_TPH_CPU) || rule_given(v, AX_TPH_MEM)) && v[AX_TPH] != TPH_DMAH;
}

static bool half_a_cpu_tag(const struct config *c, const int64_t *v)
{
	(void)c;
	return rule_given(v, AX_TPH_CPU) != rule_given(v, AX_TPH_MEM);
}

static bool lat_in_parallel(const struct config *c, const int64_t *v)
{
	(void)c;
	return v[AX_MEASURE] == MEASURE_LAT && !rule_given(v, AX_RATE) &&
	       (rule_over(v, AX_QD, 1) || rule_over(v, AX_QPS, 1));
}

static bool batch_over_qd(const struct config *c, const int64_t *v)
{
	(void)c;
	return rule_over(v, AX_BATCH, v[AX_QD]);
}

static bool signal_over_qd(const struct config *c, const int64_t *v)
{
	(void)c;
	return rule_over(v, AX_SIGNAL_EVERY, v[AX_QD]);
}

static bool batch_against_signal(const struct config *c, const int64_t *v)
{
	int64_t b = v[AX_BATCH], s = v[AX_SIGNAL_EVERY];

	(void)c;
	return b > 0 && s > 0 && b % s != 0 && s % b != 0;
}

static bool qd_not_in_groups(const struct config *c, const int64_t *v)
{
	int64_t group = v[AX_BATCH] > v[AX_SIGNAL_EVERY] ? v[AX_BATCH] : v[AX_SIGNAL_EVERY];

	(void)c;
	return group > 0 && v[AX_QD] > group && v[AX_QD] % group != 0;
}

static bool threads_over_qps(const struct config *c, const int64_t *v)
{
	(void)c;
	return rule_over(v, AX_THREADS, v[AX_QPS]);
}

static bool mtu_odd(const struct config *c, const int64_t *v)
{
	(void)c;
	return rule_given(v, AX_MTU) && (v[AX_MTU] & (v[AX_MTU] - 1)) != 0;
}

static bool size_over_target(const struct config *c, const int64_t *v)
{
	return rule_over(v, AX_SIZE, length(c, v[AX_TARGET]));
}

static bool size_over_source(const struct config *c, const int64_t *v)
{
	return rule_over(v, AX_SIZE, length(c, v[AX_SOURCE]));
}

/* Bytes a message takes of its slice: a slot at an offset has pages of its own. */
static int64_t slot_bytes(const int64_t *v)
{
	return rule_given(v, AX_OFFSET) ? v[AX_OFFSET] + v[AX_SIZE] : v[AX_SIZE];
}

/*
 * Each QP has a slice of its own, which starts on a cache line or, with an offset, on a page (meas/lane.c),
 * and holds a message at least.
 */
static bool slice_too_small(const int64_t *v, int64_t length)
{
	int64_t align = rule_given(v, AX_OFFSET) ? PAGE_ALIGN : SLICE_ALIGN;

	return slot_bytes(v) > length / v[AX_QPS] / align * align;
}

static bool slices_over_target(const struct config *c, const int64_t *v)
{
	return slice_too_small(v, length(c, v[AX_TARGET]));
}

static bool slices_over_source(const struct config *c, const int64_t *v)
{
	return slice_too_small(v, length(c, v[AX_SOURCE]));
}

static bool footprint_under_slices(const struct config *c, const int64_t *v)
{
	(void)c;
	return rule_given(v, AX_FOOTPRINT) && slice_too_small(v, v[AX_FOOTPRINT]);
}

static bool footprint_over_target(const struct config *c, const int64_t *v)
{
	return rule_over(v, AX_FOOTPRINT, length(c, v[AX_TARGET]));
}

static bool footprint_over_source(const struct config *c, const int64_t *v)
{
	return rule_over(v, AX_FOOTPRINT, length(c, v[AX_SOURCE]));
}

static bool odd_bidi(const struct config *c, const int64_t *v)
{
	(void)c;
	return v[AX_DIR] == DIR_BIDI && v[AX_QPS] % 2 != 0;
}

static bool rate_in_lists(const struct config *c, const int64_t *v)
{
	(void)c;
	return rule_given(v, AX_RATE) && (rule_over(v, AX_BATCH, 1) || rule_over(v, AX_SIGNAL_EVERY, 1));
}

static bool rate_without_lane(const struct config *c, const int64_t *v)
{
	(void)c;
	return rule_given(v, AX_RATE) && (v[AX_MEASURE] == MEASURE_REG || v[AX_OP] == OP_PINGPONG);
}

static bool copy_without_bounce(const struct config *c, const int64_t *v)
{
	(void)c;
	return (rule_given(v, AX_BOUNCE_BY) || rule_given(v, AX_OVERLAP)) &&
	       v[AX_INTERCONNECT] != INTERCONNECT_BOUNCE && v[AX_INTERCONNECT] != INTERCONNECT_AUTO;
}

static bool consume_without_pingpong(const struct config *c, const int64_t *v)
{
	(void)c;
	return rule_given(v, AX_CONSUME) && v[AX_OP] != OP_PINGPONG;
}

/* The answer comes back into the other half of the source. */
static bool answer_over_source(const struct config *c, const int64_t *v)
{
	return v[AX_OP] == OP_PINGPONG && slot_bytes(v) > length(c, v[AX_SOURCE]) / 2;
}

static bool walk_of_one_slot(const struct config *c, const int64_t *v)
{
	(void)c;
	return (rule_given(v, AX_FOOTPRINT) || rule_given(v, AX_PATTERN)) &&
	       (v[AX_OP] == OP_PINGPONG || v[AX_MEASURE] == MEASURE_REG);
}

static bool atomic_unaligned(const struct config *c, const int64_t *v)
{
	(void)c;
	return rule_is_atomic(v) && rule_given(v, AX_OFFSET) && v[AX_OFFSET] % 8 != 0;
}

#define END AX_COUNT

const struct rule rules_error[] = {
	{tag_without_exporter,
	 false,
	 {AX_ST, AX_ST_EXT, AX_TPH, END},
	 "a steering tag needs `tph: exporter` (pair them in `cases`)"},
	{ph_without_tph,
	 false,
	 {AX_PH, AX_TPH, END},
	 "a processing hint needs `tph: exporter` or `tph: dmah` (pair them in `cases`)"},
	{exporter_without_tag, false, {AX_TPH, END}, "the exporter needs a tag; add st, st_ext or both"},
	{dmah_without_ph, false, {AX_TPH, END}, "dmah needs ph, alone or with tph_cpu and tph_mem"},
	{cpu_without_dmah,
	 false,
	 {AX_TPH_CPU, AX_TPH_MEM, AX_TPH, END},
	 "tph_cpu and tph_mem need `tph: dmah` (pair them in `cases`)"},
	{half_a_cpu_tag, false, {AX_TPH_CPU, AX_TPH_MEM, END}, "tph_cpu and tph_mem go together; give both"},
	{lat_in_parallel,
	 false,
	 {AX_QD, AX_QPS, AX_MEASURE, END},
	 "latency is measured with one operation in flight; use qd 1 and qps 1, or offer a rate"},
	{batch_over_qd, false, {AX_BATCH, AX_QD, END}, "a batch must fit the queue; lower batch or raise qd"},
	{signal_over_qd,
	 false,
	 {AX_SIGNAL_EVERY, AX_QD, END},
	 "a full queue would never complete; lower signal_every or raise qd"},
	{batch_against_signal, false, {AX_BATCH, AX_SIGNAL_EVERY, END}, "one must divide the other"},
	{qd_not_in_groups,
	 false,
	 {AX_QD, AX_BATCH, AX_SIGNAL_EVERY, END},
	 "work is posted and reported in groups of the larger of batch and signal_every; make qd a multiple"},
	{threads_over_qps,
	 false,
	 {AX_THREADS, AX_QPS, END},
	 "a thread needs a QP of its own; lower threads or raise qps"},
	{mtu_odd, false, {AX_MTU, END}, "a path MTU is 256, 512, 1K, 2K or 4K"},
	{odd_bidi,
	 false,
	 {AX_QPS, AX_DIR, END},
	 "one half of the QPs WRITEs, the other half READs; give an even number of them"},
	{rate_in_lists,
	 false,
	 {AX_RATE, AX_BATCH, AX_SIGNAL_EVERY, END},
	 "at a fixed rate every message is sent and reported by itself; use batch 1 and signal_every 1"},
	{rate_without_lane,
	 false,
	 {AX_RATE, AX_OP, AX_MEASURE, END},
	 "a ping-pong waits for its answer and a registration for its end; leave the rate out"},
	{copy_without_bounce,
	 false,
	 {AX_BOUNCE_BY, AX_OVERLAP, AX_INTERCONNECT, END},
	 "only a bounce copies; pair them with `interconnect: bounce` (or auto) in `cases`"},
	{consume_without_pingpong,
	 false,
	 {AX_CONSUME, AX_OP, AX_MEASURE, END},
	 "only the CPU that polls a ping-pong consumes (pair it with `op: pingpong` in `cases`)"},
	{walk_of_one_slot,
	 false,
	 {AX_FOOTPRINT, AX_PATTERN, AX_OP, AX_MEASURE, END},
	 "it uses one place of the target; leave footprint and pattern out"},
	{atomic_unaligned, false, {AX_OFFSET, AX_OP, END}, "an atomic lies on a multiple of 8 bytes"},
	{size_over_target,
	 false,
	 {AX_SIZE, AX_TARGET, END},
	 "a message must fit the target; lower size or raise its length"},
	{size_over_source,
	 false,
	 {AX_SIZE, AX_SOURCE, END},
	 "a message must fit the source; lower size or raise its length"},
	{slices_over_target,
	 false,
	 {AX_SIZE, AX_OFFSET, AX_QPS, AX_TARGET, END},
	 "each QP needs a slice of the target; lower size or qps, or raise its length"},
	{slices_over_source,
	 false,
	 {AX_SIZE, AX_OFFSET, AX_QPS, AX_SOURCE, END},
	 "each QP needs a slice of the source; lower size or qps, or raise its length"},
	{answer_over_source,
	 false,
	 {AX_SIZE, AX_OFFSET, AX_SOURCE, END},
	 "the answer of a ping-pong lands in the second half of the source; lower size or raise its length"},
	{footprint_over_target, false, {AX_FOOTPRINT, AX_TARGET, END}, "the footprint must fit the target"},
	{footprint_over_source,
	 false,
	 {AX_FOOTPRINT, AX_SOURCE, END},
	 "a message has the same place in source and target; the footprint must fit both"},
	{footprint_under_slices,
	 false,
	 {AX_FOOTPRINT, AX_SIZE, AX_OFFSET, AX_QPS, END},
	 "each QP walks its own part of the footprint, at least a message long; raise it or lower size or "
	 "qps"},
};

const size_t rules_error_len = ARRAY_LEN(rules_error);

size_t rules_len(void)
{
	return rules_kind_len + rules_error_len;
}

const struct rule *rules_at(size_t i)
{
	return i < rules_kind_len ? &rules_kind[i] : &rules_error[i - rules_kind_len];
}

size_t rules_check(const struct config *c, const int64_t *v)
{
	size_t i = 0;

	while (i < rules_len() && !rules_at(i)->broken(c, v))
		i++;
	return i;
}
