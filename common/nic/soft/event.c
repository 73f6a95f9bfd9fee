// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See event.h. A lock, because events are rare and their reporters any. */
#include "nic/soft/event.h"

#include <stdarg.h>
#include <stdio.h>

void soft_events_open(struct soft_events *v)
{
	*v = (struct soft_events){.head = 0};
	pthread_mutex_init(&v->lock, NULL);
}

void soft_events_close(struct soft_events *v)
{
	pthread_mutex_destroy(&v->lock);
}

void soft_event(struct soft_events *v, bool fatal, uint32_t qp_num, const char *fmt, ...)
{
	struct nic_event ev = {.fatal = fatal, .qp_num = qp_num};
	va_list args;

	va_start(args, fmt);
	vsnprintf(ev.text, sizeof(ev.text), fmt, args);
	va_end(args);
	pthread_mutex_lock(&v->lock);
	if (v->head - v->tail < SOFT_EVENTS)
		v->at[v->head++ % SOFT_EVENTS] = ev;
	pthread_mutex_unlock(&v->lock);
}

int soft_event_take(struct soft_events *v, struct nic_event *out)
{
	bool any;

	pthread_mutex_lock(&v->lock);
	any = v->head != v->tail;
	if (any)
		*out = v->at[v->tail++ % SOFT_EVENTS];
	pthread_mutex_unlock(&v->lock);
	return any;
}
