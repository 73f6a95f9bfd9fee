// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* limit --route NIC TARGET [KEY=VALUE...]: the links are the machine's, the message is the user's. */
#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "document.h"
#include "limit_case.h"
#include "machine.h"
#include "topo_view.h"

/* Keys of the link are answers here, not questions. */
static int refuse_link_keys(const char *pair, struct err *e)
{
	static const char *const read[] = {"gen", "width",  "flit", "mps",	 "mrrs",
					   "rcb", "addr64", "ecrc", "prefix_dw", "cpl"};

	for (size_t i = 0; i < ARRAY_LEN(read); i++) {
		size_t len = strlen(read[i]);

		if (strncmp(pair, read[i], len) != 0 || pair[len] != '=')
			continue;
		err_set(e, -EINVAL, "limit: with --route %s is read from the machine", read[i]);
		return err_hint(e, -EINVAL, "without --route all keys can be set");
	}
	return 0;
}

/* @target: the word that is no KEY=VALUE. */
static int read_args(const struct opt *o, struct limit_case *c, const char **target, struct err *e)
{
	int rc = 0;

	*c = limit_case_default;
	*target = NULL;
	for (int i = 0; !rc && i < o->n_args; i++) {
		if (!*target && !strchr(o->arg[i], '='))
			*target = o->arg[i];
		else if (!(rc = refuse_link_keys(o->arg[i], e)))
			rc = limit_case_pair(c, o->arg[i], e);
	}
	if (!rc && !*target)
		rc = err_set(e, -EINVAL, "limit: --route wants a NIC and a target");
	return rc ? rc : limit_case_check(c, e);
}

/* Each link of the way, as read. */
static void explain(const struct view *v, const struct route *r)
{
	for (int i = 0; i < r->n_hops; i++) {
		enum path_source source;
		struct limit_link l;
		char name[VIEW_TEXT], link[VIEW_TEXT];

		bool turns = r->way == ROUTE_WAY_SWITCH && r->hop[i] == r->common;

		if (turns || !path_link(v->t, r->hop[i], &l, &source))
			continue;
		printf("link above %s: %s%s, %.6g GB/s of TLPs, MPS %u, from %s\n",
		       view_name(v, r->hop[i], name), view_link_now(v, r->hop[i], link),
		       l.flit ? " flit" : "", limit_link_rate(&l), l.mps, path_source_name(source));
	}
	printf("%s: %s\n", route_class_name(r->class), r->why);
}

static json_t *document(const struct view *v, const struct path_limit *l, const struct limit *got, bool wire)
{
	char name[VIEW_TEXT];
	json_t *o = json_pack("{s:i, s:f, s:s, s:s, s:b}", "schema", DOCUMENT_SCHEMA, "gbyte_s", got->gbyte_s,
			      "set_by", limit_by_name(got->by), "source",
			      wire ? path_source_name(PATH_USER) : path_source_name(l->source), "certain",
			      wire || l->source != PATH_ASSUMED);

	json_object_set_new(o, "above", wire ? json_null() : json_string(view_name(v, l->hop, name)));
	return o;
}

static int answer(const struct view *v, const struct route *r, const struct limit_case *c, bool json)
{
	const struct path_ask ask = {.message = c->message};
	const struct path_limit l = path_limit(v->t, r, &ask);
	struct limit got = c->expected ? l.expected : l.hard, port;
	bool wire = false;
	char name[VIEW_TEXT];

	if (r->way == ROUTE_WAY_NONE || l.hop < 0) {
		fprintf(stderr, "p2pbench: limit: %s\n",
			r->way == ROUTE_WAY_NONE   ? r->why
			: r->way == ROUTE_WAY_SELF ? "the traffic does not leave the function"
						   : "no link of the way tells its speed (run as root)");
		return EXIT_MACHINE;
	}
	if (c->port.gbit > 0) {
		port = limit_of_port(&c->port, &c->message);
		wire = port.gbyte_s < got.gbyte_s;
		got = limit_min(got, port);
	}
	if (json)
		return document_print(document(v, &l, &got, wire));
	printf("%s%.6g GB/s, set by %s", l.source == PATH_ASSUMED && !wire ? "~" : "", got.gbyte_s,
	       limit_by_name(got.by));
	if (!wire)
		printf(" above %s", view_name(v, l.hop, name));
	printf(", source %s\n", wire ? path_source_name(PATH_USER) : path_source_name(l.source));
	if (r->way == ROUTE_WAY_UNKNOWN)
		fprintf(stderr, "note: %s; the figure holds for the way as the tree lays it out\n", r->why);
	return EXIT_OK;
}

static int solve(const struct topo *t, const struct opt *o, const struct limit_case *c, const char *target)
{
	struct err e = {0};
	struct route r;
	struct view v;
	int nic, to, rc;

	if (machine_find(t, o->route, &nic, &e) || machine_find(t, target, &to, &e))
		return fail_with(&e, EXIT_MACHINE);
	if (view_open(t, &v))
		return EXIT_INTERNAL;
	r = route_find(t, nic, to);
	if (o->explain && !o->json)
		explain(&v, &r);
	rc = answer(&v, &r, c, o->json);
	view_close(&v);
	return rc;
}

int limit_route(const struct opt *o)
{
	const char *target = NULL;
	struct limit_case c;
	struct topo *t = NULL;
	struct err e = {0};
	int rc;

	if (read_args(o, &c, &target, &e))
		return fail_with(&e, EXIT_USAGE);
	rc = machine_open(o, &t);
	if (rc)
		return rc;
	rc = solve(t, o, &c, target);
	topo_close(t);
	return rc;
}
