// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Devices whose BARs can be targets: those bound to VFIO, and those that could be. */
#include "list_memory.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "interconnect/offers.h"
#include "topo_view.h"
#include "wrap.h"

enum { CLASS_MEMORY = 0x05, CONFIG_HEADER = 64 };

/* Is it a device somebody would want to bind? */
static bool candidate(const struct view *v, int fn)
{
	const struct topo_fn *f = topo_fn(v->t, (size_t)fn);

	switch (view_kind(v, fn)) {
	case VIEW_ACCEL:
	case VIEW_NVME:
		return true;
	case VIEW_OTHER:
		return f->class_code >> 16 == CLASS_MEMORY && !f->cfg.bridge;
	default:
		return false;
	}
}

/* Bits of the tags it takes; -1 unknown. */
static int completer_bits(const struct topo *t, int fn)
{
	static const int bits[] = {0, 8, 0, 16};
	const struct config_space *c = &topo_fn(t, (size_t)topo_pf(t, fn))->cfg;

	return c->bytes <= CONFIG_HEADER ? -1 : bits[c->exp.tph_completer & 3];
}

static void print_bars(const struct topo_fn *f, FILE *out)
{
	int n = 0;

	for (int i = 0; i < TOPO_BARS; i++) {
		char why[MATCH_WHY], head[64], size[UNITS_TEXT];
		enum match_answer a = offers_bar(f, i, why);

		if (!f->bar[i].bytes && !f->bar[i].io)
			continue;
		n++;
		snprintf(head, sizeof(head), "  BAR %d %6s  %-8s", i,
			 f->bar[i].io ? "I/O" : units_size_text(size, (int64_t)f->bar[i].bytes),
			 a == MATCH_YES ? "yes" : "no");
		wrap(out, head, "%s", why);
	}
	if (!n)
		fputs("  no BAR is known of it\n", out);
}

static void print_bound(const struct view *v, int fn, FILE *out)
{
	const struct topo_fn *f = topo_fn(v->t, (size_t)fn);
	int bits = completer_bits(v->t, fn);
	char addr[TOPO_ADDR], why[MATCH_WHY], head[40], group[32] = "",
							tags[32] = "tags unknown (run as root)";
	enum match_answer a = offers_vfio(v->t, fn, ACCESS_AUTO, why);

	if (f->iommu_group >= 0)
		snprintf(group, sizeof(group), ", IOMMU group %d", f->iommu_group);
	if (bits >= 0)
		snprintf(tags, sizeof(tags), "takes %s",
			 bits == 16  ? "8-bit and 16-bit tags"
			 : bits == 8 ? "8-bit tags"
				     : "no tags");
	snprintf(head, sizeof(head), "pci/%s: ", topo_addr_text(addr, f->addr));
	wrap(out, head, "%s%s%s%s, %s", f->driver, group, f->vfio_dev[0] ? ", /dev/vfio/devices/" : "",
	     f->vfio_dev, tags);
	if (a != MATCH_YES)
		wrap(out, a == MATCH_NO ? "  does not open: " : "  unknown: ", "%s", why);
	print_bars(f, out);
}

static void print_candidate(const struct view *v, int fn, FILE *out)
{
	char addr[TOPO_ADDR], head[64], why[MATCH_WHY];

	offers_vfio(v->t, fn, ACCESS_AUTO, why);
	snprintf(head, sizeof(head), "  pci/%s  ", topo_addr_text(addr, topo_fn(v->t, (size_t)fn)->addr));
	wrap(out, head, "%s%s%s", view_kind_name(view_kind(v, fn)),
	     view_kind(v, fn) == VIEW_OTHER ? "memory, " : ", ", why);
}

/* Print what @wanted says of a function. Return: how many. */
static size_t print_all(const struct view *v, bool (*wanted)(const struct view *v, int fn),
			void (*print)(const struct view *v, int fn, FILE *out), const char *title, FILE *out)
{
	size_t n = 0;

	for (size_t i = 0; i < topo_len(v->t); i++) {
		if (!wanted(v, (int)i))
			continue;
		if (!n++)
			fprintf(out, "\n%s\n", title);
		print(v, (int)i, out);
	}
	return n;
}

static bool bound(const struct view *v, int fn)
{
	return view_kind(v, fn) == VIEW_VFIO;
}

void list_vfio(const struct topo *t, FILE *out)
{
	struct view v;

	if (view_open(t, &v))
		return;
	if (!print_all(&v, bound, print_bound,
		       "vfio      BARs of devices bound to VFIO: can slices be exported?", out))
		wrap(out, "vfio      ", "no device of %s is bound to VFIO", topo_source(t));
	print_all(&v, candidate, print_candidate, "not bound to VFIO", out);
	view_close(&v);
}

static json_t *bars_json(const struct topo_fn *f)
{
	json_t *list = json_array();

	for (int i = 0; i < TOPO_BARS; i++) {
		char why[MATCH_WHY];
		enum match_answer a = offers_bar(f, i, why);

		if (f->bar[i].bytes || f->bar[i].io)
			json_array_append_new(list, json_pack("{s:i, s:I, s:b, s:s, s:s}", "bar", i, "bytes",
							      (json_int_t)f->bar[i].bytes, "prefetchable",
							      (int)f->bar[i].prefetch, "exports",
							      match_answer_name(a), "why", why));
	}
	return list;
}

static json_t *device_json(const struct view *v, int fn)
{
	const struct topo_fn *f = topo_fn(v->t, (size_t)fn);
	int bits = completer_bits(v->t, fn);
	char addr[TOPO_ADDR], why[MATCH_WHY];
	enum match_answer a = offers_vfio(v->t, fn, ACCESS_AUTO, why);

	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:s, s:s, s:o}", "address", topo_addr_text(addr, f->addr),
			 "driver", f->driver[0] ? json_string(f->driver) : json_null(), "iommu_group",
			 f->iommu_group < 0 ? json_null() : json_integer(f->iommu_group), "vfio_dev",
			 f->vfio_dev[0] ? json_string(f->vfio_dev) : json_null(), "tph_completer_bits",
			 bits < 0 ? json_null() : json_integer(bits), "opens", match_answer_name(a), "why",
			 why, "bars", bars_json(f));
}

json_t *list_vfio_json(const struct topo *t)
{
	json_t *list = json_array();
	struct view v;

	if (view_open(t, &v))
		return list;
	for (size_t i = 0; i < topo_len(t); i++)
		if (bound(&v, (int)i) || candidate(&v, (int)i))
			json_array_append_new(list, device_json(&v, (int)i));
	view_close(&v);
	return list;
}
