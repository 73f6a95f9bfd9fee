// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One small predicate a rule; see rules.h. Only text is judged here, never the machine. */
#include "plan/rules.h"

#include "base/cleanup.h"

enum { SLICE_ALIGN = 64 }; /* LANE_SLOT of meas/lane.h, which is to our right */

static bool given(const int64_t *v, enum axis ax)
{
	return v[ax] != AXIS_EMPTY;
}

/* AXIS_EMPTY is below every limit, so a comparison with > needs no look at it. */
static bool over(const int64_t *v, enum axis ax, int64_t limit)
{
	return v[ax] > limit;
}

static int64_t kind(const struct config *c, int64_t memory)
{
	return c->memory[memory].kind;
}

static int64_t length(const struct config *c, int64_t memory)
{
	return c->memory[memory].length;
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

static bool tag_without_exporter(const struct config *c, const int64_t *v)
{
	(void)c;
	return (given(v, AX_ST) || given(v, AX_ST_EXT)) && v[AX_TPH] != TPH_EXPORTER;
}

static bool ph_without_tph(const struct config *c, const int64_t *v)
{
	(void)c;
	return given(v, AX_PH) && v[AX_TPH] == TPH_NONE;
}

static bool exporter_without_tag(const struct config *c, const int64_t *v)
{
	(void)c;
	return v[AX_TPH] == TPH_EXPORTER && !given(v, AX_ST) && !given(v, AX_ST_EXT);
}

static bool dmah_without_ph(const struct config *c, const int64_t *v)
{
	(void)c;
	return v[AX_TPH] == TPH_DMAH && !given(v, AX_PH);
}

static bool cpu_without_dmah(const struct config *c, const int64_t *v)
{
	(void)c;
	return (given(v, AX_TPH_CPU) || given(v, AX_TPH_MEM)) && v[AX_TPH] != TPH_DMAH;
}

static bool half_a_cpu_tag(const struct config *c, const int64_t *v)
{
	(void)c;
	return given(v, AX_TPH_CPU) != given(v, AX_TPH_MEM);
}

static bool lat_in_parallel(const struct config *c, const int64_t *v)
{
	(void)c;
	return v[AX_MEASURE] == MEASURE_LAT && (over(v, AX_QD, 1) || over(v, AX_QPS, 1));
}

static bool batch_over_qd(const struct config *c, const int64_t *v)
{
	(void)c;
	return over(v, AX_BATCH, v[AX_QD]);
}

static bool signal_over_qd(const struct config *c, const int64_t *v)
{
	(void)c;
	return over(v, AX_SIGNAL_EVERY, v[AX_QD]);
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
	return over(v, AX_THREADS, v[AX_QPS]);
}

static bool mtu_odd(const struct config *c, const int64_t *v)
{
	(void)c;
	return given(v, AX_MTU) && (v[AX_MTU] & (v[AX_MTU] - 1)) != 0;
}

static bool size_over_target(const struct config *c, const int64_t *v)
{
	return over(v, AX_SIZE, length(c, v[AX_TARGET]));
}

static bool size_over_source(const struct config *c, const int64_t *v)
{
	return over(v, AX_SIZE, length(c, v[AX_SOURCE]));
}

/* Each QP has a slice of its own that starts on a cache line (meas/lane.c) and holds a message at least. */
static bool slice_too_small(const int64_t *v, int64_t length)
{
	return v[AX_SIZE] > length / v[AX_QPS] / SLICE_ALIGN * SLICE_ALIGN;
}

static bool slices_over_target(const struct config *c, const int64_t *v)
{
	return slice_too_small(v, length(c, v[AX_TARGET]));
}

static bool slices_over_source(const struct config *c, const int64_t *v)
{
	return slice_too_small(v, length(c, v[AX_SOURCE]));
}

static bool footprint_over_target(const struct config *c, const int64_t *v)
{
	return over(v, AX_FOOTPRINT, length(c, v[AX_TARGET]));
}

#define END AX_COUNT

/* What goes by kind comes first: such a point is left out before it can be an error. */
const struct rule rules[] = {
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
	{tag_on_host,
	 true,
	 {AX_TPH, AX_TARGET, END},
	 "host memory has no exporter that could set a steering tag"},
	{tag_with_bounce,
	 true,
	 {AX_TPH, AX_INTERCONNECT, END},
	 "the NIC then reaches host memory, which has no exporter"},
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
	 "latency is measured with one operation in flight; use qd 1 and qps 1"},
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
	 {AX_SIZE, AX_QPS, AX_TARGET, END},
	 "each QP needs a slice of the target; lower size or qps, or raise its length"},
	{slices_over_source,
	 false,
	 {AX_SIZE, AX_QPS, AX_SOURCE, END},
	 "each QP needs a slice of the source; lower size or qps, or raise its length"},
	{footprint_over_target, false, {AX_FOOTPRINT, AX_TARGET, END}, "the footprint must fit the target"},
};

const size_t rules_len = ARRAY_LEN(rules);

size_t rules_check(const struct config *c, const int64_t *v)
{
	size_t i = 0;

	while (i < rules_len && !rules[i].broken(c, v))
		i++;
	return i;
}
