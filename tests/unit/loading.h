/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_TESTS_LOADING_H
#define P2P_TESTS_LOADING_H

/* A config, its plan and what was said about them, from a text in a test. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"

struct loaded {
	struct config *config;
	struct plan *plan;
	struct diags *diags;
	int rc;
};

/* @text may be NULL: flags alone. Ends in a plan when @text allows it. */
static inline struct loaded load(const char *text, const struct config_override *over, size_t n_over)
{
	size_t len = text ? strlen(text) : 0;
	struct loaded l = {.diags = diags_open("t.yaml", text, len)};

	l.rc = config_load("t.yaml", text, len, over, n_over, l.diags, &l.config);
	if (l.rc == 0)
		l.rc = plan_build(l.config, l.diags, &l.plan);
	return l;
}

static inline void unload(struct loaded *l)
{
	plan_free(l->plan);
	config_free(l->config);
	diags_close(l->diags);
}

/* All messages as one text, to be freed. */
static inline char *messages(const struct diags *d)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (f) {
		diags_print(d, f);
		fclose(f);
	}
	return text;
}

#endif
