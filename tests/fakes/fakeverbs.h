/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_FAKEVERBS_H
#define P2P_FAKEVERBS_H

/*
 * Stands in for libibverbs at link time: every exported ibv_* function the program calls is defined
 * here, with the error convention of the original. A test scripts the machine (devices, ports, GID
 * tables), lets chosen calls fail, and reads back what was called. The data path is a loop-back:
 * work requests are carried out while they are posted, by copying between registered memory; one that
 * needs a receive waits for it, with all that follow it on its queue pair, unless rnr_retry says when to
 * fail.
 *
 * There is one machine a process. Creating and destroying belong to one thread; others may post and poll
 * while it does neither: one lock is around the whole data path.
 *
 * Before the first fake_reset() the machine has one RoCE device, fake0, so that a program can be
 * linked with this file unchanged. It has no sysfs directory, so it never counts as hardware.
 */

#include <stdbool.h>
#include <stdint.h>

#include <infiniband/verbs.h>

enum fake_call {
	FAKE_GET_DEVICE_LIST,
	FAKE_OPEN_DEVICE,
	FAKE_QUERY_DEVICE,
	FAKE_QUERY_PORT,
	FAKE_QUERY_GID,
	FAKE_ALLOC_PD,
	FAKE_REG_MR,
	FAKE_REG_DMABUF_MR,
	FAKE_REG_MR_EX, /* with a DMA handle */
	FAKE_REG_DIRECT,
	FAKE_ALLOC_DMAH,
	FAKE_CREATE_CQ,
	FAKE_CREATE_QP,
	FAKE_CREATE_QP_EX, /* for ibv_wr_*() */
	FAKE_MODIFY_QP,
	FAKE_QUERY_QP,
	FAKE_GET_EVENT,
	FAKE_DIRECT_PATH,
	FAKE_NETLINK,
	FAKE_DESTROY_QP,
	FAKE_DESTROY_CQ,
	FAKE_DEREG_MR,
	FAKE_DEALLOC_DMAH,
	FAKE_DEALLOC_PD,
	FAKE_CLOSE_DEVICE,
	FAKE_CALLS,
	FAKE_ANY, /* for fake_fail() and fake_count(): all of them together */
};

/* What an importing driver does with a VFIO exporter (its attach style, and how it takes a revoke). */
enum fake_importer {
	FAKE_DYNAMIC,	/* can be told to let go, and maps again at the next access: mlx5 */
	FAKE_REVOCABLE, /* can be told to let go, for good: irdma */
	FAKE_PINNING,	/* cannot be told: EOPNOTSUPP; efa, bnxt_re, mana, ionic */
};

/**
 * struct fake_device - one device of the scripted machine
 * @name, @ibdev_path: as in struct ibv_device; the path may name a directory a test has made
 * @gids: the entries that are not empty, each with its gid_index; @port.gid_tbl_len is the size of the table
 * @no_dmabuf: the provider has no ibv_reg_dmabuf_mr
 * @uverbs: errno of the kernel's own answer to UVERBS_METHOD_REG_DMABUF_MR for a closed descriptor;
 *   0 = the context has no command descriptor
 * @driver_id: RDMA_DRIVER_* of such requests; the kernel answers EINVAL to any other
 * @max_inline: a queue pair that asks for more gets this much (@inline_cut) or EINVAL
 * @no_wr: errno of the refusal when a queue pair is asked for ibv_wr_*(); 0 = the provider has them
 * @wr_ignored: the provider takes that request and gives a queue pair without
 * @no_events: the context has no event descriptor
 * @importer: of dma-bufs that fakevfio exports; all others are files that can be mapped
 * @unreachable: no peer-to-peer path to any VFIO device: EINVAL
 * @st_entries: room of the steering tag table; 0 = the device has no TPH, so no DMA handles. As in mlx5, an
 *	exporter's tag that finds no room is left out without a word
 * @direct_path: what mlx5dv_get_data_direct_sysfs_path() tells; NULL = ENODEV
 * @no_dump: no raw dump of MRs
 */
struct fake_device {
	const char *name;
	const char *ibdev_path;
	enum ibv_transport_type transport;
	struct ibv_device_attr attr;
	struct ibv_port_attr port;
	const struct ibv_gid_entry *gids;
	int n_gids;
	bool no_dmabuf;
	int uverbs;
	uint32_t driver_id;
	uint32_t max_inline;
	bool inline_cut;
	int no_wr;
	bool wr_ignored;
	bool no_events;
	enum fake_importer importer;
	bool unreachable;
	unsigned int st_entries;
	const char *direct_path;
	bool no_dump;
};

/*
 * The device a program finds when nothing is scripted: RoCE, active, one IPv4-mapped RoCE v2 GID, atomics,
 * 256 bytes inline, ibv_wr_*().
 */
extern const struct fake_device fake_roce;

/*
 * Fills @d with a device whose driver is @driver as Linux 7.3 has it: mlx5, irdma, efa, bnxt_re, mana, ionic,
 * rxe. Return: it is one of those.
 *
 * A program finds such devices when FAKE_NICS names them: "NAME=DRIVER ...", each with ",unreachable" or
 * ",direct=BDF" behind it as wanted. Their driver can be read when FAKE_SYSFS is a directory, which is filled
 * with what is needed for that. Names are found in a machine's topology like any other's.
 */
bool fake_driver(const char *driver, struct fake_device *d);

/* The rdma-core on the machine, 65 at first: what of the younger calls can be looked up (verbs_ex.h). */
void fake_rdma_core(int version);

/* This process may not see the keys of MRs: no CAP_NET_ADMIN. */
void fake_no_net_admin(void);

/* Forget devices, failures and counts. Everything created must have been destroyed. */
void fake_reset(void);

/* @d is copied, what it points to is not. At most 8 devices. */
void fake_device_add(const struct fake_device *d);

/**
 * fake_fail() - let one call fail
 * @nth: 1 = the next call of @call, 2 = the one after it, ...; 0 = every call
 * @error: positive errno, delivered the way the original does; 0 = a provider that forgot errno; negative =
 *	one that returns -errno instead (calls that return int only)
 *
 * One failure is scripted at a time. A failing destroy still destroys, as providers do when a
 * device is lost; a failing create has created nothing.
 */
void fake_fail(enum fake_call call, int nth, int error);

/* Calls since fake_reset(). */
int fake_count(enum fake_call call);

/* Objects alive: contexts, PDs, DMA handles, MRs, CQs, QPs and unfreed device lists. */
int fake_live(void);

/* The @i-th ibv_modify_qp() since fake_reset(), failed ones included; at most 32 are kept. */
struct fake_modify {
	struct ibv_qp_attr attr;
	int mask;
};

const struct fake_modify *fake_modify(int i);

/* Queue an asynchronous event; at most 32 wait. Destroying anything with one not acknowledged would hang. */
void fake_event(struct ibv_async_event ev);

/* How the last queue pair was asked for, refused ones included; from ibv_create_qp() the head only. */
const struct ibv_qp_init_attr_ex *fake_last_qp(void);

/* How the last MR was asked for. */
struct fake_reg {
	int fd; /* -1 = by address */
	uint64_t offset, length, iova;
	int access;
	bool data_direct;
	bool dmah; /* with a handle for @ph, and with @cpu, for @cpu_id and @mem_type */
	bool cpu;
	uint8_t ph, mem_type;
	uint32_t cpu_id;
};

const struct fake_reg *fake_last_reg(void);

#endif
