// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* From text to facts: where a machine is read from, its functions in order, who is above whom. */
#include "topo/topo.h"

#include <errno.h>
#include <fcntl.h>
#include <hwloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "topo/topo_hwloc.h"
#include "topo/topo_priv.h"

enum { FILE_MAX = 256 << 20 };

struct topo {
	struct topo_fn *fn;
	struct raw raw;	  /* in the order of @fn */
	int *data_direct; /* of each function, -1 none: topo_data_direct() */
	bool lone, blind; /* a data-direct function without NIC; one whose product data are not readable */
	struct topo_cpu cpu;
	int nodes;
	hwloc_topology_t hwloc;
	char source[256];
};

/* Index of the first function at @a or behind it. */
static size_t lower_bound(const struct topo *t, struct topo_addr a)
{
	size_t lo = 0, hi = t->raw.n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (topo_addr_compare(t->fn[mid].addr, a) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int find_addr(const struct topo *t, const struct topo_addr *a)
{
	size_t i = lower_bound(t, *a);

	return i < t->raw.n && !topo_addr_compare(t->fn[i].addr, *a) ? (int)i : -ENOENT;
}

int topo_first_on(const struct topo *t, uint64_t root_bus)
{
	const struct topo_addr bus = {.domain = (uint32_t)(root_bus >> 8), .bus = (uint8_t)root_bus};
	size_t i = lower_bound(t, bus);
	const struct topo_fn *f = i < t->raw.n ? &t->fn[i] : NULL;

	return f && f->root_bus == root_bus && f->addr.bus == bus.bus && f->up < 0 ? (int)i : -1;
}

int topo_pf(const struct topo *t, int fn)
{
	return t->fn[fn].physfn < 0 ? fn : t->fn[fn].physfn;
}

bool topo_spares_group(const struct topo_fn *f)
{
	return !f->driver[0] || strstr(f->driver, "vfio") || !strcmp(f->driver, "pcieport") ||
	       !strcmp(f->driver, "pci-stub");
}

bool topo_is_data_direct(const struct topo *t, int fn)
{
	return raw_is_data_direct(&t->raw.fn[fn]);
}

int topo_data_direct(const struct topo *t, int fn)
{
	return t->data_direct[fn];
}

int topo_data_direct_of(const struct topo *t, int fn)
{
	for (size_t i = 0; topo_is_data_direct(t, fn) && i < t->raw.n; i++)
		if (t->data_direct[i] == fn)
			return (int)i;
	return -1;
}

bool topo_data_direct_unknown(const struct topo *t, int fn)
{
	const struct raw_fn *raw = &t->raw.fn[fn];

	return t->data_direct[fn] < 0 && (t->blind || (t->lone && !raw->vpd)) && raw_wants_vpd(raw) &&
	       !raw_is_data_direct(raw);
}

/* The component of the path before the last one, when it is a function. A loop of such links cannot be made:
 * up is what the path says of a shorter path, but hostile JSON may; then the link is dropped. */
static int find_up(const struct topo *t, const char *path)
{
	const char *last = strrchr(path, '/'), *p = last;
	struct topo_addr a;
	char name[40];

	while (p && p > path && p[-1] != '/')
		p--;
	if (!last || (size_t)(last - p) >= sizeof(name))
		return -1;
	snprintf(name, sizeof(name), "%.*s", (int)(last - p), p);
	if (topo_addr_parse(name, &a))
		return -1;
	return find_addr(t, &a);
}

static bool loops(const struct topo *t, int i)
{
	enum { DEPTH_MAX = 30 }; /* a route has room for that (ROUTE_HOPS_MAX) */
	int depth = 0;

	while (i >= 0 && depth <= DEPTH_MAX) {
		i = t->fn[i].up;
		depth++;
	}
	return i >= 0;
}

static int build(struct topo *t, struct err *e)
{
	struct topo_addr a;

	for (size_t i = 0; i < t->raw.n; i++)
		if (raw_addr(&t->raw.fn[i], &a))
			return err_set(e, -EINVAL, "%s: '%s' is not a PCI function", t->source,
				       t->raw.fn[i].attr[RAW_PATH] ? t->raw.fn[i].attr[RAW_PATH] : "");
	raw_sort(&t->raw);
	t->fn = calloc(t->raw.n + 1, sizeof(*t->fn));
	if (!t->fn)
		return err_set(e, -ENOMEM, "no memory for %zu PCI functions", t->raw.n);
	for (size_t i = 0; i < t->raw.n; i++) {
		raw_fill(&t->fn[i], &t->raw.fn[i]);
		if (i && !topo_addr_compare(t->fn[i - 1].addr, t->fn[i].addr))
			return err_set(e, -EINVAL, "%s: '%s' occurs twice", t->source,
				       t->raw.fn[i].attr[RAW_PATH]);
	}
	for (size_t i = 0; i < t->raw.n; i++) {
		int up = find_up(t, t->raw.fn[i].attr[RAW_PATH]);

		t->fn[i].up = up < 0 ? -1 : up;
		if (t->raw.fn[i].attr[RAW_PHYSFN] && !topo_addr_parse(t->raw.fn[i].attr[RAW_PHYSFN], &a))
			t->fn[i].physfn = find_addr(t, &a) < 0 ? -1 : find_addr(t, &a);
	}
	for (size_t i = 0; i < t->raw.n; i++)
		if (loops(t, (int)i))
			t->fn[i].up = -1;
	return 0;
}

/* The NICs of data-direct function @k. */
static void pair_one(struct topo *t, size_t k)
{
	bool found = false;

	for (size_t i = 0; t->raw.fn[k].vpd && i < t->raw.n; i++)
		if (t->data_direct[i] < 0 && raw_same_vuid(&t->raw.fn[i], &t->raw.fn[k]) &&
		    !raw_is_data_direct(&t->raw.fn[i])) {
			t->data_direct[i] = (int)k;
			found = true;
		}
	t->lone |= !found;
	t->blind |= !t->raw.fn[k].vpd;
}

static int pair_data_direct(struct topo *t, struct err *e)
{
	t->data_direct = malloc((t->raw.n + 1) * sizeof(*t->data_direct));
	if (!t->data_direct)
		return err_set(e, -ENOMEM, "no memory for %zu PCI functions", t->raw.n);
	for (size_t i = 0; i < t->raw.n; i++)
		t->data_direct[i] = -1;
	for (size_t k = 0; k < t->raw.n; k++)
		if (raw_is_data_direct(&t->raw.fn[k]))
			pair_one(t, k);
	return 0;
}

static int count_nodes(const struct topo *t)
{
	int n = t->hwloc ? hwloc_get_nbobjs_by_type(t->hwloc, HWLOC_OBJ_NUMANODE) : 0;

	for (size_t i = 0; i < t->raw.n; i++)
		n = t->fn[i].numa_node >= n ? t->fn[i].numa_node + 1 : n;
	return n > 1 ? n : 1;
}

/* From /proc/cpuinfo, else as hwloc saw the first package. */
static void fill_cpu(struct topo *t)
{
	hwloc_obj_t package = t->hwloc ? hwloc_get_obj_by_type(t->hwloc, HWLOC_OBJ_PACKAGE, 0) : NULL;
	const char *vendor = t->raw.cpu_vendor, *family = t->raw.cpu_family;

	if (package && !vendor) {
		vendor = hwloc_obj_get_info_by_name(package, "CPUVendor");
		family = hwloc_obj_get_info_by_name(package, "CPUFamilyNumber");
	}
	raw_copy_name(t->cpu.vendor, vendor);
	t->cpu.family = family ? (int)strtol(family, NULL, 10) : -1;
}

static int read_text(struct topo *t, const char *name, const char *text, size_t len, struct err *e)
{
	if (text[strspn(text, " \t\r\n")] == '<')
		return raw_read_xml(name, text, &t->raw, e);
	return raw_read_json(name, text, len, &t->raw, e);
}

static int read_file(struct topo *t, const char *path, struct err *e)
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	size_t len = 0;
	ssize_t n = 1;
	char *text;
	int rc;

	if (fd < 0 || fstat(fd, &st))
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	if (st.st_size > FILE_MAX)
		return err_set(e, -EINVAL, "%s: larger than %d MiB", path, FILE_MAX >> 20);
	text = malloc((size_t)st.st_size + 1);
	while (text && len < (size_t)st.st_size && n > 0) {
		n = read(fd, text + len, (size_t)st.st_size - len);
		len += n > 0 ? (size_t)n : 0;
	}
	if (!text)
		return err_set(e, -ENOMEM, "%s: no memory", path);
	text[len] = '\0';
	rc = read_text(t, path, text, len, e);
	free(text);
	return rc;
}

static int read_from(struct topo *t, const char *from, struct err *e)
{
	struct stat st;
	int rc;

	if (from && stat(from, &st))
		return err_set(e, -errno, "%s: %s", from, strerror(errno));
	if (from && !S_ISDIR(st.st_mode))
		return read_file(t, from, e);
	rc = raw_read_sysfs(from ? from : "/", &t->raw, e);
	if (!rc)
		t->raw.hwloc = hwloc_capture(from);
	return rc;
}

/* Facts out of what was read with @rc; @t is gone when that fails. */
static int finish(struct topo *t, int rc, bool live, struct topo **out, struct err *e)
{
	if (!rc)
		rc = build(t, e);
	if (!rc)
		rc = pair_data_direct(t, e);
	if (rc) {
		topo_close(t);
		return rc;
	}
	t->hwloc = t->raw.hwloc ? hwloc_open(t->raw.hwloc, live) : NULL;
	fill_cpu(t);
	t->nodes = count_nodes(t);
	*out = t;
	return 0;
}

static struct topo *create(const char *source, struct err *e)
{
	struct topo *t = calloc(1, sizeof(*t));

	if (!t)
		err_set(e, -ENOMEM, "no memory for the topology");
	else
		snprintf(t->source, sizeof(t->source), "%s", source);
	return t;
}

int topo_open(const char *from, struct topo **out, struct err *e)
{
	struct topo *t = create(from ? from : "this machine", e);

	*out = NULL;
	return t ? finish(t, read_from(t, from, e), !from, out, e) : -ENOMEM;
}

int topo_open_text(const char *name, const char *text, size_t len, struct topo **out, struct err *e)
{
	struct topo *t = create(name, e);

	*out = NULL;
	return t ? finish(t, read_text(t, name, text, len, e), false, out, e) : -ENOMEM;
}

void topo_close(struct topo *t)
{
	if (!t)
		return;
	if (t->hwloc)
		hwloc_topology_destroy(t->hwloc);
	raw_free(&t->raw);
	free(t->fn);
	free(t->data_direct);
	free(t);
}

int topo_save(const struct topo *t, bool names, FILE *out)
{
	char *text = raw_write_json(&t->raw, names);
	int rc;

	if (!text)
		return -ENOMEM;
	rc = fputs(text, out) < 0 || putc('\n', out) < 0 || fflush(out) ? -EIO : 0;
	free(text);
	return rc;
}

size_t topo_len(const struct topo *t)
{
	return t->raw.n;
}

const struct topo_fn *topo_fn(const struct topo *t, size_t i)
{
	return &t->fn[i];
}

const struct raw_fn *topo_raw_fn(const struct topo *t, int fn)
{
	return &t->raw.fn[fn];
}

const struct topo_cpu *topo_cpu(const struct topo *t)
{
	return &t->cpu;
}

int topo_find(const struct topo *t, const char *name)
{
	struct topo_addr a;

	if (!topo_addr_parse(name, &a))
		return find_addr(t, &a);
	for (size_t i = 0; i < t->raw.n; i++)
		if (!strcmp(t->fn[i].ibdev, name) || !strcmp(t->fn[i].netdev, name))
			return (int)i;
	return -ENOENT;
}

const char *topo_source(const struct topo *t)
{
	return t->source;
}

struct hwloc_topology *topo_hwloc(const struct topo *t)
{
	return t->hwloc;
}

int topo_nodes(const struct topo *t)
{
	return t->nodes;
}

const char *topo_isolated(const struct topo *t)
{
	return t->raw.isolated ? t->raw.isolated : "";
}

const char *topo_irq_cpus(const struct topo *t, int fn)
{
	const char *cpus = t->raw.fn[fn].attr[RAW_IRQ_CPUS];

	return cpus ? cpus : "";
}
