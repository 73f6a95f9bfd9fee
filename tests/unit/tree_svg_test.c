// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The drawing of devices below their bridges: where boxes stand, what is refused, what is escaped. */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "report/tree_svg.h"

static char *draw(const struct tree_box *box, size_t n, int want)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	assert_int_equal(tree_svg(box, n, "a <title>", true, f), want);
	fclose(f);
	return text;
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (const char *p = text; (p = strstr(p, what)); p += strlen(what))
		n++;
	return n;
}

/* Left edge and top of the box with @name. */
static void where(const char *svg, const char *name, int *x, int *y)
{
	const char *at = strstr(svg, name), *rect = NULL;

	assert_non_null(at);
	for (const char *p = svg; (p = strstr(p, "<rect x=")) && p < at; p++)
		rect = p;
	assert_non_null(rect);
	assert_int_equal(sscanf(rect, "<rect x=\"%d\" y=\"%d\"", x, y), 2);
}

static void test_tree(void **state)
{
	const struct tree_box box[] = {
		{.up = -1, .kind = TREE_CPU, .name = "root-a"},
		{.up = 0, .name = "port", .line_used = true, .narrow = true, .link = "16 GT/s"},
		{.up = 1, .kind = TREE_NIC, .name = "left", .used = true, .degraded = true},
		{.up = 1, .kind = TREE_VFIO, .name = "right"},
		{.up = -1, .kind = TREE_CPU, .name = "root-b"},
	};
	CLEANUP_FREE char *svg = draw(box, 5, 0);
	int left, right, port, root, other, y, y_port, y_left, y_right;

	(void)state;
	where(svg, ">root-a<", &root, &y);
	where(svg, ">port<", &port, &y_port);
	where(svg, ">left<", &left, &y_left);
	where(svg, ">right<", &right, &y_right);
	where(svg, ">root-b<", &other, &y);
	assert_true(left < right && right < other);
	assert_int_equal(port, (left + right) / 2);
	assert_int_equal(root, port);
	assert_true(y < y_port && y_port < y_left && y_left == y_right);
	assert_int_equal(count(svg, "<polyline"), 3);
	assert_int_equal(count(svg, "class=\"way narrow\""), 1);
	assert_int_equal(count(svg, "class=\"link degraded\""), 1);
	assert_int_equal(count(svg, "class=\"nic used\""), 1);
	assert_int_equal(count(svg, "16 GT/s"), 1);
}

static void test_text_is_data(void **state)
{
	const struct tree_box box = {.up = -1, .name = "<script>&\"", .about = "\n</svg>"};
	CLEANUP_FREE char *svg = draw(&box, 1, 0);

	(void)state;
	assert_null(strstr(svg, "<script"));
	assert_non_null(strstr(svg, "&lt;script&gt;&amp;&quot;"));
	assert_non_null(strstr(svg, "a &lt;title&gt;"));
	assert_int_equal(count(svg, "</svg>"), 1);
}

static void test_refused(void **state)
{
	const struct tree_box self = {.up = 0}, below = {.up = -2};
	const struct tree_box later[] = {{.up = 1}, {.up = -1}};
	CLEANUP_FREE char *a = draw(&self, 1, -EINVAL), *b = draw(&below, 1, -EINVAL),
			  *c = draw(later, 2, -EINVAL);

	(void)state;
	free(draw(later, TREE_BOXES_MAX + 1, -EINVAL)); /* counted before anything is read */
}

/* Nothing to draw is a picture all the same; many trees go into bands and stay in the page. */
static void test_many(void **state)
{
	struct tree_box *box = calloc(400, sizeof(*box));
	char *none = draw(box, 0, 0), *svg;
	int w = 0;

	(void)state;
	assert_non_null(strstr(none, "</svg>"));
	for (int i = 0; i < 400; i++)
		box[i].up = i % 2 ? i - 1 : -1;
	svg = draw(box, 400, 0);
	assert_int_equal(sscanf(strstr(svg, "width="), "width=\"%d\"", &w), 1);
	assert_true(w > 480 && w < 3000);
	assert_int_equal(count(svg, "<polyline"), 200);
	free(svg);
	free(none);
	free(box);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_text_is_data),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
