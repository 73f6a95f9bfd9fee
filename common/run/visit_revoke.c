// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A window in the middle of which the target's memory is taken away (sweep setting `revoke`), and what comes
 * after: the memory back, then the first access that works again, by the same registration where the
 * importer faults it in (mlx5) or by a new one (irdma).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "meas/ferry.h"
#include "run/visit_parts.h"

enum { PROBE_BYTES = 8 };
#define PROBE_TIMEOUT_NS 2000000000ll

static bool all_moved(const struct stage *s)
{
	for (uint32_t i = 0; i < s->lanes; i++)
		if (!atomic_load_explicit(&s->lane[i].done, memory_order_relaxed))
			return false;
	return true;
}

/*
 * The window begins when every lane has completed something, and not before the warm-up's time (its other
 * conditions are off, see rule_of()). Half its length later is the middle.
 */
static bool is_middle(struct stage *s)
{
	int64_t now = clock_raw_ns();

	if (!s->first_ns)
		s->first_ns = now;
	if (!s->moved_ns && all_moved(s))
		s->moved_ns = now;
	if (!s->moved_ns)
		return false;
	now -= s->rule.window_ns / 2;
	return now >= s->moved_ns && now >= s->first_ns + s->rule.warm_min_ns;
}

void stage_revoke(struct stage *s)
{
	const struct visit *v = s->v;

	if (v->set->revoke == MEM_REVOKE_NONE || s->taken || !is_middle(s))
		return;
	s->taken = true;
	s->take_rc = peer_target_revoke(v->setup->peer, s->target->id, (enum mem_revoke)v->set->revoke,
					&s->take_err);
}

/* One small READ of the target through queue pair 0 of @link. */
static int probe(const struct stage *s, const struct setup_link *link, struct err *e)
{
	const struct visit *v = s->v;
	int64_t source = v->point->v[AX_SOURCE];
	const struct peer_target *target = &setup_target(v->setup, v->point)->at;
	const struct ferry f = {
		.qp = link->qp[0],
		.cq = link->cq[0],
		.depth = 1,
		.local = v->setup->source[source].addr,
		.lkey = v->setup->source[source].mr->lkey,
		.remote = target->addr,
		.rkey = target->rkey,
		.timeout_ns = PROBE_TIMEOUT_NS,
	};

	return ferry_get(&f, 0, PROBE_BYTES, e);
}

/* The same through queue pairs of its own: those of the window are broken. @us: from @t0, 0 = from the read.
 */
static int probe_anew(const struct stage *s, int64_t t0, double *us, struct err *e)
{
	const struct visit *v = s->v;
	struct setup_link link;
	int64_t linked = clock_raw_ns();
	int rc = setup_link_open(v->setup, v->point, v->op, &link, e);

	/* Queue pairs are not what this is about. */
	linked = clock_raw_ns() - linked;
	if (!rc)
		rc = probe(s, &link, e);
	*us = (double)(clock_raw_ns() - t0 - linked) / 1e3;
	setup_link_close(v->setup, &link);
	return rc;
}

static int reregister(const struct stage *s, double *us, struct err *e)
{
	const struct visit *v = s->v;
	int64_t t0 = clock_raw_ns();
	int rc = setup_target_renew(v->setup, v->point, e);

	return rc ? rc : probe_anew(s, t0, us, e);
}

/* What it takes until the target can be used again, in words. */
static void recover(const struct stage *s, char *text, size_t len)
{
	const struct visit *v = s->v;
	struct err e = {0};
	double us;
	int rc;

	if (v->set->revoke == MEM_REVOKE_CLOSE) {
		snprintf(text, len, "the device is opened anew with the next setup");
		return;
	}
	rc = peer_target_restore(v->setup->peer, s->target->id, &e);
	if (rc) {
		snprintf(text, len, "not restored: %.120s", e.text);
	} else if (!probe_anew(s, clock_raw_ns(), &us, NULL)) {
		snprintf(text, len, "first good completion %.0f us after the memory was back by the same MR",
			 us);
	} else if (!reregister(s, &us, &e)) {
		snprintf(text, len, "first good completion %.0f us after re-registration began", us);
	} else {
		snprintf(text, len, "no good completion since: %.120s", e.text);
	}
}

void stage_revoked(struct stage *s)
{
	static const char *const how[] = {"", "reset", "memory_off", "close"};
	struct visit *v = s->v;
	char reason[300], after[160], seen[64] = "no error seen";

	/* A window that failed has said how; its words stay in err_text. */
	if (*row_get(s->row, COL_REASON))
		snprintf(seen, sizeof(seen), "%s", row_get(s->row, COL_REASON));
	recover(s, after, sizeof(after));
	snprintf(reason, sizeof(reason), VISIT_REVOKED " by %s: %s; %s", how[v->set->revoke], seen, after);
	v->status = ST_REVOKED;
	v->again = false;
	v->broken = true;
	row_text(s->row, COL_REASON, reason);
}
