// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* tph_notes: read from text, and which points they are about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "config/diag.h"
#include "plan/plan.h"

#define HEAD                                                                                                 \
	"version: 1\nnics: {n: {device: soft0}}\nmemory: {acc: {kind: memfd, length: 1M}}\n"                 \
	"sweeps: [{name: s, nic: n, op: write, target: acc, size: 64, cases: [{tph: none},\n"                \
	"  {tph: exporter, st: [0x10, 0xf0], ph: 2}]}]\ntph_notes:\n"

static struct config *load(const char *notes, bool good)
{
	char text[2048];
	size_t len = (size_t)snprintf(text, sizeof(text), "%s%s", HEAD, notes);
	struct diags *d = diags_open("t.yaml", text, len);
	struct config *c = NULL;
	int rc = config_load("t.yaml", text, len, NULL, 0, d, &c);

	if ((rc == 0) != good) {
		diags_print(d, stderr);
		fail_msg("%s was %s", notes, rc ? "refused" : "taken");
	}
	diags_close(d);
	return c;
}

/* A tag that was seen, its neighbour that was not, and no tag at all. */
static void a_note_is_about_hints(void **state)
{
	struct config *c = load("  - {when: {target: acc, st: 0xf0}, note: capture 17}\n"
				"  - {when: {ph: 0}, note: another}\n"
				"  - {when: {target: acc, st: 0xf0, ph: 2}, note: too late}\n",
				true);
	struct point pt = {0};

	(void)state;
	for (int ax = 0; ax < AX_COUNT; ax++)
		pt.v[ax] = AXIS_EMPTY;
	for (size_t i = 0; i < c->n_memory; i++)
		if (!strcmp(c->memory[i].name, "acc"))
			pt.v[AX_TARGET] = (int64_t)i;
	assert_int_equal(c->n_tph_notes, 3);
	pt.v[AX_TPH] = TPH_EXPORTER;
	pt.v[AX_ST] = 0xf0;
	pt.v[AX_PH] = 2;
	assert_non_null(plan_tph_note(c, &pt));
	assert_string_equal(plan_tph_note(c, &pt)->note, "capture 17");
	pt.v[AX_ST] = 0x10;
	assert_null(plan_tph_note(c, &pt));
	/* Whatever a note says, without a hint there is nothing to see. */
	pt.v[AX_TPH] = TPH_NONE;
	pt.v[AX_ST] = 0xf0;
	assert_null(plan_tph_note(c, &pt));
	config_free(c);
}

static void what_is_no_note_is_refused(void **state)
{
	static const char *const bad[] = {
		"  - {when: {st: 0xf0}}\n",
		"  - {note: capture 17}\n",
		"  - {when: {st: 0xf0}, note: [a, b]}\n",
		"  - {when: st, note: capture}\n",
		"  - {when: {steering: 1}, note: capture}\n",
		"  - {when: {st: 0xf0}, note: x, proof: y}\n",
		"  - capture 17\n",
		"  {when: {st: 0xf0}, note: x}\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		config_free(load(bad[i], false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_note_is_about_hints),
		cmocka_unit_test(what_is_no_note_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
