// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What comes over netlink is looked at within its bounds, and a refusal is told from rubbish. */
#include <errno.h>
#include <linux/netlink.h>
#include <rdma/rdma_netlink.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "fakes/nic_check.h"
#include "nic/nic_netlink.h"

int __wrap_netlink_open(const void *request, size_t bytes);

/* What the next netlink_open() answers with: a datagram a row. */
static const struct datagram {
	const void *at;
	size_t n;
} * answer;
static size_t n_answer;
static int refuse;
static unsigned char asked[64];
static size_t asked_bytes;

int __wrap_netlink_open(const void *request, size_t bytes)
{
	const struct timeval patience = {.tv_usec = 1000};
	int end[2];

	assert_true(bytes <= sizeof(asked));
	memcpy(asked, request, bytes);
	asked_bytes = bytes;
	if (refuse)
		return refuse;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, end), 0);
	for (size_t i = 0; i < n_answer; i++)
		assert_int_equal(send(end[0], answer[i].at, answer[i].n, 0), (ssize_t)answer[i].n);
	assert_int_equal(setsockopt(end[1], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	if (n_answer)
		close(end[0]); /* else the other end stays and is silent */
	return end[1];
}

struct message {
	struct nlmsghdr head;
	struct nlattr attr;
	uint32_t value;
};

static struct message data_of(uint32_t value)
{
	return (struct message){
		.head = {.nlmsg_len = sizeof(struct message),
			 .nlmsg_type = RDMA_NL_GET_TYPE(RDMA_NL_NLDEV, 1)},
		.attr = {8, RDMA_NLDEV_ATTR_DEV_INDEX},
		.value = value,
	};
}

struct result {
	struct nlmsghdr head;
	int error;
};

static struct result result_of(uint16_t type, int error)
{
	return (struct result){{.nlmsg_len = sizeof(struct result), .nlmsg_type = type}, error};
}

static int sum(struct netlink_bytes attrs, void *arg)
{
	uint32_t v;

	if (!netlink_u32(attrs, RDMA_NLDEV_ATTR_DEV_INDEX, &v))
		return -ENODATA;
	*(uint32_t *)arg += v;
	return v == 100 ? 7 : 0;
}

static int ask(bool dump, const struct datagram *rows, size_t n, uint32_t *total)
{
	const struct netlink_ask a = {.op = RDMA_NLDEV_CMD_RES_MR_GET,
				      .dump = dump,
				      .attr = {{RDMA_NLDEV_ATTR_DEV_INDEX, 5}},
				      .n_attrs = 1};

	answer = rows;
	n_answer = n;
	*total = 0;
	return netlink_ask(&a, sum, total);
}

static void request(void **state)
{
	const struct result end = result_of(NLMSG_DONE, 0);
	struct message m;
	uint32_t total;

	(void)state;
	assert_int_equal(ask(true, &(struct datagram){&end, sizeof(end)}, 1, &total), 0);
	assert_int_equal(asked_bytes, sizeof(m));
	memcpy(&m, asked, sizeof(m));
	assert_int_equal(m.head.nlmsg_len, sizeof(m));
	assert_int_equal(m.head.nlmsg_type, RDMA_NL_NLDEV << 10 | RDMA_NLDEV_CMD_RES_MR_GET);
	assert_int_equal(m.head.nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
	assert_int_equal(m.attr.nla_type, RDMA_NLDEV_ATTR_DEV_INDEX);
	assert_int_equal(m.attr.nla_len, 8);
	assert_int_equal(m.value, 5);
}

static void dump_to_its_end(void **state)
{
	const struct message two[] = {data_of(1), data_of(2)}, stop = data_of(100), more = data_of(4);
	const struct result end = result_of(NLMSG_DONE, 0), late = result_of(NLMSG_DONE, -EINVAL);
	const struct datagram all[] = {{two, sizeof(two)}, {&more, sizeof(more)}, {&end, sizeof(end)}};
	const struct datagram fails[] = {{two, sizeof(two)}, {&late, sizeof(late)}};
	const struct datagram stops[] = {{&stop, sizeof(stop)}, {&more, sizeof(more)}};
	uint32_t total;

	(void)state;
	assert_int_equal(ask(true, all, 3, &total), 0);
	assert_int_equal(total, 7);
	assert_int_equal(ask(true, fails, 2, &total), -EINVAL);
	assert_int_equal(ask(true, stops, 2, &total), 7);
	assert_int_equal(total, 100);
	assert_int_equal(ask(true, all, 2, &total), -EBADMSG); /* ends without an end */
}

static void one_object(void **state)
{
	const struct message m = data_of(3);
	const struct result no = result_of(NLMSG_ERROR, -EPERM), ok = result_of(NLMSG_ERROR, 0);
	uint32_t total;

	(void)state;
	assert_int_equal(ask(false, &(struct datagram){&m, sizeof(m)}, 1, &total), 0);
	assert_int_equal(total, 3);
	assert_int_equal(ask(false, &(struct datagram){&no, sizeof(no)}, 1, &total), -EPERM);
	assert_int_equal(ask(false, &(struct datagram){&ok, sizeof(ok)}, 1, &total), 0);
	assert_int_equal(ask(false, NULL, 0, &total), -ETIMEDOUT);
	refuse = -EPROTONOSUPPORT;
	assert_int_equal(ask(false, NULL, 0, &total), -EPROTONOSUPPORT);
	refuse = 0;
}

/* One message, at its exact length so that a look beyond it shows. */
static int look(const void *at, size_t n)
{
	CLEANUP_FREE unsigned char *copy = malloc(n ? n : 1);
	struct netlink_bytes rest = {copy, n}, attrs;

	assert_non_null(copy);
	memcpy(copy, at, n);
	return netlink_message(&rest, &attrs);
}

static void messages(void **state)
{
	struct result r = result_of(NLMSG_ERROR, -EPERM);
	struct message m = data_of(1);

	(void)state;
	assert_int_equal(look(&m, 0), NETLINK_USED_UP);
	assert_int_equal(look(&m, sizeof(m)), NETLINK_DATA);
	for (size_t n = 1; n < sizeof(m); n++)
		assert_int_equal(look(&m, n), -EBADMSG);
	m.head.nlmsg_len = sizeof(m.head) - 1;
	assert_int_equal(look(&m, sizeof(m)), -EBADMSG);
	m.head.nlmsg_len = UINT32_MAX;
	assert_int_equal(look(&m, sizeof(m)), -EBADMSG);
	assert_int_equal(look(&r, sizeof(r)), -EPERM);
	r.error = 1;
	assert_int_equal(look(&r, sizeof(r)), -EBADMSG);
	r.error = INT32_MIN;
	assert_int_equal(look(&r, sizeof(r)), -EBADMSG);
	r = result_of(NLMSG_ERROR, 0);
	r.head.nlmsg_len = sizeof(r.head);
	assert_int_equal(look(&r, sizeof(r.head)), -EBADMSG);
	r.head.nlmsg_type = NLMSG_DONE;
	assert_int_equal(look(&r, sizeof(r.head)), NETLINK_DONE);
}

static bool find(const void *at, size_t n, uint16_t type, uint32_t *out)
{
	CLEANUP_FREE unsigned char *copy = malloc(n ? n : 1);

	assert_non_null(copy);
	memcpy(copy, at, n);
	return netlink_u32((struct netlink_bytes){copy, n}, type, out);
}

static void attributes(void **state)
{
	struct {
		struct nlattr text;
		char chars[4]; /* three of them are the attribute's */
		struct nlattr number;
		uint32_t value;
	} a = {{7, 1}, "ab", {8, 2 | NLA_F_NESTED}, 42};
	uint32_t v = 0;

	(void)state;
	assert_true(find(&a, sizeof(a), 2, &v));
	assert_int_equal(v, 42);
	assert_false(find(&a, sizeof(a), 1, &v)); /* not 32 bits */
	assert_false(find(&a, sizeof(a), 3, &v));
	for (size_t n = 0; n < sizeof(a); n++)
		assert_false(find(&a, n, 2, &v));
	a.text.nla_len = 3; /* shorter than its head: the walk would never end */
	assert_false(find(&a, sizeof(a), 2, &v));
	a.text.nla_len = UINT16_MAX;
	assert_false(find(&a, sizeof(a), 2, &v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request),  cmocka_unit_test(dump_to_its_end), cmocka_unit_test(one_object),
		cmocka_unit_test(messages), cmocka_unit_test(attributes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
