// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Functions of rdma-core: newer ones are looked up when they are used, and so here. */
#include <string.h>

#include "base/cleanup.h"
#include "doctor_parts.h"
#include "nic/nic_symbol.h"
#include "uapi/verbs_ex.h"

#define GROUP "rdma-core"

#define DMABUF_VERSION "IBVERBS_1.12"
#define LIBMLX5	       "libmlx5.so.1"

static const struct {
	const char *name, *library, *symbol, *version, *why;
	unsigned int since; /* release of rdma-core */
	enum doctor_need need;
	bool mlx5, optional;
} wanted[] = {
	{"dmabuf", NULL, "ibv_reg_dmabuf_mr", DMABUF_VERSION, "registers a dma-buf: BARs, udmabuf, dma_heap",
	 34, NEED_DMABUF, false, false},
	{"dmah", NULL, "ibv_alloc_dmah", UAPI_IBVERBS_EX, "DMA handles: tph: dmah", 59, NEED_TPH, true, true},
	{"reg_mr_ex", NULL, "ibv_reg_mr_ex", UAPI_IBVERBS_EX, "registers with a DMA handle: tph: dmah", 59,
	 NEED_TPH, true, true},
	{"data_direct", LIBMLX5, "mlx5dv_get_data_direct_sysfs_path", UAPI_MLX5_DIRECT,
	 "registration by mlx5's second function: interconnect data_direct", 54, NEED_NIC, true, true},
};

void doctor_library(struct doctor *d)
{
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		struct doctor_check *c;

		if (!doctor_wants(d, wanted[i].need) ||
		    (wanted[i].mlx5 && d->ask.ends && !strstr(d->ask.ends->driver, "mlx5")))
			continue;
		if (!d->ask.live) {
			doctor_skip(d, GROUP, wanted[i].name, "");
			continue;
		}
		if (nic_symbol(wanted[i].library, wanted[i].symbol, wanted[i].version)) {
			doctor_add(d, GROUP, wanted[i].name, DOCTOR_OK, "%s", wanted[i].symbol);
			continue;
		}
		c = doctor_add(d, GROUP, wanted[i].name,
			       wanted[i].optional ? DOCTOR_WARN : doctor_lack(d, wanted[i].need),
			       "no %s (%s)", wanted[i].symbol, wanted[i].version);
		doctor_why(c, "%s", wanted[i].why);
		doctor_fix(c, FIX_ROOT,
			   "rdma-core %u or newer: a newer distribution, its backports, or build "
			   "it and set LD_LIBRARY_PATH",
			   wanted[i].since);
	}
}
