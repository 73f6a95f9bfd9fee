// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The ways from NICs to memories as run.json has them: drawn as `topo --svg` draws them, and as a table. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/html_priv.h"
#include "report/tree_svg.h"

enum { WAYS = 16, BOXES = 256 };

/* "Gen5 x16 MPS 256" of a link as run.json has it. */
static void link_text(const json_t *link, char to[64])
{
	char gen[LABEL_LEN], width[LABEL_LEN], mps[LABEL_LEN];

	to[0] = '\0';
	if (json_is_object(link))
		snprintf(to, 64, "Gen%.4s x%.4s MPS %.6s", html_text(link, "gen", gen),
			 html_text(link, "width", width), html_text(link, "mps", mps));
}

static void read_text(const json_t *box, const char *member, char to[TREE_TEXT])
{
	char buf[LABEL_LEN];

	snprintf(to, TREE_TEXT, "%.95s", html_text(box, member, buf));
}

static enum tree_kind read_kind(const json_t *box)
{
	const char *name = json_string_value(json_object_get(box, "kind"));

	for (int k = 0; name && k < TREE_KINDS; k++)
		if (!strcmp(name, tree_kind_name((enum tree_kind)k)))
			return (enum tree_kind)k;
	return TREE_PORT;
}

/* The boxes of a way as run.json has them. Return: how many, 0 = it has none that can be drawn. */
static size_t read_boxes(const json_t *way, struct tree_box box[BOXES])
{
	const json_t *drawing = json_object_get(way, "drawing"), *from;
	size_t i;

	if (json_array_size(drawing) > BOXES)
		return 0;
	json_array_foreach(drawing, i, from)
	{
		const json_t *up = json_object_get(from, "up");

		if (json_is_integer(up) &&
		    (json_integer_value(up) < 0 || json_integer_value(up) >= (json_int_t)i))
			return 0;
		box[i] = (struct tree_box){
			.up = json_is_integer(up) ? (int)json_integer_value(up) : -1,
			.kind = read_kind(from),
			.used = json_is_true(json_object_get(from, "used")),
			.line_used = json_is_true(json_object_get(from, "line_used")),
			.narrow = json_is_true(json_object_get(from, "narrow")),
			.degraded = json_is_true(json_object_get(from, "degraded")),
		};
		read_text(from, "name", box[i].name);
		read_text(from, "about", box[i].about);
		read_text(from, "link", box[i].link);
	}
	return json_array_size(drawing);
}

/* @box: room to work in. */
static void draw_boxes(struct page *p, const json_t *nic, const json_t *way, struct tree_box box[BOXES])
{
	size_t n = read_boxes(way, box), len = 0;
	char a[LABEL_LEN], b[LABEL_LEN], class[LABEL_LEN], why[LABEL_LEN], caption[3 * LABEL_LEN];
	CLEANUP_FREE char *svg = NULL;
	FILE *out = n ? open_memstream(&svg, &len) : NULL;
	int rc;

	if (!out)
		return;
	snprintf(caption, sizeof(caption), "%s to %s", html_text(nic, "name", a),
		 html_text(way, "memory", b));
	rc = tree_svg(box, n, caption, true, out);
	if (fclose(out) || rc)
		return;
	html_text(way, "route", a);
	html_text(way, "class", class);
	snprintf(caption, sizeof(caption), "Route %s%s%s. %s", *a ? a : "unknown", *class ? ", class " : "",
		 class, html_text(way, "why", why));
	while (len && svg[len - 1] == '\n')
		len--;
	doc_svg(&p->d, svg, len, NULL, caption);
}

/* The picture of one way. */
static void draw_way(struct page *p, const json_t *nic, const json_t *way)
{
	struct tree_box *box = calloc(BOXES, sizeof(*box));

	if (box)
		draw_boxes(p, nic, way, box);
	free(box);
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
