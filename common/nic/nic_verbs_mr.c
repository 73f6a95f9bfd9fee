// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Memory registration by address, and what its refusals mean. Dma-bufs are in nic_verbs_dmabuf.c. */
#include "nic/nic_verbs.h"

#include <stdio.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/units.h"

const char *verbs_access_text(char buf[VERBS_ACCESS_TEXT], int access)
{
	static const struct {
		int flag;
		const char *name;
	} flags[] = {
		{IBV_ACCESS_LOCAL_WRITE, "LOCAL_WRITE"},
		{IBV_ACCESS_REMOTE_WRITE, "REMOTE_WRITE"},
		{IBV_ACCESS_REMOTE_READ, "REMOTE_READ"},
		{IBV_ACCESS_REMOTE_ATOMIC, "REMOTE_ATOMIC"},
		{IBV_ACCESS_RELAXED_ORDERING, "RELAXED_ORDERING"},
	};
	size_t len = 0;

	snprintf(buf, VERBS_ACCESS_TEXT, "none");
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		if (!(access & flags[i].flag))
			continue;
		len += (size_t)snprintf(buf + len, VERBS_ACCESS_TEXT - len, "%s%s", len ? "|" : "",
					flags[i].name);
		access &= ~flags[i].flag;
	}
	if (access)
		snprintf(buf + len, VERBS_ACCESS_TEXT - len, "%s0x%x", len ? "|" : "", (unsigned int)access);
	return buf;
}

/* ib_umem_get() (umem.c): EPERM when the limit is 0, ENOMEM when it is too small. */
static void hint_memlock(struct err *e, uint64_t bytes)
{
	struct rlimit lim = {RLIM_INFINITY, RLIM_INFINITY};
	char has[UNITS_TEXT], asked[UNITS_TEXT];

	getrlimit(RLIMIT_MEMLOCK, &lim);
	if (lim.rlim_cur == RLIM_INFINITY) {
		err_hint(e, -ENOMEM,
			 "RLIMIT_MEMLOCK is unlimited here, so the machine is short of memory or the "
			 "device of "
			 "MRs or translation entries: register less, use larger pages, look at dmesg");
		return;
	}
	err_hint(e, -ENOMEM,
		 "RLIMIT_MEMLOCK is %s here and all pinned memory of the user counts, %s more were asked: "
		 "`ulimit -l unlimited`, or `memlock unlimited` in /etc/security/limits.conf, or "
		 "LimitMEMLOCK=infinity in the systemd unit; memory with a dma-buf is not counted",
		 units_size_text(has, (int64_t)lim.rlim_cur), units_size_text(asked, (int64_t)bytes));
}

static void hint_va(struct err *e, int code, uint64_t bytes)
{
	static const struct verbs_hint hints[] = {
		{EFAULT,
		 "the address is not backed by pages the kernel can pin: a mapped PCI BAR must be imported "
		 "as "
		 "a dma-buf instead (memory kind vfio), other memory must be mapped readable and writable"},
		{EOPNOTSUPP, "the driver takes no DMA handle with memory by address: only mlx5 does"},
		{EINVAL, "the device does not take this range or these access rights: REMOTE_WRITE needs "
			 "LOCAL_WRITE"},
		{0, NULL},
	};

	if (code == -ENOMEM || code == -EPERM)
		hint_memlock(e, bytes);
	else
		verbs_hint_add(e, code, hints);
}

int verbs_mr_reg_va(struct nic *n, void *va, uint64_t bytes, int access, const struct mem_hint *hint,
		    struct ibv_mr **mr, struct err *e)
{
	struct uapi_mr_attr attr = {
		.comp_mask = UAPI_REG_MR_ADDR, .length = bytes, .access = access, .addr = va};
	char asked[UNITS_TEXT], rights[VERBS_ACCESS_TEXT];
	struct nic_dmah_use *use = NULL;
	int rc = hint->tph == TPH_DMAH ? verbs_dmah_get(n, hint, &use, e) : 0;

	if (rc)
		return rc;
	errno = 0;
	*mr = use ? verbs_dmah_reg(n, use, &attr) : ibv_reg_mr(n->pd, va, bytes, access);
	if (*mr)
		return 0;
	rc = verbs_ptr_error();
	if (use)
		verbs_dmah_put(n, use);
	err_set(e, rc, "%s: registering %s at address %p, access %s (%s): %s", n->attr.name,
		units_size_text(asked, (int64_t)bytes), va, verbs_access_text(rights, access),
		use ? "ibv_reg_mr_ex with a DMA handle" : "ibv_reg_mr", err_name(rc));
	hint_va(e, rc, bytes);
	return rc;
}

/* The handle can only be freed after the MR, which is still there when this fails. */
int verbs_mr_dereg(struct nic *n, struct ibv_mr *mr, struct err *e)
{
	struct nic_dmah_use *use = verbs_dmah_of(n, mr);
	int rc = verbs_rc_error(ibv_dereg_mr(mr));

	if (use && !rc)
		verbs_dmah_put(n, use);
	return rc ? err_set(e, rc, "%s: deregistering memory (ibv_dereg_mr): %s", n->attr.name, err_name(rc))
		  : 0;
}
