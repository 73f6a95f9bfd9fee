// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Messages as a user sees them: place, quoted line, caret, order, limits, hostile bytes. */
#include "config/diag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect_print(const struct diags *d, const char *want)
{
	char *got = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&got, &len);

	assert_non_null(f);
	diags_print(d, f);
	fclose(f);
	assert_string_equal(got, want);
	free(got);
}

static struct diags *open_on(const char *text)
{
	struct diags *d = diags_open("nic.yaml", text, strlen(text));

	assert_non_null(d);
	return d;
}

static void quotes_with_caret(void **state)
{
	struct diags *d = open_on("a: 1\n  op: [write, raed]\n");

	(void)state;
	diags_add(d, DIAG_ERROR, &(struct mark){.line = 2, .col = 15, .len = 4}, "unknown op '%s'", "raed");
	expect_print(d, "nic.yaml:2:15: error: unknown op 'raed'\n"
			"    2 |   op: [write, raed]\n"
			"      |               ^~~~\n"
			"1 error\n");
	diags_close(d);
}

static void sorts_by_place_and_counts(void **state)
{
	struct diags *d = open_on("a\nb\n");

	(void)state;
	diags_add(d, DIAG_WARNING, &(struct mark){.line = 2, .col = 1, .len = 1}, "second");
	diags_add(d, DIAG_NOTE, &(struct mark){.line = 1, .col = 1, .len = 1}, "first");
	diags_add(d, DIAG_ERROR, &(struct mark){.flag = "--op", .len = 1}, "from a flag");
	diags_add(d, DIAG_ERROR, NULL, "the whole");
	assert_int_equal(diags_errors(d), 2);
	expect_print(d, "--op: error: from a flag\n"
			"nic.yaml: error: the whole\n"
			"nic.yaml:1:1: note: first\n"
			"    1 | a\n"
			"      | ^\n"
			"nic.yaml:2:1: warning: second\n"
			"    2 | b\n"
			"      | ^\n"
			"2 errors, 1 warning\n");
	diags_close(d);
}

static void says_the_same_once(void **state)
{
	struct diags *d = open_on("a\n");
	struct mark m = {.line = 1, .col = 1, .len = 1};

	(void)state;
	diags_add(d, DIAG_ERROR, &m, "x");
	diags_add(d, DIAG_ERROR, &m, "x");
	diags_add(d, DIAG_ERROR, &m, "y");
	assert_int_equal(diags_errors(d), 2);
	diags_close(d);
}

static void stops_at_twenty(void **state)
{
	struct diags *d = diags_open("x", NULL, 0);
	char *got = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&got, &len);

	(void)state;
	for (int i = 0; i < 33; i++)
		diags_add(d, DIAG_ERROR, NULL, "e%d", i);
	diags_print(d, f);
	fclose(f);
	assert_non_null(strstr(got, "x: error: e19\n13 more errors\n33 errors\n"));
	assert_null(strstr(got, "e20"));
	free(got);
	diags_close(d);
}

static void lines_up_under_tabs_and_accents(void **state)
{
	struct diags *d = open_on("\tgr\xc3\xb6\xc3\x9f"
				  "e:\tx9\n");

	(void)state;
	diags_add(d, DIAG_ERROR, &(struct mark){.line = 1, .col = 9, .len = 2}, "here");
	expect_print(d, "nic.yaml:1:9: error: here\n"
			"    1 |  gr\xc3\xb6\xc3\x9f"
			"e: x9\n"
			"      |         ^~\n"
			"1 error\n");
	diags_close(d);
}

static void shows_no_control_characters(void **state)
{
	struct diags *d = open_on("a\x1b[31m\xff\xe2\x80\xae\n");

	(void)state;
	diags_add(d, DIAG_ERROR, &(struct mark){.line = 1, .col = 1, .len = 1}, "bell \a and \xe2\x80\xae");
	expect_print(d, "nic.yaml:1:1: error: bell ? and ?\n"
			"    1 | a?[31m??\n"
			"      | ^\n"
			"1 error\n");
	diags_close(d);
}

static void cuts_long_lines_around_the_place(void **state)
{
	char text[1001], want[400], dots[46];
	struct diags *d;

	(void)state;
	memset(text, '.', 999);
	memcpy(text + 500, "HERE", 4);
	text[999] = '\n';
	text[1000] = '\0';
	memset(dots, '.', 45);
	dots[45] = '\0';
	d = open_on(text);
	diags_add(d, DIAG_ERROR, &(struct mark){.line = 1, .col = 501, .len = 4}, "x");
	snprintf(want, sizeof(want),
		 "nic.yaml:1:501: error: x\n    1 | ........%sHERE.%s...\n      | %*s^~~~\n1 error\n", dots,
		 dots, 53, "");
	expect_print(d, want);
	diags_close(d);
}

static void survives_places_that_do_not_exist(void **state)
{
	struct diags *d = open_on("a\r\nb");

	(void)state;
	diags_add(d, DIAG_ERROR, &(struct mark){.line = 2, .col = 900, .len = 900}, "far right");
	diags_add(d, DIAG_ERROR, &(struct mark){.line = 9, .col = 1, .len = 1}, "far down");
	expect_print(d, "nic.yaml:2:900: error: far right\n"
			"    2 | b\n"
			"      |  "
			"^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~"
			"~~~~~~~~~~~~~~~\n"
			"nic.yaml:9:1: error: far down\n"
			"2 errors\n");
	diags_close(d);
}

static void finds_the_nearest_word(void **state)
{
	static const char *const words[] = {"write", "read", "send", "write_fence", NULL};

	(void)state;
	assert_string_equal(diag_nearest("raed", words), "read");
	assert_string_equal(diag_nearest("wirte", words), "write");
	assert_string_equal(diag_nearest("write_fenc", words), "write_fence");
	assert_string_equal(diag_nearest("writefence", words), "write_fence");
	assert_null(diag_nearest("fetch", words));
	assert_null(diag_nearest("", words));
	assert_null(diag_nearest("x", words));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotes_with_caret),
		cmocka_unit_test(sorts_by_place_and_counts),
		cmocka_unit_test(says_the_same_once),
		cmocka_unit_test(stops_at_twenty),
		cmocka_unit_test(lines_up_under_tabs_and_accents),
		cmocka_unit_test(shows_no_control_characters),
		cmocka_unit_test(cuts_long_lines_around_the_place),
		cmocka_unit_test(survives_places_that_do_not_exist),
		cmocka_unit_test(finds_the_nearest_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
