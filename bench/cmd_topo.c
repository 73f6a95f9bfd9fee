// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* topo: the PCI tree of a machine and what it means for peer traffic. docs/topology.md explains the answers.
 */
#include "bench.h"
#include "document.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "machine.h"
#include "topo_view.h"

static int save(const struct topo *t, const struct opt *o)
{
	CLEANUP_FILE FILE *f = fopen(o->save, "wxe");
	size_t blind = 0, n = topo_len(t);
	struct err e = {0};

	if (!f || topo_save(t, !o->no_names, f)) {
		err_set(&e, -errno, "%s: cannot save: %s", o->save, strerror(errno));
		if (errno == EEXIST)
			err_hint(&e, -EEXIST, "an existing file is never written to");
		return fail_with(&e, EXIT_USAGE);
	}
	for (size_t i = 0; i < n; i++)
		blind += view_blind(topo_fn(t, i));
	if (!o->quiet)
		fprintf(stderr, "%s: %zu PCI functions%s\n", o->save, n,
			blind == n && n ? "; ACS, TPH, MPS are missing: save it as root"
			: blind		? ", some without their capabilities"
					: "");
	return EXIT_OK;
}

static void headline(const struct view *v)
{
	const struct topo_cpu *cpu = topo_cpu(v->t);

	printf("%s: %zu PCI functions, %zu NIC%s; CPU %s", topo_source(v->t), topo_len(v->t), v->n_nics,
	       v->n_nics == 1 ? "" : "s", cpu->vendor[0] ? cpu->vendor : "unknown");
	if (cpu->family >= 0)
		printf(" family 0x%x", (unsigned int)cpu->family);
	fputs("\n\n", stdout);
}

/* Both ends of --route. */
static int find_route(const struct topo *t, const struct opt *o, struct route *r)
{
	struct err e = {0};
	int nic = -1, target = -1;

	if (machine_find(t, o->route, &nic, &e) || machine_find(t, o->arg[0], &target, &e))
		return fail_with(&e, EXIT_MACHINE);
	*r = route_find(t, nic, target);
	return EXIT_OK;
}

static int show(const struct view *v, const struct route *r, const struct opt *o)
{
	FILE *f = o->json ? document_open() : NULL;
	int rc = 0;

	if (o->json)
		return document_close(f, f ? topo_document(v, r, f) : -ENOMEM);
	if (o->svg) {
		rc = topo_svg(v, r, stdout);
	} else if (r) {
		topo_story(v, r, stdout);
	} else if (!topo_len(v->t)) {
		printf("%s: no PCI functions (a VM or container without PCI)\n", topo_source(v->t));
	} else if (o->tree) {
		headline(v);
		topo_tree(v, stdout);
	} else if (!v->n) {
		printf("%s: none of %zu PCI functions is a NIC, bound to vfio-pci, an accelerator or NVMe; "
		       "`p2pbench topo --tree` shows them\n",
		       topo_source(v->t), topo_len(v->t));
	} else {
		headline(v);
		topo_matrix(v, stdout);
	}
	if (!rc)
		return EXIT_OK;
	fprintf(stderr, "p2pbench: topo: cannot print: %s\n", strerror(-rc));
	return EXIT_INTERNAL;
}

/* Outputs exclude each other; a route can be told, drawn or printed as JSON. */
static int check_flags(const struct opt *o)
{
	int outputs = o->tree + o->svg + o->json + (o->save != NULL);

	if (outputs > 1 || (o->route && (o->tree || o->save)))
		fputs("p2pbench: topo: one of --tree, --svg, --json, --save, --route; --route goes with "
		      "--svg or "
		      "--json\n",
		      stderr);
	else if (o->no_names && !o->save)
		fputs("p2pbench: topo: --no-names belongs to --save FILE\n", stderr);
	else if (o->route ? o->n_args != 1 : o->n_args)
		fprintf(stderr, "p2pbench: topo: %s%s%s\n          p2pbench topo --route NIC TARGET\n",
			o->route ? "--route wants a NIC and one target" : "what is '",
			o->route ? "" : o->arg[0], o->route ? "" : "'?");
	else
		return EXIT_OK;
	return EXIT_USAGE;
}

int cmd_topo(const struct opt *o)
{
	struct topo *t = NULL;
	struct route r;
	struct view v;
	int rc = check_flags(o);

	if (!rc)
		rc = machine_open(o, &t);
	if (rc)
		return rc;
	if (o->save)
		rc = save(t, o);
	else if (o->route)
		rc = find_route(t, o, &r);
	if (!rc && !o->save && view_open(t, &v)) {
		fputs("p2pbench: topo: no memory\n", stderr);
		rc = EXIT_INTERNAL;
	} else if (!rc && !o->save) {
		rc = show(&v, o->route ? &r : NULL, o);
		view_close(&v);
	}
	topo_close(t);
	return rc;
}
