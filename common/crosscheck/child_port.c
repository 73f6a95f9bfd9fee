// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* TCP ports. Whether a server listens is read from the kernel's table: a connection to try would be its
 * client. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "crosscheck/child_priv.h"

enum { STATE_LISTEN = 0x0a };

int child_free_port(void)
{
	CLEANUP_FD int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t len = sizeof(at);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) ||
	    getsockname(fd, (struct sockaddr *)&at, &len))
		return -errno;
	return ntohs(at.sin_port);
}

/* "  12: 00000000:5A4F 00000000:0000 0A ...": local address and port, remote ones, state. */
int child_listens(const char *table, int port)
{
	for (const char *line = table; line; line = strchr(line, '\n')) {
		char local[40], remote[40];
		const char *colon;
		char state[8];

		line += *line == '\n';
		if (sscanf(line, " %*[0-9]: %39s %39s %7s", local, remote, state) != 3 ||
		    strtol(state, NULL, 16) != STATE_LISTEN)
			continue;
		colon = strrchr(local, ':');
		if (colon && strtol(colon + 1, NULL, 16) == port)
			return 1;
	}
	return 0;
}

static bool taken_in(const char *path, int port)
{
	CLEANUP_FILE FILE *f = fopen(path, "re");
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (child_listens(line, port))
			return true;
	return false;
}

bool port_taken(int port)
{
	return taken_in("/proc/net/tcp", port) || taken_in("/proc/net/tcp6", port);
}
