// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * labtest RDMADEV BDF CASE[:ARGUMENT]...: runs the cases in order on one RDMA and one VFIO
 * device, prints TAP, exits with 1 when a check failed.
 */
#include "labtest.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

static const struct {
	const char *name;
	void (*run)(struct lab *lab, const char *arg);
} cases[] = {
	{"bar", case_bar},     {"fill", case_fill},   {"udmabuf", case_udmabuf},
	{"heap", case_heap},   {"reset", case_reset}, {"memoff", case_memoff},
	{"close", case_close}, {"storm", case_storm}, {"unlink", case_unlink},
	{"reg", case_reg},     {"tph", case_tph},     {"impostor", case_impostor},
};

static void run_case(struct lab *lab, const char *text)
{
	size_t n = strcspn(text, ":");

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (strlen(cases[i].name) == n && !strncmp(cases[i].name, text, n)) {
			cases[i].run(lab, text[n] ? text + n + 1 : "");
			return;
		}
	}
	ok(false, "there is no case \"%s\"", text);
}

int main(int argc, char **argv)
{
	static struct lab lab;

	if (argc < 4) {
		fprintf(stderr, "usage: labtest RDMADEV BDF CASE[:ARGUMENT]...\n");
		return 2;
	}
	lab.ibdev = argv[1];
	rdma_open(&lab.rd, lab.ibdev);
	vfio_open(&lab.vf, argv[2]);
	for (int i = 3; i < argc; i++)
		run_case(&lab, argv[i]);
	return tap_failures() ? 1 : 0;
}
