/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_RESULT_FACTS_H
#define P2P_RESULT_FACTS_H

/*
 * What a run.json says of machine, devices and program, as a flat list: what two runs may differ in. The
 * document is not trusted: members of a wrong type are unknown, and the list is bounded.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct err;

enum { FACT_NAME = 96, FACT_VALUE = 160, FACTS_MAX = 2048 };

/* Two sides that differ in one of these measured different machines: no verdict unless waived. */
enum fact_block { BLOCK_NONE, BLOCK_CPU, BLOCK_LINK, BLOCK_MPS, BLOCK_COUNT };

/* "cpu", "link", "mps": as the user waives them. NULL past the last. */
const char *fact_block_word(enum fact_block b);

/**
 * struct fact - one of them; unknown values are left out
 * @name: "kernel", "nic0 fw", "nic0 link gen", "nic0 to accel route", "tag driver"
 * @nic, @memory: names in the config of that run the fact is about; "" = the run as a whole
 */
struct fact {
	char name[FACT_NAME];
	char value[FACT_VALUE];
	char nic[72], memory[72];
	enum fact_block block;
};

/* Noise floor `selftest` had stored for the device behind a nic when the run began: |ln ratio|, >= 0. */
struct fact_noise {
	char nic[72];
	double bw, lat;
};

/* @noise: of the nics that have one. */
struct facts {
	struct fact *fact;
	size_t n;
	struct fact_noise *noise;
	size_t n_noise;
};

/* Return: 0 or -ENOMEM. */
int facts_read(const json_t *root, struct facts *out);
void facts_free(struct facts *f);

/* Value of @name, or NULL. */
const char *facts_get(const struct facts *f, const char *name);

/* Of bandwidth and message rate, or (@lat) of latencies; NaN when there is none. */
double facts_noise(const struct facts *f, const char *nic, bool lat);

#endif
