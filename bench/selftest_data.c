// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Would wrong data be found? A window of WRITEs is checked as in a run; then one byte of the target is
 * changed on purpose, once where a sample looks and once where only a full check does, and must be named.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "selftest.h"

enum { SLOT = 4096, IN_SAMPLE = 17, IN_MIDDLE = 2021 };
#define DATA_KEY 0x70327062656e6368ull

static int window_of_writes(struct selftest *s, struct rig *r, const struct op *op, struct err *e)
{
	struct lane_trace t = lane_trace(&r->lane, 0);
	struct window w;
	int rc;

	pattern_fill(r->source.va, t.slots.offset, slots_span(&t.slots), DATA_KEY);
	rc = peer_target_poison(r->peer, r->target.id, t.slots.offset, slots_span(&t.slots), e);
	return rc ? rc : rig_window(r, op, s->cpu, &w, e);
}

/* Change the byte @at of the first slot; @full or sampled, the check must name just that byte. */
static int spoil(struct selftest *s, struct rig *r, uint64_t at, bool full, struct err *e)
{
	struct lane_trace t = lane_trace(&r->lane, 0);
	uint64_t offset = t.slots.offset + at;
	char named[48];
	const char *name = full ? "data.full" : "data.sample";
	int rc = peer_target_poison(r->peer, r->target.id, offset, 1, e);
	bool found;

	if (rc)
		return rc;
	rc = peer_target_check(r->peer, r->target.id, &t.slots, t.messages, DATA_KEY, full, e);
	if (rc && rc != -EBADMSG)
		return rc;
	snprintf(named, sizeof(named), "offset %llu:", (unsigned long long)offset);
	found = rc && strstr(e->text, named);
	selftest_line(s, name, found ? SELFTEST_OK : SELFTEST_FAIL, found, "bool",
		      "one byte of the target changed on purpose at offset %llu: %s",
		      (unsigned long long)offset, found ? "found" : "NOT found");
	return peer_target_fill(r->peer, r->target.id, offset, 1, DATA_KEY, e);
}

static int check(struct selftest *s, struct rig *r, const struct op *op, struct err *e)
{
	struct lane_trace t;
	int rc = window_of_writes(s, r, op, e);

	if (rc)
		return rc;
	t = lane_trace(&r->lane, 0);
	rc = peer_target_check(r->peer, r->target.id, &t.slots, t.messages, DATA_KEY, true, e);
	if (rc && rc != -EBADMSG)
		return rc;
	selftest_line(s, "data.moved", rc ? SELFTEST_FAIL : SELFTEST_OK, !rc, "bool", "%s",
		      rc ? e->text : "every byte of a window of WRITEs is in the target");
	if (rc)
		return 0;
	rc = spoil(s, r, IN_SAMPLE, false, e);
	return rc ? rc : spoil(s, r, IN_MIDDLE, true, e);
}

int selftest_data(struct selftest *s, struct err *e)
{
	const struct lane_shape shape = {
		.size = SLOT, .qd = 16, .batch = 1, .signal_every = 1, .pattern = PATTERN_SEQ, .offset = -1};
	const struct op *op = rig_op(MEASURE_BW, OP_WRITE);
	struct rig r;
	int rc = rig_open(&r, s->device, op, &shape, &s->clock, e);

	if (!rc)
		s->evidence = nic_evidence_name(nic_attr(r.nic)->evidence);
	if (!rc && (!nic_attr(r.nic)->moves_data || r.target.cpu != MEM_CPU_RAM))
		selftest_line(s, "data", SELFTEST_SKIP, (double)NAN, "", "%s moves no data that can be read",
			      s->device);
	else if (!rc)
		rc = check(s, &r, op, e);
	rig_close(&r);
	return rc;
}
