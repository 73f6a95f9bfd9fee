// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * doctor [NIC TARGET | --config FILE]: what this machine has and lacks for a run on hardware, each with the
 * exact fix and how it is taken back. Changes nothing. docs/doctor.md explains the answers.
 */
#include "bench.h"
#include "document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor.h"
#include "machine.h"
#include "peer_look.h"
#include "result/runjson.h"

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

/**
 * struct looks - what is printed over the pairs
 * @out: where to
 * @before: of the last pair, NULL = none yet; what it says is not said again
 * @all: documents of the pairs, NULL = not as JSON, or one alone
 */
struct looks {
	FILE *out;
	struct doctor *before;
	json_t *all;
};

/* The program's document on its own stdout; elsewhere it is a part of another's. */
static int print_json(json_t *j, FILE *out)
{
	int rc;

	if (out == stdout)
		return document_print(j);
	rc = !j || json_dumpf(j, out, JSON_INDENT(2)) || putc('\n', out) < 0;
	json_decref(j);
	return rc ? EXIT_INTERNAL : EXIT_OK;
}

static int show(struct doctor *d, const struct opt *o, const struct looks *l)
{
	if (o->fix_script) {
		doctor_script(d, l->out);
		return EXIT_OK;
	}
	if (l->all)
		return json_array_append_new(l->all, doctor_json(d)) ? EXIT_INTERNAL : EXIT_OK;
	if (o->json)
		return print_json(doctor_json(d), l->out);
	if (l->before) {
		doctor_mark_told(d, l->before);
		putc('\n', l->out);
	}
	doctor_print(d, l->out == stdout && colour(), l->out);
	return EXIT_OK;
}

static void keep(struct looks *l, struct doctor *d)
{
	if (l->before)
		doctor_close(l->before);
	free(l->before);
	l->before = d;
}

/* @ends: NULL = no pair. */
static int look(const struct opt *o, const struct topo *t, const struct match_ends *ends, struct looks *l)
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
	status = show(d, o, l);
	if (!status && !o->fix_script && (doctor_lacks(d) || (ends && doctor_p2p(d) == P2P_NO)))
		status = EXIT_MACHINE;
	keep(l, d);
	return status;
}

/* An end that is not there is a finding as well: the rest says why that may be. */
static int look_at_pair(const struct opt *o, const struct topo *t, struct looks *l)
{
	struct match_ends ends;
	int status = match_ends_find(o, t, &ends), rest;

	if (!status) {
		status = look(o, t, &ends, l);
	} else if (status == EXIT_MACHINE && (!l->before || l->all)) {
		rest = look(o, t, NULL, l);
		status = rest == EXIT_OK ? EXIT_MACHINE : rest;
	}
	match_ends_free(&ends);
	return status;
}

/* Does a point of the plan go from @nic to @memory? */
static bool planned(const struct plan *p, size_t nic, size_t memory)
{
	struct point pt;

	for (size_t i = 0; i < plan_points(p); i++) {
		plan_point(p, i, &pt);
		if (pt.v[AX_NIC] == (int64_t)nic && pt.v[AX_TARGET] == (int64_t)memory)
			return true;
	}
	return false;
}

/* Every pair that the plan of --config uses. */
static int look_at_config(const struct opt *o, const struct topo *t, struct looks *l)
{
	struct opt pair = *o;
	struct loaded all;
	int worst = load_plan(o, o->config, &all);
	const struct config *c = all.config;

	if (worst)
		return worst;
	pair.n_args = 2;
	pair.quiet = true; /* what is odd about the config was said */
	for (size_t i = 0; i < c->n_nics; i++)
		for (size_t m = 0; m < c->n_memory; m++) {
			int status = EXIT_OK;

			pair.arg[0] = c->nics[i].name;
			pair.arg[1] = c->memory[m].name;
			if (planned(all.plan, i, m))
				status = look_at_pair(&pair, t, l);
			worst = status > worst || status == EXIT_INTERNAL ? status : worst;
		}
	load_free(&all);
	return worst;
}

int doctor_report(const struct opt *o, const struct topo *t, FILE *out)
{
	struct looks l = {.out = out, .all = o->json && o->config && !o->n_args ? json_array() : NULL};
	int status, printed;

	if (o->config && !o->n_args)
		status = look_at_config(o, t, &l);
	else
		status = o->n_args ? look_at_pair(o, t, &l) : look(o, t, NULL, &l);
	keep(&l, NULL);
	if (!l.all || (status != EXIT_OK && status != EXIT_MACHINE)) {
		json_decref(l.all);
		return status;
	}
	printed = document_print(
		json_pack("{s:i, s:o, s:o}", "schema", 1, "config", runjson_text(o->config), "pairs", l.all));
	return printed ? printed : status;
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
	else if (o->fix_script && o->config && !o->n_args)
		wrong = "--fix-script is for one pair: doctor NIC MEMORY --config FILE --fix-script";
	else if (o->bar && (!o->n_args || o->config))
		wrong = "--bar belongs to a target that is a PCI address";
	if (!wrong)
		return EXIT_OK;
	fprintf(stderr,
		"p2pbench: doctor: %s\n          p2pbench doctor [NIC TARGET] [--bar N] [--config FILE] "
		"[--need "
		"hardware] [--from MACHINE] [--json | --fix-script]\n",
		wrong);
	return EXIT_USAGE;
}

int cmd_doctor(const struct opt *o)
{
	struct topo *t = NULL;
	int status = check_flags(o);

	if (!status && o->peer)
		return doctor_ask_peer(o);
	if (!status)
		status = machine_open(o, &t);
	if (status)
		return status;
	status = doctor_report(o, t, stdout);
	topo_close(t);
	return status;
}
