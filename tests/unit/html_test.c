// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The page: hostile text in every field, runs with pieces missing, what is said and what is not. */
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

#include "base/cleanup.h"
#include "base/err.h"
#include "report/html.h"
#include "report/html_doc.h"

#define HOSTILE                                                                                              \
	"`touch OWNED`$(touch OWNED)'\"; !touch OWNED <script>alert(1)</script><img src=x onerror=y>|**b** " \
	"{/S x} 50 % \\"

static const struct plot_tool gnuplot = {.program = "gnuplot", .timeout_ms = 20000};

static char dir[64];

static FILE *open_in(const char *name)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	return f;
}

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/p2p-html-XXXXXX");
	return mkdtemp(dir) && !chdir(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	static const char *const names[] = {"rounds.csv", "hist.csv", "canary.csv", "run.json"};
	char path[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	return chdir("/") || rmdir(dir); /* fails where something else was made in it */
}

static const char HEADER[] =
	"schema,run_id,setup_id,round,seq,t_mono_s,point_id,cell_id,measure,op,nic,target,tph,"
	"st,ph,size_bytes,variant,evidence,route,limit_gbyte_s,limit_by,limit_hop,limit_source,"
	"pct_limit,tph_evidence,bw_gbyte_s,lat_p50_us,status,reason,flags\n";

/* What differs between the points of a run. */
struct point {
	const char *id, *measure, *target, *tph, *st, *variant;
	int size;
	double v;
};

static void quoted(FILE *f, const char *text)
{
	fputc('"', f);
	for (; *text; text++)
		fprintf(f, *text == '"' ? "\"\"" : "%c", *text);
	fputs("\",", f);
}

/* @text stands in every cell of text. */
static void put_row(FILE *f, const struct point *p, int round, const char *text)
{
	static const char *const evidence = "hardware";
	bool bw = !strcmp(p->measure, "bw");
	int seq = 1000 * round + p->size + (int)(p->v * 10);
	double v = p->v * (1 + 0.001 * (round % 5));

	fputs("1,", f);
	quoted(f, text);
	fprintf(f, "%d,%d,%d,%d.5,", 1 + round / 4, round, seq, seq);
	quoted(f, p->id);
	quoted(f, "c1");
	fprintf(f, "%s,", p->measure);
	quoted(f, bw ? "write" : "read");
	quoted(f, text);
	quoted(f, *p->target ? p->target : text);
	fprintf(f, "%s,%s,%s,%d,", p->tph, p->st, *p->st ? "2" : "", p->size);
	quoted(f, p->variant);
	fprintf(f, "%s,", evidence);
	quoted(f, text);
	fputs("12.5,", f);
	quoted(f, text);
	quoted(f, text);
	quoted(f, text);
	fprintf(f, "%g,none,", bw ? 8 * v : 0);
	fprintf(f, bw ? "%.9g,," : ",%.9g,", v);
	fputs("ok,,", f);
	quoted(f, text);
	fseek(f, -1, SEEK_CUR);
	fputc('\n', f);
}

static const struct point POINTS[] = {
	{"p1", "bw", "", "none", "", "", 64, 1.5},     {"p2", "bw", "", "none", "", "", 4096, 6.5},
	{"p3", "bw", "host", "none", "", "", 64, 1.4}, {"p4", "bw", "host", "none", "", "", 4096, 7.5},
	{"p5", "bw", "", "none", "", "off2", 64, 1.5}, {"p6", "bw", "", "exporter", "16", "", 64, 1.6},
	{"p7", "lat", "", "", "", "", 64, 0.9},	       {"p8", "lat", "", "", "", "", 4096, 1.9},
};

static void write_rounds(const char *text)
{
	FILE *f = open_in("rounds.csv");

	fputs(HEADER, f);
	for (int round = 0; round < 13; round++) {
		for (size_t i = 0; i < ARRAY_LEN(POINTS); i++)
			put_row(f, &POINTS[i], round, text);
	}
	fprintf(f, "1,r1,,1,9999,1,p9,c9,bw,write,n,t,none,,,64,,,,,,,,,,,,skipped,");
	quoted(f, text);
	fseek(f, -1, SEEK_CUR);
	fputs(",\n", f);
	fclose(f);
	f = open_in("hist.csv");
	fputs("seq,point_id,round,lo_ns,width_ns,count\n", f);
	for (int lo = 800; lo < 3000; lo += 40)
		fprintf(f, "1073,p7,1,%d,40,%d\n", lo, 3040 - lo);
	fclose(f);
}

static json_t *json(const char *text)
{
	return json_string(text);
}

/* Every member the report shows, as @text. */
static void write_json(const char *text)
{
	json_t *box = json_pack("{s:n, s:o, s:o, s:o, s:o, s:b}", "up", "kind", json(text), "name",
				json(text), "about", json(text), "link", json(text), "used", 1);
	json_t *below = json_pack("{s:i, s:s, s:o, s:o, s:o, s:b}", "up", 0, "kind", "nic", "name",
				  json(text), "about", json(text), "link", json(text), "degraded", 1);
	json_t *hop = json_pack("{s:o, s:b, s:{s:o, s:o, s:o}}", "function", json(text), "degraded", 1,
				"link", "gen", json(text), "width", json(text), "mps", json(text));
	json_t *way = json_pack("{s:o, s:o, s:o, s:o, s:o, s:[o], s:[o, o]}", "memory", json(text),
				"function", json(text), "route", json(text), "class", json(text), "why",
				json(text), "hops", hop, "drawing", box, below);
	json_t *nic = json_pack("{s:o, s:o, s:[o]}", "name", json(text), "function", json(text), "ways", way);
	json_t *cell = json_pack("{s:o, s:o, s:o, s:o, s:o, s:b}", "interconnect", json(text), "predicted",
				 json(text), "why", json(text), "errno", json(text), "text", json(text),
				 "surprise", 1);
	json_t *root = json_object();

	json_object_set_new(root, "name", json(text));
	json_object_set_new(root, "config_source", json(text));
	json_object_set_new(root, "config", json(text));
	json_object_set_new(root, "complete", json_true());
	json_object_set_new(root, "tags", json_pack("{s:o}", text, json(text)));
	json_object_set_new(root, "tool",
			    json_pack("{s:o, s:o}", "version", json(text), "commit", json(text)));
	json_object_set_new(root, "env",
			    json_pack("{s:o, s:o}", "cpu_model", json(text), "kernel", json(text)));
	json_object_set_new(root, "nics",
			    json_pack("[{s:o, s:o}]", "name", json(text), "device", json(text)));
	json_object_set_new(root, "topology", json_pack("{s:[o]}", "nics", nic));
	json_object_set_new(
		root, "interconnect",
		json_pack("[{s:o, s:o, s:[o]}]", "nic", json(text), "memory", json(text), "cells", cell));
	json_object_set_new(root, "measured", json_pack("{s:o}", "bw write", json(text)));
	json_object_set_new(root, "gates",
			    json_pack("[{s:o, s:s, s:o, s:o, s:o}]", "name", json(text), "verdict", "warn",
				      "value", json(text), "why", json(text), "fix", json(text)));
	json_object_set_new(root, "processes", json_pack("[{s:[s, o]}]", "command", "p2pbench", json(text)));
	assert_int_equal(json_dump_file(root, "run.json", 0), 0);
	json_decref(root);
}

/* The page of the run in the working directory. */
static char *page(bool md, const struct plot_tool *tool)
{
	struct report_run run;
	const struct report r = {.run = &run, .n = 1, .md = md, .tool = tool};
	struct err e = {0};
	char *text = NULL;
	size_t len;
	FILE *f;

	if (report_load(".", NULL, 0, &run, &e))
		fail_msg("%s", e.text);
	f = open_memstream(&text, &len);
	assert_int_equal(report_write(&r, f), 0);
	fclose(f);
	report_free(&run);
	return text;
}

static void assert_says(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("does not say '%s'", what);
}

/* All elements of a page are ours, and none has an attribute that could run or load anything. */
static void assert_elements(const char *html)
{
	static const char known[] =
		" !DOCTYPE html head meta title style body h1 h2 h3 p a nav ul li b pre div table thead "
		"tbody tr "
		"th td figure figcaption svg g path rect circle line polygon polyline text tspan use defs ";

	for (const char *at = strchr(html, '<'); at; at = strchr(at + 1, '<')) {
		char word[32];
		const char *name = at + 1 + (at[1] == '/');

		snprintf(word, sizeof(word), " %.*s ",
			 (int)strspn(name, "!abcdefghijklmnopqrstuvwxyzDOCTYPE123456"), name);
		if (!strstr(known, word) || strlen(word) < 3)
			fail_msg("an element that is not ours: %.40s", at);
	}
	assert_null(strstr(html, "src=\""));
	assert_null(strstr(html, "href=\"http"));
}

static void hostile_text_stays_text(void **state)
{
	char *html;

	(void)state;
	write_rounds(HOSTILE);
	write_json(HOSTILE);
	html = page(false, &gnuplot);
	assert_elements(html);
	assert_says(html, "&lt;script&gt;alert(1)");
	assert_says(html, "surprise:");
	assert_says(html, "degraded link:");
	assert_says(html, "unproven tags:");
	assert_says(html, "skipped:");
	assert_null(strstr(html, "A plot could not be made"));
	assert_int_not_equal(access("OWNED", F_OK), 0);
	free(html);
}

static void hostile_text_stays_text_in_markdown(void **state)
{
	char *md, *save = NULL;

	(void)state;
	write_rounds(HOSTILE);
	write_json(HOSTILE);
	md = page(true, NULL);
	for (char *line = strtok_r(md, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, "    ", 4) != 0 && strchr(line, '<'))
			fail_msg("markup: %s", line);
	}
	free(md);
}

static void missing_files_are_said(void **state)
{
	char *html;

	(void)state;
	write_rounds("x");
	unlink("hist.csv");
	html = page(false, &gnuplot);
	assert_says(html, "there is no run.json");
	if (!strstr(html, "apt install"))
		assert_says(html, "hist.csv is not there");
	free(html);
}

static void broken_files_are_said(void **state)
{
	FILE *f;
	char *html;

	(void)state;
	write_rounds("x");
	f = fopen("rounds.csv", "a");
	assert_non_null(f);
	fputs("1,2,3\n1,r1,1,1,1,0.5,p1", f);
	fclose(f);
	f = open_in("run.json");
	fputs("{\"schema\": ", f);
	fclose(f);
	html = page(false, NULL);
	assert_says(html, "2 rows of rounds.csv could not be read");
	assert_says(html, "run.json");
	free(html);
}

static void without_gnuplot_the_page_comes_and_says_what_to_install(void **state)
{
	const struct plot_tool none = {.program = "no-such-gnuplot-here", .timeout_ms = 1000};
	char *html;

	(void)state;
	write_rounds("x");
	html = page(false, &none);
	assert_says(html, "apt install gnuplot-nox");
	assert_says(html, "<table");
	assert_null(strstr(html, "<figure"));
	free(html);
}

static void where_narrows_and_must_name_an_axis(void **state)
{
	const char *const bw[] = {"measure=bw", "size=4K"}, *const no[] = {"colour=red"},
			  *const none[] = {"size=7"};
	struct report_run run;
	struct err e = {0};

	(void)state;
	write_rounds("x");
	assert_int_equal(report_load(".", bw, 2, &run, &e), 0);
	assert_int_equal(run.s.n, 2);
	assert_int_equal(run.n_left_out, 7);
	assert_int_equal(run.n_round, 24);
	report_free(&run);
	assert_int_equal(report_load(".", no, 1, &run, &e), -EINVAL);
	assert_int_equal(report_load(".", none, 1, &run, &e), -ENODATA);
}

static void too_many_points_are_refused_with_a_way_out(void **state)
{
	struct report_run run;
	struct err e = {0};
	FILE *f = open_in("rounds.csv");

	(void)state;
	fputs("schema,run_id,round,point_id,measure,op,size_bytes,bw_gbyte_s,status\n", f);
	for (int i = 0; i <= REPORT_POINTS_MAX; i++)
		fprintf(f, "1,r1,1,p%d,bw,%s,%d,1,ok\n", i, i % 2 ? "read" : "write", 64 + i);
	fclose(f);
	assert_int_equal(report_load(".", NULL, 0, &run, &e), -E2BIG);
	assert_non_null(strstr(e.hint, "--where op="));
}

static void five_thousand_points_stay_below_two_megabytes(void **state)
{
	FILE *f = open_in("rounds.csv");
	char *html;

	(void)state;
	fputs("schema,run_id,setup_id,round,seq,t_mono_s,point_id,measure,op,target,size_bytes,qd,qps,bw_"
	      "gbyte_s,limit_gbyte_s,status\n",
	      f);
	for (int round = 1; round <= 6; round++) {
		for (int i = 0; i < 5000; i++)
			fprintf(f, "1,r1,1,%d,%d,%d.1,p%016d,bw,write,%s,%d,%d,%d,%d.%03d,25.5,ok\n", round,
				round * 5000 + i, round * 5000 + i, i, i % 2 ? "accel" : "host",
				64 << (i / 2 % 10), 1 + i / 20 % 25, 1 + i / 500, 5 + i % 17, i % 1000);
	}
	fclose(f);
	html = page(false, &gnuplot);
	assert_true(strlen(html) < 2000000);
	assert_says(html, "</html>");
	free(html);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(hostile_text_stays_text, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(hostile_text_stays_text_in_markdown, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(missing_files_are_said, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(broken_files_are_said, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(without_gnuplot_the_page_comes_and_says_what_to_install,
						make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(where_narrows_and_must_name_an_axis, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(too_many_points_are_refused_with_a_way_out, make_dir,
						remove_dir),
		cmocka_unit_test_setup_teardown(five_thousand_points_stay_below_two_megabytes, make_dir,
						remove_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
