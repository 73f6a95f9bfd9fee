/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PEER_TCP_H
#define P2P_PEER_TCP_H

/* What both ends set on their sockets. Private to peer/. */

/* No delay of small messages; a host that is gone is noticed within a minute. Failures only cost that. */
void tcp_tune(int fd);

#endif
