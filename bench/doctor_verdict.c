// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What all findings come to: for a pair one sentence, else the steps from here to a run on hardware. */
#include <stdarg.h>
#include <string.h>

#include "base/cleanup.h"
#include "doctor_parts.h"
#include "mem/mem.h"
#include "topo_view.h"

const char *doctor_p2p_name(enum doctor_p2p p)
{
	static const char *const name[] = {"unknown", "no", "not_yet", "yes"};

	return name[p];
}

enum doctor_p2p doctor_p2p(const struct doctor *d)
{
	const struct match_cell *c = doctor_direct(d);

	if (!c)
		return P2P_UNKNOWN;
	if (c->works == MATCH_NO)
		return c->eligible != MATCH_NO && doctor_acs_helps(d, c) ? P2P_LATER : P2P_NO;
	if (doctor_lacks(d))
		return P2P_LATER;
	return c->works == MATCH_YES ? P2P_YES : P2P_UNKNOWN;
}

/* Append to a text of @len bytes. */
static void add(char *buf, size_t len, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void add(char *buf, size_t len, const char *fmt, ...)
{
	size_t at = strlen(buf);
	va_list args;

	va_start(args, fmt);
	vsnprintf(buf + at, len - at, fmt, args);
	va_end(args);
}

/* Names of the checks of status @s: "target binding, nic port". */
static size_t add_names(const struct doctor *d, enum doctor_status s, const char *group, char *buf,
			size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		if (d->check[i].status == s && (!group || !strcmp(d->check[i].group, group)))
			add(buf, len, "%s%s %s", n++ ? ", " : "", d->check[i].group, d->check[i].name);
	return n;
}

/* What the way does to a tag; what hinders the NIC or the exporter to set one is named. */
static void add_tags(const struct doctor *d, const struct match_cell *c, char *buf, size_t len)
{
	char gates[200] = "";

	if (!c->has_route && d->ask.reach->exp.tags == MATCH_YES)
		add(buf, len, ", with TPH (the software device counts tags)");
	else if (!c->has_route)
		add(buf, len, ", without TPH (%s)", d->ask.reach->exp.tags_why);
	else if (c->route.tph == ROUTE_TPH_NO)
		add(buf, len, ", without TPH (%s)", c->route.tph_why);
	else if (c->route.tph == ROUTE_TPH_UNKNOWN)
		add(buf, len, ", TPH unknown (%s)", c->route.tph_why);
	else if (add_names(d, DOCTOR_WARN, "tph", gates, sizeof(gates)))
		add(buf, len, ", TPH not yet: %s tags would arrive (see %s)", view_tph(c->route.tph), gates);
	else
		add(buf, len, ", with TPH (%s tags arrive)", view_tph(c->route.tph));
}

/* "through a switch"; of system memory and software devices what is there instead. */
static const char *over(const struct match_cell *c)
{
	switch (c->way) {
	case ROUTE_WAY_HOST:
		return "to system memory";
	case ROUTE_WAY_UNKNOWN:
		return "by a way that is not known";
	case ROUTE_WAY_SELF:
		return c->has_route ? "inside the function" : "copied by the CPU";
	default:
		return view_way_about(c->way);
	}
}

static const char *word(int64_t interconnect)
{
	return keys_axis(AX_INTERCONNECT)->words[interconnect];
}

static void pair_sentence(const struct doctor *d, char *buf, size_t len)
{
	const struct match_cell *c = doctor_direct(d);
	const char *what = d->ask.reach->exp.kind == MEM_VFIO ? "P2P" : mem_kind_name(d->ask.reach->exp.kind);
	const enum doctor_p2p p = doctor_p2p(d);

	add(buf, len, "%s -> %s: ", d->ask.nic, d->ask.target);
	if (p == P2P_NO) {
		add(buf, len, "no %s: %s; interconnect bounce (through host memory) remains", what, c->why);
		return;
	}
	if (c->works == MATCH_NO) {
		add(buf, len,
		    "not yet: ACS redirect makes the kernel refuse the pair; cleared, %s is possible through "
		    "a switch",
		    what);
	} else {
		add(buf, len, "%s %s, interconnect %s, %s",
		    p == P2P_YES ? "yes,"
		    : p == P2P_LATER && c->works == MATCH_UNKNOWN
			    ? "not yet, and whether it is possible is not known:"
		    : p == P2P_LATER ? "not yet, but possible:"
				     : "not known (most often: run as root):",
		    what, word(d->ask.reach->imp[c->importer].interconnect), over(c));
		add_tags(d, c, buf, len);
	}
	if (c->has_route && c->route.way == ROUTE_WAY_HOST_BRIDGE &&
	    route_unredirected(d->ask.t, &c->route).way == ROUTE_WAY_SWITCH)
		add(buf, len, "; with ACS redirect cleared it would turn at the switch");
	if (doctor_lacks(d)) {
		add(buf, len, "; in the way: ");
		add_names(d, DOCTOR_FAIL, NULL, buf, len);
	} else if (p == P2P_YES) {
		add(buf, len, "; nothing stands in the way of that");
	}
}

static void machine_sentence(const struct doctor *d, char *buf, size_t len)
{
	const struct doctor_check *nic = doctor_find(d, "nic", "device");

	if (doctor_lacks(d)) {
		add(buf, len, "hardware: no, in the way: ");
		add_names(d, DOCTOR_FAIL, NULL, buf, len);
	} else if (nic && nic->status == DOCTOR_OK) {
		add(buf, len, "hardware: there is a NIC; `p2pbench doctor NIC TARGET` looks at a pair");
	} else {
		add(buf, len, "hardware: not as it is (see nic device)");
	}
	add(buf, len, "; software: `p2pbench run` works as it is");
}

const char *doctor_sentence(const struct doctor *d, char buf[DOCTOR_SENTENCE])
{
	buf[0] = '\0';
	if (doctor_direct(d))
		pair_sentence(d, buf, DOCTOR_SENTENCE);
	else
		machine_sentence(d, buf, DOCTOR_SENTENCE);
	return buf;
}

static void step(struct doctor_step *out, size_t *n, const char *about, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
static void step(struct doctor_step *out, size_t *n, const char *about, const char *fmt, ...)
{
	va_list args;

	if (*n == DOCTOR_STEPS)
		return;
	snprintf(out[*n].about, DOCTOR_STEP, "%s", about);
	va_start(args, fmt);
	vsnprintf(out[*n].command, DOCTOR_STEP, fmt, args);
	va_end(args);
	++*n;
}

/* What has to be mended before any NIC can be used, in the order it has to be. */
static void mend(const struct doctor *d, struct doctor_step *out, size_t *n)
{
	static const char *const first[][2] = {{"kernel", "vfio_dmabuf"}, {"iommu", "groups"}};
	const struct doctor_check *c;

	for (size_t i = 0; i < ARRAY_LEN(first); i++) {
		c = doctor_find(d, first[i][0], first[i][1]);
		if (c && c->fix[0])
			step(out, n, "for BARs as targets", "%.190s", c->fix);
	}
	c = doctor_find(d, "nic", "device");
	if (c && c->status != DOCTOR_OK)
		step(out, n, "and the NIC's RDMA driver: modprobe mlx5_ib, irdma or bnxt_re",
		     "apt install rdma-core ibverbs-providers");
	for (size_t i = 0; i < d->n; i++)
		if (!strcmp(d->check[i].group, "modules") && d->check[i].how & FIX_COMMAND)
			step(out, n, d->check[i].why, "%.190s", d->check[i].fix);
	c = doctor_find(d, "rights", "uverbs");
	if (c && c->how & FIX_COMMAND && strncmp(c->fix, "chmod", 5) == 0)
		step(out, n, c->why, "%.190s", c->fix);
}

/* Names to put in for NIC and TARGET where this machine has some. */
static void pick(const struct doctor *d, char nic[TOPO_NAME], char target[TOPO_ADDR], bool *bound)
{
	struct view v;

	snprintf(nic, TOPO_NAME, "NIC");
	snprintf(target, TOPO_ADDR, "TARGET");
	*bound = false;
	if (view_open(d->ask.t, &v))
		return;
	for (size_t i = v.n; i-- > 0;) {
		const struct topo_fn *f = topo_fn(v.t, (size_t)v.dev[i]);
		enum view_kind k = view_kind(&v, v.dev[i]);

		if (k == VIEW_NIC && doctor_word(f->ibdev))
			snprintf(nic, TOPO_NAME, "%s", f->ibdev);
		if (k == VIEW_VFIO)
			topo_addr_text(target, f->addr);
		*bound = *bound || k == VIEW_VFIO;
	}
	view_close(&v);
}

size_t doctor_steps(const struct doctor *d, struct doctor_step out[DOCTOR_STEPS])
{
	char nic[TOPO_NAME], target[TOPO_ADDR];
	size_t n = 0;
	bool bound;

	pick(d, nic, target, &bound);
	step(out, &n, "a first sweep on the software device, 15 s: works on every machine", "p2pbench run");
	mend(d, out, &n);
	if (!bound) {
		step(out, &n, "what could be a target, and what uses it now", "p2pbench list memory");
		step(out, &n, "give it to VFIO; restore undoes it", "scripts/vfio-bind bind TARGET --apply");
	}
	step(out, &n, "can this pair do peer-to-peer, and what stands in the way", "p2pbench doctor %s %s",
	     nic, target);
	step(out, &n, "the proof: a registration by each interconnect", "p2pbench match %s %s --bar 0 --try",
	     nic, target);
	step(out, &n, "with both names put in", "p2pbench run configs/p2p-vfio.yaml");
	return n;
}
