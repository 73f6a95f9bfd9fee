/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RUN_LIMITS_H
#define P2P_RUN_LIMITS_H

/*
 * What bounds a point: the links of its route by the machine's topology, on software devices the CPU's own
 * copy of the same bytes. Columns route, class, limit_*, expected_gbyte_s and pct_limit. A machine that does
 * not tell leaves them empty; that is never a failure.
 */

#include "limit/path.h"
#include "meas/op.h"
#include "nic/nic.h"
#include "plan/plan.h"
#include "result/row.h"

/* @target: where the bytes of a point lie that are not the initiator's: a function, or one of these. */
enum { LIMITS_HOST = -1, LIMITS_ELSEWHERE = -2 };

/**
 * struct bound - what is known; all texts "" = unknown
 * @hop: function below the link, "port N", or of another host "peer 0000:41:00.0"
 * @hard, @expected: GB/s, 0 = unknown
 * @certain: every input was read from the machine, so that more than @hard is an error
 */
struct bound {
	const char *route, *class, *by, *source;
	char hop[TOPO_ADDR + 8];
	double hard, expected;
	bool certain;
};

#define BOUND_UNKNOWN ((struct bound){.route = "", .class = "", .by = "", .source = ""})

/* Function of an RDMA device, -1 = none or unknown. Only hardware sits where its function says. */
int limits_nic(const struct topo *t, const struct nic_attr *a);

/* Function that holds the memory, LIMITS_HOST or LIMITS_ELSEWHERE. */
int limits_target(const struct topo *t, const struct config_memory *m);

/**
 * limits_traffic() - what @pt puts on the links, both ends at one NIC
 * @mtu: path MTU of the port, bytes
 *
 * Return: false where the model has no hard bound: latencies, registration, atomics.
 */
bool limits_traffic(const struct point *pt, const struct op *op, unsigned int mtu, struct path_ask *out);

/**
 * limits_bound() - route and bound
 * @nic, @target: as limits_nic() and limits_target() say; @t may be NULL
 * @ask: NULL = route and class only
 */
struct bound limits_bound(const struct topo *t, int nic, int target, const struct path_ask *ask);

/* Words of a bound that the CPU set by copying: columns limit_by and limit_source. */
extern const char limits_memcpy[];

/**
 * struct limits_end - one end of a way between two NICs
 * @t: its machine, NULL = unknown; @nic: function of its NIC, -1 = none or unknown; @port: which one of the
 * NIC
 * @memory: where its bytes lie, as limits_target() says
 */
struct limits_end {
	const struct topo *t;
	int nic, port;
	int memory;
};

/**
 * struct limits_net - the network between two NICs
 * @name: column net: "none" the traffic stays inside one NIC, "roce", "ib", "" unknown
 * @port: the slower of both ports, with the shortest headers there are; gbit 0 = unknown, or none
 * @number: which port of its device that is
 */
struct limits_net {
	const char *name;
	struct limit_port port;
	int number;
};

/* Functions of one PF of one machine reach each other inside it. */
struct limits_net limits_net(const struct limits_end *a, const struct limits_end *b);

/**
 * limits_between() - as limits_bound(), from @here, which posts, to @there, maybe on another machine: route
 * and class are those of @there
 *
 * The least of both sides and the wire; what is unknown bounds nothing.
 */
struct bound limits_between(const struct limits_end *here, const struct limits_end *there,
			    const struct limits_net *net, const struct path_ask *ask);

/**
 * limits_bounce() - as limits_bound(), for traffic between @nic and host memory that a CPU copies on to
 * @target, or from it: both legs, whatever the copy's accesses cost beyond the link
 * @in_turns: one leg waits for the other: by is then `serial`, hop the narrower leg's
 */
struct bound limits_bounce(const struct topo *t, int nic, int target, const struct path_ask *ask,
			   bool in_turns);

/* A figure beside its bound: above one with assumed inputs is a flag, above a certain one an error. */
enum limits_verdict { LIMITS_WITHIN, LIMITS_ABOVE, LIMITS_IMPOSSIBLE };

/* @blurred: the window is too short for its figure to be exact. Copies bound nothing physical: within. */
enum limits_verdict limits_judge(const struct bound *b, double gbyte_s, bool blurred);

/* The cells of @b but pct_limit. */
void limits_row(struct row *row, const struct bound *b);

#endif
