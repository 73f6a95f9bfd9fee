// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The network port, and how stages add up. */
#include "limit/limit.h"

#include "base/cleanup.h"

enum {
	PREAMBLE = 8,
	MAC = 14,
	VLAN = 4,
	IPV4 = 20,
	IPV6 = 40,
	UDP = 8,
	BTH = 12,
	ICRC = 4,
	FCS = 4,
	GAP = 12,
	MIN_FRAME = 64,
	LRH = 8,
	GRH = 40,
	VCRC = 2,
	RETH = 16, /* first packet of a write, and a read request */
	AETH = 4,  /* first and last packet of a read response */
};

/* Bytes of every packet beside payload and extended headers; @floor: of the shortest one. */
static uint64_t packet_base(const struct limit_port *p, uint64_t *floor)
{
	*floor = p->net == LIMIT_ROCE ? PREAMBLE + MIN_FRAME + GAP : 0;
	if (p->net == LIMIT_ROCE)
		return PREAMBLE + MAC + (p->vlan ? VLAN : 0) + (p->ip == 4 ? IPV4 : IPV6) + UDP + BTH + ICRC +
		       FCS + GAP;
	return LRH + (p->grh ? GRH : 0) + BTH + ICRC + VCRC;
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* All packets of one message's data; only the first and the last differ from the rest. */
static uint64_t data_bytes(const struct limit_port *p, const struct limit_message *m, bool response)
{
	uint64_t floor, base = packet_base(p, &floor), n = m->size ? (m->size + m->mtu - 1) / m->mtu : 1;
	uint64_t total = 0, middle = max_u64(floor, base + m->mtu);

	for (uint64_t i = 0; i < n; i += i == 0 && n > 2 ? n - 1 : 1) {
		uint64_t pay = i == n - 1 ? m->size - i * m->mtu : m->mtu;
		uint64_t ext = response ? AETH : i == 0 ? RETH : 0;

		total += max_u64(floor, base + ext + (pay + 3) / 4 * 4);
	}
	return total + (n > 2 ? (n - 2) * middle : 0);
}

uint64_t limit_wire_bytes(const struct limit_port *p, const struct limit_message *m)
{
	uint64_t floor, base = packet_base(p, &floor), out = 0;

	if (m->op != LIMIT_READ)
		out = data_bytes(p, m, false);
	if (m->op == LIMIT_WRITE)
		return out;
	out += max_u64(floor, base + RETH);
	return max_u64(out, data_bytes(p, m, true));
}

struct limit limit_of_port(const struct limit_port *p, const struct limit_message *m)
{
	return (struct limit){.gbyte_s = p->gbit / 8 * (double)m->size / (double)limit_wire_bytes(p, m),
			      .by = LIMIT_WIRE};
}

struct limit limit_min(struct limit a, struct limit b)
{
	return b.gbyte_s < a.gbyte_s ? b : a;
}

struct limit limit_serial(struct limit a, struct limit b)
{
	return (struct limit){.gbyte_s = 1 / (1 / a.gbyte_s + 1 / b.gbyte_s), .by = LIMIT_SERIAL};
}

double limit_concurrency(double outstanding, double chunk, double rtt_ns)
{
	return outstanding * chunk / rtt_ns;
}

const char *limit_by_name(enum limit_by by)
{
	static const char *const name[] = {
		[LIMIT_PCIE_FWD] = "pcie-fwd",
		[LIMIT_PCIE_BACK] = "pcie-back",
		[LIMIT_WIRE] = "wire",
		[LIMIT_SERIAL] = "serial",
	};

	return name[by];
}
