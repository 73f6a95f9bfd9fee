// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The ways from NICs to memories as run.json has them: boxes from end to end, the links between. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/html_priv.h"

enum { BOX_W = 150, BOX_H = 46, GAP = 96, EDGE = 8, TOP = 30, HOPS = 16, WAYS = 16 };

/**
 * struct stop - a box and the link into it
 * @link: "" = none
 */
struct stop {
	char name[64], about[64], link[64];
	bool degraded;
};

static void copy(char to[64], const char *from)
{
	snprintf(to, 64, "%.63s", from);
}

/* "Gen5 x16 MPS 256" of a link as run.json has it. */
static void link_text(const json_t *link, char to[64])
{
	char gen[LABEL_LEN], width[LABEL_LEN], mps[LABEL_LEN];

	to[0] = '\0';
	if (json_is_object(link))
		snprintf(to, 64, "Gen%.4s x%.4s MPS %.6s", html_text(link, "gen", gen),
			 html_text(link, "width", width), html_text(link, "mps", mps));
}

/* From NIC to memory; without hops only the two ends. */
static size_t find_stops(const json_t *nic, const json_t *way, struct stop stop[HOPS + 2])
{
	const json_t *hops = json_object_get(way, "hops"), *hop;
	char buf[LABEL_LEN];
	size_t i, n = 0;

	stop[n] = (struct stop){.degraded = false};
	copy(stop[n].name, html_text(nic, "name", buf));
	copy(stop[n].about, html_text(nic, "function", buf));
	link_text(json_object_get(nic, "link"), stop[n].link);
	n++;
	json_array_foreach(hops, i, hop)
	{
		if (n == HOPS || i == 0 || i + 1 == json_array_size(hops))
			continue; /* the ends are drawn with their names */
		stop[n] = (struct stop){.degraded = json_is_true(json_object_get(hop, "degraded"))};
		copy(stop[n].name, html_text(hop, "function", buf));
		copy(stop[n].about, html_text(hop, "what", buf));
		link_text(json_object_get(hop, "link"), stop[n].link);
		n++;
	}
	stop[0].degraded = json_is_true(json_object_get(json_array_get(hops, 0), "degraded"));
	stop[n] = (struct stop){.degraded = json_is_true(json_object_get(
					json_array_get(hops, json_array_size(hops) - 1), "degraded"))};
	copy(stop[n].name, html_text(way, "memory", buf));
	copy(stop[n].about, html_text(way, "function", buf));
	link_text(json_object_get(way, "link"), stop[n].link);
	return n + 1;
}

static void put_text(struct doc *d, int x, int y, const char *anchor, const char *text)
{
	fprintf(d->out, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" font-size=\"12\" fill=\"black\">", x, y,
		anchor);
	doc_text(d, text);
	fputs("</text>", d->out);
}

static void draw_stop(struct doc *d, const struct stop *s, size_t i)
{
	int x = EDGE + (int)i * (BOX_W + GAP);

	fprintf(d->out, "<rect class=\"box%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\"/>",
		s->degraded ? " bad" : "", x, TOP, BOX_W, BOX_H);
	put_text(d, x + BOX_W / 2, TOP + 19, "middle", s->name);
	put_text(d, x + BOX_W / 2, TOP + 36, "middle", s->about);
	if (*s->link)
		put_text(d, x + BOX_W / 2, TOP + BOX_H + 16, "middle", s->link);
}

/* The picture of one way. */
static void draw_way(struct page *p, const json_t *nic, const json_t *way)
{
	struct stop stop[HOPS + 2];
	size_t n = find_stops(nic, way, stop);
	int width = 2 * EDGE + (int)n * BOX_W + (int)(n - 1) * GAP, height = TOP + BOX_H + 26;
	CLEANUP_FREE char *svg = NULL;
	char route[LABEL_LEN], class[LABEL_LEN], why[LABEL_LEN], caption[3 * LABEL_LEN];
	struct doc d = {.out = NULL};
	size_t len = 0;

	d.out = open_memstream(&svg, &len);
	if (!d.out)
		return;
	fprintf(d.out,
		"<svg viewBox=\"0 0 %d %d\" style=\"max-width:%dpx\" xmlns=\"http://www.w3.org/2000/svg\">",
		width, height, width);
	for (size_t i = 0; i + 1 < n; i++) {
		int x = EDGE + (int)i * (BOX_W + GAP) + BOX_W;

		fprintf(d.out, "<path stroke=\"black\" stroke-width=\"2\" fill=\"none\" d=\"M%d,%d h%d\"/>",
			x, TOP + BOX_H / 2, GAP);
	}
	for (size_t i = 0; i < n; i++)
		draw_stop(&d, &stop[i], i);
	fputs("</svg>", d.out);
	fclose(d.out);
	html_text(way, "route", route);
	snprintf(caption, sizeof(caption), "%s to %s: route %s%s%s. %s", stop[0].name, stop[n - 1].name,
		 html_text(way, "route", route), *html_text(way, "class", class) ? ", class " : "",
		 html_text(way, "class", class), html_text(way, "why", why));
	doc_svg(&p->d, svg, len, NULL, caption);
}

static void put_table(struct page *p, const json_t *nics)
{
	static const char *const titles[] = {"NIC", "memory", "function", "route", "class", "link", "why"};
	const json_t *nic, *way;
	size_t i, k;

	doc_table_open(&p->d, titles, NULL, ARRAY_LEN(titles));
	json_array_foreach(nics, i, nic)
	{
		json_array_foreach(json_object_get(nic, "ways"), k, way)
		{
			static const char *const members[] = {"memory", "function", "route", "class"};
			char buf[LABEL_LEN], link[64];

			doc_cell(&p->d, html_text(nic, "name", buf), false);
			for (size_t m = 0; m < ARRAY_LEN(members); m++)
				doc_cell(&p->d, html_text(way, members[m], buf), false);
			link_text(json_object_get(way, "link"), link);
			doc_cell(&p->d, link, false);
			doc_cell(&p->d, html_text(way, "why", buf), false);
			doc_row_end(&p->d);
		}
	}
	doc_table_close(&p->d);
}

void html_topology(struct page *p, const struct report_run *r)
{
	const json_t *topology = json_object_get(r->json, "topology");
	const json_t *nics = json_object_get(topology, "nics"), *nic, *way;
	size_t i, k, n = 0;
	char why[LABEL_LEN];

	json_array_foreach(nics, i, nic) n += json_array_size(json_object_get(nic, "ways"));
	if (!n) {
		doc_para(&p->d, "No drawing: %s.",
			 !r->json				    ? r->json_why
			 : *html_text(topology, "why_unknown", why) ? html_text(topology, "why_unknown", why)
			 : p->tier && !strcmp(p->tier, "software")
				 ? "a software device has no place in the PCI tree"
				 : "the run recorded no way from a NIC to a memory");
		return;
	}
	n = 0;
	if (!p->d.md)
		doc_para(
			&p->d,
			"Under a box: the link above that device; a thick frame: it runs below what both its "
			"ends can.");
	json_array_foreach(nics, i, nic)
	{
		json_array_foreach(json_object_get(nic, "ways"), k, way)
		{
			if (n++ < WAYS)
				draw_way(p, nic, way);
		}
	}
	put_table(p, nics);
}
