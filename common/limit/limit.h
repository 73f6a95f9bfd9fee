/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_LIMIT_LIMIT_H
#define P2P_LIMIT_LIMIT_H

/*
 * What PCIe links and network ports can carry: payload GB/s (1e9 bytes) from bytes on the wire. Pure. The
 * model, its sources and test vectors: docs/limits.md; tests/oracle/pcie_limit.py is the independent judge.
 *
 * Two figures: the *hard* limit counts only bytes that must be sent; the *expected* one takes off skip
 * ordered sets and a DLLP for every TLP the other way. A measurement above the hard limit is an error of the
 * measurement or of the inputs.
 */

#include <stdbool.h>
#include <stdint.h>

struct err;

enum { LIMIT_PAGE = 4096 }; /* no memory request crosses such a line (PCIe Base Spec 2.2.7) */

/* What is sent over a link: writes toward the target, reads from it, or both at once, one of each. */
enum limit_op { LIMIT_WRITE, LIMIT_READ, LIMIT_BOTH };

/**
 * struct limit_link - one PCIe link as it runs now
 * @gen: 1..6 (2.5 .. 64 GT/s); @width: lanes, 1..32; @flit: flit mode negotiated (always at gen 6)
 * @mps, @mrrs: bytes, powers of two 128..4096; @rcb: read completion boundary, 64 or 128
 * @cpl_per_rcb: the completer sends one completion per RCB block instead of up to MPS
 * @addr64: 64-bit addresses; @ecrc: end-to-end CRC on every TLP; @prefix_dw: other prefixes per request, DWs
 */
struct limit_link {
	unsigned int gen, width, mps, mrrs, rcb, prefix_dw;
	bool flit, cpl_per_rcb, addr64, ecrc;
};

/**
 * struct limit_message - one RDMA message as the link sees it
 * @size: 1 .. 2^31 bytes; @addr: of its first byte; only the low 12 bits matter
 * @mtu: writes are cut into packets of so many bytes first; a power of two 256..4096, 0 = no cut
 * @tph: bits of the steering tag each request carries: 0 none, 8, 16
 */
struct limit_message {
	enum limit_op op;
	uint64_t size, addr;
	unsigned int mtu, tph;
};

enum limit_net { LIMIT_ROCE, LIMIT_IB };

/**
 * struct limit_port - one network port
 * @gbit: data rate, Gbit/s; @ip: 4 or 6; @vlan: tagged; @grh: InfiniBand with global routing header
 */
struct limit_port {
	double gbit;
	enum limit_net net;
	unsigned int ip;
	bool vlan, grh;
};

/**
 * struct limit_ledger - bytes and TLPs on a link, in each direction: a sum over messages
 * @fwd: toward the target; @back: toward the requester
 */
struct limit_ledger {
	uint64_t fwd, back, n_fwd, n_back;
};

/* What narrows: a link's direction, the port, or two stages one after the other. */
enum limit_by { LIMIT_PCIE_FWD, LIMIT_PCIE_BACK, LIMIT_WIRE, LIMIT_SERIAL };

/* "pcie-fwd", ...: column limit_by. */
const char *limit_by_name(enum limit_by by);

struct limit {
	double gbyte_s;
	enum limit_by by;
};

/*
 * Are all values of the kind named above? Return: 0, or -EINVAL with name, value and range. The functions
 * below take checked values only.
 */
int limit_link_check(const struct limit_link *l, struct err *e);
int limit_message_check(const struct limit_message *m, struct err *e);
int limit_port_check(const struct limit_port *p, struct err *e);

/* TLP bytes a link carries in one direction, GB/s; framing of non-flit mode is part of the TLP. */
double limit_link_rate(const struct limit_link *l);

/* What one message puts on the link. */
struct limit_ledger limit_message_load(const struct limit_link *l, const struct limit_message *m);

/* Add what @from has to @to: traffic that shares a link. */
void limit_ledger_add(struct limit_ledger *to, const struct limit_ledger *from);

/* Payload of @size bytes for every @load on the link; @expected: the lower figure. */
struct limit limit_of_load(const struct limit_link *l, const struct limit_ledger *load, uint64_t size,
			   bool expected);

/* limit_message_load() and limit_of_load() in one. */
struct limit limit_of_link(const struct limit_link *l, const struct limit_message *m, bool expected);

/* Bytes on the busier direction of the port for one message, without acknowledgements. */
uint64_t limit_wire_bytes(const struct limit_port *p, const struct limit_message *m);
struct limit limit_of_port(const struct limit_port *p, const struct limit_message *m);

/* The narrower of two stages that run at the same time; equal: the first. */
struct limit limit_min(struct limit a, struct limit b);

/* Two stages one after the other (a bounce without overlap): 1 / (1/a + 1/b). */
struct limit limit_serial(struct limit a, struct limit b);

/* Little's law, a diagnosis: @outstanding chunks of @chunk bytes in flight over a round trip; GB/s. */
double limit_concurrency(double outstanding, double chunk, double rtt_ns);

#endif
