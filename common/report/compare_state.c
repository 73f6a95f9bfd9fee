// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What else differs between two sides beside the figure: often the answer. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/compare_priv.h"

static bool has(const struct words *w, const char *word)
{
	for (size_t i = 0; i < w->n; i++) {
		if (!strcmp(w->word[i], word))
			return true;
	}
	return false;
}

void words_add(struct words *w, const char *word)
{
	if (!*word || has(w, word))
		return;
	if (w->n == WORDS_MAX)
		w->more = true;
	else
		w->word[w->n++] = word;
}

bool words_same(const struct words *a, const struct words *b)
{
	bool same = a->n == b->n && a->more == b->more;

	for (size_t i = 0; same && i < a->n; i++)
		same = has(b, a->word[i]);
	return same;
}

void words_text(const struct words *w, char *buf, size_t len)
{
	size_t used = 0;

	snprintf(buf, len, "unknown");
	for (size_t i = 0; i < w->n && used < len; i++)
		used += (size_t)snprintf(buf + used, len - used, "%s%s", i ? "|" : "", w->word[i]);
	if (w->more && used < len)
		snprintf(buf + used, len - used, "|...");
}

/* The CPU's copy rate is measured anew in every run; percent and concurrency follow from the result. */
static bool is_state(enum column c, const struct row *row)
{
	bool copies = !strcmp(row_get(row, COL_LIMIT_SOURCE), "memcpy");

	switch (c) {
	case COL_EVIDENCE:
	case COL_LIMIT_CONC_GBYTE_S:
	case COL_PCT_LIMIT:
		return false;
	case COL_LIMIT_GBYTE_S:
	case COL_EXPECTED_GBYTE_S:
		return !copies;
	default:
		return c > COL_EVIDENCE && c <= COL_TPH_EVIDENCE;
	}
}

static struct words gather(const struct row *const *row, size_t n, enum column c)
{
	struct words w = {.n = 0};

	for (size_t i = 0; i < n; i++) {
		if (row[i] && is_state(c, row[i]))
			words_add(&w, row_get(row[i], c));
	}
	return w;
}

int compare_states(const struct row *const *a, size_t n_a, const struct row *const *b, size_t n_b, char **out)
{
	char text[1024], left[FACT_VALUE], right[FACT_VALUE];
	size_t used = 0;

	*out = NULL;
	for (int c = COL_EVIDENCE; c <= COL_TPH_EVIDENCE; c++) {
		struct words x = gather(a, n_a, (enum column)c), y = gather(b, n_b, (enum column)c);

		if (words_same(&x, &y) || used >= sizeof(text))
			continue;
		words_text(&x, left, sizeof(left));
		words_text(&y, right, sizeof(right));
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s %s -> %s", used ? "; " : "",
					 column_name((enum column)c), left, right);
	}
	if (used)
		*out = strdup(text);
	return used && !*out ? -ENOMEM : 0;
}

/* A fact and where it is from. */
struct placed {
	const struct fact *fact;
	int side;
};

static int by_name(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	int rc = strcmp(x->fact->name, y->fact->name);

	return rc ? rc : x->side - y->side;
}

static size_t count_facts(const struct compare_side *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->run[i].facts ? s->run[i].facts->n : 0;
	return n;
}

static size_t place_facts(const struct compare_side *s, int side, struct placed *to)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		for (size_t k = 0; s->run[i].facts && k < s->run[i].facts->n; k++)
			to[n++] = (struct placed){&s->run[i].facts->fact[k], side};
	}
	return n;
}

/* One name's values on both sides. */
static void add_difference(struct compare *out, const struct placed *p, size_t n)
{
	struct words side[2] = {{.n = 0}, {.n = 0}}, all = {.n = 0};
	struct compare_fact *f = &out->fact[out->n_fact];

	for (size_t i = 0; i < n; i++) {
		words_add(&side[p[i].side], p[i].fact->value);
		words_add(&all, p[i].fact->value);
	}
	f->blocks = p->fact->block != BLOCK_NONE && all.n > 1;
	if (words_same(&side[0], &side[1]) && !f->blocks)
		return;
	f->about = *p->fact;
	words_text(&side[0], f->a, sizeof(f->a));
	words_text(&side[1], f->b, sizeof(f->b));
	out->n_fact++;
}

int compare_facts(const struct compare_side *a, const struct compare_side *b, struct compare *out)
{
	size_t n_a = count_facts(a), n = n_a + count_facts(b);
	struct placed *p;

	if (!n_a || n == n_a)
		return 0; /* without a run.json everything would differ */
	out->fact = calloc(n, sizeof(*out->fact));
	p = calloc(n, sizeof(*p));
	if (!p || !out->fact) {
		free(p);
		return -ENOMEM;
	}
	place_facts(a, 0, p);
	place_facts(b, 1, p + n_a);
	qsort(p, n, sizeof(*p), by_name);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && !strcmp(p[end].fact->name, p[i].fact->name);)
			end++;
		add_difference(out, &p[i], end - i);
	}
	free(p);
	return 0;
}

bool compare_fact_applies(const struct compare_fact *f, const struct compare_point *p)
{
	const struct row *row = p->a ? p->a : p->b;
	const char *nic = f->about.nic, *memory = f->about.memory;

	if (*nic && strcmp(nic, row_get(row, COL_KEY + AX_NIC)) != 0 &&
	    strcmp(nic, row_get(row, COL_KEY + AX_PEER_NIC)) != 0)
		return false;
	return !*memory || !strcmp(memory, row_get(row, COL_KEY + AX_TARGET)) ||
	       !strcmp(memory, row_get(row, COL_KEY + AX_SOURCE));
}
