// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* librdmacm on the scripted machine: ids, the way a connection is made, and what tests script. */
#undef NDEBUG
#include "fakes/fakecm.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "fakes/fakeverbs_priv.h"

enum { FIRST_PORT = 20000, PRIVATE_MAX = 56, IDS_MAX = 4096, SID_MISSING = 8, UNWANTED = 28, PSN = 0x4711 };

struct fake_event {
	struct rdma_cm_event ev; /* first: the program sees this */
	char private_data[PRIVATE_MAX];
	struct fake_event *next;
};

struct fake_channel {
	struct rdma_event_channel channel; /* first */
	struct fake_event *first, **last;
};

/**
 * struct fake_id - an id
 * @ctx: what id.verbs points to: only its device is looked at
 * @pair: the other end; @param: of connect or accept; @unacked: events read and not given back
 */
struct fake_id {
	struct rdma_cm_id id; /* first */
	struct ibv_context ctx;
	struct fake_id *pair;
	struct rdma_conn_param param;
	bool listens, connected;
	int unacked;
};

static struct {
	pthread_mutex_t lock;
	struct fake_id *id[IDS_MAX];
	int count[FAKECM_CALLS], fail_call, fail_in, fail_error;
	int when, when_in, as, status;
	const char *leads_to;
	uint8_t leads_port;
	uint16_t next_port;
	int live;
} cm = {.lock = PTHREAD_MUTEX_INITIALIZER, .when = -1, .next_port = FIRST_PORT};

static void lock(void)
{
	pthread_mutex_lock(&cm.lock);
}

static int unlock(int rc)
{
	pthread_mutex_unlock(&cm.lock);
	return rc;
}

/* Counts a call. Return: 0, or -1 and errno: it is to fail. */
static int called(enum fakecm_call call)
{
	cm.count[call]++;
	if (cm.fail_in <= 0 || cm.fail_call != (int)call || --cm.fail_in)
		return 0;
	errno = cm.fail_error;
	return -1;
}

static struct fake_id *fake_of(struct rdma_cm_id *id)
{
	return (struct fake_id *)id;
}

static int refuse(int error)
{
	errno = error;
	return -1;
}

void fakecm_reset(void)
{
	assert(!cm.live);
	memset(cm.count, 0, sizeof(cm.count));
	cm.fail_in = 0;
	cm.when = -1;
	cm.leads_to = NULL;
}

void fakecm_fail(enum fakecm_call call, int nth, int error)
{
	cm.fail_call = (int)call;
	cm.fail_in = nth;
	cm.fail_error = error;
}

void fakecm_event(enum rdma_cm_event_type when, int nth, int as, int status)
{
	cm.when = (int)when;
	cm.when_in = nth;
	cm.as = as;
	cm.status = status;
}

void fakecm_leads_to(const char *device, uint8_t port)
{
	cm.leads_to = device;
	cm.leads_port = port;
}

int fakecm_count(enum fakecm_call call)
{
	return cm.count[call];
}

int fakecm_live(void)
{
	return cm.live;
}

/* Queue an event. @hello: what a request carries. */
static void post(struct fake_id *to, enum rdma_cm_event_type event, int status,
		 const struct rdma_conn_param *hello)
{
	struct fake_channel *ch = (struct fake_channel *)to->id.channel;
	struct fake_event *e;

	if (cm.when == (int)event && !--cm.when_in) {
		cm.when = -1;
		if (cm.as < 0)
			return;
		event = (enum rdma_cm_event_type)cm.as;
		status = cm.status;
	}
	e = calloc(1, sizeof(*e));
	assert(e);
	cm.live++;
	e->ev = (struct rdma_cm_event){.id = &to->id, .event = event, .status = status};
	if (hello && hello->private_data_len) {
		assert(hello->private_data_len <= PRIVATE_MAX);
		memcpy(e->private_data, hello->private_data, hello->private_data_len);
		e->ev.param.conn.private_data = e->private_data;
		e->ev.param.conn.private_data_len = hello->private_data_len;
	}
	*ch->last = e;
	ch->last = &e->next;
	assert(!eventfd_write(ch->channel.fd, 1));
}

void fakecm_post(enum rdma_cm_event_type event, int status)
{
	lock();
	for (int i = 0; i < IDS_MAX; i++)
		if (cm.id[i])
			post(cm.id[i], event, status, NULL);
	unlock(0);
}

struct rdma_event_channel *rdma_create_event_channel(void)
{
	struct fake_channel *ch = NULL;

	lock();
	if (!called(FAKECM_CHANNEL))
		ch = calloc(1, sizeof(*ch));
	if (ch) {
		ch->channel.fd = eventfd(0, EFD_CLOEXEC);
		assert(ch->channel.fd >= 0);
		ch->last = &ch->first;
		cm.live++;
	}
	unlock(0);
	return ch ? &ch->channel : NULL;
}

void rdma_destroy_event_channel(struct rdma_event_channel *channel)
{
	struct fake_channel *ch = (struct fake_channel *)channel;

	lock();
	assert(!ch->first); /* ids and their events are gone before */
	close(ch->channel.fd);
	free(ch);
	cm.live--;
	unlock(0);
}

static struct fake_id *id_new(struct rdma_event_channel *channel, void *context)
{
	struct fake_id *f = calloc(1, sizeof(*f));
	int i = 0;

	assert(f);
	while (cm.id[i])
		assert(++i < IDS_MAX);
	cm.id[i] = f;
	cm.live++;
	f->id.channel = channel;
	f->id.context = context;
	f->id.ps = RDMA_PS_TCP;
	f->id.qp_type = IBV_QPT_RC;
	return f;
}

int rdma_create_id(struct rdma_event_channel *channel, struct rdma_cm_id **id, void *context,
		   enum rdma_port_space ps)
{
	assert(ps == RDMA_PS_TCP);
	lock();
	if (called(FAKECM_CREATE))
		return unlock(-1);
	*id = &id_new(channel, context)->id;
	return unlock(0);
}

/* What was not read yet goes with its id. */
static void forget_events(struct fake_id *f)
{
	struct fake_channel *ch = (struct fake_channel *)f->id.channel;

	for (struct fake_event **at = &ch->first; *at;) {
		struct fake_event *e = *at;

		if (e->ev.id != &f->id) {
			at = &e->next;
			continue;
		}
		*at = e->next;
		free(e);
		cm.live--;
	}
	ch->last = &ch->first;
	while (*ch->last)
		ch->last = &(*ch->last)->next;
}

static void hang_up(struct fake_id *f)
{
	if (f->pair && f->connected)
		post(f->pair, RDMA_CM_EVENT_DISCONNECTED, 0, NULL);
	f->connected = false;
}

static void destroy(struct fake_id *f);

/* Connections whose request nobody has read end with their listener. */
static void drop_requests(struct fake_id *listener)
{
	struct fake_channel *ch = (struct fake_channel *)listener->id.channel;
	struct fake_event *e = ch->first;

	while (e) {
		bool request = e->ev.event == RDMA_CM_EVENT_CONNECT_REQUEST;

		if (request)
			destroy(fake_of(e->ev.id));
		e = request ? ch->first : e->next;
	}
}

static void destroy(struct fake_id *f)
{
	int i = 0;

	assert(!f->unacked);
	if (f->listens)
		drop_requests(f);
	hang_up(f);
	if (f->pair)
		f->pair->pair = NULL;
	forget_events(f);
	while (cm.id[i] != f)
		assert(++i < IDS_MAX);
	cm.id[i] = NULL;
	free(f);
	cm.live--;
}

int rdma_destroy_id(struct rdma_cm_id *id)
{
	lock();
	destroy(fake_of(id));
	return unlock(0);
}

static void gid_of(union ibv_gid *gid, const struct sockaddr *a)
{
	memset(gid, 0, sizeof(*gid));
	if (a->sa_family == AF_INET6) {
		memcpy(gid->raw, &((const struct sockaddr_in6 *)a)->sin6_addr, sizeof(gid->raw));
		return;
	}
	gid->raw[10] = gid->raw[11] = 0xff;
	memcpy(gid->raw + 12, &((const struct sockaddr_in *)a)->sin_addr, 4);
}

/* -1: the device has no such GID. */
static int gid_index(const struct fake_device *d, const union ibv_gid *gid)
{
	for (int i = 0; i < d->n_gids; i++)
		if (!memcmp(&d->gids[i].gid, gid, sizeof(*gid)))
			return (int)d->gids[i].gid_index;
	return -1;
}

/* iWARP devices of the fake have every address. */
static bool has_address(const struct fake_device *d, const union ibv_gid *gid)
{
	return d->transport == IBV_TRANSPORT_IWARP || gid_index(d, gid) >= 0;
}

/* Gives @f the device that its own address belongs to. */
static int find_device(struct fake_id *f)
{
	union ibv_gid gid;

	gid_of(&gid, &f->id.route.addr.src_addr);
	f->id.port_num = cm.leads_to ? cm.leads_port : 1;
	for (int i = 0; i < fake_machine.n_devices; i++) {
		struct fake_machine_device *m = &fake_machine.device[i];

		if (cm.leads_to ? strcmp(m->d.name, cm.leads_to) != 0 : !has_address(&m->d, &gid))
			continue;
		f->ctx.device = &m->ibv;
		f->id.verbs = &f->ctx;
		return 0;
	}
	return refuse(EADDRNOTAVAIL);
}

static void copy_address(struct sockaddr_storage *out, const struct sockaddr *a)
{
	memcpy(out, a, a->sa_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
}

/* Family and port stand at the same place in both families. */
static in_port_t *port_of(struct sockaddr_storage *a)
{
	return &((struct sockaddr_in *)a)->sin_port;
}

int rdma_bind_addr(struct rdma_cm_id *id, struct sockaddr *addr)
{
	lock();
	if (called(FAKECM_BIND))
		return unlock(-1);
	copy_address(&id->route.addr.src_storage, addr);
	*port_of(&id->route.addr.src_storage) = htons(cm.next_port++);
	return unlock(find_device(fake_of(id)));
}

__be16 rdma_get_src_port(struct rdma_cm_id *id)
{
	return *port_of(&id->route.addr.src_storage);
}

int rdma_listen(struct rdma_cm_id *id, int backlog)
{
	assert(backlog > 0);
	lock();
	if (called(FAKECM_LISTEN))
		return unlock(-1);
	fake_of(id)->listens = true;
	return unlock(0);
}

int rdma_resolve_addr(struct rdma_cm_id *id, struct sockaddr *src, struct sockaddr *dst, int timeout_ms)
{
	assert(timeout_ms > 0);
	lock();
	if (called(FAKECM_RESOLVE_ADDR))
		return unlock(-1);
	copy_address(&id->route.addr.src_storage, src);
	copy_address(&id->route.addr.dst_storage, dst);
	if (find_device(fake_of(id)))
		return unlock(-1);
	post(fake_of(id), RDMA_CM_EVENT_ADDR_RESOLVED, 0, NULL);
	return unlock(0);
}

int rdma_resolve_route(struct rdma_cm_id *id, int timeout_ms)
{
	assert(timeout_ms > 0);
	lock();
	if (called(FAKECM_RESOLVE_ROUTE))
		return unlock(-1);
	post(fake_of(id), RDMA_CM_EVENT_ROUTE_RESOLVED, 0, NULL);
	return unlock(0);
}

static struct fake_id *find_listener(struct fake_id *f)
{
	union ibv_gid want, has;

	gid_of(&want, &f->id.route.addr.dst_addr);
	for (int i = 0; i < IDS_MAX; i++) {
		struct fake_id *l = cm.id[i];

		if (!l || !l->listens ||
		    *port_of(&l->id.route.addr.src_storage) != *port_of(&f->id.route.addr.dst_storage))
			continue;
		gid_of(&has, &l->id.route.addr.src_addr);
		if (!memcmp(&want, &has, sizeof(want)))
			return l;
	}
	return NULL;
}

int rdma_connect(struct rdma_cm_id *id, struct rdma_conn_param *param)
{
	struct fake_id *f = fake_of(id), *l, *there;

	lock();
	if (called(FAKECM_CONNECT))
		return unlock(-1);
	f->param = *param;
	l = find_listener(f);
	if (!l) {
		post(f, RDMA_CM_EVENT_REJECTED, SID_MISSING, NULL);
		return unlock(0);
	}
	there = id_new(l->id.channel, l->id.context);
	there->id.route.addr.src_storage = f->id.route.addr.dst_storage;
	there->id.route.addr.dst_storage = f->id.route.addr.src_storage;
	there->ctx.device = l->ctx.device;
	there->id.verbs = &there->ctx;
	there->id.port_num = l->id.port_num;
	there->pair = f;
	f->pair = there;
	post(there, RDMA_CM_EVENT_CONNECT_REQUEST, 0, param);
	return unlock(0);
}

static bool is_iwarp(const struct fake_id *f)
{
	return f->ctx.device->transport_type == IBV_TRANSPORT_IWARP;
}

int rdma_accept(struct rdma_cm_id *id, struct rdma_conn_param *param)
{
	struct fake_id *f = fake_of(id);

	lock();
	if (called(FAKECM_ACCEPT))
		return unlock(-1);
	f->param = *param;
	f->connected = true;
	if (!f->pair) {
		post(f, RDMA_CM_EVENT_DISCONNECTED, 0, NULL);
		return unlock(0);
	}
	f->pair->connected = true;
	if (is_iwarp(f)) {
		post(f->pair, RDMA_CM_EVENT_ESTABLISHED, 0, NULL);
		post(f, RDMA_CM_EVENT_ESTABLISHED, 0, NULL);
	} else {
		post(f->pair, RDMA_CM_EVENT_CONNECT_RESPONSE, 0, NULL);
	}
	return unlock(0);
}

int rdma_reject(struct rdma_cm_id *id, const void *data, uint8_t len)
{
	struct fake_id *f = fake_of(id);

	(void)data;
	assert(!len);
	lock();
	if (called(FAKECM_REJECT))
		return unlock(-1);
	if (f->pair)
		post(f->pair, RDMA_CM_EVENT_REJECTED, UNWANTED, NULL);
	return unlock(0);
}

int rdma_establish(struct rdma_cm_id *id)
{
	struct fake_id *f = fake_of(id);

	lock();
	if (called(FAKECM_ESTABLISH))
		return unlock(-1);
	if (f->pair)
		post(f->pair, RDMA_CM_EVENT_ESTABLISHED, 0, NULL);
	return unlock(0);
}

int rdma_disconnect(struct rdma_cm_id *id)
{
	lock();
	if (called(FAKECM_DISCONNECT))
		return unlock(-1);
	hang_up(fake_of(id));
	return unlock(0);
}

/* As the kernel gives them: the timers of RoCE are its longest. */
static int qp_attr(const struct fake_id *f, struct ibv_qp_attr *a, int *mask)
{
	union ibv_gid gid;

	*mask = IBV_QP_STATE;
	if (is_iwarp(f)) {
		*mask = a->qp_state == IBV_QPS_INIT ? IBV_QP_STATE | IBV_QP_ACCESS_FLAGS | IBV_QP_PORT : 0;
		a->port_num = f->id.port_num;
		return 0;
	}
	if (a->qp_state == IBV_QPS_INIT) {
		a->port_num = f->id.port_num;
		*mask |= IBV_QP_PKEY_INDEX | IBV_QP_PORT | IBV_QP_ACCESS_FLAGS;
		return 0;
	}
	if (!f->pair)
		return refuse(EINVAL);
	if (a->qp_state == IBV_QPS_RTR) {
		gid_of(&gid, &f->id.route.addr.src_addr);
		a->ah_attr.is_global = 1;
		a->ah_attr.port_num = f->id.port_num;
		a->ah_attr.grh.hop_limit = 64;
		a->ah_attr.grh.sgid_index =
			(uint8_t)gid_index(&((struct fake_machine_device *)f->ctx.device)->d, &gid);
		gid_of(&a->ah_attr.grh.dgid, &f->id.route.addr.dst_addr);
		a->path_mtu = IBV_MTU_4096;
		a->dest_qp_num = f->pair->param.qp_num;
		a->rq_psn = PSN;
		a->max_dest_rd_atomic = f->param.responder_resources;
		*mask |= IBV_QP_AV | IBV_QP_PATH_MTU | IBV_QP_DEST_QPN | IBV_QP_RQ_PSN |
			 IBV_QP_MAX_DEST_RD_ATOMIC | IBV_QP_MIN_RNR_TIMER;
		return 0;
	}
	a->sq_psn = PSN;
	a->timeout = 20;
	*mask |= IBV_QP_SQ_PSN | IBV_QP_TIMEOUT | IBV_QP_RETRY_CNT | IBV_QP_RNR_RETRY |
		 IBV_QP_MAX_QP_RD_ATOMIC;
	return 0;
}

int rdma_init_qp_attr(struct rdma_cm_id *id, struct ibv_qp_attr *attr, int *mask)
{
	lock();
	if (called(FAKECM_INIT_QP_ATTR))
		return unlock(-1);
	return unlock(qp_attr(fake_of(id), attr, mask));
}

int rdma_get_cm_event(struct rdma_event_channel *channel, struct rdma_cm_event **event)
{
	struct fake_channel *ch = (struct fake_channel *)channel;
	struct fake_event *e;
	eventfd_t seen;

	lock();
	if (called(FAKECM_GET_EVENT))
		return unlock(-1);
	e = ch->first;
	if (!e) {
		eventfd_read(ch->channel.fd, &seen);
		return unlock(refuse(EAGAIN));
	}
	ch->first = e->next;
	if (!ch->first)
		ch->last = &ch->first;
	fake_of(e->ev.id)->unacked++;
	*event = &e->ev;
	return unlock(0);
}

int rdma_ack_cm_event(struct rdma_cm_event *event)
{
	lock();
	fake_of(event->id)->unacked--;
	free(event);
	cm.live--;
	return unlock(0);
}

const char *rdma_event_str(enum rdma_cm_event_type event)
{
#define NAME(x) [RDMA_CM_EVENT_##x] = "RDMA_CM_EVENT_" #x
	static const char *const name[] = {
		NAME(ADDR_RESOLVED),   NAME(ADDR_ERROR),       NAME(ROUTE_RESOLVED), NAME(ROUTE_ERROR),
		NAME(CONNECT_REQUEST), NAME(CONNECT_RESPONSE), NAME(CONNECT_ERROR),  NAME(UNREACHABLE),
		NAME(REJECTED),	       NAME(ESTABLISHED),      NAME(DISCONNECTED),   NAME(DEVICE_REMOVAL),
		NAME(MULTICAST_JOIN),  NAME(MULTICAST_ERROR),  NAME(ADDR_CHANGE),    NAME(TIMEWAIT_EXIT),
	};

	return name[event];
}
