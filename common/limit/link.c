// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One PCIe link: how a message is cut into TLPs, what each weighs, what the link carries. Both cuts start
 * anew at every 4 KiB line (a write's packets, 4 KiB or a power of two below it, at every 4 KiB of the
 * message), so a long message is its first page times their number and a rest.
 */
#include "limit/limit.h"

#include "base/cleanup.h"

enum tlp { TLP_MWR, TLP_MRD, TLP_CPLD };

enum {
	FRAME = 8, /* STP and sequence number, LCRC (and END): none in flit mode */
	HEAD_3 = 12,
	HEAD_4 = 16,
	DW = 4,
	DLLP = 8, /* framing 2, DLLP 4, CRC 2: none in flit mode */
};

/* GT/s times coding; share of symbols that skip ordered sets take (expected figure only). */
static const struct {
	double gbit, skip;
} lane[] = {
	[1] = {2.5 * 8 / 10, 4.0 / 1542},    [2] = {5.0 * 8 / 10, 4.0 / 1542},
	[3] = {8.0 * 128 / 130, 1.0 / 376},  [4] = {16.0 * 128 / 130, 1.0 / 376},
	[5] = {32.0 * 128 / 130, 1.0 / 376}, [6] = {64.0, 1.0 / 301},
};

static bool in_flits(const struct limit_link *l)
{
	return l->flit || l->gen == 6;
}

double limit_link_rate(const struct limit_link *l)
{
	/* A flit has 256 bytes: 236 of TLPs, 6 DLP, 8 CRC, 6 ECC. */
	return lane[l->gen].gbit * l->width / 8 * (in_flits(l) ? 236.0 / 256 : 1);
}

/* Bytes a request carries beside its header: the steering tag, byte enables that are not all ones, prefixes.
 */
static unsigned int request_extra(const struct limit_link *l, unsigned int tph, bool partial)
{
	unsigned int extra = DW * l->prefix_dw;

	if (in_flits(l))
		return extra + (tph ? DW : 0) + (partial ? DW : 0); /* OHC-B; OHC-A1 */
	return extra + (tph == 16 ? DW : 0);			    /* prefix with ST[15:8] */
}

static unsigned int tlp_bytes(const struct limit_link *l, enum tlp kind, uint64_t addr, uint64_t len,
			      unsigned int tph)
{
	unsigned int first = addr & 3, last = (addr + len) & 3;
	unsigned int data = kind == TLP_MRD ? 0 : (unsigned int)((first + len + 3) / DW * DW);
	unsigned int head = kind == TLP_CPLD || !l->addr64 ? HEAD_3 : HEAD_4;
	unsigned int extra;

	if (kind == TLP_CPLD)
		extra = in_flits(l) && first ? DW : 0; /* OHC-A5: address bits 1:0 */
	else
		extra = request_extra(l, tph, first || last);
	return (in_flits(l) ? 0 : FRAME) + head + extra + data + (l->ecrc ? DW : 0);
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* End of the greedy piece that starts at @addr: at most @most bytes, not past @end or a 4 KiB line. */
static uint64_t piece_end(uint64_t addr, uint64_t end, unsigned int most)
{
	return min_u64(min_u64(end, addr + most), addr - addr % LIMIT_PAGE + LIMIT_PAGE);
}

static void add_writes(const struct limit_link *l, uint64_t addr, uint64_t len, unsigned int tph,
		       struct limit_ledger *out)
{
	for (uint64_t end = addr + len, stop; addr < end; addr = stop) {
		stop = piece_end(addr, end, l->mps);
		out->fwd += tlp_bytes(l, TLP_MWR, addr, stop - addr, tph);
		out->n_fwd++;
	}
}

/* Completions of one request: all but the last end on a multiple of the RCB. */
static void add_completions(const struct limit_link *l, uint64_t addr, uint64_t len, struct limit_ledger *out)
{
	unsigned int most = l->cpl_per_rcb ? l->rcb : l->mps;

	for (uint64_t end = addr + len, stop; addr < end; addr = stop) {
		stop = piece_end(addr, end, most);
		if (stop < end) {
			uint64_t down = stop - stop % l->rcb, up = addr - addr % l->rcb + l->rcb;

			stop = min_u64(down > up ? down : up, end);
		}
		out->back += tlp_bytes(l, TLP_CPLD, addr, stop - addr, 0);
		out->n_back++;
	}
}

static void add_reads(const struct limit_link *l, uint64_t addr, uint64_t len, unsigned int tph,
		      struct limit_ledger *out)
{
	for (uint64_t end = addr + len, stop; addr < end; addr = stop) {
		stop = piece_end(addr, end, l->mrrs);
		out->fwd += tlp_bytes(l, TLP_MRD, addr, stop - addr, tph);
		out->n_fwd++;
		add_completions(l, addr, stop - addr, out);
	}
}

static void add_packets(const struct limit_link *l, const struct limit_message *m, uint64_t len,
			struct limit_ledger *out)
{
	for (uint64_t at = 0, part; at < len; at += part) {
		part = min_u64(len - at, m->mtu);
		add_writes(l, m->addr % LIMIT_PAGE + at, part, m->tph, out);
	}
}

static void add_times(struct limit_ledger *to, const struct limit_ledger *from, uint64_t n)
{
	to->fwd += from->fwd * n;
	to->back += from->back * n;
	to->n_fwd += from->n_fwd * n;
	to->n_back += from->n_back * n;
}

typedef void add_fn(const struct limit_link *l, uint64_t addr, uint64_t len, unsigned int tph,
		    struct limit_ledger *out);

/* Up to the first line, whole pages, the rest. */
static void add_by_lines(const struct limit_link *l, const struct limit_message *m, add_fn *add,
			 struct limit_ledger *out)
{
	uint64_t at = m->addr % LIMIT_PAGE, head = min_u64(m->size, (LIMIT_PAGE - at) % LIMIT_PAGE);
	struct limit_ledger page = {0};

	add(l, at, head, m->tph, out);
	add(l, 0, LIMIT_PAGE, m->tph, &page);
	add_times(out, &page, (m->size - head) / LIMIT_PAGE);
	add(l, 0, (m->size - head) % LIMIT_PAGE, m->tph, out);
}

static void add_by_packets(const struct limit_link *l, const struct limit_message *m,
			   struct limit_ledger *out)
{
	struct limit_ledger page = {0};

	add_packets(l, m, LIMIT_PAGE, &page);
	add_times(out, &page, m->size / LIMIT_PAGE);
	add_packets(l, m, m->size % LIMIT_PAGE, out);
}

struct limit_ledger limit_message_load(const struct limit_link *l, const struct limit_message *m)
{
	struct limit_ledger load = {0};

	if (m->op != LIMIT_READ && m->mtu)
		add_by_packets(l, m, &load);
	else if (m->op != LIMIT_READ)
		add_by_lines(l, m, add_writes, &load);
	if (m->op != LIMIT_WRITE)
		add_by_lines(l, m, add_reads, &load);
	return load;
}

void limit_ledger_add(struct limit_ledger *to, const struct limit_ledger *from)
{
	add_times(to, from, 1);
}

struct limit limit_of_load(const struct limit_link *l, const struct limit_ledger *load, uint64_t size,
			   bool expected)
{
	double rate = limit_link_rate(l);
	uint64_t fwd = load->fwd, back = load->back;

	if (expected) {
		rate *= 1 - lane[l->gen].skip;
		if (!in_flits(l)) { /* a DLLP back for every TLP received */
			fwd += DLLP * load->n_back;
			back += DLLP * load->n_fwd;
		}
	}
	return (struct limit){
		.gbyte_s = rate * (double)size / (double)(fwd > back ? fwd : back),
		.by = fwd >= back ? LIMIT_PCIE_FWD : LIMIT_PCIE_BACK,
	};
}

struct limit limit_of_link(const struct limit_link *l, const struct limit_message *m, bool expected)
{
	struct limit_ledger load = limit_message_load(l, m);

	return limit_of_load(l, &load, m->size, expected);
}
