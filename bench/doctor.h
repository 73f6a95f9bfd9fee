/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_BENCH_DOCTOR_H
#define P2P_BENCH_DOCTOR_H

/*
 * What stands between this machine and a measurement, as plain data. A file for each group of checks fills a
 * table; printers and the verdict read it. Nothing is changed on the machine. docs/doctor.md explains the
 * answers.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "match_ends.h"
#include "run/reach.h"
#include "topo/topo.h"

enum doctor_status { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL, DOCTOR_SKIP };

/* "ok", "warn", "fail", "skip" */
const char *doctor_status_name(enum doctor_status s);

/* What a check is about; whether its lack is a failure depends on what was asked. */
enum doctor_need {
	NEED_NIC,     /* a hardware run at all */
	NEED_VFIO,    /* a BAR as target */
	NEED_UDMABUF, /* host memory as dma-buf */
	NEED_DMA_HEAP,
	NEED_DMABUF, /* a dma-buf of whatever kind */
	NEED_PATH,   /* this pair, whatever the memory */
	NEED_TPH,    /* steering tags: never more than a warning */
};

enum {
	DOCTOR_CHECKS = 96,
	DOCTOR_VALUE = 240,
	DOCTOR_WHY = 280,
	DOCTOR_FIX = 400,
	DOCTOR_NAME = 24,
	/* struct doctor_check.how */
	FIX_COMMAND = 1, /* lines for a shell, else a sentence */
	FIX_ROOT = 2,
	FIX_REBOOT = 4,
};

/**
 * struct doctor_check - one finding
 * @group: static text, in the order of printing; @name: unique in its group
 * @value: what was seen; @why: why it matters; @fix, @undo: what to do, "" = nothing
 * @how: FIX_*, of the fix
 * @told: the same was printed of an earlier pair
 */
struct doctor_check {
	const char *group;
	char name[DOCTOR_NAME];
	enum doctor_status status;
	unsigned int how;
	bool told;
	char value[DOCTOR_VALUE], why[DOCTOR_WHY], fix[DOCTOR_FIX], undo[DOCTOR_FIX];
};

/**
 * struct doctor_ask - what is looked at; all of it borrowed
 * @root: directory that holds proc, sys, dev, boot; "" = this machine, NULL = a capture of the PCI tree alone
 * @live: rights, limits and libraries of this process are the machine's; false for captures
 * @devices: RDMA devices may be opened: this very machine
 * @t: its PCI functions
 * @hardware: a run on hardware is asked for (--need hardware, or a pair): what it lacks is a failure
 * @ends, @reach: the pair and the prediction for it; NULL = none
 * @nic, @target: as the user called them
 */
struct doctor_ask {
	const char *root;
	bool live, devices;
	const struct topo *t;
	bool hardware;
	const struct match_ends *ends;
	const struct reach *reach;
	const char *nic, *target;
};

/**
 * struct doctor - @n findings; closed by doctor_close()
 * @release: of the kernel, "" unknown; @version: major << 16 | minor, 0 unknown
 * @config: text of its configuration, NULL = none to read; @config_from: where it is from
 * @over: where findings go that have no room
 */
struct doctor {
	struct doctor_ask ask;
	struct doctor_check check[DOCTOR_CHECKS];
	size_t n;
	char release[64], config_from[96];
	unsigned int version;
	char *config;
	struct doctor_check over;
};

/* Look at everything. Never fails: what cannot be read is a skip. */
void doctor_look(const struct doctor_ask *ask, struct doctor *out);
void doctor_close(struct doctor *d);

/* Mark what @before says in the same words, so that doctor_print() leaves it out. */
void doctor_mark_told(struct doctor *d, const struct doctor *before);

size_t doctor_count(const struct doctor *d, enum doctor_status s);

/* NULL = there is none of that name. */
const struct doctor_check *doctor_find(const struct doctor *d, const char *group, const char *name);

/* Was something needed for what was asked found missing? */
bool doctor_lacks(const struct doctor *d);

/* enum doctor_p2p: the answer for a pair. later: nothing forbids it but what the checks that fail say. */
enum doctor_p2p { P2P_UNKNOWN, P2P_NO, P2P_LATER, P2P_YES };
const char *doctor_p2p_name(enum doctor_p2p p); /* "unknown", "no", "not_yet", "yes" */
enum doctor_p2p doctor_p2p(const struct doctor *d);

/* The last line: of a pair its verdict, else what to try next. Return: @buf. */
enum { DOCTOR_SENTENCE = 900 };
const char *doctor_sentence(const struct doctor *d, char buf[DOCTOR_SENTENCE]);

/* Exact steps from here to a run on hardware; the first one always works. Return: how many. */
enum { DOCTOR_STEPS = 16, DOCTOR_STEP = 200 };
struct doctor_step {
	char command[DOCTOR_STEP], about[DOCTOR_STEP];
};
size_t doctor_steps(const struct doctor *d, struct doctor_step out[DOCTOR_STEPS]);

/* The outputs. */
void doctor_print(const struct doctor *d, bool colour, FILE *out);
json_t *doctor_json(const struct doctor *d); /* NULL without memory */
void doctor_script(const struct doctor *d, FILE *out);

#endif
