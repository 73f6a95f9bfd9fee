// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The socket to the kernel's RDMA subsystem. */
#include <errno.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "nic/nic_netlink.h"

int netlink_open(const void *request, size_t bytes)
{
	const struct timeval patience = {.tv_sec = 2};
	const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_RDMA);
	int rc = 0;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	    sendto(fd, request, bytes, 0, (const struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		rc = -errno;
	if (!rc)
		return fd;
	close(fd);
	return rc;
}
