// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "topo/place.h"

#include <errno.h>
#include <hwloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

/**
 * struct work - one question being answered
 * @area: CPUs that are what was asked; @first: CPU that goes first, -1 = none
 * @node: NUMA node of @area, -1 = none in particular
 * @words: "near the NIC", for sentences
 */
struct work {
	const struct topo *t;
	const struct place_ask *ask;
	hwloc_topology_t hwloc;
	hwloc_bitmap_t allowed, area, irq, house;
	int first, node;
	char words[80];
};

/* What a CPU is like; less is better, the first field that differs decides. */
struct rank {
	int cpu;
	unsigned int not_first, away, sibling, noisy;
};

static int unknown(struct err *e, const char *what)
{
	err_set(e, -ENODATA, "%s", what);
	return err_hint(e, -ENODATA, "give the CPU or the NUMA node as a number");
}

static hwloc_obj_t node_obj(hwloc_topology_t hwloc, int node)
{
	return node < 0 ? NULL : hwloc_get_numanode_obj_by_os_index(hwloc, (unsigned int)node);
}

/* What the distances of the firmware say, else 10 for the same and 20 for another. */
static uint64_t node_distance(hwloc_topology_t hwloc, hwloc_obj_t a, hwloc_obj_t b)
{
	struct hwloc_distances_s *d = NULL;
	uint64_t there = a == b ? 10 : 20, back;
	unsigned int n = 1;

	if (hwloc_distances_get_by_name(hwloc, "NUMALatency", &n, &d, 0) || !n || !d)
		return there;
	if (hwloc_distances_obj_pair_values(d, a, b, &there, &back))
		there = a == b ? 10 : 20;
	hwloc_distances_release(hwloc, d);
	return there;
}

/* The NIC's own node; 0 where there is only one; -1 unknown. */
static int nic_node(const struct work *w)
{
	int node = w->ask->nic < 0 ? -1 : topo_fn(w->t, (size_t)topo_pf(w->t, w->ask->nic))->numa_node;

	if (node_obj(w->hwloc, node))
		return node;
	if (hwloc_get_nbobjs_by_type(w->hwloc, HWLOC_OBJ_NUMANODE) == 1)
		return (int)hwloc_get_obj_by_type(w->hwloc, HWLOC_OBJ_NUMANODE, 0)->os_index;
	return -1;
}

/* The node with memory that is farthest from @from; of several the one of the lowest number. */
static int far_node(const struct work *w, int from)
{
	hwloc_obj_t near = node_obj(w->hwloc, from), best = NULL;
	uint64_t most = 0;

	for (hwloc_obj_t o = NULL; (o = hwloc_get_next_obj_by_type(w->hwloc, HWLOC_OBJ_NUMANODE, o));) {
		uint64_t d =
			o == near || hwloc_bitmap_iszero(o->cpuset) ? 0 : node_distance(w->hwloc, near, o);

		if (d > most || (d && d == most && o->os_index < best->os_index)) {
			most = d;
			best = o;
		}
	}
	return best ? (int)best->os_index : -1;
}

static int node_of_cpu(const struct work *w, unsigned int cpu)
{
	for (hwloc_obj_t o = NULL; (o = hwloc_get_next_obj_by_type(w->hwloc, HWLOC_OBJ_NUMANODE, o));)
		if (hwloc_bitmap_isset(o->cpuset, cpu))
			return (int)o->os_index;
	return -1;
}

static int choose_near(struct work *w, struct err *e)
{
	snprintf(w->words, sizeof(w->words),
		 w->ask->nic < 0 ? "anywhere: no NIC in the PCI tree" : "near the NIC");
	if (w->ask->nic < 0)
		return 0;
	w->node = nic_node(w);
	if (w->node < 0 && topo_fn(w->t, (size_t)w->ask->nic)->cpus[0]) {
		hwloc_bitmap_list_sscanf(w->area, topo_fn(w->t, (size_t)w->ask->nic)->cpus);
		hwloc_bitmap_and(w->area, w->area, hwloc_topology_get_complete_cpuset(w->hwloc));
	}
	return w->node >= 0 || !hwloc_bitmap_iszero(w->area)
		       ? 0
		       : unknown(e, "the machine does not say which NUMA node the NIC is near to");
}

static int choose_far(struct work *w, struct err *e)
{
	int near = nic_node(w);

	snprintf(w->words, sizeof(w->words), "far from the NIC");
	if (near < 0)
		return unknown(e, "the machine does not say which NUMA node the NIC is near to");
	w->node = far_node(w, near);
	return w->node >= 0
		       ? 0
		       : err_set(e, -ENODEV,
				 "this machine has one NUMA node with CPUs: nothing is far from the NIC");
}

static int choose_number(struct work *w, struct err *e)
{
	unsigned int n = w->ask->number;

	if (w->ask->where == WHERE_NODE) {
		snprintf(w->words, sizeof(w->words), "as asked");
		w->node = n <= INT32_MAX && node_obj(w->hwloc, (int)n) ? (int)n : -1;
		return w->node >= 0 ? 0 : err_set(e, -ENODEV, "there is no NUMA node %u", n);
	}
	snprintf(w->words, sizeof(w->words), "from CPU %u on", n);
	if (n > INT32_MAX || !hwloc_bitmap_isset(hwloc_topology_get_complete_cpuset(w->hwloc), n))
		return err_set(e, -ENODEV, "there is no CPU %u", n);
	w->first = (int)n;
	w->node = node_of_cpu(w, n);
	return 0;
}

/* Node and CPUs that are what was asked. */
static int choose_area(struct work *w, struct err *e)
{
	int rc = w->ask->where == WHERE_NEAR  ? choose_near(w, e)
		 : w->ask->where == WHERE_FAR ? choose_far(w, e)
					      : choose_number(w, e);

	if (rc)
		return rc;
	if (w->node >= 0)
		hwloc_bitmap_copy(w->area, node_obj(w->hwloc, w->node)->cpuset);
	else if (hwloc_bitmap_iszero(w->area))
		hwloc_bitmap_copy(w->area, hwloc_topology_get_complete_cpuset(w->hwloc));
	return 0;
}

static int choose_allowed(struct work *w, struct err *e)
{
	hwloc_const_bitmap_t all = hwloc_topology_get_complete_cpuset(w->hwloc);

	hwloc_bitmap_copy(w->allowed, all);
	if (w->ask->allowed) {
		if (hwloc_bitmap_list_sscanf(w->allowed, w->ask->allowed))
			return err_set(e, -EINVAL, "'%s' is not a list of CPUs", w->ask->allowed);
	} else if (hwloc_topology_is_thissystem(w->hwloc)) {
		hwloc_get_cpubind(w->hwloc, w->allowed, HWLOC_CPUBIND_THREAD);
	}
	hwloc_bitmap_and(w->allowed, w->allowed, all);
	if (hwloc_bitmap_iszero(w->allowed))
		return err_set(e, -EPERM, "no CPU of this machine is allowed");
	if (w->first >= 0 && !hwloc_bitmap_isset(w->allowed, (unsigned int)w->first)) {
		err_set(e, -EPERM, "CPU %d is not among those this process may use", w->first);
		return err_hint(e, -EPERM, "the affinity mask (taskset) or a cpuset leaves it out");
	}
	return 0;
}

/* CPU 0 does what nobody else does; where CPUs are isolated, all others do. */
static void find_noise(struct work *w)
{
	const char *irq = w->ask->nic < 0 ? "" : topo_irq_cpus(w->t, w->ask->nic);
	const char *isolated = topo_isolated(w->t);

	if (*irq && hwloc_bitmap_list_sscanf(w->irq, irq))
		hwloc_bitmap_zero(w->irq);
	if (*isolated && !hwloc_bitmap_list_sscanf(w->house, isolated) && !hwloc_bitmap_iszero(w->house))
		hwloc_bitmap_not(w->house, w->house);
	else
		hwloc_bitmap_only(w->house, 0);
}

/* How many allowed threads of its core come before @cpu. */
static unsigned int sibling_rank(const struct work *w, unsigned int cpu)
{
	hwloc_obj_t pu = hwloc_get_pu_obj_by_os_index(w->hwloc, cpu);
	hwloc_obj_t core = pu ? hwloc_get_ancestor_obj_by_type(w->hwloc, HWLOC_OBJ_CORE, pu) : NULL;
	unsigned int n = 0, i;

	if (!core)
		return 0;
	hwloc_bitmap_foreach_begin(i, core->cpuset)
	{
		n += i < cpu && hwloc_bitmap_isset(w->allowed, i);
	}
	hwloc_bitmap_foreach_end();
	return n;
}

/* 0 = in the area, else farther by firmware's distance of the nodes. */
static unsigned int away_rank(const struct work *w, unsigned int cpu)
{
	hwloc_obj_t here = node_obj(w->hwloc, w->node), there;

	if (hwloc_bitmap_isset(w->area, cpu))
		return 0;
	there = node_obj(w->hwloc, node_of_cpu(w, cpu));
	return here && there ? (unsigned int)node_distance(w->hwloc, here, there) : UINT32_MAX;
}

static int compare_rank(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;
	const unsigned int l[] = {x->not_first, x->away, x->sibling, x->noisy, (unsigned int)x->cpu};
	const unsigned int r[] = {y->not_first, y->away, y->sibling, y->noisy, (unsigned int)y->cpu};

	for (size_t i = 0; i < sizeof(l) / sizeof(l[0]); i++)
		if (l[i] != r[i])
			return l[i] < r[i] ? -1 : 1;
	return 0;
}

static struct rank *rank_all(const struct work *w, size_t *n)
{
	struct rank *all = calloc((size_t)hwloc_bitmap_weight(w->allowed), sizeof(*all));
	unsigned int cpu;

	*n = 0;
	if (!all)
		return NULL;
	hwloc_bitmap_foreach_begin(cpu, w->allowed)
	{
		all[(*n)++] = (struct rank){
			.cpu = (int)cpu,
			.not_first = (int)cpu != w->first,
			.away = away_rank(w, cpu),
			.sibling = sibling_rank(w, cpu),
			.noisy = hwloc_bitmap_isset(w->irq, cpu) || hwloc_bitmap_isset(w->house, cpu),
		};
	}
	hwloc_bitmap_foreach_end();
	qsort(all, *n, sizeof(*all), compare_rank);
	return all;
}

static void count(char *buf, size_t len, unsigned int n, const char *what)
{
	size_t at = strlen(buf);

	if (n)
		snprintf(buf + at, len - at, "; %u %s", n, what);
}

static void explain(const struct work *w, struct place *out)
{
	char node[32] = "";

	if (w->node >= 0)
		snprintf(node, sizeof(node), " (node %d)", w->node);
	snprintf(out->why, sizeof(out->why), "%u CPU%s %s%s", out->n - out->shared,
		 out->n - out->shared == 1 ? "" : "s", w->words, node);
	count(out->why, sizeof(out->why), out->spilled, "beyond: there are no more there");
	count(out->why, sizeof(out->why), out->siblings, "on the second thread of a core");
	count(out->why, sizeof(out->why), out->noisy, "with interrupts of the NIC or housekeeping");
	count(out->why, sizeof(out->why), out->shared, "threads share a CPU with another");
}

static int fill(const struct work *w, struct place *out, struct err *e)
{
	size_t n;
	struct rank *all = rank_all(w, &n);

	if (!all || !n)
		return err_set(e, -ENOMEM, "no memory for %d CPUs", hwloc_bitmap_weight(w->allowed));
	for (unsigned int i = 0; i < w->ask->threads; i++) {
		const struct rank *r = &all[i % n];

		out->cpu[out->n++] = r->cpu;
		out->shared += i >= n;
		out->spilled += i < n && r->away;
		out->siblings += i < n && r->sibling;
		out->noisy += i < n && r->noisy;
	}
	free(all);
	explain(w, out);
	return 0;
}

static int open_work(struct work *w, const struct topo *t, const struct place_ask *ask, struct err *e)
{
	*w = (struct work){.t = t, .ask = ask, .hwloc = topo_hwloc(t), .first = -1, .node = -1};
	if (!w->hwloc)
		return unknown(e, "the CPUs of this machine are not known");
	w->allowed = hwloc_bitmap_alloc();
	w->area = hwloc_bitmap_alloc();
	w->irq = hwloc_bitmap_alloc();
	w->house = hwloc_bitmap_alloc();
	return w->allowed && w->area && w->irq && w->house ? choose_area(w, e)
							   : err_set(e, -ENOMEM, "no memory");
}

static void close_work(struct work *w)
{
	hwloc_bitmap_free(w->allowed);
	hwloc_bitmap_free(w->area);
	hwloc_bitmap_free(w->irq);
	hwloc_bitmap_free(w->house);
}

int place_cpus(const struct topo *t, const struct place_ask *ask, struct place *out, struct err *e)
{
	struct work w;
	int rc = open_work(&w, t, ask, e);

	*out = (struct place){0};
	if (!rc && (ask->threads < 1 || ask->threads > PLACE_CPUS_MAX))
		rc = err_set(e, -EINVAL, "%u threads: 1 to %d", ask->threads, PLACE_CPUS_MAX);
	if (!rc)
		rc = choose_allowed(&w, e);
	if (!rc) {
		find_noise(&w);
		rc = fill(&w, out, e);
	}
	close_work(&w);
	return rc;
}

int place_node(const struct topo *t, const struct place_ask *ask, char why[PLACE_WHY], struct err *e)
{
	struct work w;
	int rc = open_work(&w, t, ask, e);

	if (!rc && w.node < 0)
		rc = unknown(e, "there is no NIC in the PCI tree that a NUMA node could be near to");
	if (!rc && !node_obj(w.hwloc, w.node)->attr->numanode.local_memory)
		rc = err_set(e, -ENODEV, "NUMA node %d has no memory", w.node);
	if (!rc)
		snprintf(why, PLACE_WHY, "node %d %s", w.node, w.words);
	close_work(&w);
	return rc ? rc : w.node;
}
