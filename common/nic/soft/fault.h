/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_NIC_SOFT_FAULT_H
#define P2P_NIC_SOFT_FAULT_H

/* Between post.c and fault.c; tests arm faults by soft_fault_set() of soft.h. */

#include "nic/soft/soft.h"

/* Executes @wr unless the device's armed fault strikes it. */
struct soft_done soft_fault_exec(struct soft_qp *qp, const struct ibv_send_wr *wr);

#endif
