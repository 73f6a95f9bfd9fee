/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_NIC_NIC_CONNECT_H
#define P2P_NIC_NIC_CONNECT_H

/* What a connection is made with, however its ends have found each other. Private to nic/. */

#include "nic/nic.h"

enum {
	CONNECT_MIN_RNR_TIMER = 12, /* 0.64 ms */
	CONNECT_ACK_TIMEOUT = 14,   /* 4.096 us * 2^14 = 67 ms */
	CONNECT_RETRIES = 7,
	CONNECT_RNR_RETRIES = 7, /* for ever: see the contract of nic_qp_connect() */
};

/* Largest IBV_MTU_* that both ends carry; 0 with @e set (-EINVAL) when there is none. */
unsigned int nic_path_mtu(const struct nic *n, const struct nic_qp_addr *local,
			  const struct nic_qp_addr *remote, struct err *e);

/* READs and atomics in flight that one end sends and the other takes. */
uint8_t nic_rd_limit(uint32_t sent, uint32_t taken);

#endif
