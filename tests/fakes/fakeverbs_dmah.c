// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The calls that a program looks up instead of linking: DMA handles with the checks of kernel and mlx5
 * (uverbs_std_types_dmah.c, mlx5 dmah.c), and mlx5's own.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "fakes/fakeverbs_priv.h"

static struct fake_machine_device *machine_of(struct ibv_context *ctx)
{
	return (struct fake_machine_device *)ctx->device;
}

unsigned int fake_st_get(struct ibv_context *ctx, uint32_t tag)
{
	struct fake_machine_device *m = machine_of(ctx);
	unsigned int free = 0;

	assert(m->d.st_entries <= FAKE_ST_MAX);
	for (unsigned int i = m->d.st_entries; i > 0; i--) {
		struct fake_st *st = &m->st[i - 1];

		if (st->users && st->tag == tag) {
			st->users++;
			return i;
		}
		if (!st->users)
			free = i;
	}
	if (free)
		m->st[free - 1] = (struct fake_st){tag, 1};
	return free;
}

void fake_st_put(struct ibv_context *ctx, unsigned int st)
{
	assert(machine_of(ctx)->st[st - 1].users > 0);
	machine_of(ctx)->st[st - 1].users--;
}

static bool may_run_on(uint32_t cpu)
{
	cpu_set_t set;

	return !sched_getaffinity(0, sizeof(set), &set) && cpu < CPU_SETSIZE && CPU_ISSET(cpu, &set);
}

/* Return: 0 or errno, and the place in the tag table of a handle with a CPU. */
static int check(struct ibv_context *ctx, const struct uapi_dmah_attr *a, unsigned int *st)
{
	const uint32_t half = a->comp_mask & (UAPI_DMAH_CPU_ID | UAPI_DMAH_MEM_TYPE);
	const uint32_t known = UAPI_DMAH_CPU_ID | UAPI_DMAH_MEM_TYPE | UAPI_DMAH_PH;

	if (!fake_device_of(ctx)->st_entries || (a->comp_mask & ~known))
		return EOPNOTSUPP;
	if (!(a->comp_mask & UAPI_DMAH_PH) || a->ph > 3 ||
	    (half && half != (UAPI_DMAH_CPU_ID | UAPI_DMAH_MEM_TYPE)))
		return EINVAL;
	if (!half)
		return 0;
	if (a->cpu_id >= CPU_SETSIZE)
		return EINVAL;
	if (!may_run_on(a->cpu_id))
		return EPERM;
	*st = fake_st_get(ctx, 0x20000u | a->cpu_id << 1 | a->tph_mem_type);
	return *st ? 0 : EBUSY;
}

struct ibv_dmah *fake_alloc_dmah(struct ibv_context *ctx, struct uapi_dmah_attr *attr)
{
	struct fake_dmah *h;
	unsigned int st = 0;

	if (fake_called(FAKE_ALLOC_DMAH))
		return NULL;
	errno = check(ctx, attr, &st);
	if (errno)
		return NULL;
	h = fake_new(sizeof(*h));
	*h = (struct fake_dmah){.ctx = ctx, .attr = *attr, .st = st};
	return (struct ibv_dmah *)h;
}

int fake_dealloc_dmah(struct ibv_dmah *dmah)
{
	struct fake_dmah *h = (struct fake_dmah *)dmah;
	int rc = fake_called(FAKE_DEALLOC_DMAH);

	if (h->users)
		return EBUSY;
	if (h->st)
		fake_st_put(h->ctx, h->st);
	fake_delete(h);
	return rc;
}

static int direct_path(struct ibv_context *ctx, char *buf, size_t bytes)
{
	const char *path = fake_device_of(ctx)->direct_path;
	int rc = fake_called(FAKE_DIRECT_PATH);

	if (rc)
		return rc;
	if (!path)
		return ENODEV;
	return snprintf(buf, bytes, "%s", path) < (int)bytes ? 0 : ENOSPC;
}

/* Takes the place of nic_symbol() in what is linked with this file (-Wl,--wrap). */
void *__wrap_nic_symbol(const char *library, const char *name, const char *version);
void *__wrap_nic_symbol(const char *library, const char *name, const char *version)
{
	static const struct {
		const char *library, *name, *version;
		int since;
		void *f;
	} rows[] = {
		{"", "ibv_alloc_dmah", "IBVERBS_1.15", 59, (void *)fake_alloc_dmah},
		{"", "ibv_dealloc_dmah", "IBVERBS_1.15", 59, (void *)fake_dealloc_dmah},
		{"", "ibv_reg_mr_ex", "IBVERBS_1.15", 59, (void *)fake_reg_mr_ex},
		{"libmlx5.so.1", "mlx5dv_reg_dmabuf_mr", "MLX5_1.25", 54, (void *)fake_reg_direct},
		{"libmlx5.so.1", "mlx5dv_get_data_direct_sysfs_path", "MLX5_1.25", 54, (void *)direct_path},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].library, library ? library : "") && !strcmp(rows[i].name, name) &&
		    !strcmp(rows[i].version, version) && fake_machine.rdma_core >= rows[i].since)
			return rows[i].f;
	return NULL;
}
