// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * tph-expect CONFIG: what an analyzer on the target's link should show of each tag, and what to trigger on.
 * docs/tph.md has the recipe.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "document.h"
#include "tlp_plan.h"
#include "grid.h"
#include "topo_view.h"
#include "wrap.h"

static void print_sender(const struct plan_machine *m, const struct tlp_way *w)
{
	char addr[TOPO_ADDR];
	const struct topo_fn *f;

	if (w->fn < 0) {
		wrap(stdout, "  requester  ", "%s: %s", w->software ? "none" : "unknown", w->fn_why);
		return;
	}
	f = topo_fn(m->t, (size_t)w->fn);
	topo_addr_text(addr, f->addr);
	printf("  requester  %s (ID 0x%04x)%s\n", addr, tlp_requester(f->addr),
	       w->interconnect == INTERCONNECT_AUTO ? ", the main function; auto may choose data_direct"
						    : "");
	wrap(stdout, "  tags       ", "NIC: %s; enabled now: %s", w->tags.why,
	     tags_width_name(w->tags.enabled));
}

static void print_address(const struct config_memory *mem, const struct tlp_way *w)
{
	uint64_t first, last;

	if (!w->base)
		wrap(stdout, "  address    ", "%s", w->base_why);
	for (size_t i = 0; tlp_plan_slice(w, mem, i, &first, &last); i++)
		printf("  %-10s 0x%" PRIx64 " .. 0x%" PRIx64 "\n", i ? "" : "address", first, last);
}

static void print_way(const struct plan_machine *m, const struct config *c, const struct tlp_way *w)
{
	const struct config_memory *mem = &c->memory[w->target];
	char word[32];

	printf("%s -> %s by %s\n", c->nics[w->nic].name, mem->name,
	       config_value_text(c, AX_INTERCONNECT, w->interconnect, word));
	print_sender(m, w);
	if (w->software)
		return;
	print_address(mem, w);
	if (!w->has_route)
		return;
	wrap(stdout, "  route      ", "%s: %s", view_way_about(w->route.way), w->route.why);
	wrap(stdout, "  arrives    ", "%s: %s", w->route.tph >= ROUTE_TPH_8 ? "yes" : view_tph(w->route.tph),
	     w->route.tph_why);
}

/* "2 x 64 + 8" */
static const char *length_text(const struct tlp *t, char buf[48])
{
	if (!t->full_dw && !t->rest_dw)
		snprintf(buf, 48, "?");
	else if (!t->full_dw)
		snprintf(buf, 48, "1 x %u", t->rest_dw);
	else if (!t->rest_dw)
		snprintf(buf, 48, "%" PRIu64 " x %u", t->full, t->full_dw);
	else
		snprintf(buf, 48, "%" PRIu64 " x %u + %u", t->full, t->full_dw, t->rest_dw);
	return buf;
}

static void add_number(struct grid *g, int n, const char *none)
{
	if (n < 0)
		grid_add(g, "%s", none);
	else
		grid_add(g, "%d", n);
}

/* What the config asks: "0xf0 ph 2", "ext 0x12a5 ph 2", "cpu near ph 2". */
static const char *asked_text(const struct config *c, const struct tlp_row *r, char buf[64])
{
	size_t len = 0;
	char word[32];

	buf[0] = '\0';
	if (r->st != AXIS_EMPTY)
		len += (size_t)snprintf(buf + len, 64 - len, "0x%02x ", (unsigned int)r->st);
	if (r->st_ext != AXIS_EMPTY)
		len += (size_t)snprintf(buf + len, 64 - len, "ext 0x%04x ", (unsigned int)r->st_ext);
	if (r->tph_cpu != AXIS_EMPTY)
		len += (size_t)snprintf(buf + len, 64 - len, "cpu %s ",
					config_value_text(c, AX_TPH_CPU, r->tph_cpu, word));
	if (r->ph != AXIS_EMPTY)
		snprintf(buf + len, 64 - len, "ph %d", (int)r->ph);
	return buf[0] ? buf : "-";
}

static void add_row(const struct config *c, const struct tlp_row *r, struct grid *g)
{
	const struct tlp *t = &r->tlp;
	char word[32], size[UNITS_TEXT], length[48], asked[64];

	grid_add(g, "  %s", config_value_text(c, AX_OP, r->op, word));
	grid_add(g, "%s", units_size_text(size, r->size));
	grid_add(g, "%s", asked_text(c, r, asked));
	grid_add(g, "%s", t->name);
	grid_add(g, "%s", length_text(t, length));
	add_number(g, t->th, "?");
	add_number(g, t->ph, "-");
	if (t->st >= 0)
		grid_add(g, t->wide ? "0x%04x" : "0x%02x", (unsigned int)t->st);
	else
		grid_add(g, t->th ? "?" : "-");
	grid_add(g, "%s", tlp_carrier_name(t->carrier));
}

/* The words of the last column. */
static void print_legend(const struct tlp_plan *x, size_t way)
{
	bool used[TLP_CARRIERS] = {false};
	char head[32];

	for (size_t i = 0; i < x->n_rows; i++)
		used[x->row[i].tlp.carrier] |= x->row[i].way == way;
	for (int c = TLP_NOT_SET; c < TLP_CARRIERS; c++) {
		if (!used[c])
			continue;
		snprintf(head, sizeof(head), "  %-10s  ", tlp_carrier_name((enum tlp_carrier)c));
		wrap(stdout, head, "%s%s%s", tlp_carrier_about((enum tlp_carrier)c),
		     c == TLP_NOT_SENT ? "; " : "", c == TLP_NOT_SENT ? x->way[way].tags.why : "");
	}
}

static void print_rows(const struct config *c, const struct tlp_plan *x, size_t way)
{
	static const char *const title[] = {"  op", "bytes", "asked", "TLP", "DW", "TH", "PH", "ST", "where"};
	struct grid g = {.cols = 9};

	putchar('\n');
	for (size_t i = 0; i < g.cols; i++)
		grid_add(&g, "%s", title[i]);
	for (size_t i = 0; i < x->n_rows; i++)
		if (x->row[i].way == way)
			add_row(c, &x->row[i], &g);
	grid_finish(&g, stdout);
	putchar('\n');
	print_legend(x, way);
}

/* What to set on the analyzer: the first hint that is sent, or nothing. */
static void print_trigger(const struct plan_machine *m, const struct tlp_plan *x)
{
	for (size_t i = 0; i < x->n_rows; i++) {
		const struct tlp_row *r = &x->row[i];
		const struct tlp_way *w = &x->way[r->way];
		char code[32] = "", who[40] = "";

		if (r->tlp.th != 1)
			continue;
		if (r->tlp.code >= 0)
			snprintf(code, sizeof(code), " (Fmt/Type 0x%02x)", (unsigned int)r->tlp.code);
		if (w->fn >= 0)
			snprintf(who, sizeof(who), ", Requester ID 0x%04x",
				 tlp_requester(topo_fn(m->t, (size_t)w->fn)->addr));
		wrap(stdout, "trigger      ",
		     "%s%s with TH = 1%s, and the address above if it is known; capture on "
		     "the link above the target",
		     r->tlp.name, code, who);
		return;
	}
	wrap(stdout, "trigger      ", "none: no point of this config sends a hint here");
}

static void print_all(const struct plan_machine *m, const struct config *c, const struct tlp_plan *x)
{
	for (size_t i = 0; i < x->n_ways; i++) {
		print_way(m, c, &x->way[i]);
		if (!x->way[i].software)
			print_rows(c, x, i);
	}
	if (x->n_rows)
		print_trigger(m, x);
	if (x->left_out)
		wrap(stdout, "left out     ",
		     "%zu points: only op write, write_imm, write_cqe and read to the target "
		     "itself are told here",
		     x->left_out);
}

static int expect(const struct opt *o, const struct plan_machine *m, const struct loaded *l)
{
	struct tlp_plan x;
	int rc = tlp_plan_open(m, l, &x);

	int status = EXIT_OK;

	if (!rc && o->json) {
		FILE *f = document_open();

		status = document_close(f, f ? tlp_document(m, l->config, &x, f) : -ENOMEM);
	} else if (!rc) {
		print_all(m, l->config, &x);
	}
	tlp_plan_close(&x);
	if (!rc)
		return status;
	fprintf(stderr, "p2pbench: tph-expect: %s\n", strerror(-rc));
	return EXIT_INTERNAL;
}

int cmd_tph_expect(const struct opt *o)
{
	struct loaded l;
	struct plan_machine m;
	int status;

	if (!o->n_args) {
		fputs("p2pbench: tph-expect: of which config?\n          p2pbench tph-expect FILE [--from "
		      "MACHINE] [--json]\n",
		      stderr);
		return EXIT_USAGE;
	}
	status = load_plan(o, o->arg[0], &l);
	if (status)
		return status;
	status = plan_machine_open(o, &m);
	if (!status)
		status = expect(o, &m, &l);
	plan_machine_close(&m);
	load_free(&l);
	return status;
}
