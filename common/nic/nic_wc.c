// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Completion status in words. One row a status: its short name, what usually causes it and what to
 * do next. Used for err_text of a failed window, so a row must make sense without any context.
 */
#include "nic/nic.h"

#include "base/cleanup.h"

struct wc_row {
	const char *name;
	const char *hint;
};

static const struct wc_row wc_rows[] = {
	[IBV_WC_SUCCESS] = {"SUCCESS", "completed"},
	[IBV_WC_LOC_LEN_ERR] = {"LOC_LEN_ERR",
				"the message is longer than the device or the posted receive takes, or an "
				"atomic whose local buffer is not 8 bytes; reduce size to the device's "
				"max_msg_size"},
	[IBV_WC_LOC_QP_OP_ERR] = {"LOC_QP_OP_ERR",
				  "the device could not read or carry out the work request (bad opcode, SGE "
				  "list or queue state, more inline data than granted); a program fault or "
				  "an unsupported operation"},
	[IBV_WC_LOC_EEC_OP_ERR] = {"LOC_EEC_OP_ERR", "reliable datagram only; not expected on RC"},
	[IBV_WC_LOC_PROT_ERR] =
		{"LOC_PROT_ERR",
		 "wrong lkey, or an SGE outside its MR, or the MR lacks the access; for device "
		 "memory also a translation or IOMMU fault: look for IOMMU and AER lines in dmesg"},
	[IBV_WC_WR_FLUSH_ERR] = {"WR_FLUSH_ERR",
				 "only a consequence: the queue pair was already in error; the first failed "
				 "completion, or a flush that was asked for, is the cause"},
	[IBV_WC_MW_BIND_ERR] = {"MW_BIND_ERR", "memory window bind refused; not used by this program"},
	[IBV_WC_BAD_RESP_ERR] =
		{"BAD_RESP_ERR",
		 "the responder sent an answer that fits no request; a firmware or driver fault, "
		 "or two ends with one queue pair number"},
	[IBV_WC_LOC_ACCESS_ERR] = {"LOC_ACCESS_ERR",
				   "incoming data does not fit the local MR: it lacks LOCAL_WRITE or was "
				   "deregistered or revoked under way"},
	[IBV_WC_REM_INV_REQ_ERR] =
		{"REM_INV_REQ_ERR",
		 "the responder does not take this operation: not granted on its queue pair, "
		 "an atomic it cannot do or whose address is not a multiple of 8, a READ or atomic "
		 "beyond its rd_atomic, or a message longer than the receive posted for it"},
	[IBV_WC_REM_ACCESS_ERR] =
		{"REM_ACCESS_ERR",
		 "wrong rkey, remote address outside the MR, or the MR lacks REMOTE_READ, "
		 "REMOTE_WRITE or REMOTE_ATOMIC; after a reset of the target: its MR was revoked"},
	[IBV_WC_REM_OP_ERR] =
		{"REM_OP_ERR",
		 "the responder's own DMA failed: the target's BAR is off, in reset or in D3, the "
		 "fabric answered UR or CA, or an atomic met memory that takes none; "
		 "look for AER lines in dmesg on the responder"},
	[IBV_WC_RETRY_EXC_ERR] =
		{"RETRY_EXC_ERR",
		 "no acknowledgement within the retries: wrong GID or VLAN, MTU larger than the "
		 "path, lossy network without PFC or ECN, or the peer died; check with rping"},
	[IBV_WC_RNR_RETRY_EXC_ERR] = {"RNR_RETRY_EXC_ERR",
				      "the responder had no receive posted for a SEND or WRITE with "
				      "immediate within the retries: lower qd or rate, or give the responder "
				      "a CPU of its own"},
	[IBV_WC_LOC_RDD_VIOL_ERR] = {"LOC_RDD_VIOL_ERR", "reliable datagram only; not expected on RC"},
	[IBV_WC_REM_INV_RD_REQ_ERR] = {"REM_INV_RD_REQ_ERR", "reliable datagram only; not expected on RC"},
	[IBV_WC_REM_ABORT_ERR] = {"REM_ABORT_ERR", "the responder aborted the operation; see its log"},
	[IBV_WC_INV_EECN_ERR] = {"INV_EECN_ERR", "reliable datagram only; not expected on RC"},
	[IBV_WC_INV_EEC_STATE_ERR] = {"INV_EEC_STATE_ERR", "reliable datagram only; not expected on RC"},
	[IBV_WC_FATAL_ERR] =
		{"FATAL_ERR",
		 "the device failed: internal error or reset; look for the driver's lines in dmesg"},
	[IBV_WC_RESP_TIMEOUT_ERR] = {"RESP_TIMEOUT_ERR",
				     "the responder did not answer in time; check the path and the peer"},
	[IBV_WC_GENERAL_ERR] = {"GENERAL_ERR",
				"the provider gives no closer reason; see vendor_err and dmesg"},
	[IBV_WC_TM_ERR] = {"TM_ERR", "tag matching failed; not used by this program"},
	[IBV_WC_TM_RNDV_INCOMPLETE] = {"TM_RNDV_INCOMPLETE",
				       "tag matching rendezvous; not used by this program"},
};

static const struct wc_row *wc_row(int status)
{
	static const struct wc_row unknown = {"unknown status",
					      "newer than this program; see the provider's sources"};

	if (status < 0 || (size_t)status >= ARRAY_LEN(wc_rows))
		return &unknown;
	return &wc_rows[status];
}

const char *nic_wc_name(int status)
{
	return wc_row(status)->name;
}

const char *nic_wc_hint(int status)
{
	return wc_row(status)->hint;
}
