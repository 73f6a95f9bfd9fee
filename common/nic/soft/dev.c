// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Life of a software device and its protection domains. Mutexes inside ibv objects are unused: zero. */
#include "nic/soft/far.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static void fill_device(struct ibv_device *device, const char *name)
{
	device->node_type = IBV_NODE_UNSPECIFIED;
	device->transport_type = IBV_TRANSPORT_UNSPECIFIED;
	snprintf(device->name, sizeof(device->name), "%s", name);
}

/* Whoever needs less runs code that knows nothing of the rest. */
void soft_dev_choose_post(struct soft_dev *d)
{
	if (d->fault.cfg.kind != SOFT_FAULT_NONE)
		d->ctx.ops.post_send = soft_post_faulty;
	else if (!d->moves_data)
		d->ctx.ops.post_send = soft_post_null;
	else
		d->ctx.ops.post_send = d->segs ? soft_post_far : soft_post_copy;
	d->ctx.ops.post_recv = d->segs ? soft_post_recv_far : soft_post_recv;
}

static void fill_context(struct soft_dev *d)
{
	d->ctx.device = &d->device;
	d->ctx.cmd_fd = -1;
	d->ctx.async_fd = -1;
	d->ctx.num_comp_vectors = 1;
	soft_dev_choose_post(d);
	d->ctx.ops.poll_cq = soft_poll_cq;
	d->ctx.ops.req_notify_cq = soft_req_notify_cq;
}

struct soft_dev *soft_dev_open(const char *name, bool moves_data)
{
	struct soft_dev *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->moves_data = moves_data;
	d->mrs.max_index = SOFT_MAX_MR_INDEX;
	d->qps.max_index = SOFT_MAX_QP_INDEX;
	soft_events_open(&d->events);
	fill_device(&d->device, name);
	fill_context(d);
	return d;
}

int soft_dev_close(struct soft_dev *d)
{
	if (d->pds || d->cqs)
		return -EBUSY;
	soft_table_close(&d->mrs);
	soft_table_close(&d->qps);
	soft_events_close(&d->events);
	soft_share_close(d);
	free(d->hints);
	free(d);
	return 0;
}

struct ibv_pd *soft_pd_alloc(struct soft_dev *d)
{
	struct soft_pd *pd = calloc(1, sizeof(*pd));

	if (!pd)
		return NULL;
	pd->ibv.context = &d->ctx;
	d->pds++;
	pd->number = ++d->pds_made;
	return &pd->ibv;
}

int soft_pd_dealloc(struct ibv_pd *ibv)
{
	struct soft_pd *pd = (struct soft_pd *)ibv;

	if (pd->users)
		return -EBUSY;
	soft_dev(ibv->context)->pds--;
	free(pd);
	return 0;
}
