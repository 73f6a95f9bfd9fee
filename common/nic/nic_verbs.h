/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_NIC_NIC_VERBS_H
#define P2P_NIC_NIC_VERBS_H

/*
 * What the files of the libibverbs backend share. libibverbs reports failure in three ways; each
 * has one helper here and is not met again outside this backend.
 */

#include <errno.h>

#include "nic/backend.h"

/* "NULL and errno": open, alloc, create, reg. A provider that forgot errno gives -EIO. */
static inline int verbs_ptr_error(void)
{
	return errno > 0 ? -errno : -EIO;
}

/* "-1 and errno", "positive errno", or "-errno": providers of one call differ (query, dereg, destroy). */
static inline int verbs_rc_error(int rc)
{
	if (rc == -1)
		return verbs_ptr_error();
	return rc > 0 ? -rc : rc;
}

/* Likely cause and next step of an errno; a table ends with {0, text for all others} or {0, NULL}. */
struct verbs_hint {
	int code; /* positive errno */
	const char *text;
};

void verbs_hint_add(struct err *e, int code, const struct verbs_hint *table);

/* nic_verbs_open.c */
int verbs_list(struct nic_entry *out, int max, struct err *e);
int verbs_open(struct nic *n, const char *device, int port, int gid_index, struct err *e);
void verbs_close(struct nic *n);

/**
 * verbs_gid_choose() - fill n->attr.gid_index, gid, gid_why (nic_verbs_gid.c)
 * @asked: -1 = by value
 *
 * Return: 0; -EINVAL @asked is out of range or empty; -EADDRNOTAVAIL RoCE without a GID; or what
 * the query answered.
 */
int verbs_gid_choose(struct nic *n, const struct ibv_port_attr *port, int asked, struct err *e);
int verbs_gid_query(const struct nic *n, int index, struct ibv_gid_entry *g, struct err *e);
enum nic_gid_family verbs_gid_family(const struct ibv_gid_entry *g);

/* Fills attr.ip, ip_scope and cm_why; the GID has been chosen (nic_verbs_ip.c). */
void verbs_ip_find(struct nic *n);

/**
 * verbs_evidence() - is there hardware behind a device (nic_verbs_evidence.c)
 * @vendor_id: from ibv_query_device()
 * @driver: set to the kernel driver, "" when unknown
 */
enum nic_evidence verbs_evidence(const struct ibv_device *dev, uint32_t vendor_id, char driver[64]);

/* nic_verbs_mr.c */
int verbs_mr_reg_va(struct nic *n, void *va, uint64_t bytes, int access, const struct mem_hint *hint,
		    struct ibv_mr **mr, struct err *e);
int verbs_mr_dereg(struct nic *n, struct ibv_mr *mr, struct err *e);
enum { VERBS_ACCESS_TEXT = 96 };
/* "LOCAL_WRITE|REMOTE_READ"; flags this program does not use as a number. */
const char *verbs_access_text(char buf[VERBS_ACCESS_TEXT], int access);

/* nic_verbs_dmabuf.c */
int verbs_mr_reg_dmabuf(struct nic *n, const struct nic_dmabuf *src, int access, const struct mem_hint *hint,
			struct ibv_mr **mr, struct err *e);
/* "importing 8K at offset 0x1000 of dma-buf fd 7, access ... (@call): EINVAL"; the hint is the caller's. */
int verbs_dmabuf_refused(const struct nic *n, const struct nic_dmabuf *src, int access, const char *call,
			 int rc, struct err *e);

/* nic_verbs_dmah.c */
/* Fills n->ex and attr.dmah, dmah_why. */
void verbs_dmah_find(struct nic *n);
/* The handle of @hint (tph dmah) for one MR; verbs_dmah_put() it. Return: 0, or -errno as nic_mr_reg(). */
int verbs_dmah_get(struct nic *n, const struct mem_hint *hint, struct nic_dmah_use **out, struct err *e);
/* Registers what @attr says with the handle of @use. Return: the MR, or NULL and errno. */
struct ibv_mr *verbs_dmah_reg(struct nic *n, struct nic_dmah_use *use, struct uapi_mr_attr *attr);
void verbs_dmah_put(struct nic *n, struct nic_dmah_use *use);
/* Return: NULL when @mr was registered without. */
struct nic_dmah_use *verbs_dmah_of(struct nic *n, const struct ibv_mr *mr);

/* nic_verbs_direct.c */
/* Fills n->ex and attr.data_direct, data_direct_why; attr.driver must be known. */
void verbs_direct_find(struct nic *n);
int verbs_mr_reg_direct(struct nic *n, const struct nic_dmabuf *src, int access, struct ibv_mr **mr,
			struct err *e);

/* nic_verbs_shows.c */
int verbs_mr_shows_tph(struct nic *n, const struct nic_mr *mr, struct nic_mr_tph *out, struct err *e);

/* nic_verbs_create.c */
int verbs_qp_create(struct nic *n, const struct nic_qp_spec *spec, struct ibv_qp **qp, struct err *e);
struct ibv_qp_ex *verbs_qp_ex(struct nic *n, struct ibv_qp *qp);
/* Tries one queue pair of the smallest size; n->pd and n->attr.atomics must be set. */
bool verbs_has_wr_api(struct nic *n);

/* nic_verbs_async.c */
/* Makes ibv_get_async_event() return at once when there is nothing. */
int verbs_async_open(struct nic *n, struct err *e);
int verbs_async(struct nic *n, struct nic_event *out);

/* nic_verbs_qp.c */
extern const struct verbs_hint verbs_create_hints[];
int verbs_cq_create(struct nic *n, uint32_t depth, struct ibv_cq **cq, struct err *e);
int verbs_cq_destroy(struct nic *n, struct ibv_cq *cq, struct err *e);
int verbs_qp_destroy(struct nic *n, struct ibv_qp *qp, struct err *e);
int verbs_qp_modify(struct nic *n, struct ibv_qp *qp, struct ibv_qp_attr *attr, int mask, struct err *e);
int verbs_qp_state(struct nic *n, struct ibv_qp *qp);

#endif
