// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a visit gave, as cells. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "run/visit_parts.h"

#define DRAIN_PCT 1.0

/* What proves that the point's hint was sent: the best there is. Nobody looks at a software device's bus. */
static const char *hint_evidence(const struct visit *v, bool counted)
{
	const struct setup_target *target = setup_target(v->setup, v->point);

	if (nic_attr(v->setup->nic)->evidence != NIC_SOFTWARE && plan_tph_note(v->setup->config, v->point))
		return "analyzer";
	if (counted)
		return "counter";
	return target && target->shown ? "driver" : "none";
}

void row_state(struct row *row, const struct visit *v)
{
	const struct setup_target *target = setup_target(v->setup, v->point);
	enum nic_evidence here = nic_attr(v->setup->nic)->evidence,
			  there = peer_nic_attr(v->setup->peer)->evidence;

	row_text(row, COL_EVIDENCE, nic_evidence_name(here < there ? here : there));
	row_text(row, COL_TOOL, "p2pbench");
	row_text(row, COL_INTERCONNECT_USED,
		 keys_axis(AX_INTERCONNECT)->words[target ? target->at.interconnect : INTERCONNECT_MAIN]);
	row_text(row, COL_NET, v->net->name);
	row_text(row, COL_TPH_EVIDENCE, hint_evidence(v, false));
	if (v->fresh)
		row_num(row, COL_SETUP_S, (double)v->setup->took_ns / 1e9);
	if (!target)
		return;
	row_text(row, COL_TARGET_KIND, mem_kind_name(target->at.kind));
	row_num(row, COL_REG_US, (double)target->at.reg_ns / 1e3);
}

/* "3;2", empty when the kernel chose any of them; as many whole numbers as fit a cell. */
void row_cpus(struct row *row, const int *cpu, uint32_t n)
{
	char text[512];
	size_t used = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < n; i++) {
		char one[16];
		size_t len;

		if (cpu[i] < 0)
			return;
		len = (size_t)snprintf(one, sizeof(one), "%s%d", i ? ";" : "", cpu[i]);
		if (len >= sizeof(text) - used)
			break;
		memcpy(text + used, one, len + 1);
		used += len;
	}
	row_text(row, COL_CPU_USED, text);
}

void row_latency(struct row *row, const struct hist *h, double ns_per_tick)
{
	static const struct {
		enum column column;
		double q;
	} quantile[] = {
		{COL_LAT_P50_US, 0.5},	  {COL_LAT_P90_US, 0.9},      {COL_LAT_P99_US, 0.99},
		{COL_LAT_P999_US, 0.999}, {COL_LAT_P9999_US, 0.9999},
	};
	double us = ns_per_tick / 1e3;
	uint64_t n = hist_count(h);

	row_int(row, COL_LAT_N, (int64_t)n);
	if (!n)
		return;
	row_num(row, COL_LAT_MIN_US, (double)h->min * us);
	row_num(row, COL_LAT_MEAN_US, (double)h->sum / (double)n * us);
	row_num(row, COL_LAT_MAX_US, (double)h->max * us);
	for (size_t i = 0; i < sizeof(quantile) / sizeof(quantile[0]); i++)
		if (hist_supports(n, quantile[i].q))
			row_num(row, quantile[i].column, (double)hist_quantile(h, quantile[i].q) * us);
}

/* A schedule of sends: how well it was kept. */
static void row_rate(struct row *row, const struct stage *s)
{
	uint64_t n = s->lag ? hist_count(s->lag) : 0;

	if (n && hist_supports(n, 0.99))
		row_num(row, COL_SEND_LAG_P99_US,
			(double)hist_quantile(s->lag, 0.99) * s->v->clock->ns_per_tick / 1e3);
	if (s->lag && s->w.sends)
		row_num(row, COL_LATE_PCT, 100.0 * (double)s->w.late / (double)s->w.sends);
}

static void row_flags(struct row *row, const struct stage *s)
{
	const struct window *w = &s->w;
	bool undrained = w->drain_ns > DRAIN_PCT / 100.0 * (double)w->window_ns;
	char flags[96];

	snprintf(flags, sizeof(flags), "%s%s%s%s%s", w->coarse ? "coarse;" : "",
		 stage_drifts(s) ? "drift_in_window;" : "", w->unaligned ? "edge_unaligned;" : "",
		 undrained ? "undrained;" : "", visit_verified(s->v) && !s->taken ? "" : "unverified;");
	if (flags[0])
		flags[strlen(flags) - 1] = '\0';
	row_text(row, COL_FLAGS, flags);
}

void row_flag(struct row *row, const char *word)
{
	char flags[128];

	snprintf(flags, sizeof(flags), "%s%s%s", row_get(row, COL_FLAGS), *row_get(row, COL_FLAGS) ? ";" : "",
		 word);
	row_text(row, COL_FLAGS, flags);
}

void row_window(struct row *row, const struct stage *s)
{
	const struct visit *v = s->v;
	const struct window *w = &s->w;
	double seconds = (double)w->window_ns / 1e9;
	int64_t size = v->point->v[AX_SIZE];

	row_num(row, COL_WINDOW_S, seconds);
	row_num(row, COL_WARMUP_S, (double)w->warmup_ns / 1e9);
	row_int(row, COL_OPS, (int64_t)w->ops);
	row_int(row, COL_BYTES, (int64_t)w->ops * size);
	if (v->point->v[AX_MEASURE] == MEASURE_BW)
		row_num(row, COL_BW_GBYTE_S, (double)w->ops * (double)size / seconds / 1e9);
	row_num(row, COL_MSG_MOPS, (double)w->ops / seconds / 1e6);
	row_num(row, COL_SLICE_SLOPE_PCT, w->slope_pct);
	if (isfinite(w->slope_pct))
		row_int(row, COL_OUTLIERS, w->outliers);
	row_num(row, COL_DRAIN_US, w->drain_ns / 1e3);
	row_int(row, COL_NIVCSW, w->nivcsw);
	row_int(row, COL_FAULTS, w->faults);
	row_rate(row, s);
	row_flags(row, s);
	if (v->tick_ns > 0)
		row_latency(row, v->hist, v->tick_ns);
	if (s->tag_counted)
		row_text(row, COL_TPH_EVIDENCE, hint_evidence(v, true));
	if (s->consume && hist_supports(hist_count(s->consume), 0.5))
		row_num(row, COL_CONSUME_P50_US,
			(double)hist_quantile(s->consume, 0.5) *
				(peer_is_here(v->setup->peer) ? v->clock->ns_per_tick : 1.0) / 1e3);
}
