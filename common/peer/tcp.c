// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "peer/tcp.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/cleanup.h"

void tcp_tune(int fd)
{
	/* 20 s of silence, then 4 questions 5 s apart; 40 s for what was sent and not acknowledged. */
	const struct {
		int level, name, value;
	} want[] = {
		{IPPROTO_TCP, TCP_NODELAY, 1},	 {SOL_SOCKET, SO_KEEPALIVE, 1},
		{IPPROTO_TCP, TCP_KEEPIDLE, 20}, {IPPROTO_TCP, TCP_KEEPINTVL, 5},
		{IPPROTO_TCP, TCP_KEEPCNT, 4},	 {IPPROTO_TCP, TCP_USER_TIMEOUT, 40000},
	};

	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		setsockopt(fd, want[i].level, want[i].name, &want[i].value, sizeof(want[i].value));
}
