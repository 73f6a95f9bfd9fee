// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The IP address of a port, which is what rdma_cm binds to. A RoCE GID is such an address. InfiniBand and
 * iWARP have it on their network device, which sysfs shows beside the RDMA device below the same PCI
 * function.
 */
#include "nic/nic_verbs.h"

#include <dirent.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

static void map_ipv4(uint8_t ip[16], const struct in_addr *v4)
{
	memset(ip, 0, 10);
	ip[10] = ip[11] = 0xff;
	memcpy(ip + 12, v4, sizeof(*v4));
}

/* IPv4, else a global IPv6 address, of @netdev. */
static bool address_of(const char *netdev, uint8_t ip[16])
{
	struct ifaddrs *all;
	bool v6 = false, v4 = false;

	if (getifaddrs(&all))
		return false;
	for (struct ifaddrs *i = all; i && !v4; i = i->ifa_next) {
		const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *)i->ifa_addr;

		if (!i->ifa_addr || strcmp(i->ifa_name, netdev) != 0)
			continue;
		v4 = i->ifa_addr->sa_family == AF_INET;
		if (v4) {
			map_ipv4(ip, &((const struct sockaddr_in *)i->ifa_addr)->sin_addr);
		} else if (!v6 && i->ifa_addr->sa_family == AF_INET6 &&
			   !IN6_IS_ADDR_LINKLOCAL(&a6->sin6_addr)) {
			memcpy(ip, &a6->sin6_addr, sizeof(a6->sin6_addr));
			v6 = true;
		}
	}
	freeifaddrs(all);
	return v4 || v6;
}

/* The number in a file of @netdev's directory, decimal or 0x...; -1 when there is none. */
static long number(int net, const char *netdev, const char *file)
{
	char path[300], text[32];
	ssize_t len = -1;

	snprintf(path, sizeof(path), "%s/%s", netdev, file);
	CLEANUP_FD int fd = openat(net, path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		len = read(fd, text, sizeof(text) - 1);
	if (len <= 0)
		return -1;
	text[len] = '\0';
	return strtol(text, NULL, 0);
}

/* Network devices count ports from 0, the older ones in dev_id. */
static bool is_port(int net, const char *netdev, int port)
{
	return number(net, netdev, "dev_port") == port - 1 || number(net, netdev, "dev_id") == port - 1;
}

static bool netdev_address(const struct nic *n, uint8_t ip[16])
{
	char path[sizeof(n->ctx->device->ibdev_path) + 16];
	bool found = false;
	struct dirent *d;
	DIR *net;

	snprintf(path, sizeof(path), "%s/device/net", n->ctx->device->ibdev_path);
	net = opendir(path);
	while (net && !found && (d = readdir(net)))
		found = d->d_name[0] != '.' && is_port(dirfd(net), d->d_name, n->attr.port) &&
			address_of(d->d_name, ip);
	if (net)
		closedir(net);
	return found;
}

void verbs_ip_find(struct nic *n)
{
	struct nic_attr *a = &n->attr;

	if (a->gid_family != NIC_GID_NONE) {
		memcpy(a->ip, a->gid.raw, sizeof(a->ip));
		return;
	}
	if (!netdev_address(n, a->ip))
		snprintf(a->cm_why, sizeof(a->cm_why),
			 "no network device of port %d with an IP address was found", a->port);
}
