// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* gnuplot as a program: what it is told, what is kept of its answer, and that nothing gets through. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "report/plot.h"

static char *quoted(void (*put)(FILE *out, const char *text), const char *text)
{
	char *s = NULL;
	size_t len;
	FILE *f = open_memstream(&s, &len);

	assert_non_null(f);
	put(f, text);
	fclose(f);
	return s;
}

static void assert_quoted(void (*put)(FILE *out, const char *text), const char *text, const char *want)
{
	char *s = quoted(put, text);

	assert_string_equal(s, want);
	free(s);
}

static void text_is_one_single_quoted_string(void **state)
{
	(void)state;
	assert_quoted(plot_text, "a 'b' `c` $(d) \"e\" 50 %",
		      "'a \xe2\x80\x99"
		      "b\xe2\x80\x99 `c` $(d) \"e\" 50 %'");
	assert_quoted(plot_text, "x\nsystem 'touch y'\r\x7f", "'x system \xe2\x80\x99touch y\xe2\x80\x99  '");
	assert_quoted(plot_tic, "50 % 'x'", "'50 %% \xe2\x80\x99x\xe2\x80\x99'");
}

static void assert_clean(const char *raw, const char *want)
{
	char *svg;
	size_t len;

	assert_int_equal(plot_clean(raw, strlen(raw), "p1", &svg, &len), 0);
	assert_string_equal(svg, want);
	assert_int_equal(len, strlen(want));
	free(svg);
}

static void only_what_draws_is_kept(void **state)
{
	(void)state;
	assert_clean("<?xml version=\"1.0\"?><!DOCTYPE svg>\n<svg viewBox='0 0 1 1'><title>t</title>"
		     "<g onload=\"alert(1)\" fill='red'><script>alert(2)</script>"
		     "<rect style='background:url(http://x)' x='1'/></g></svg>\n",
		     "<svg viewBox=\"0 0 1 1\"><g fill=\"red\"><rect x=\"1\"/></g></svg>");
	assert_clean("<svg><foreignObject><b>x</b></foreignObject><a href='http://x'>y</a>"
		     "<!-- <script> --><text>a &lt; b</text></svg>",
		     "<svg><text>a &lt; b</text></svg>");
}

static void ids_get_the_prefix_and_references_stay_inside(void **state)
{
	(void)state;
	assert_clean("<svg><path id='a' d='M0,0'/><use xlink:href='#a' color='rgb(  0, 1,  2)'/>"
		     "<use href='http://x/#a'/><rect fill='url(#p)' x='1'/></svg>",
		     "<svg><path id=\"p1a\" d=\"M0,0\"/><use href=\"#p1a\" color=\"rgb(0,1,2)\"/><use/>"
		     "<rect x=\"1\"/></svg>");
}

static void broken_pictures_are_refused(void **state)
{
	static const char *const bad[] = {"",
					  "no picture",
					  "<svg>",
					  "<svg><g></svg",
					  "<svg a></svg>",
					  "<svg a='></svg>",
					  "<svg><g",
					  "<svg>< </svg>",
					  "<svg><script>"};
	char *svg;
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(plot_clean(bad[i], strlen(bad[i]), "p", &svg, &len), -EPROTO);
		assert_null(svg);
	}
}

/* A program of our own in place of gnuplot. */
static const char *program(char path[64], const char *body)
{
	int fd;

	snprintf(path, 64, "/tmp/p2p-plot-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	dprintf(fd, "#!/bin/sh\n%s\n", body);
	assert_int_equal(fchmod(fd, 0700), 0);
	close(fd);
	return path;
}

static int run(const char *body, int timeout_ms, struct err *e)
{
	char path[64], *svg = NULL;
	const struct plot_tool tool = {.program = program(path, body), .timeout_ms = timeout_ms};
	size_t len;
	int rc = plot_svg(&tool, "plot x\n", 7, "p", &svg, &len, e);

	unlink(path);
	if (!rc)
		assert_string_equal(svg, "<svg><text>plot x</text></svg>");
	else
		assert_null(svg);
	free(svg);
	return rc;
}

static void script_goes_in_and_the_picture_comes_out(void **state)
{
	(void)state;
	assert_int_equal(
		run("read line; [ \"$1\" = -d ] && echo \"<svg><text>$line</text></svg>\"", 10000, NULL), 0);
}

static void failures_of_the_program_are_told(void **state)
{
	const struct plot_tool none = {.program = "no-such-gnuplot-here", .timeout_ms = 1000};
	struct err e = {0};
	char *svg;
	size_t len;

	(void)state;
	assert_int_equal(plot_svg(&none, "x", 1, "p", &svg, &len, &e), -ENOENT);
	assert_non_null(strstr(e.hint, "apt install gnuplot-nox"));
	assert_int_equal(run("echo 'line 1: oh no' >&2; exit 1", 10000, &e), -EPROTO);
	assert_non_null(strstr(e.text, "line 1: oh no"));
	assert_int_equal(run("echo nothing drawn", 10000, &e), -EPROTO);
	assert_int_equal(run("head -c 5000000 /dev/zero", 10000, &e), -EFBIG);
	assert_int_equal(run("exec sleep 60", 100, &e), -ETIMEDOUT);
}

/* Names that end strings, begin commands or are commands themselves. */
static void nothing_in_a_text_is_executed(void **state)
{
	static const char *const texts[] = {
		"`touch OWNED`",	   "$(touch OWNED)",	       "'; system 'touch OWNED'; '",
		"x\n!touch OWNED\n",	   "\"; set output 'OWNED'",   "\\'; !touch OWNED",
		"{/Symbol `touch OWNED`}", "</text><script>x</script>"};
	const struct plot_tool tool = {.program = "gnuplot", .timeout_ms = 20000};
	char dir[] = "/tmp/p2p-plot-XXXXXX", *script = NULL, *svg = NULL;
	struct err e = {0};
	size_t len, svg_len;
	FILE *f = open_memstream(&script, &len);
	int rc;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	fputs("set encoding utf8\nset terminal svg noenhanced\nset xtics (", f);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		fputs(i ? ", " : "", f);
		plot_tic(f, texts[i]);
		fprintf(f, " %zu", i);
	}
	fputs(")\nplot [0:10] x title ", f);
	plot_text(f, texts[7]);
	for (size_t i = 0; i < 7; i++) {
		fputs(", x title ", f);
		plot_text(f, texts[i]);
	}
	fputc('\n', f);
	fclose(f);
	rc = plot_svg(&tool, script, len, "p", &svg, &svg_len, &e);
	free(script);
	assert_int_not_equal(access("OWNED", F_OK), 0);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(dir), 0);
	if (rc == -ENOENT)
		skip();
	if (rc)
		fail_msg("%s", e.text);
	assert_null(strstr(svg, "<script"));
	assert_non_null(strstr(svg, "`touch OWNED`"));
	free(svg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_one_single_quoted_string),
		cmocka_unit_test(only_what_draws_is_kept),
		cmocka_unit_test(ids_get_the_prefix_and_references_stay_inside),
		cmocka_unit_test(broken_pictures_are_refused),
		cmocka_unit_test(script_goes_in_and_the_picture_comes_out),
		cmocka_unit_test(failures_of_the_program_are_told),
		cmocka_unit_test(nothing_in_a_text_is_executed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
