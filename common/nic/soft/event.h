/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_NIC_SOFT_EVENT_H
#define P2P_NIC_SOFT_EVENT_H

/*
 * Asynchronous events of a software device. Any thread may report one, while the controlling thread
 * takes them. When too many wait, the oldest ones are kept: what came first is the cause.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "nic/nic.h"

enum { SOFT_EVENTS = 32 };

/* @head, @tail: reported and taken, free-running */
struct soft_events {
	pthread_mutex_t lock;
	uint32_t head, tail;
	struct nic_event at[SOFT_EVENTS];
};

void soft_events_open(struct soft_events *v);
void soft_events_close(struct soft_events *v);

/* @fmt may be followed by arguments; the text says what about whom. */
__attribute__((format(printf, 4, 5))) void soft_event(struct soft_events *v, bool fatal, uint32_t qp_num,
						      const char *fmt, ...);

/* As nic_async(): 1 and @out, or 0. */
int soft_event_take(struct soft_events *v, struct nic_event *out);

#endif
