/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_MEAS_BOUNCE_H
#define P2P_MEAS_BOUNCE_H

/*
 * The detour through host memory: NIC <-> staging by RDMA, staging <-> target by a CPU. For importers that
 * cannot reach the target, and never peer to peer.
 *
 * To run one: open the target with INTERCONNECT_BOUNCE, take the op of the table that has `bounce`, give
 * lane_open() both ends (lane_bed.bounce, from peer_target_bounce()) and lane_shape.overlap, then
 * window_run() as ever. What is checked afterwards is the target's own memory.
 *
 * Without overlap the lane's thread does both in turns: it transfers what may be in flight, waits for all of
 * it, and copies it (READs: copies first). With overlap each lane has a second thread that copies message by
 * message, WRITEs as soon as they have completed, READs ahead. A slot of the staging is used again when its
 * message is through: the two threads tell each other by a counter each for every queue pair, so neither
 * waits for anything but the other.
 */

#include <stdint.h>

struct lane_shape;

/**
 * bounce_cannot() - can this load be bounced
 * @by: BOUNCE_BY_*, AXIS_EMPTY = cpu
 *
 * Return: NULL, or why not, for a `skipped` row. That there is an op with a bounce is another question.
 */
const char *bounce_cannot(const struct lane_shape *s, int64_t by);

#endif
