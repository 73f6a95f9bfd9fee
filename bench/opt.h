/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_OPT_H
#define P2P_BENCH_OPT_H

/*
 * The command line. Flags that carry a config value come from the key table and become overrides; the
 * few others are in opt.c. Nothing is interpreted here: a value's type and range are the key's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

struct err;

enum { OPT_OVERRIDES = 64, OPT_ARGS = 256, OPT_WHERE = 16 };

/**
 * struct opt - a parsed command line; strings live in it or in argv
 * @verb: first word that is no flag; NULL when there is none
 * @arg: the words after it; @sep: how many of them stand before "--", -1 = there is none
 * @over: values given by flags, in order
 * @given: bit of each row of opt_flags that was given
 * @argc, @argv: the command line itself
 */
struct opt {
	const char *verb;
	const char *arg[OPT_ARGS];
	int n_args;
	int sep;
	struct config_override over[OPT_OVERRIDES];
	size_t n_over;
	uint64_t given;
	int argc;
	char **argv;
	const char *resume;
	const char *tph_note;
	const char *events;
	bool strict;
	const char *tool; /* crosscheck */
	const char *csv;
	const char *from, *route, *save;
	bool tree, svg, json, no_names, verbose;
	bool print_config;
	bool explain;
	const char *within, *axis, *base, *fail_on, *waive; /* compare */
	bool mixed, within_run_only;
	const char *matrix, *value, *format; /* show, export */
	bool md;			     /* report */
	const char *config, *bar;	     /* match */
	bool try;
	const char *peer, *token_file; /* where the responder is; the other machine of topo, doctor */
	const char *need;	       /* doctor */
	bool fix_script;
	const char *bind; /* serve */
	bool once, no_auth, force;
	bool stdio;		      /* agent */
	const char *where[OPT_WHERE]; /* list runs, report */
	size_t n_where;
	bool quiet;
	bool help;
	bool version;
	char text[OPT_OVERRIDES][2][192]; /* path and flag of each override */
};

/**
 * opt_parse() - parse argv
 *
 * Return: 0; -EINVAL with the word at fault and what was probably meant.
 */
int opt_parse(int argc, char **argv, struct opt *out, struct err *e);

/* A row of the flags that are not config keys, for all that tells of them; ends with a NULL name. */
struct opt_flag {
	const char *name;
	char letter;
	const char *metavar; /* NULL: takes no value */
	const char *help;    /* with the unit, and the default in brackets */
	const char *verbs;   /* that take it, a blank between; NULL = all */
	size_t at;	     /* member of struct opt it sets, a text or a bool; 0 = more than that */
};
extern const struct opt_flag opt_flags[];

/* How a key is spelt as a flag: '-' for '_'. Return: @buf. */
enum { OPT_FLAG_TEXT = 64 };
const char *opt_key_flag(const struct key *k, char buf[OPT_FLAG_TEXT]);

#endif
