/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_CONFIG_CONFIG_H
#define P2P_CONFIG_CONFIG_H

/*
 * Text in, checked values out. A file (or the compiled-in default, or flags alone) becomes a
 * struct config whose every value knows where it came from. Reads text only: no device, no machine
 * facts. All errors of a text are found in one pass and left in a struct diags.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "config/diag.h"
#include "config/keys.h"

/* A typed value of an axis and its place. */
struct config_value {
	int64_t v;
	struct mark mark;
};

/* The values of one axis: 0 (empty) or more, in the order written, duplicates dropped. */
struct config_axis {
	struct config_value *val;
	size_t n;
	struct mark mark; /* of the axis as a whole; line 0 and no flag = default */
};

/* A partial map of axes: one entry of cases or include. An axis with n = 0 is not named. */
struct config_map {
	struct config_axis ax[AX_COUNT];
	struct mark mark;
};

/*
 * Matchers (exclude, expect.when) hold open or closed ranges beside values: lo..hi, with
 * INT64_MIN / INT64_MAX for an open end. A plain value has lo == hi. The items of an axis ascend and
 * do not overlap.
 */
struct config_match_item {
	int64_t lo, hi;
};

struct config_match_axis {
	struct config_match_item *item;
	size_t n;
};

struct config_matcher {
	struct config_match_axis ax[AX_COUNT];
	uint64_t named;			/* bit AX_x is set when the map names that axis */
	struct config_matcher *not_map; /* the `not:` sub-map, or NULL */
	struct mark mark;
};

/* Settings of a sweep that are not axes. */
struct config_settings {
	int64_t rounds_min, rounds_max; /* rounds: N or lo..hi */
	int64_t window_ns;		/* -D */
	int64_t ops;			/* -n: a window lasts at least this many completions; 0 = by time */
	int64_t verify;			/* VERIFY_* */
	int64_t fallback;		/* FALLBACK_*: when no wanted interconnect works */
	int64_t revoke;	 /* enum mem_revoke: what is done to the target in the middle of a window */
	uint32_t prefer; /* interconnects `auto` may choose, in order, 4 bits each from the lowest:
			  * 1 + INTERCONNECT_*; 0 = by quality */
};

struct config_sweep {
	const char *name;
	struct config_axis ax[AX_COUNT];
	struct config_map *cases;
	size_t n_cases;
	struct config_matcher *exclude;
	size_t n_exclude;
	struct config_map *include;
	size_t n_include;
	struct config_settings set;
	struct mark mark;
};

struct config_nic {
	const char *name;   /* as used by the axes nic and peer_nic */
	const char *device; /* soft0, null0, or an RDMA device name */
	int64_t port;	    /* 1-based */
	int64_t gid_index;  /* -1: choose by value, and say why */
	struct mark mark;
};

struct config_range {
	int64_t offset, length;
};

enum { CONFIG_NUMA_ANY = -3 };
enum { CONFIG_PAGES_THP = -1 };

/* A register of the target that has to be written after every open and reset, through its BAR. */
struct config_init {
	int64_t bar, offset, bytes, value; /* @bytes: 1, 2, 4 or 8 */
};

/**
 * struct config_tph - memory.X.tph_feature: how VFIO_DEVICE_FEATURE_DMA_BUF_TPH is reached
 * @index: -1 = not given: no feature is called; @force: also where the build's headers name it otherwise
 *
 * The layout is always v6, the only one supported, and has to be written out by the user.
 */
struct config_tph {
	int64_t index;
	bool force;
};

struct config_memory {
	const char *name;
	int64_t kind;		  /* MEM_* */
	int64_t length;		  /* bytes */
	const char *heap;	  /* dma_heap: name below /dev/dma_heap */
	const char *device;	  /* vfio: "pci/0000:41:00.0" */
	int64_t bar;		  /* vfio: 0..5, -1 = not given */
	int64_t access;		  /* vfio: ACCESS_* */
	struct config_init *init; /* vfio */
	size_t n_init;
	struct config_tph tph;	     /* vfio */
	int64_t fd;		     /* fd: inherited descriptor, -1 = not given */
	const char *socket;	     /* fd: Unix socket that sends it, NULL = not given */
	const char *exporter;	     /* fd: exp_name it must have, NULL = any */
	int64_t offset;		     /* fd: where in the dma-buf the memory begins */
	struct config_range *ranges; /* vfio */
	size_t n_ranges;
	int64_t numa;  /* PLACE_NEAR, PLACE_FAR, a node; CONFIG_NUMA_ANY = not given */
	int64_t pages; /* bytes of a page, 0 = the system's default; CONFIG_PAGES_THP */
	struct mark mark;
};

struct config_tag {
	const char *key, *value;
};

/**
 * struct config_peer - where the responder is, and how to get there
 * @place: as written (peer/host.h: peer_place_parse() judges it); NULL = in this process; @mark: where it
 * stands
 * @token_file, @ssh, @agent: NULL = not given; @timeout_ns
 */
struct config_peer {
	const char *place;
	struct mark mark;
	const char *token_file, *ssh, *agent;
	int64_t timeout_ns;
};

/* EXPECT_OF_*: what a percentage is of; EXPECT_OF_POINT: the same metric of another point. */
enum { EXPECT_BW, EXPECT_P50, EXPECT_P99, EXPECT_RATE };
enum { EXPECT_OF_NOTHING = -1, EXPECT_OF_LIMIT, EXPECT_OF_EXPECTED, EXPECT_OF_POINT };

/* A bound: @text as written, NULL = none; @v in GB/s, us or Mops, or in percent. */
struct config_bound {
	const char *text;
	double v;
	bool percent;
};

/**
 * struct config_expect - one rule about results
 * @when: the points it is about; none named = every point that has the metric
 * @of: EXPECT_OF_*; @point: EXPECT_OF_POINT: where that point differs from the one judged, one value an axis
 */
struct config_expect {
	struct config_matcher when;
	int64_t metric;
	struct config_bound min, max;
	int64_t of;
	struct config_matcher point;
	struct mark mark;
};

/**
 * struct config_tph_note - what a user has seen on a PCIe analyzer: the only source of tph_evidence
 * `analyzer`
 * @when: the points whose hint was seen; @note: where that is written down, kept in run.json
 */
struct config_tph_note {
	struct config_matcher when;
	const char *note;
	struct mark mark;
};

struct node;
struct arena;

struct config {
	const char *source; /* file name, "builtin" or "command line" */
	const char *name;
	struct config_tag *tags;
	size_t n_tags;
	struct config_nic *nics;
	size_t n_nics;
	struct config_memory *memory; /* always contains `host`, built in unless the file defines it */
	size_t n_memory;
	struct config_peer peer;
	const char **variants; /* labels of the axis variant; its values index this */
	size_t n_variants;
	const char **controls; /* labels of A/A controls: "off2", and "NAME.off2" of variants[i] at 1 + i */
	struct config_sweep *sweeps;
	size_t n_sweeps;
	uint64_t seed;
	bool canary;	       /* watch each nic in every round */
	int64_t budget_points; /* more planned points are an error */
	struct mark budget_mark;
	int64_t budget_time_ns; /* 0 = none */
	bool budget_refuse;	/* when_over: do not start what cannot finish its fewest rounds */
	const char *output_dir; /* with {name} and {time} still in it */
	struct mark output_mark;
	struct config_expect *expect; /* judged by report/expect.h */
	size_t n_expect;
	struct config_tph_note *tph_note;
	size_t n_tph_notes;
	struct node *tree;   /* the effective values with their origins, for config_print() */
	struct arena *arena; /* owns everything above */
};

/**
 * struct config_override - a value given on the command line
 * @path: key path ("qps", "sweeps.bandwidth.qps", "output.dir"); a bare sweep key sets it in every sweep
 * @text: the value as YAML flow text ("64..1M x4", "[1, 4]", "1,4" is a list as well)
 * @flag: the word shown in messages ("--qps", "--set qps")
 */
struct config_override {
	const char *path;
	const char *text;
	const char *flag;
};

/**
 * config_load() - check one text
 * @name: how to call the text in messages
 * @text: YAML, at most 1 MiB is accepted; NULL = no file: one sweep named "cli" made of overrides
 * @over: applied in order after the text
 * @out: on success the config; freed with config_free()
 * @d: receives every error, warning and note; must have been opened on the same text
 *
 * Judges each value and name; what values mean together is judged by plan_build().
 *
 * Return: 0; -EINVAL when @d has errors; -ENOMEM.
 */
int config_load(const char *name, const char *text, size_t len, const struct config_override *over,
		size_t n_over, struct diags *d, struct config **out);
void config_free(struct config *c);

/*
 * Values of the axis variant: an index into config->variants, or that of an A/A control, which plan/ adds:
 * config_control(variant) of the variant it belongs to (AXIS_EMPTY = none); it is negative.
 */
static inline int64_t config_control(int64_t variant)
{
	return variant == AXIS_EMPTY ? -1 : -2 - variant;
}

/**
 * config_value_text() - an axis value as a user writes it (sizes exact, names, words)
 *
 * Return: @buf, or a string owned by @c.
 */
const char *config_value_text(const struct config *c, enum axis axis, int64_t v, char buf[32]);

/**
 * config_value_csv() - an axis value as a CSV cell: decimal integers, words, names; "" for AXIS_EMPTY
 *
 * Return: @buf, or a string owned by @c or static.
 */
const char *config_value_csv(const struct config *c, enum axis axis, int64_t v, char buf[32]);

/**
 * config_print() - the effective config as YAML that config_load() reads back
 * @origins: end each line with where its value came from, as a comment; without, equal values give
 *	     equal text wherever they came from
 */
void config_print(const struct config *c, FILE *out, bool origins);

/* The compiled-in default: the text of configs/quickstart.yaml. */
extern const char config_builtin[];

#endif
