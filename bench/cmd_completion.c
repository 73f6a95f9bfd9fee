// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * completion bash: the shell's part, a function that asks this program; completion words INDEX WORD...: its
 * answer, a line a candidate for the word at INDEX (0 is the program). A first line "@files" or "@dirs"
 * leaves it to the shell.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "bench.h"
#include "nic/nic.h"
#include "verbs.h"

static const char script[] =
	"# bash completion of p2pbench; `p2pbench completion bash` prints it\n"
	"_p2pbench()\n"
	"{\n"
	"\tlocal cur prev words cword line head= breaks=${COMP_WORDBREAKS//[^=:]/}\n"
	"\n"
	"\t# --flag=value is one word, also where readline splits it\n"
	"\tif declare -F _get_comp_words_by_ref >/dev/null; then\n"
	"\t\t_get_comp_words_by_ref -n =: cur prev words cword\n"
	"\telse\n"
	"\t\tcur=${COMP_WORDS[COMP_CWORD]} words=(\"${COMP_WORDS[@]}\") cword=$COMP_CWORD\n"
	"\tfi\n"
	"\t[[ $cur == = ]] && cur=\n"
	"\t[[ $cur == --*=* ]] && head=${cur%%=*}=\n"
	"\tCOMPREPLY=()\n"
	"\twhile IFS= read -r line; do\n"
	"\t\tcase $line in\n"
	"\t\t@files) mapfile -t COMPREPLY < <(compgen -f -P \"$head\" -- \"${cur#\"$head\"}\")\n"
	"\t\t\tcompopt -o filenames 2>/dev/null ;;\n"
	"\t\t@dirs) mapfile -t COMPREPLY < <(compgen -d -P \"$head\" -- \"${cur#\"$head\"}\")\n"
	"\t\t\tcompopt -o filenames 2>/dev/null ;;\n"
	"\t\t*) COMPREPLY+=(\"$line\") ;;\n"
	"\t\tesac\n"
	"\tdone < <(\"${words[0]}\" completion words -- \"$cword\" \"${words[@]}\" 2>/dev/null)\n"
	"\t# readline replaces only what stands behind the last character it splits at\n"
	"\t[[ -n $breaks ]] && head=${cur%\"${cur##*[$breaks]}\"} && "
	"COMPREPLY=(\"${COMPREPLY[@]#\"$head\"}\")\n"
	"\t# a list or a value goes on\n"
	"\t[[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null\n"
	"\treturn 0\n"
	"}\n"
	"complete -F _p2pbench p2pbench\n";

/**
 * struct asked - what is to be completed
 * @cur: the word so far; @head: the part of it, in front, that is repeated in each candidate
 */
struct asked {
	const char *cur;
	char head[512];
};

static void offer(const struct asked *a, const char *word)
{
	if (!strncmp(word, a->cur, strlen(a->cur)))
		printf("%s%s\n", a->head, word);
}

static void offer_words(const struct asked *a, const char *words)
{
	char word[64];

	for (const char *p = words; p && *p; p += strspn(p, " |")) {
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(p, " |"), p);
		offer(a, word);
		p += strcspn(p, " |");
	}
}

/* @peers: also memory that a NIC can be matched with. */
static void offer_devices(const struct asked *a, bool peers)
{
	struct nic_entry *list = NULL;
	int n = nic_list(&list, NULL);

	for (int i = 0; i < n; i++)
		offer(a, list[i].name);
	free(list);
	if (peers)
		offer_words(a, "host udmabuf dma_heap memfd");
}

static void offer_axes(const struct asked *a)
{
	for (int ax = 0; ax < AX_COUNT; ax++)
		offer(a, keys_axis((enum axis)ax)->name);
}

static void offer_flags(const struct asked *a, const struct verb *v)
{
	char flag[OPT_FLAG_TEXT], text[OPT_FLAG_TEXT + 2];

	for (const struct opt_flag *f = opt_flags; f->name; f++) {
		snprintf(text, sizeof(text), "--%s", f->name);
		if (verb_takes_flag(v, f))
			offer(a, text);
	}
	for (size_t i = 0; i < keys_len; i++) {
		snprintf(text, sizeof(text), "--%s", opt_key_flag(&keys[i], flag));
		if (keys[i].scope & SCOPE_SWEEP && keys[i].type != KEY_NODE &&
		    verb_takes_key(v, keys[i].name))
			offer(a, text);
	}
}

/* The value of a key: its words, or devices. The last of a list is completed. */
static void offer_values(struct asked *a, const struct key *k)
{
	const char *comma = strrchr(a->cur, ',');
	size_t used = strlen(a->head);

	if (comma) {
		snprintf(a->head + used, sizeof(a->head) - used, "%.*s", (int)(comma + 1 - a->cur), a->cur);
		a->cur = comma + 1;
	}
	for (const char *const *w = k->words; w && *w; w++)
		offer(a, *w);
	if (k->type == KEY_PLACE)
		offer_words(a, "near far");
	if (k->axis == AX_NIC)
		offer_devices(a, false);
	if (k->axis == AX_TARGET || k->axis == AX_SOURCE)
		offer(a, "host");
}

/* KEY= of --set, --where, --tag: the keys of a sweep and what stands behind the sign. */
static void offer_pair(struct asked *a)
{
	const char *eq = strchr(a->cur, '=');
	char key[OPT_FLAG_TEXT];
	const struct key *k;

	if (!eq) {
		for (size_t i = 0; i < keys_len; i++) {
			snprintf(key, sizeof(key), "%s=", keys[i].name);
			if (keys[i].scope & SCOPE_SWEEP && keys[i].type != KEY_NODE)
				offer(a, key);
		}
		return;
	}
	snprintf(key, sizeof(key), "%.*s", (int)(eq - a->cur), a->cur);
	k = keys_find(key, SCOPE_SWEEP);
	if (!k)
		return;
	snprintf(a->head, sizeof(a->head), "%s=", key);
	a->cur = eq + 1;
	offer_values(a, k);
}

static void offer_flag_value(struct asked *a, const struct verb *v, const struct opt_flag *f)
{
	if (!strcmp(f->metavar, "KEY=VALUE"))
		offer_pair(a);
	else if (!strcmp(f->metavar, "DIR") || !strcmp(f->metavar, "RUN"))
		puts(!strcmp(v->name, "selftest") || !strcmp(v->name, "report") ? "@files" : "@dirs");
	else if (!strncmp(f->metavar, "FILE", 4) || !strcmp(f->metavar, "MACHINE"))
		puts("@files");
	else if (!strncmp(f->metavar, "NIC", 3))
		offer_devices(a, false);
	else if (!strcmp(f->name, "axis") || !strcmp(f->name, "matrix"))
		offer_axes(a);
	else if (!strcmp(f->name, "fail-on"))
		offer_words(a, "worse inconclusive missing none");
	else if (!strcmp(f->name, "waive"))
		offer_words(a, "cpu link mps");
	else if (f->metavar[0] >= 'a' && f->metavar[0] <= 'z')
		offer_words(a, f->metavar); /* the words themselves */
}

/* "--name" or "-x" -> what it wants a value for. Return: false = it takes none. */
static bool flag_value(struct asked *a, const struct verb *v, const char *word, size_t len)
{
	char flag[OPT_FLAG_TEXT];

	for (const struct opt_flag *f = opt_flags; f->name; f++) {
		bool letter = word[1] != '-' && f->letter && word[1] == f->letter && len == 2;
		bool name =
			word[1] == '-' && strlen(f->name) == len - 2 && !strncmp(word + 2, f->name, len - 2);

		if ((!letter && !name) || !verb_takes_flag(v, f))
			continue;
		if (f->metavar)
			offer_flag_value(a, v, f);
		return f->metavar;
	}
	for (size_t i = 0; i < keys_len; i++) {
		const char *name = opt_key_flag(&keys[i], flag);
		bool letter = word[1] != '-' && keys[i].flag && word[1] == keys[i].flag && len == 2;
		bool full = word[1] == '-' && strlen(name) == len - 2 && !strncmp(word + 2, name, len - 2);

		if ((!letter && !full) || !(keys[i].scope & SCOPE_SWEEP) || !verb_takes_key(v, keys[i].name))
			continue;
		offer_values(a, &keys[i]);
		return true;
	}
	return false;
}

static void offer_word(const struct asked *a, const struct verb *v, bool first)
{
	if (first && v->words)
		offer_words(a, v->words);
	if (first && !strcmp(v->name, "help")) {
		for (const struct verb *w = verbs; w->name; w++)
			if (!w->hidden)
				offer(a, w->name);
		for (size_t i = 0; i < keys_len; i++)
			if (keys[i].scope & SCOPE_SWEEP)
				offer(a, keys[i].name);
	}
	if (first && v->words)
		return;
	if (v->takes == TAKES_FILE)
		puts("@files");
	else if (v->takes == TAKES_RUN)
		puts("@dirs");
	else if (v->takes == TAKES_DEVICE)
		offer_devices(a, true);
}

/* @word[0] is the program, @word[at] the one to complete; a word that is not there is empty. */
static void answer(const char *const *word, int n, int at)
{
	struct asked a = {.cur = at < n ? word[at] : ""};
	const struct verb *v = n > 1 && at > 1 ? verb_find(word[1]) : NULL;
	const char *prev = at > 2 && at - 1 < n ? word[at - 1] : "";
	const char *eq;

	/* Where readline splits at '=', that is a word of its own. */
	if (at > 2 && at < n && !strcmp(a.cur, "="))
		a.cur = "";
	else if (at > 3 && !strcmp(prev, "="))
		prev = word[at - 2];
	eq = strchr(a.cur, '=');
	if (at == 1) {
		for (const struct verb *w = verbs; w->name; w++)
			if (!w->hidden)
				offer(&a, w->name);
		offer_words(&a, "--help --version");
	} else if (v && a.cur[0] == '-' && eq) {
		const char *flag = a.cur;

		snprintf(a.head, sizeof(a.head), "%.*s", (int)(eq + 1 - flag), flag);
		a.cur = eq + 1;
		flag_value(&a, v, flag, (size_t)(eq - flag));
	} else if (v && a.cur[0] == '-') {
		offer_flags(&a, v);
	} else if (v && !(prev[0] == '-' && prev[1] && flag_value(&a, v, prev, strlen(prev)))) {
		offer_word(&a, v, at == 2);
	}
}

int cmd_completion(const struct opt *o)
{
	const char *what = o->n_args ? o->arg[0] : "";
	int64_t at;

	if (!strcmp(what, "bash") && o->n_args == 1) {
		fputs(script, stdout);
		return EXIT_OK;
	}
	if (!strcmp(what, "words") && o->n_args > 2 && !units_int(o->arg[1], &at, NULL) && at >= 1 &&
	    at <= OPT_ARGS) {
		answer(o->arg + 2, o->n_args - 2, (int)at);
		return EXIT_OK;
	}
	fputs("p2pbench: completion: of which shell?\n          p2pbench completion bash\n", stderr);
	return EXIT_USAGE;
}
