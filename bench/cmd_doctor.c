// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * doctor [NIC TARGET]: what this machine has and lacks for a run on hardware, each with the exact fix and how
 * it is taken back. Changes nothing. docs/doctor.md explains the answers.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor.h"
#include "machine.h"

/* Colour says nothing that the words do not: terminals only, and not where it is unwelcome. */
static bool colour(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no && no[0]) && term && strcmp(term, "dumb") != 0;
}

/* Only a copied tree has more than PCI functions. */
static const char *root_of(const char *from)
{
	struct stat st;

	if (!from)
		return "";
	return !stat(from, &st) && S_ISDIR(st.st_mode) ? from : NULL;
}

static int show(const struct doctor *d, const struct opt *o)
{
	json_t *j;
	int rc;

	if (o->fix_script) {
		doctor_script(d, stdout);
		return EXIT_OK;
	}
	if (!o->json) {
		doctor_print(d, colour(), stdout);
		return EXIT_OK;
	}
	j = doctor_json(d);
	rc = !j || json_dumpf(j, stdout, JSON_INDENT(2)) || putchar('\n') < 0;
	json_decref(j);
	return rc ? EXIT_INTERNAL : EXIT_OK;
}

/* @ends: NULL = no pair. */
static int look(const struct opt *o, const struct topo *t, const struct match_ends *ends)
{
	struct doctor *d = malloc(sizeof(*d));
	struct reach r;
	struct doctor_ask ask = {.root = root_of(o->from),
				 .live = !o->from,
				 .devices = !o->from,
				 .t = t,
				 .hardware = o->need || o->n_args,
				 .ends = ends,
				 .nic = o->arg[0],
				 .target = o->arg[1]};
	int status;

	if (!d) {
		fputs("p2pbench: doctor: no memory\n", stderr);
		return EXIT_INTERNAL;
	}
	if (ends) {
		reach_predict(t, ends->fn, ends->driver, ends->data_direct, &ends->memory, &r);
		ask.reach = &r;
	}
	doctor_look(&ask, d);
	status = show(d, o);
	if (!status && !o->fix_script && (doctor_lacks(d) || (ends && doctor_p2p(d) == P2P_NO)))
		status = EXIT_MACHINE;
	doctor_close(d);
	free(d);
	return status;
}

/* An end that is not there is a finding as well: the rest says why that may be. */
static int look_at_pair(const struct opt *o, const struct topo *t)
{
	struct match_ends ends;
	int status = match_ends_find(o, t, &ends), rest;

	if (!status) {
		status = look(o, t, &ends);
	} else if (status == EXIT_MACHINE) {
		rest = look(o, t, NULL);
		status = rest == EXIT_OK ? EXIT_MACHINE : rest;
	}
	match_ends_free(&ends);
	return status;
}

static int check_flags(const struct opt *o)
{
	const char *wrong = NULL;

	if (o->n_args && o->n_args != 2)
		wrong = "wants a NIC and a target, or neither";
	else if (o->need && strcmp(o->need, "hardware") != 0)
		wrong = "--need knows one word: hardware";
	else if (o->json && o->fix_script)
		wrong = "one of --json and --fix-script";
	if (!wrong)
		return EXIT_OK;
	fprintf(stderr,
		"p2pbench: doctor: %s\n          p2pbench doctor [NIC TARGET] [--need hardware] [--from "
		"MACHINE] "
		"[--json | --fix-script]\n",
		wrong);
	return EXIT_USAGE;
}

int cmd_doctor(const struct opt *o)
{
	struct topo *t = NULL;
	int status = check_flags(o);

	if (!status)
		status = machine_open(o, &t);
	if (status)
		return status;
	status = o->n_args ? look_at_pair(o, t) : look(o, t, NULL);
	topo_close(t);
	return status;
}
