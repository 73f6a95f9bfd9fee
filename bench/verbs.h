/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_VERBS_H
#define P2P_BENCH_VERBS_H

/*
 * The table of verbs. main dispatches by it; help, the manual page and the completion are printed from it and
 * from the flags of opt.h, which name their verbs. A verb that is not in every one of them fails a test.
 */

#include "opt.h"

/* What a verb's words are, for completion. */
enum verb_takes { TAKES_NOTHING, TAKES_FILE, TAKES_RUN, TAKES_DEVICE };

/**
 * struct verb - one verb
 * @run: does it; returns the exit status
 * @args: synopses, one a line: [optional], FLAG --as-written, PLACEHOLDER in capitals, other words as typed
 * @about: what it does, one line
 * @examples: commands, one a line, shown below "p2pbench"
 * @notes: what its help adds, NULL = nothing
 * @words: what its first word may be, a blank between, NULL = see @takes
 * @takes: what its words are otherwise
 * @keys: config keys it takes as flags, a blank between; "*" = all of a sweep; NULL = none
 * @one_file: it takes one word at most, a file
 * @hidden: for this project's own build; told of nowhere
 */
struct verb {
	const char *name;
	int (*run)(const struct opt *o);
	const char *args;
	const char *about;
	const char *examples;
	const char *notes;
	const char *words;
	enum verb_takes takes;
	const char *keys;
	bool one_file, hidden;
};

extern const struct verb verbs[]; /* ends with a NULL name */

/* Row named @name, or NULL. */
const struct verb *verb_find(const char *name);

/* The one with the most similar name, or NULL. */
const char *verb_nearest(const char *name);

/* Is @word one of @words, which blanks separate? */
bool word_among(const char *word, const char *words);

/* Does the verb take this flag, this key of a sweep? */
bool verb_takes_flag(const struct verb *v, const struct opt_flag *f);
bool verb_takes_key(const struct verb *v, const char *key);

/* An exit code and its meaning; ends with a NULL @text. */
struct exit_code {
	int code;
	const char *text;
};
extern const struct exit_code exit_codes[];

#endif
