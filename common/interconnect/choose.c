// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which of the cells a point uses, once they are tried. */
#include <stdio.h>
#include <string.h>

#include "interconnect/match.h"

static const char *name_of(int64_t interconnect)
{
	return keys_axis(AX_INTERCONNECT)->words[interconnect];
}

/* Place of the cell of @interconnect, -1 = not offered. */
static int offered(const struct match_tried *t, int64_t interconnect)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->imp[t->cell[i].importer].interconnect == interconnect)
			return (int)i;
	return -1;
}

static int worked(const struct match_tried *t, int64_t interconnect)
{
	int i = offered(t, interconnect);

	return i >= 0 && t->outcome[i] == MATCH_WORKED ? i : -1;
}

static int64_t preferred(uint32_t prefer, int place)
{
	return (int64_t)(prefer >> 4 * place & 0xf) - 1;
}

/* Add what became of @interconnect to the sentence. */
static void add_failure(const struct match_tried *t, int64_t interconnect, char *why, size_t len)
{
	size_t used = strlen(why);
	int i = offered(t, interconnect);

	if (used >= len)
		return;
	snprintf(why + used, len - used, "%s%s: %s", used ? "; " : "", name_of(interconnect),
		 i >= 0				       ? match_outcome_name(t->outcome[i])
		 : interconnect == INTERCONNECT_BOUNCE ? "not offered"
						       : "this NIC has no such function");
}

/* In the user's order. */
static int choose_preferred(const struct match_tried *t, uint32_t prefer, char *why, size_t len)
{
	enum { PLACES = 8 };

	for (int p = 0; p < PLACES && preferred(prefer, p) >= 0; p++) {
		int i = worked(t, preferred(prefer, p));

		if (i >= 0)
			return i;
		add_failure(t, preferred(prefer, p), why, len);
	}
	return -1;
}

/* By rank; never the bounce. */
static int choose_best(const struct match_tried *t, char *why, size_t len)
{
	for (size_t i = 0; i < t->n; i++) {
		int64_t interconnect = t->imp[t->cell[i].importer].interconnect;

		if (interconnect == INTERCONNECT_BOUNCE)
			continue;
		if (t->outcome[i] == MATCH_WORKED)
			return (int)i;
		add_failure(t, interconnect, why, len);
	}
	return -1;
}

static int choose_asked(const struct match_tried *t, int64_t asked, char *why, size_t len)
{
	int i = worked(t, asked);

	if (i < 0)
		add_failure(t, asked, why, len);
	return i;
}

int match_choose(const struct match_want *want, const struct match_tried *t, bool *fell_back, char *why,
		 size_t len)
{
	int i;

	*fell_back = false;
	why[0] = '\0';
	if (want->asked != INTERCONNECT_AUTO)
		i = choose_asked(t, want->asked, why, len);
	else if (want->prefer)
		i = choose_preferred(t, want->prefer, why, len);
	else
		i = choose_best(t, why, len);
	if (i >= 0) {
		why[0] = '\0';
		return i;
	}
	if (want->fallback != FALLBACK_BOUNCE || want->asked == INTERCONNECT_BOUNCE)
		return -1;
	i = worked(t, INTERCONNECT_BOUNCE);
	*fell_back = i >= 0;
	if (i < 0)
		add_failure(t, INTERCONNECT_BOUNCE, why, len);
	return i;
}
