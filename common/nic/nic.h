/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_NIC_NIC_H
#define P2P_NIC_NIC_H

/*
 * Control path to an RDMA device: list, open, register, create, connect, destroy. Two backends
 * stand behind it, nic_verbs.c (libibverbs) and nic_soft.c (soft0, null0), both always compiled and
 * chosen by the device's name. Objects are real struct ibv_*, so the data path is the provider's own:
 * outside this folder only the inline ibv_post_*, ibv_poll_cq, ibv_wr_* and ibv_*_poll families may
 * be called on them (scripts/check-layers holds that).
 *
 * Threads: a struct nic and everything made from it belong to one controlling thread. Posting and
 * polling may happen on other threads while the control thread neither creates nor destroys.
 *
 * Errors: 0 or -errno plus struct err; the mixed conventions of libibverbs end here.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <infiniband/verbs.h>

struct err;
struct nic;
struct mem_buf;
struct mem_hint;

enum nic_evidence { NIC_SOFTWARE, NIC_EMULATED, NIC_HARDWARE };

/* "software", "emulated", "hardware": the evidence column. */
const char *nic_evidence_name(enum nic_evidence e);

/* What kind of address a port speaks with; both ends of a connection need the same. */
enum nic_gid_family { NIC_GID_NONE, NIC_GID_V1, NIC_GID_V2_LINK_LOCAL, NIC_GID_V2_IPV6, NIC_GID_V2_IPV4 };

/**
 * struct nic_attr - what a device is and can do, read once at open
 * @name: as listed; @port: 1-based
 * @driver: kernel driver or "software"; @fw: firmware text; empty when unknown
 * @moves_data: completions mean that bytes moved; false for null0, whose runs are not verified
 * @atomics: RC fetch_add and cmp_swap (atomic_cap is not NONE)
 * @wr_api: queue pairs can be created for ibv_wr_*() (nic_qp_spec.wr_api); nic_open() tried one
 * @counts_hints: nic_hint_counts() has an answer
 * @dmah: the libraries here have ibv_alloc_dmah() and ibv_reg_mr_ex() (or the device is a software one);
 *	what kernel and device say shows at registration; @dmah_why: what is missing
 * @data_direct: PCI function of the same NIC that can register by MLX5DV_REG_DMABUF_ACCESS_DATA_DIRECT,
 *	"0000:41:00.1"; "" = none, and @data_direct_why
 * @gid_index, @gid, @gid_why: the entry chosen and the sentence that says why; index -1 = none needed
 * @gid_family: of @gid; NONE where no GID is needed
 * @cm_only: iWARP: connected by rdma_cm (nic_cm.h) only, never by nic_qp_connect()
 * @ip, @ip_scope: address of the port's network device, IPv4 as ::ffff:a.b.c.d, and the interface of a
 *	link-local one; @cm_why: why there is none, so that rdma_cm cannot be used; "" = there is
 */
struct nic_attr {
	char name[64];
	char driver[64];
	char fw[64];
	enum nic_evidence evidence;
	bool moves_data;
	bool atomics;
	bool wr_api;
	bool counts_hints;
	bool dmah;
	char dmah_why[96];
	char data_direct[16];
	char data_direct_why[96];
	int port;
	int link_layer; /* IBV_LINK_LAYER_* */
	int active_mtu; /* bytes */
	uint32_t max_qp;
	uint32_t max_qp_wr;
	uint32_t max_cqe;
	uint32_t max_rd_atomic_init;
	uint32_t max_rd_atomic_dest;
	uint64_t max_mr_size;
	uint32_t max_msg_size;
	uint16_t lid;
	int gid_index;
	union ibv_gid gid;
	char gid_why[128];
	enum nic_gid_family gid_family;
	bool cm_only;
	uint8_t ip[16];
	uint32_t ip_scope;
	char cm_why[96];
};

/* One row of `list devices`; usable verbatim as nics.NAME.device. */
struct nic_entry {
	char name[64];
	char about[160];
	enum nic_evidence evidence;
};

/**
 * nic_list() - every device that can be named: soft0 and null0 first, then what libibverbs sees
 * @out: malloc'ed array, to be freed by the caller
 *
 * No RDMA device or no ib_uverbs is not an error: the list then has the two software devices.
 * Return: number of entries, or -ENOMEM.
 */
int nic_list(struct nic_entry **out, struct err *e);

/**
 * nic_open() - open a device, allocate its PD, read its limits, choose a GID
 * @device: soft0, null0 or an RDMA device name
 * @port: 1-based
 * @gid_index: -1 = choose by value: RoCE v2 IPv4-mapped, else RoCE v2 global IPv6, else link-local
 *
 * Return: 0; -ENODEV no such device (@e lists what there is and names soft0); -EACCES rights;
 * -ENETDOWN port not active; -EINVAL port or GID index out of range; -ENOMEM.
 */
int nic_open(const char *device, int port, int gid_index, struct nic **out, struct err *e);
void nic_close(struct nic *n); /* NULL is fine; everything made from it must be gone */

const struct nic_attr *nic_attr(const struct nic *n);

/**
 * nic_gid_agree() - can @a here and @b at the other end speak with each other
 *
 * Each end chooses its GID by the rule of nic_open() on its own. Return: 0; -EPROTOTYPE the GIDs are of
 * different families, and @e shows both and what to set.
 */
int nic_gid_agree(const struct nic_attr *a, const struct nic_attr *b, struct err *e);

/**
 * struct nic_mr - a registered range
 * @mr: lkey and rkey; @addr: the address SGEs and remote addresses are counted from (iova)
 * @bytes: length; @reg_ns: how long the registration took; the first with a DMA handle includes making it
 */
struct nic_mr {
	struct ibv_mr *mr;
	uint64_t addr;
	uint64_t bytes;
	int64_t reg_ns;
};

/**
 * struct nic_mr_spec - what to register of a buffer
 * @offset, @bytes: the range
 * @access: IBV_ACCESS_*; IBV_ACCESS_RELAXED_ORDERING is a request: libibverbs drops it without a word where
 *the kernel knows no optional rights, and devices may ignore it. Nothing tells whether it is in effect
 * @hint: NULL or tph none: no hint. tph exporter: what mem_export() put on this buffer, nothing more is
 *	done here (the importing driver asks the exporter). tph dmah: the registration carries it: ph, or ph
 *	with tph_cpu (a CPU number) and tph_mem
 * @data_direct: by the NIC's data-direct function; a dma-buf only, and never with tph dmah
 */
struct nic_mr_spec {
	uint64_t offset, bytes;
	int access;
	const struct mem_hint *hint;
	bool data_direct;
};

/**
 * nic_mr_reg() - register a range of a buffer
 *
 * A buffer with a dma-buf goes by ibv_reg_dmabuf_mr (with tph dmah by ibv_reg_mr_ex, data-direct by
 * mlx5dv_reg_dmabuf_mr), one without by ibv_reg_mr over its address. DMA handles live as long as an MR needs
 * them; those of equal hints are shared.
 * Return: 0; -ENOMEM memlock or translation entries; -EFAULT address not page-backed; -EOPNOTSUPP no
 * dma-buf import (@e tells provider from kernel where it can), this importer refuses this exporter (kernel.md
 * 4), no DMAH, or no data-direct function; -EBADF, -EINVAL bad fd, range, or no P2P path; -ENODEV exporter
 * revoked; -EBUSY the NIC's steering tag table is full; -EPERM tph_cpu is not in the affinity of the calling
 * thread; others as the kernel answers. @e carries the likely cause.
 */
int nic_mr_reg(struct nic *n, const struct mem_buf *buf, const struct nic_mr_spec *spec, struct nic_mr *out,
	       struct err *e);
/* Return: 0 or -errno; idempotent (a zeroed struct is fine). */
int nic_mr_dereg(struct nic *n, struct nic_mr *mr, struct err *e);

/**
 * nic_mr_alive() - after an error: does @mr, made from @buf, still reach its memory
 *
 * Software devices know. Elsewhere one page of a dma-buf is registered anew, which the kernel refuses
 * with ENODEV once the exporter has revoked it; memory without a dma-buf is always alive.
 * Return: 0; -ENODEV revoked; another -errno when the question could not be answered.
 */
int nic_mr_alive(struct nic *n, const struct mem_buf *buf, const struct nic_mr *mr, struct err *e);

/**
 * nic_mr_shows_tph() - has the driver switched steering tags on for @mr
 *
 * From the raw dump of the MR (RDMA_NLDEV_CMD_RES_MR_GET_RAW; mlx5 only, CAP_NET_ADMIN), and only when start
 * address, length and key stand at their places in it and equal the MR's. The places are those of mlx5_ifc.h;
 * no hardware has confirmed them.
 * Return: 1 on, with @ph and @st_index; 0 off; -EOPNOTSUPP the driver's dump is not known; -EPERM rights;
 * -EBADMSG the dump is not that of this MR; others as the kernel answers.
 */
struct nic_mr_tph {
	uint8_t ph, st_index;
};
int nic_mr_shows_tph(struct nic *n, const struct nic_mr *mr, struct nic_mr_tph *out, struct err *e);

/* What an analyzer at this device has seen of one hint since nic_open(): accesses to all MRs that carry it.
 */
struct nic_hint_count {
	int64_t tph, st, st_ext, ph; /* TPH_*, values or AXIS_EMPTY */
	uint64_t ops, bytes;
};

/**
 * nic_hint_counts() - all hints seen, in order of first registration; those of closed MRs too
 * @out: room for @max
 *
 * No thread may be posting. Return: how many there are (may exceed @max), -EOPNOTSUPP where nothing counts.
 */
int nic_hint_counts(struct nic *n, struct nic_hint_count *out, int max);

/**
 * nic_cq_create() - a completion queue of at least @depth entries
 *
 * Return: 0; -EINVAL with asked and maximum when @depth exceeds max_cqe; -ENOMEM.
 */
int nic_cq_create(struct nic *n, uint32_t depth, struct ibv_cq **out, struct err *e);
int nic_cq_destroy(struct nic *n, struct ibv_cq *cq, struct err *e);

/**
 * struct nic_qp_spec - a reliable connection's queues
 * @send_wrs, @recv_wrs: work requests each queue must hold; recv_wrs 0 = none is ever posted
 * @inline_bytes: payload a send WR must be able to carry inline
 * @wr_api: post by ibv_wr_*() on nic_qp_ex() as well as by ibv_post_send()
 */
struct nic_qp_spec {
	struct ibv_cq *send_cq, *recv_cq;
	uint32_t send_wrs, recv_wrs;
	uint32_t inline_bytes;
	bool wr_api;
};

/**
 * nic_qp_create() - an RC queue pair in RESET
 *
 * Return: 0; -EINVAL with asked and maximum when a depth exceeds max_qp_wr or inline_bytes exceeds what the
 * device grants; -EOPNOTSUPP no ibv_wr_*() here; -ENOMEM.
 */
int nic_qp_create(struct nic *n, const struct nic_qp_spec *spec, struct ibv_qp **out, struct err *e);
int nic_qp_destroy(struct nic *n, struct ibv_qp *qp, struct err *e);

/* What ibv_wr_*() take, valid as long as @qp; NULL for a QP created without wr_api. */
struct ibv_qp_ex *nic_qp_ex(struct nic *n, struct ibv_qp *qp);

/* Address of one end of a connection, plain data that can cross a wire. */
struct nic_qp_addr {
	uint32_t qp_num;
	uint32_t psn;
	uint16_t lid;
	uint8_t gid[16];    /* of a software device: where in which process of this machine it is */
	uint32_t mtu;	    /* bytes this end can carry */
	uint32_t rd_atomic; /* inbound READs and atomics this end accepts */
	uint32_t rd_init;   /* outbound READs and atomics this end keeps in flight */
};

/*
 * Address of @qp as its peer needs it; fresh PSN each call. The caller may lower mtu, rd_atomic and rd_init
 * before it hands the address over and connects: both ends then use the smaller values.
 */
void nic_qp_addr(struct nic *n, struct ibv_qp *qp, struct nic_qp_addr *out);

/**
 * nic_qp_connect() - RESET -> INIT -> RTR -> RTS against @remote
 * @local: what nic_qp_addr() gave for this QP
 * @access: remote rights this end grants (IBV_ACCESS_REMOTE_*)
 *
 * MTU is the smaller of both ends; reads in flight are the smaller of this end's rd_init and the other's
 * rd_atomic, and never above 255. timeout 14, retry 7, min_rnr_timer 12, rnr_retry 7 (for ever): a responder
 * that is late with its receives for some milliseconds is a slow one, not a dead one; the window's own
 * timeout ends the rest.
 *
 * A software device connects to its own kind in processes of the same user on this machine (and PID
 * namespace). Memory there is reached when another process can map it: mem_ctx_share(), kinds memfd and
 * udmabuf; else operations end with REM_ACCESS_ERR, and nic_async() says why.
 *
 * Return: 0; -ENETUNREACH, -EINVAL, -ETIMEDOUT at RTR: GID, neighbour, MTU (@e says). Software device:
 * -ENETUNREACH another machine, user or namespace, or the process has gone; -EPROTO another build.
 */
int nic_qp_connect(struct nic *n, struct ibv_qp *qp, const struct nic_qp_addr *local,
		   const struct nic_qp_addr *remote, int access, struct err *e);

/* Move to ERR so that everything outstanding is flushed to the CQ. Return: 0 or -errno. */
int nic_qp_flush(struct nic *n, struct ibv_qp *qp);

/* Name of the QP's state as the device reports it: "RTS", "ERR", ... */
const char *nic_qp_state(struct nic *n, struct ibv_qp *qp);

/*
 * An asynchronous event of the device that means trouble; mere news (COMM_EST, PORT_ACTIVE, ...) is passed
 * over.
 * @fatal: nothing made from the device works any more.
 */
struct nic_event {
	bool fatal;
	uint32_t qp_num; /* 0 = not about a queue pair */
	char text[120];	 /* "QP_FATAL on QP 0x1a" */
};

/*
 * Take the oldest pending event; never waits. Worth asking now and then: what is not read stays queued.
 * Return: 1 and @out, 0 none, -errno.
 */
int nic_async(struct nic *n, struct nic_event *out);

/* Completion status in words for struct err and err_text: name, likely cause and next step. */
const char *nic_wc_name(int status); /* "REM_ACCESS_ERR" */
const char *nic_wc_hint(int status);

#endif
