// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* All pairs, best first. */
#include "interconnect/match.h"

#include <stdio.h>
#include <stdlib.h>

#include "interconnect/cell.h"

const char *match_answer_name(enum match_answer a)
{
	static const char *const name[] = {"unknown", "no", "yes"};

	return name[a];
}

static int order(double a, double b)
{
	return (a > b) - (a < b);
}

/* Known and near before unknown before far. */
static int nearness(int distance)
{
	return distance < 0 ? 1 : distance * 2;
}

int cell_compare(const struct match_cell *a, const struct match_cell *b, enum cell_key *key)
{
	const int by[] = {
		[CELL_CANNOT] = order(a->works == MATCH_NO, b->works == MATCH_NO),
		[CELL_BOUNCE] = order(a->bounce, b->bounce),
		[CELL_SURE] = order(b->works, a->works),
		[CELL_RATE] = order(b->gbyte_s, a->gbyte_s),
		[CELL_ROOT] = order(a->crosses_root, b->crosses_root),
		[CELL_NODE] = order(nearness(a->node_distance), nearness(b->node_distance)),
		[CELL_HOPS] = order(a->hops, b->hops),
	};

	for (*key = CELL_CANNOT; *key < CELL_EQUAL; ++*key)
		if (by[*key])
			return by[*key];
	return 0;
}

/* The lists' own order decides in the end: no two cells are equal. */
static int compare(const void *a, const void *b)
{
	const struct match_cell *x = a, *y = b;
	enum cell_key key;
	int by = cell_compare(x, y, &key);

	if (by)
		return by;
	by = order((double)x->exporter, (double)y->exporter);
	return by ? by : order((double)x->importer, (double)y->importer);
}

size_t match_cells(const struct topo *t, const struct match_exporter *exp, size_t n_exp,
		   const struct match_importer *imp, size_t n_imp, struct match_cell *out)
{
	size_t n = 0;

	for (size_t i = 0; i < n_exp; i++) {
		for (size_t j = 0; j < n_imp; j++) {
			out[n] = (struct match_cell){.exporter = i,
						     .importer = j,
						     .bounce = imp[j].interconnect == INTERCONNECT_BOUNCE};
			cell_judge(t, &exp[i], &imp[j], &out[n++]);
		}
	}
	qsort(out, n, sizeof(*out), compare);
	return n;
}

static void say_rate(const struct match_cell *a, const struct match_cell *b, char *buf, size_t len)
{
	if (b->gbyte_s > 0)
		snprintf(buf, len, "faster: %.4g against %.4g GB/s at its narrowest link", a->gbyte_s,
			 b->gbyte_s);
	else
		snprintf(buf, len, "its narrowest link is known, %.4g GB/s; the other's is not", a->gbyte_s);
}

void match_order_why(const struct match_cell *a, const struct match_cell *b, char *buf, size_t len)
{
	enum cell_key key;

	if (cell_compare(a, b, &key) > 0) {
		snprintf(buf, len, "it does not come before the other");
		return;
	}
	switch (key) {
	case CELL_CANNOT:
		snprintf(buf, len, "the other cannot work");
		break;
	case CELL_BOUNCE:
		snprintf(buf, len,
			 "peer-to-peer, or straight to memory; the other is a detour by a CPU copy");
		break;
	case CELL_SURE:
		snprintf(buf, len, "predicted to work; of the other that is not known");
		break;
	case CELL_RATE:
		say_rate(a, b, buf, len);
		break;
	case CELL_ROOT:
		snprintf(buf, len, "it does not pass the CPU's host bridge");
		break;
	case CELL_NODE:
		snprintf(buf, len,
			 a->node_distance ? "its NUMA node is not known; the other's is another one"
					  : "it stays on one NUMA node");
		break;
	case CELL_HOPS:
		snprintf(buf, len, "shorter: %d against %d functions on the way", a->hops, b->hops);
		break;
	case CELL_EQUAL:
		snprintf(buf, len, "nothing tells them apart; it was offered first");
		break;
	}
}
