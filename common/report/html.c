// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The page from top to bottom. */
#include "report/html.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/html_priv.h"

static void put_banner(struct page *p)
{
	if (!p->tier)
		return;
	if (!strcmp(p->tier, "software"))
		doc_banner(&p->d, "SOFTWARE: a device made of software, driven by the CPU. These "
				  "numbers say nothing about PCIe or a NIC.");
	else
		doc_banner(&p->d,
			   "EMULATED: the NIC or the target is emulated. These numbers say nothing about "
			   "hardware.");
}

static void put_run(struct page *p, const struct report_run *r, size_t number)
{
	bool alone = p->r->n == 1;

	p->tier = html_tier(r);
	if (!alone)
		doc_head(&p->d, 1, NULL, "Run %zu: %s", number, r->dir);
	put_banner(p);
	doc_head(&p->d, 2, alone ? "summary" : NULL, "Summary");
	html_summary(p, r);
	html_expect(p, r);
	html_findings(p, r);
	html_limits(p, r);
	doc_head(&p->d, 2, alone ? "plots" : NULL, "Plots");
	html_plots(p, r);
	doc_head(&p->d, 2, alone ? "topology" : NULL, "Topology");
	html_topology(p, r);
	doc_head(&p->d, 2, alone ? "tables" : NULL, "Tables");
	html_tables(p, r);
	doc_head(&p->d, 2, alone ? "machine" : NULL, "Environment and parameters");
	html_machine(p, r);
}

/* Verdicts and what differs, as `compare` prints them, and the forest. */
void html_compare(struct page *p)
{
	CLEANUP_FREE char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return;
	compare_table(p->r->compare, f);
	if (fclose(f))
		return;
	doc_head(&p->d, 2, "compare", "Comparison");
	plot_forest(p);
	doc_pre(&p->d, text);
}

static const char *run_name(const struct report_run *r, char buf[LABEL_LEN])
{
	return *html_text(r->json, "name", buf) ? html_text(r->json, "name", buf) : r->dir;
}

static void put_title(struct page *p)
{
	static const struct doc_link links[] = {{"summary", "Summary"},	    {"plots", "Plots"},
						{"topology", "Topology"},   {"tables", "Tables"},
						{"machine", "Environment"}, {NULL, NULL}};
	const struct report_run *r = &p->r->run[0];
	char title[2 * LABEL_LEN], name[LABEL_LEN];

	if (p->r->n == 1)
		snprintf(title, sizeof(title), "p2pbench: %s %s", run_name(r, name), r->id);
	else
		snprintf(title, sizeof(title), "p2pbench: %zu runs compared", p->r->n);
	doc_open(&p->d, title, p->tier);
	doc_head(&p->d, 1, NULL, "%s", title);
	if (p->r->n == 1)
		doc_links(&p->d, links);
}

int report_write(const struct report *r, FILE *out)
{
	struct page p = {.d = {.out = out, .md = r->md}, .r = r, .no_tool = !r->tool};

	for (size_t i = 0; !p.tier && i < r->n; i++)
		p.tier = html_tier(&r->run[i]);
	put_title(&p);
	if (r->compare) {
		put_banner(&p);
		html_compare(&p);
	}
	for (size_t i = 0; i < r->n; i++)
		put_run(&p, &r->run[i], i + 1);
	doc_close(&p.d);
	return ferror(out) ? -ENOMEM : 0;
}
