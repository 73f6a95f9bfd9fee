// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Memory registration by libibverbs, and what its refusals mean. The kernel answers with an errno
 * that several layers share: provider, uverbs, importing driver, dma-buf exporter, p2pdma.
 */
#include "nic/nic_verbs.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/units.h"

enum { ACCESS_TEXT = 96 };

/* "LOCAL_WRITE|REMOTE_READ"; flags this program does not use as a number. */
static const char *access_text(char buf[ACCESS_TEXT], int access)
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

	snprintf(buf, ACCESS_TEXT, "none");
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		if (!(access & flags[i].flag))
			continue;
		len += (size_t)snprintf(buf + len, ACCESS_TEXT - len, "%s%s", len ? "|" : "", flags[i].name);
		access &= ~flags[i].flag;
	}
	if (access)
		snprintf(buf + len, ACCESS_TEXT - len, "%s0x%x", len ? "|" : "", (unsigned int)access);
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
		{EINVAL, "the device does not take this range or these access rights: REMOTE_WRITE needs "
			 "LOCAL_WRITE"},
		{0, NULL},
	};

	if (code == -ENOMEM || code == -EPERM)
		hint_memlock(e, bytes);
	else
		verbs_hint_add(e, code, hints);
}

int verbs_mr_reg_va(struct nic *n, void *va, uint64_t bytes, int access, struct ibv_mr **mr, struct err *e)
{
	char asked[UNITS_TEXT], rights[ACCESS_TEXT];
	int rc;

	errno = 0;
	*mr = ibv_reg_mr(n->pd, va, bytes, access);
	if (*mr)
		return 0;
	rc = verbs_ptr_error();
	err_set(e, rc, "%s: registering %s at address %p, access %s (ibv_reg_mr): %s", n->attr.name,
		units_size_text(asked, (int64_t)bytes), va, access_text(rights, access), err_name(rc));
	hint_va(e, rc, bytes);
	return rc;
}

/* Kernel side of each answer: uverbs_std_types_mr.c, umem_dmabuf.c, vfio_pci_dmabuf.c, p2pdma.c. */
static const struct verbs_hint dmabuf_hints[] = {
	{EOPNOTSUPP,
	 "either the provider library has no dma-buf import and did not ask the kernel (mlx5, irdma, efa, "
	 "bnxt_re, mana and ionic have it; rxe, siw, mlx4, hns do not), or the kernel found importer and "
	 "exporter unfit: a vfio BAR needs an importer that takes revocation (mlx5 with ODP, irdma). strace "
	 "shows no ioctl in the first case"},
	{EBADF, "the file descriptor is not open any more"},
	{EINVAL,
	 "not a dma-buf, or a range outside it, or no peer-to-peer path between this pair of devices (ACS "
	 "redirect, different host bridges). To tell them apart register kind udmabuf of the same length: "
	 "when "
	 "that works the path is the cause"},
	{ENODEV,
	 "the exporter revoked the buffer: memory decoding is off, the device is in reset or D3, or its vfio "
	 "descriptor was closed"},
	{ENOMEM,
	 "no IOMMU mapping or no translation entries left for this range; dma-bufs are not counted against "
	 "RLIMIT_MEMLOCK. Register less, or look at dmesg"},
	{EPROTONOSUPPORT, "this kernel is older than dma-buf registration (5.12)"},
	{ENOTTY, "this kernel is older than dma-buf registration (5.12)"},
	{EIO, "this kernel is older than dma-buf registration (5.12), or the device failed: look at dmesg"},
	{0, NULL},
};

int verbs_mr_reg_dmabuf(struct nic *n, const struct nic_dmabuf *src, int access, struct ibv_mr **mr,
			struct err *e)
{
	char asked[UNITS_TEXT], rights[ACCESS_TEXT];
	int rc;

	errno = 0;
	*mr = ibv_reg_dmabuf_mr(n->pd, src->offset, src->bytes, src->iova, src->fd, access);
	if (*mr)
		return 0;
	rc = verbs_ptr_error();
	err_set(e, rc,
		"%s: importing %s at offset 0x%" PRIx64
		" of dma-buf fd %d, access %s (ibv_reg_dmabuf_mr): %s",
		n->attr.name, units_size_text(asked, (int64_t)src->bytes), src->offset, src->fd,
		access_text(rights, access), err_name(rc));
	verbs_hint_add(e, rc, dmabuf_hints);
	return rc;
}

int verbs_mr_dereg(struct nic *n, struct ibv_mr *mr, struct err *e)
{
	int rc = verbs_rc_error(ibv_dereg_mr(mr));

	return rc ? err_set(e, rc, "%s: deregistering memory (ibv_dereg_mr): %s", n->attr.name, err_name(rc))
		  : 0;
}
