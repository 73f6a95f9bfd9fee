/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_NIC_NIC_STATE_H
#define P2P_NIC_NIC_STATE_H

/* Names of queue pair states, for nic_qp_state() and for messages of backends. Private to nic/. */

/* "RTS" for IBV_QPS_RTS; "unknown" for anything that is no state, as -errno. */
const char *nic_state_name(int state);

#endif
