/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_CONFIG_KEYS_H
#define P2P_CONFIG_KEYS_H

/*
 * The one option table. A row types a key wherever it appears: in a file, behind --set, as a flag,
 * in help, in the manual page and as a CSV column. Nothing else in the program knows a range or a
 * default of a user-visible value.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Axes of a sweep = key columns of rounds.csv, in the order of the columns (results/SCHEMA.md).
 * The order is part of point_id: append, never reorder.
 */
enum axis {
	AX_MEASURE,
	AX_OP,
	AX_NIC,
	AX_PEER_NIC,
	AX_TARGET,
	AX_SOURCE,
	AX_INTERCONNECT,
	AX_TPH,
	AX_ST,
	AX_ST_EXT,
	AX_PH,
	AX_TPH_CPU,
	AX_TPH_MEM,
	AX_DIR,
	AX_SIZE,
	AX_OFFSET,
	AX_FOOTPRINT,
	AX_PATTERN,
	AX_QD,
	AX_QPS,
	AX_THREADS,
	AX_BATCH,
	AX_SIGNAL_EVERY,
	AX_INLINE,
	AX_POST,
	AX_MTU,
	AX_RD_ATOMIC,
	AX_RO,
	AX_CONNECT,
	AX_BOUNCE_BY,
	AX_OVERLAP,
	AX_RATE,
	AX_CONSUME,
	AX_CPU,
	AX_NUMA,
	AX_VARIANT,
	AX_COUNT
};

/* An axis a point does not have: not applicable or not asked. An empty CSV cell. */
#define AXIS_EMPTY INT64_MIN

/* Values of the word axes, in the order of their words in the table. */
enum { MEASURE_BW, MEASURE_LAT, MEASURE_RATE, MEASURE_REG };
enum {
	OP_WRITE,
	OP_WRITE_IMM,
	OP_READ,
	OP_SEND,
	OP_FETCH_ADD,
	OP_CMP_SWAP,
	OP_WRITE_FENCE,
	OP_WRITE_CQE,
	OP_PINGPONG
};
enum { INTERCONNECT_MAIN, INTERCONNECT_DATA_DIRECT, INTERCONNECT_BOUNCE, INTERCONNECT_AUTO };
enum { TPH_NONE, TPH_EXPORTER, TPH_DMAH };
enum { VERIFY_NONE, VERIFY_SAMPLE, VERIFY_FULL };
enum { TPH_MEM_VM, TPH_MEM_PM };
enum { DIR_UNI, DIR_BIDI };
enum { PATTERN_SAME, PATTERN_SEQ, PATTERN_RAND };
enum { POST_CLASSIC, POST_WR, POST_AUTO }; /* ibv_post_send(), ibv_wr_*(), the better of both */
enum { CONNECT_OOB, CONNECT_CM };	   /* QPs brought up out of band, by rdma_cm */
enum { BOUNCE_BY_CPU, BOUNCE_BY_NIC, BOUNCE_BY_DEVICE };
enum { CONSUME_NONE, CONSUME_ALL }; /* what the polling CPU reads of a pingpong */
enum { MEM_HOST, MEM_UDMABUF, MEM_DMA_HEAP, MEM_VFIO, MEM_FD, MEM_MEMFD };

enum { ACCESS_AUTO, ACCESS_CDEV, ACCESS_GROUP, ACCESS_NOIOMMU }; /* cdev and iommufd, group and container */
enum { FALLBACK_NONE, FALLBACK_BOUNCE };

/* KEY_PLACE: near or far from the NIC; an index (CPU, node) is 0 or more. */
enum { PLACE_NEAR = -1, PLACE_FAR = -2 };

enum key_type {
	KEY_WORD,  /* one of @words; value = its index */
	KEY_INT,   /* decimal or 0x */
	KEY_SIZE,  /* count or bytes, K M G T = 1024^n; or, where it has @words, -1 - their index */
	KEY_PLACE, /* near, far or an index; value PLACE_NEAR, PLACE_FAR or the index */
	KEY_TIME,  /* ns us ms s m h; value in nanoseconds */
	KEY_NAME,  /* [A-Za-z0-9._-]{1,64}; value = index into the names of its kind */
	KEY_TEXT,  /* anything, length-limited */
	KEY_RANGE, /* integer or lo..hi */
	KEY_WORDS, /* list of @words, in an order that means something */
	KEY_NODE,  /* structure, read by its own function */
};

/* Where a key may stand. */
enum key_scope {
	SCOPE_TOP = 1 << 0,    /* top level of the file */
	SCOPE_NIC = 1 << 1,    /* nics.NAME */
	SCOPE_MEMORY = 1 << 2, /* memory.NAME */
	SCOPE_SWEEP = 1 << 3,  /* sweeps[] and defaults: axes and sweep settings */
	SCOPE_BUDGET = 1 << 4, /* budget */
	SCOPE_ORDER = 1 << 5,  /* order */
	SCOPE_OUTPUT = 1 << 6, /* output */
	SCOPE_ENTRY = 1 << 7,  /* sweeps[] only, not defaults: name, extends, include */
	SCOPE_RANGE = 1 << 8,  /* memory.NAME.ranges[] */
	SCOPE_EXPECT = 1 << 9, /* expect[] */
	SCOPE_RULE = 1 << 11,  /* exclude, when: beside the axes there is `not` */
	SCOPE_INIT = 1 << 12,  /* memory.NAME.init[] */
	SCOPE_TPH = 1 << 13,   /* memory.NAME.tph_feature */
	SCOPE_NOTE = 1 << 14,  /* tph_notes[] */
	SCOPE_PEER = 1 << 15,  /* peer_options */
	SCOPE_AXIS = 1 << 10,  /* rules: cases, exclude, include, when (and, as every axis, SCOPE_SWEEP) */
};

/**
 * struct key - one row of the table
 * @name: spelling in YAML; the flag is --name with '_' as '-'
 * @column: CSV column for an axis ("size" -> "size_bytes"), else NULL
 * @axis: AX_* when the key is an axis of a sweep, else -1
 * @flag: one-letter flag as perftest users know it, 0 for none
 * @min, @max: inclusive range of the typed value (not for words, names, text)
 * @words: NULL-terminated valid words for KEY_WORD, KEY_WORDS and some KEY_SIZE
 * @dflt: default as the user would write it; NULL = empty
 * @dflt_lat, @dflt_rest: default of an axis whose @dflt depends on what is measured; chosen point by
 *	point when planning, so a sweep that leaves the axis out prints none
 * @metavar: what help shows for the value
 * @help: one line, with the unit
 */
struct key {
	const char *name;
	const char *column;
	int axis;
	enum key_type type;
	unsigned int scope;
	char flag;
	int64_t min, max;
	const char *const *words;
	const char *dflt;
	const char *dflt_lat, *dflt_rest;
	const char *metavar;
	const char *help;
};

/* The whole table, in the order help shows it: the axes first, keys[axis] is the row of an axis. */
extern const struct key keys[];
extern const size_t keys_len;

/* Row of an axis; never NULL for 0 <= axis < AX_COUNT. */
const struct key *keys_axis(enum axis axis);

/* Row named @name within any of @scope (a mask), or NULL. */
const struct key *keys_find(const char *name, unsigned int scope);

/* Row whose one-letter flag is @flag, or NULL. */
const struct key *keys_flag(char flag);

#endif
