// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * DMA handles: the steering tag of a CPU, or processing hints alone, as an object that a registration
 * carries (kernel 6.17, rdma-core 59, mlx5 only). The NIC's tag table is small, so MRs of equal hints share
 * one handle, which goes with the last of them.
 */
#include "nic/nic_verbs.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "nic/nic_symbol.h"

_Static_assert((int)UAPI_TPH_MEM_VM == (int)TPH_MEM_VM && (int)UAPI_TPH_MEM_PM == (int)TPH_MEM_PM,
	       "words of tph_mem");

/* CONFIG_NR_CPUS of the largest kernels; sched_getaffinity() refuses a mask shorter than the machine's. */
enum { AFFINITY_MAX = 8192, AFFINITY_SETS = AFFINITY_MAX / CPU_SETSIZE };

/* Two MRs with equal @attr have the same @dmah. */
struct nic_dmah_use {
	struct nic_dmah_use *next;
	const struct ibv_mr *mr; /* NULL until verbs_dmah_reg() */
	struct ibv_dmah *dmah;
	struct uapi_dmah_attr attr;
};

static void find(const char *name, void *out)
{
	void *f = nic_symbol(NULL, name, UAPI_IBVERBS_EX);

	memcpy(out, &f, sizeof(f));
}

void verbs_dmah_find(struct nic *n)
{
	find("ibv_alloc_dmah", &n->ex.alloc_dmah);
	find("ibv_dealloc_dmah", &n->ex.dealloc_dmah);
	find("ibv_reg_mr_ex", &n->ex.reg_mr_ex);
	n->attr.dmah = n->ex.alloc_dmah && n->ex.dealloc_dmah && n->ex.reg_mr_ex;
	if (!n->attr.dmah)
		snprintf(n->attr.dmah_why, sizeof(n->attr.dmah_why),
			 "libibverbs here has no ibv_alloc_dmah (rdma-core 59 or newer has it)");
}

/* tph_cpu and tph_mem go together; the kernel says so by EINVAL, which has other causes too. */
static int attr_of(const struct nic *n, const struct mem_hint *h, struct uapi_dmah_attr *out, struct err *e)
{
	const bool cpu = h->tph_cpu != AXIS_EMPTY, mem = h->tph_mem != AXIS_EMPTY;

	if (h->ph < 0 || h->ph > 3 || cpu != mem)
		return err_set(
			e, -EINVAL,
			"%s: tph dmah asked without what it needs: ph 0..3, alone or with both tph_cpu "
			"and tph_mem",
			n->attr.name);
	*out = (struct uapi_dmah_attr){.comp_mask = UAPI_DMAH_PH, .ph = (uint8_t)h->ph};
	if (cpu) {
		out->comp_mask |= UAPI_DMAH_CPU_ID | UAPI_DMAH_MEM_TYPE;
		out->cpu_id = (uint32_t)h->tph_cpu;
		out->tph_mem_type = (uint8_t)h->tph_mem;
	}
	return 0;
}

static bool same(const struct uapi_dmah_attr *a, const struct uapi_dmah_attr *b)
{
	return a->comp_mask == b->comp_mask && a->ph == b->ph && a->cpu_id == b->cpu_id &&
	       a->tph_mem_type == b->tph_mem_type;
}

/* Kernel side of each answer: uverbs_std_types_dmah.c, mlx5 dmah.c, drivers/pci/tph.c. */
static const struct verbs_hint alloc_hints[] = {
	{EOPNOTSUPP,
	 "the device has no TPH, or it is off: only mlx5 has DMA handles; it needs the PCI capability TPH "
	 "requester, a root port above it that takes TPH, and no pci=notph on the kernel command line"},
	{EPROTONOSUPPORT, "this kernel is older than DMA handles (6.17)"},
	{ENOTTY, "this kernel is older than DMA handles (6.17)"},
	{EPERM,
	 "a steering tag is only given for CPUs this thread may run on, and tph_cpu is not one of them, also "
	 "after asking for it: a cpuset (container, cgroup, slice) keeps it out. Use a CPU of "
	 "Cpus_allowed_list in /proc/self/status, or start the program outside of that cpuset"},
	{EINVAL, "tph_cpu is no CPU of this machine, or its firmware gives no steering tags (_DSM on the "
		 "root complex "
		 "of the NIC); ph without tph_cpu needs none"},
	{ENODEV, "without ACPI there are no steering tags of CPUs; ph without tph_cpu needs none"},
	{EBUSY,
	 "the NIC's steering tag table is full: fewer distinct tph_cpu and tph_mem at a time, or another "
	 "process holds them"},
	{ENOMEM, "the device or the kernel is out of memory: look at dmesg"},
	{EIO, "the kernel is older than DMA handles (6.17), or the device failed: look at dmesg"},
	{0, NULL},
};

/* To who asked, "this kernel cannot" is one answer; the text has the kernel's own. */
static int answer(int rc)
{
	return rc == -EPROTONOSUPPORT || rc == -ENOTTY || rc == -ENODEV ? -EOPNOTSUPP : rc;
}

static int refused(const struct nic *n, const struct uapi_dmah_attr *a, int rc, struct err *e)
{
	char cpu[48] = "";

	if (a->comp_mask & UAPI_DMAH_CPU_ID)
		snprintf(cpu, sizeof(cpu), ", tph_cpu %u, tph_mem %s", a->cpu_id,
			 a->tph_mem_type == UAPI_TPH_MEM_PM ? "pm" : "vm");
	err_set(e, answer(rc), "%s: DMA handle for ph %u%s asked (ibv_alloc_dmah): %s", n->attr.name, a->ph,
		cpu, err_name(rc));
	verbs_hint_add(e, rc, alloc_hints);
	return answer(rc);
}

/* The kernel gives tags only for CPUs the calling thread may run on: for this call it may run on @cpu too. */
static struct ibv_dmah *alloc(struct nic *n, struct uapi_dmah_attr *attr)
{
	cpu_set_t old[AFFINITY_SETS] = {0}, wide[AFFINITY_SETS];
	const size_t size = sizeof(old);
	struct ibv_dmah *dmah;
	bool widened = false;
	int error;

	if ((attr->comp_mask & UAPI_DMAH_CPU_ID) && attr->cpu_id < AFFINITY_MAX &&
	    !sched_getaffinity(0, size, old) && !CPU_ISSET_S(attr->cpu_id, size, old)) {
		memcpy(wide, old, sizeof(wide));
		CPU_SET_S(attr->cpu_id, size, wide);
		widened = !sched_setaffinity(0, size, wide);
	}
	errno = 0;
	dmah = n->ex.alloc_dmah(n->ctx, attr);
	error = errno;
	if (widened)
		sched_setaffinity(0, size, old); /* cannot fail: what was allowed a moment ago is */
	errno = error;
	return dmah;
}

/* A handle for @attr: that of another MR, or a new one. */
static int handle(struct nic *n, struct uapi_dmah_attr *attr, struct ibv_dmah **out, struct err *e)
{
	const struct nic_dmah_use *other = n->dmah_uses;

	while (other && !same(&other->attr, attr))
		other = other->next;
	*out = other ? other->dmah : alloc(n, attr);
	return *out ? 0 : refused(n, attr, verbs_ptr_error(), e);
}

int verbs_dmah_get(struct nic *n, const struct mem_hint *hint, struct nic_dmah_use **out, struct err *e)
{
	struct nic_dmah_use *use;
	int rc;

	*out = NULL;
	if (!n->attr.dmah) {
		err_set(e, -EOPNOTSUPP, "%s: tph dmah asked: %s", n->attr.name, n->attr.dmah_why);
		return err_hint(e, -EOPNOTSUPP, "use tph none or exporter here, or a newer rdma-core");
	}
	use = calloc(1, sizeof(*use));
	if (!use)
		return err_set(e, -ENOMEM, "%s: no memory for a DMA handle", n->attr.name);
	rc = attr_of(n, hint, &use->attr, e);
	if (!rc)
		rc = handle(n, &use->attr, &use->dmah, e);
	if (rc) {
		free(use);
		return rc;
	}
	use->next = n->dmah_uses;
	n->dmah_uses = use;
	*out = use;
	return 0;
}

struct ibv_mr *verbs_dmah_reg(struct nic *n, struct nic_dmah_use *use, struct uapi_mr_attr *attr)
{
	struct ibv_mr *mr;

	attr->comp_mask |= UAPI_REG_MR_DMAH;
	attr->dmah = use->dmah;
	errno = 0;
	mr = n->ex.reg_mr_ex(n->pd, attr);
	use->mr = mr;
	return mr;
}

/* What freeing answers is passed over: the kernel frees a handle that stays with the device's context. */
void verbs_dmah_put(struct nic *n, struct nic_dmah_use *use)
{
	struct nic_dmah_use **at = &n->dmah_uses;
	const struct nic_dmah_use *other;

	while (*at != use)
		at = &(*at)->next;
	*at = use->next;
	other = n->dmah_uses;
	while (other && other->dmah != use->dmah)
		other = other->next;
	if (!other)
		n->ex.dealloc_dmah(use->dmah);
	free(use);
}

struct nic_dmah_use *verbs_dmah_of(struct nic *n, const struct ibv_mr *mr)
{
	struct nic_dmah_use *use = n->dmah_uses;

	while (use && use->mr != mr)
		use = use->next;
	return use;
}
