/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_PEER_CHANNEL_H
#define P2P_PEER_CHANNEL_H

/*
 * A byte stream to another process that carries frames: four bytes of length, big endian, then that many
 * bytes of JSON. What the bytes mean is message.h. Everything that arrives is hostile: a frame is at most
 * CHANNEL_FRAME_MAX long, memory grows with what has arrived, never with what a length says, and nothing
 * waits longer than it was told to.
 *
 * Threads: one at a time.
 */

#include <stddef.h>
#include <stdint.h>

struct err;
struct channel; /* opaque */

enum { CHANNEL_FRAME_MAX = 64 << 20 };

/**
 * channel_new() - frames over two descriptors
 * @in, @out: read and written; may be the same (a socket); become non-blocking and are owned from here on
 * @name: how the other side is called in messages ("ssh:rack7", "127.0.0.1:7471"); copied
 *
 * Return: NULL without memory; then @in and @out are closed.
 */
struct channel *channel_new(int in, int out, const char *name);

/* Closes the descriptors. NULL is fine. */
void channel_free(struct channel *c);

const char *channel_name(const struct channel *c);

/**
 * channel_log() - what the other side says beside its frames (the error output of ssh)
 * @fd: read along while something is waited for, so that its writer never blocks; owned from here on. The
 *	last line of it is told when the channel dies
 */
void channel_log(struct channel *c, int fd);

/* The last line of that, read up to now; "" = none. Valid until the next call on this channel. */
const char *channel_last_line(struct channel *c);

/* CLOCK_MONOTONIC, what deadlines are in. */
int64_t channel_now(void);

/**
 * channel_send() - one frame
 * @deadline_ns: CLOCK_MONOTONIC
 *
 * SIGPIPE never comes of it. Return: 0; -EMSGSIZE too long, nothing was sent; -ETIMEDOUT; -EPIPE the other
 * side has closed; another -errno of write(). After anything but 0 and -EMSGSIZE the channel is dead: all
 * that follows is -ENOTCONN.
 */
int channel_send(struct channel *c, const char *text, size_t n, int64_t deadline_ns, struct err *e);

/**
 * channel_receive() - the next frame
 * @text: receives @n bytes and a NUL behind them; valid until the next call on this channel
 * @max: longest frame that is taken here, at most CHANNEL_FRAME_MAX
 *
 * Return: 0; -EMSGSIZE the length is above @max (no JSON follows such a thing: a stranger); -ETIMEDOUT;
 * -EPIPE the other side has closed or reset, between frames or within one (@e says which); -ENOMEM; another
 * -errno of read(). After anything but 0 the channel is dead.
 */
int channel_receive(struct channel *c, size_t max, const char **text, size_t *n, int64_t deadline_ns,
		    struct err *e);

#endif
