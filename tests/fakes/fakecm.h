/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_FAKECM_H
#define P2P_FAKECM_H

/*
 * Stands in for librdmacm at link time, on the machine of fakeverbs.h: every rdma_*() the program calls. Both
 * ends of a connection are in this process. An address leads to the device that has it as a GID; a call to an
 * address and port where nobody listens is rejected, reason 8. A test lets calls fail, and lets an event come
 * as another one, or not at all.
 *
 * As the original: an event that was read and not acknowledged when its id is destroyed would hang; here it
 * is an assertion.
 */

#include <stdint.h>

#include <rdma/rdma_cma.h>

enum fakecm_call {
	FAKECM_CHANNEL,
	FAKECM_CREATE,
	FAKECM_BIND,
	FAKECM_LISTEN,
	FAKECM_RESOLVE_ADDR,
	FAKECM_RESOLVE_ROUTE,
	FAKECM_CONNECT,
	FAKECM_ACCEPT,
	FAKECM_REJECT,
	FAKECM_ESTABLISH,
	FAKECM_DISCONNECT,
	FAKECM_INIT_QP_ATTR,
	FAKECM_GET_EVENT,
	FAKECM_CALLS,
};

/* Forget what was scripted and counted. Everything must have been destroyed. */
void fakecm_reset(void);

/* Let the @nth call fail with @error, a positive errno; one failure at a time. */
void fakecm_fail(enum fakecm_call call, int nth, int error);

/* The @nth event of kind @when comes as @as with @status; @as -1: it never comes. One at a time. */
void fakecm_event(enum rdma_cm_event_type when, int nth, int as, int status);

/* An event out of the blue, for every id that is there, listeners as well. */
void fakecm_post(enum rdma_cm_event_type event, int status);

/* Whatever address: the route leads over @device, @port. NULL = as the GIDs say. */
void fakecm_leads_to(const char *device, uint8_t port);

/* Calls since fakecm_reset(); ids, channels and events alive. */
int fakecm_count(enum fakecm_call call);
int fakecm_live(void);

#endif
