// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Text to nodes: kinds, places, and that a fixed place marks every node. Refusals are golden tests. */
#include "config/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
	struct arena *arena;
	struct diags *diags;
};

static struct node *parse(struct fixture *f, const char *text, const struct mark *place)
{
	f->arena = arena_open(16 << 20);
	f->diags = diags_open("t", text, strlen(text));
	assert_true(f->arena && f->diags);
	return yaml_parse(f->arena, text, strlen(text), place, f->diags);
}

static void drop(struct fixture *f)
{
	diags_close(f->diags);
	arena_close(f->arena);
}

static void builds_nodes_with_places(void **state)
{
	struct fixture f;
	const struct node *root = parse(&f, "a: 1\nb: [x, {c: 0000:41:00.0}]\n", NULL);
	const struct node *b = node_get(root, "b"), *c;

	(void)state;
	assert_int_equal(diags_errors(f.diags), 0);
	assert_int_equal(root->kind, NODE_MAP);
	assert_int_equal(root->n, 2);
	assert_string_equal(node_get(root, "a")->text, "1");
	assert_null(node_get(root, "z"));
	assert_int_equal(b->kind, NODE_LIST);
	c = node_get(b->entry[1].val, "c");
	assert_string_equal(c->text, "0000:41:00.0"); /* not a base-60 number */
	assert_int_equal(c->mark.line, 2);
	assert_int_equal(c->mark.col, 12);
	assert_int_equal(c->mark.len, 12);
	drop(&f);
}

static void words_stay_words(void **state)
{
	struct fixture f;
	const struct node *root = parse(&f, "a: no\nb: 64..1M x4\nc: ~\nd:\n", NULL);

	(void)state;
	assert_string_equal(node_get(root, "a")->text, "no");
	assert_string_equal(node_get(root, "b")->text, "64..1M x4");
	assert_string_equal(node_get(root, "c")->text, "~");
	assert_string_equal(node_get(root, "d")->text, "");
	drop(&f);
}

static void counts_characters_not_bytes(void **state)
{
	struct fixture f;
	const struct node *root = parse(&f,
					"{gr\xc3\xb6\xc3\x9f"
					"e: 1, b: 2}\n",
					NULL);

	(void)state;
	assert_int_equal(node_get(root, "b")->mark.col, 15);
	drop(&f);
}

static void a_flag_marks_every_node(void **state)
{
	struct mark place = {.flag = "--size", .len = 1};
	struct fixture f;
	const struct node *root = parse(&f, "[1, [2]]", &place);

	(void)state;
	assert_string_equal(root->mark.flag, "--size");
	assert_string_equal(root->entry[1].val->entry[0].val->mark.flag, "--size");
	assert_int_equal(root->entry[0].val->mark.line, 0);
	drop(&f);
}

static void set_replaces_or_appends(void **state)
{
	struct fixture f;
	struct node *root = parse(&f, "a: 1\n", NULL);
	struct mark m = {.len = 1};

	(void)state;
	node_set(f.arena, root, node_scalar(f.arena, "a", m), node_scalar(f.arena, "2", m));
	node_set(f.arena, root, node_scalar(f.arena, "b", m), node_scalar(f.arena, "3", m));
	assert_int_equal(root->n, 2);
	assert_string_equal(node_get(root, "a")->text, "2");
	assert_string_equal(node_get(root, "b")->text, "3");
	drop(&f);
}

static void a_small_arena_stops_reading(void **state)
{
	enum { LEN = 100000 };
	char *text = malloc(LEN + 1);
	struct arena *a = arena_open(128 << 10);
	struct diags *d;

	(void)state;
	assert_non_null(text);
	for (int i = 0; i < LEN; i++)
		text[i] = i == 0 ? '[' : i == LEN - 1 ? ']' : i % 2 ? 'a' : ',';
	text[LEN] = '\0';
	d = diags_open("t", text, LEN);
	assert_null(yaml_parse(a, text, LEN, NULL, d));
	assert_int_equal(arena_state(a), ARENA_LIMIT);
	diags_close(d);
	arena_close(a);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builds_nodes_with_places),    cmocka_unit_test(words_stay_words),
		cmocka_unit_test(counts_characters_not_bytes), cmocka_unit_test(a_flag_marks_every_node),
		cmocka_unit_test(set_replaces_or_appends),     cmocka_unit_test(a_small_arena_stops_reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
