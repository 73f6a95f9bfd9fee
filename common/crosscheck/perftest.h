/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_CROSSCHECK_PERFTEST_H
#define P2P_CROSSCHECK_PERFTEST_H

/*
 * What perftest prints, read as what it is. Pure; fuzzed. The formats are those of src/perftest_parameters.h
 * at the tags named in version.c. A version that is not in its table is refused: a column that has moved
 * would be read as another figure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

/**
 * struct perftest_version - one that is known here
 * @reported: what `ib_write_bw --version` says; @released: name of the release
 * @bare_json: its JSON has keys without quotes and commas before braces, so it is none
 * @imm: --write_with_imm; @numa: --disable_numa; @polling: --disable_dynamic_polling; @tph: --ph
 * @mib: how the header spells its unit, which is 2^20 bytes either way
 */
struct perftest_version {
	const char *reported, *released;
	bool bare_json, imm, numa, polling, tph;
	const char *mib;
};

/* All of them, oldest first; ends with a NULL @reported. */
extern const struct perftest_version perftest_versions[];

/**
 * perftest_version_parse() - of the text that --version prints
 *
 * Return: NULL with @e: no version in it, older than all that are known, or unknown; what to do is in the
 * hint.
 */
const struct perftest_version *perftest_version_parse(const char *text, size_t len, struct err *e);

enum perftest_kind { PERFTEST_BW, PERFTEST_LAT };

/**
 * struct perftest_result - one report, in SI units; 0 where the kind has none
 * @size: bytes of a message; @messages: of all queue pairs
 * @bytes_s, @msgs_s: averages from first post to last completion
 * @min_us, @typical_us, @avg_us, @p99_us, @p999_us: as printed: a latency of ib_write_lat is half of a
 *	round trip. typical is the median. The largest samples have been left out of all of them
 * @second_max_us: what is printed as t_max: the second largest sample
 * @rounding: half of the last printed digit over the figure: bytes_s or msgs_s (the finer), typical_us
 */
struct perftest_result {
	enum perftest_kind kind;
	uint64_t size, messages;
	double bytes_s, msgs_s;
	double min_us, typical_us, avg_us, p99_us, p999_us, second_max_us;
	double rounding;
};

/**
 * perftest_text() - the table on standard output
 *
 * Lines that are no row of numbers between header and row, such as warnings, are passed over.
 * Return: 0; -ENODATA no table or no row; -EPROTO another header, number of columns or unit than this
 * version has, more than one row, or bandwidth and message rate that contradict each other; -ERANGE inf, nan
 * or a negative figure.
 */
int perftest_text(const struct perftest_version *v, enum perftest_kind kind, const char *text, size_t len,
		  struct perftest_result *out, struct err *e);

/**
 * perftest_json() - the same figures out of what --out_json wrote
 *
 * Return: as perftest_text(); -ENODATA also for what is not even this version's kind of JSON.
 */
int perftest_json(const struct perftest_version *v, enum perftest_kind kind, const char *text, size_t len,
		  struct perftest_result *out, struct err *e);

/* The two tell of one report. The file is overwritten by each report of a process, so it may be another. */
bool perftest_same(const struct perftest_result *a, const struct perftest_result *b);

/* What @r was made of must be this run: size and messages as asked. Return: 0, -EPROTO. */
int perftest_expect(const struct perftest_result *r, uint64_t size, uint64_t messages, struct err *e);

/* Private to the parsers: fill in from the printed figures, bandwidth in units of @unit bytes. */
int perftest_fill_bw(const double *column, double unit, struct perftest_result *out, struct err *e);
int perftest_fill_lat(const double *column, struct perftest_result *out, struct err *e);

enum { PERFTEST_BW_COLUMNS = 5, PERFTEST_LAT_COLUMNS = 9 };

#endif
