/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_BENCH_H
#define P2P_BENCH_BENCH_H

/* What the verbs share. Results go to stdout, all else to stderr. */

#include <jansson.h>
#include <stdatomic.h>

#include "config/config.h"
#include "opt.h"
#include "plan/plan.h"
#include "run/run.h"

struct err;
struct summary;
struct topo;

/* Exit status of the program. */
enum {
	EXIT_OK = 0,
	EXIT_INTERNAL = 1,
	EXIT_USAGE = 2,	  /* command line or config */
	EXIT_MACHINE = 3, /* the machine lacks what was asked */
	EXIT_POINTS = 4,  /* some points failed */
	EXIT_MISSED = 5,  /* an expectation or a comparison failed */
};

/* The verbs, see verbs.h. Return: exit status. */
int cmd_run(const struct opt *o);
int cmd_plan(const struct opt *o);
int cmd_check(const struct opt *o);
int cmd_list(const struct opt *o);
int cmd_selftest(const struct opt *o);
int cmd_limit(const struct opt *o);
int limit_route(const struct opt *o); /* limit with --route */
int cmd_topo(const struct opt *o);
int cmd_match(const struct opt *o);
int cmd_tph_expect(const struct opt *o);
int cmd_doctor(const struct opt *o);
int doctor_report(const struct opt *o, const struct topo *t, FILE *out); /* flags are checked */
int doctor_ask_peer(const struct opt *o);				 /* doctor --peer */
int list_memory(const struct opt *o);					 /* list memory */
int cmd_compare(const struct opt *o);
int cmd_show(const struct opt *o);
int cmd_export(const struct opt *o);
int cmd_report(const struct opt *o);
int list_runs(const struct opt *o); /* list runs */
int cmd_crosscheck(const struct opt *o);
int cmd_schema(const struct opt *o);
int cmd_completion(const struct opt *o);
int cmd_manual(const struct opt *o);
int cmd_agent(const struct opt *o);
int cmd_serve(const struct opt *o);
int cmd_help(const struct opt *o);

/*
 * Judge the rules of `expect:` and print them, or add them to the list @out; @strict: one that cannot be
 * judged counts. Return: EXIT_OK, EXIT_MISSED, EXIT_POINTS (@strict), EXIT_INTERNAL.
 */
int expect_end(const struct config *c, const struct summary *s, bool strict, json_t *out);
void cmd_version(void);
void help_usage(FILE *out);

/* Print "p2pbench: " text and hint. Return: @status. */
int fail_with(const struct err *e, int status);

/* The same of a directory that could not be read as a run's. Return: EXIT_USAGE. */
int fail_no_run(struct err *e);

/**
 * struct loaded - a config and its plan
 * @name, @text: what was loaded, kept for messages
 */
struct loaded {
	char *name;
	char *text;
	size_t len;
	struct config *config;
	struct plan *plan;
};

/**
 * load_plan() - file, flags or the compiled-in default -> config -> plan
 * @file: NULL = no file: flags alone when there are any, else the default
 *
 * Prints all errors; warnings and notes unless --quiet. Return: exit status, 0 = loaded.
 */
int load_plan(const struct opt *o, const char *file, struct loaded *out);

/* The same for a text that is in memory already, e.g. out of run.json. */
int load_text(const struct opt *o, const char *name, const char *text, struct loaded *out);
void load_free(struct loaded *l);

/* Progress on stderr: a rewritten line on a terminal, else a plain line per point. */
struct progress {
	const struct config *config;
	int64_t start_ns;
	bool tty;
	bool quiet;
};
void progress_open(struct progress *p, const struct config *c, bool quiet);
void progress_row(void *progress, const struct run_progress *now);
void progress_close(const struct progress *p);

/* "46 s", "12 min", "3.5 h". Return: @buf. */
enum { DURATION_TEXT = 24 };
const char *duration_text(int64_t ns, char buf[DURATION_TEXT]);

/* Set by SIGINT or SIGTERM to the signal's number; the second one ends the process at once. */
const atomic_int *interrupt_install(void);

#endif
