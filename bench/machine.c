// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "machine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "bench.h"
#include "config/diag.h"
#include "peer_look.h"
#include "topo_view.h"

/* What the other machine says of itself is read as a saved file is. */
static int open_peer(const struct opt *o, struct topo **out)
{
	CLEANUP_FREE char *text = NULL;
	struct err e = {0};
	json_t *answer;
	int status = peer_look(o, "topo", NULL, &answer);

	if (status)
		return status;
	text = json_dumps(answer, JSON_COMPACT);
	json_decref(answer);
	if (!text)
		return fail_with(&e, EXIT_INTERNAL);
	return topo_open_text(o->peer, text, strlen(text), out, &e) ? fail_with(&e, EXIT_MACHINE) : EXIT_OK;
}

int machine_open(const struct opt *o, struct topo **out)
{
	struct err e = {0};
	int rc;

	if (o->peer && o->from) {
		fputs("p2pbench: one of --peer and --from\n", stderr);
		return EXIT_USAGE;
	}
	if (o->peer)
		return open_peer(o, out);
	rc = topo_open(o->from, out, &e);
	if (!rc)
		return EXIT_OK;
	if (o->from && !e.hint[0])
		err_hint(&e, rc,
			 "--from takes a file of `topo --save`, a directory that holds a copied sys, or "
			 "hwloc's XML");
	return fail_with(&e, rc == -ENOMEM ? EXIT_INTERNAL : o->from ? EXIT_USAGE : EXIT_MACHINE);
}

/* A hint made of the name nearest to @name and of the first few. @text, @words: room for all and a NULL. */
static int hint_names(const struct view *v, const char *name, char (*text)[VIEW_TEXT], const char **words,
		      struct err *e)
{
	enum { FEW = 12 };
	char all[FEW * VIEW_TEXT / 2] = "";
	const char *near;
	size_t len = 0;

	for (size_t i = 0; i < v->n; i++)
		words[i] = view_name(v, v->dev[i], text[i]);
	near = diag_nearest(name, words);
	for (size_t i = 0; i < v->n && i < FEW; i++)
		len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s", i ? ", " : "", text[i]);
	if (near)
		return err_hint(e, -ENOENT, "did you mean '%s'? There are: %s%s", near, all,
				v->n > FEW ? ", ..." : "");
	if (!v->n)
		return err_hint(e, -ENOENT, "it has no NIC and no target; `p2pbench topo --tree` shows all");
	return err_hint(e, -ENOENT, "there are: %s%s", all, v->n > FEW ? ", ..." : "");
}

/* A device that is software says so: the card below it moves its packets, and nothing else. */
static int find_emulated(const struct topo *t, const char *name)
{
	int fn = topo_find_emulated(t, name);
	char addr[TOPO_ADDR];

	if (fn >= 0)
		fprintf(stderr,
			"note: %s is an emulated NIC (software) above %s, %s: the CPU makes its traffic; "
			"what "
			"follows is of that card\n",
			name, topo_fn(t, (size_t)fn)->netdev,
			topo_addr_text(addr, topo_fn(t, (size_t)fn)->addr));
	return fn;
}

int machine_find(const struct topo *t, const char *name, int *out, struct err *e)
{
	int fn = topo_find(t, name);
	char(*text)[VIEW_TEXT];
	const char **words;
	struct view v;

	if (fn < 0)
		fn = find_emulated(t, name);
	*out = fn;
	if (fn >= 0)
		return 0;
	err_set(e, -ENOENT, "%s: no device '%.60s'", topo_source(t), name);
	if (view_open(t, &v))
		return -ENOENT;
	text = calloc(v.n + 1, sizeof(*text));
	words = calloc(v.n + 1, sizeof(*words));
	if (text && words)
		hint_names(&v, name, text, words, e);
	free(words);
	free(text);
	view_close(&v);
	return -ENOENT;
}
