// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* compare A... -- B...: read -> compare -> table, CSV, JSON -> exit status. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "bench.h"
#include "compare_load.h"

static int usage(const char *what)
{
	fprintf(stderr,
		"p2pbench: compare: %s\n"
		"          p2pbench compare A B, compare A... -- B..., compare --within RUN --axis tph\n",
		what);
	return EXIT_USAGE;
}

/* -o FILE; the default is in the working directory. */
static int output_file(const struct opt *o, const char **file)
{
	*file = "compare.csv";
	for (size_t i = 0; i < o->n_over; i++) {
		if (strcmp(o->over[i].path, "output.dir") != 0) {
			fprintf(stderr, "p2pbench: compare does not use %s\n", o->over[i].flag);
			return EXIT_USAGE;
		}
		*file = o->over[i].text;
	}
	return EXIT_OK;
}

static int axis_of(const char *word)
{
	const struct key *k = keys_find(word, SCOPE_AXIS);

	return k ? k->axis : -1;
}

static int within(const struct opt *o, const struct compare_rule *rule, const struct fail_on *fail,
		  const char *file)
{
	int axis = axis_of(o->axis), status = EXIT_OK;
	struct read_runs runs;
	struct compare c;
	struct err e = {0};

	if (axis < 0) {
		err_set(&e, -EINVAL, "--axis: '%.64s' is not an axis", o->axis);
		err_hint(&e, -EINVAL, "`p2pbench help keys` lists them");
		return fail_with(&e, EXIT_USAGE);
	}
	if (compare_load(&o->within, 1, 0, &runs, &e))
		return fail_with(&e, EXIT_USAGE);
	if (compare_within(&runs.run[0], (enum axis)axis, o->base, rule, &c, &e)) {
		status = fail_with(&e, EXIT_MACHINE);
	} else {
		struct compare_view v = {.outcome = &c, .side = {runs.side[0]}, .rule = rule};

		v.axis = compare_base(&c, (enum axis)axis, &v.base);
		status = compare_end(o, &v, fail, file);
		compare_free(&c);
	}
	compare_load_free(&runs);
	return status;
}

static int between(const struct opt *o, const struct compare_rule *rule, const struct fail_on *fail,
		   const char *file)
{
	size_t n = (size_t)o->n_args, n_a = o->sep < 0 ? 1 : (size_t)o->sep;
	struct read_runs runs;
	struct compare c;
	struct err e = {0};
	int status;

	if (compare_load(o->arg, n_a, n - n_a, &runs, &e))
		return fail_with(&e, EXIT_USAGE);
	if (compare_runs(&runs.side[0], &runs.side[1], rule, &c)) {
		err_set(&e, -ENOMEM, "compare: no memory for these runs");
		status = fail_with(&e, EXIT_INTERNAL);
	} else {
		struct compare_view v = {.outcome = &c, .side = {runs.side[0], runs.side[1]}, .rule = rule};

		status = compare_end(o, &v, fail, file);
		compare_free(&c);
	}
	compare_load_free(&runs);
	return status;
}

int cmd_compare(const struct opt *o)
{
	struct compare_rule rule;
	struct fail_on fail;
	struct err e = {0};
	const char *file;
	int status = output_file(o, &file);

	if (status)
		return status;
	if (compare_flags(o, &rule, &fail, &e))
		return fail_with(&e, EXIT_USAGE);
	if (o->within && (o->n_args || !o->axis))
		return usage(o->axis ? "--within takes one run and no others" : "--within wants --axis KEY");
	if (!o->within && (o->axis || o->base))
		return usage("--axis and --base belong to --within RUN");
	if (o->within)
		return within(o, &rule, &fail, file);
	if (o->sep < 0 && o->n_args != 2)
		return usage("two runs, or -- between the two sides");
	if (o->sep == 0 || o->sep == o->n_args)
		return usage("a side has no run");
	return between(o, &rule, &fail, file);
}
