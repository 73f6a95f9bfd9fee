// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * limit KEY=VALUE... | limit --csv FILE: what a link and a port can carry; limit --route NIC TARGET: what a
 * machine's way can. By the model of docs/limits.md.
 */
#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "document.h"
#include "limit_case.h"
#include "result/csv_file.h"

static void explain(const struct limit_case *c)
{
	struct limit_ledger load = limit_message_load(&c->link, &c->message);
	struct limit hard = limit_of_link(&c->link, &c->message, false);
	struct limit expected = limit_of_link(&c->link, &c->message, true);

	printf("link rate         %.6g GB/s of TLPs in each direction\n", limit_link_rate(&c->link));
	printf("toward target     %llu bytes in %llu TLPs a message\n", (unsigned long long)load.fwd,
	       (unsigned long long)load.n_fwd);
	printf("toward requester  %llu bytes in %llu TLPs a message\n", (unsigned long long)load.back,
	       (unsigned long long)load.n_back);
	printf("link, hard        %.6g GB/s, set by %s\n", hard.gbyte_s, limit_by_name(hard.by));
	printf("link, expected    %.6g GB/s, set by %s\n", expected.gbyte_s, limit_by_name(expected.by));
	if (c->port.gbit > 0)
		printf("port              %.6g GB/s, %llu bytes on the wire a message\n",
		       limit_of_port(&c->port, &c->message).gbyte_s,
		       (unsigned long long)limit_wire_bytes(&c->port, &c->message));
}

/* The same and the answer, for --json. */
static json_t *document(const struct limit_case *c)
{
	struct limit_ledger load = limit_message_load(&c->link, &c->message);
	struct limit hard = limit_of_link(&c->link, &c->message, false);
	struct limit expected = limit_of_link(&c->link, &c->message, true), limit = limit_case_solve(c);
	json_t *o =
		json_pack("{s:i, s:f, s:s, s:f, s:f, s:f, s:I, s:I, s:I, s:I}", "schema", DOCUMENT_SCHEMA,
			  "gbyte_s", limit.gbyte_s, "set_by", limit_by_name(limit.by), "link_hard_gbyte_s",
			  hard.gbyte_s, "link_expected_gbyte_s", expected.gbyte_s, "link_tlp_gbyte_s",
			  limit_link_rate(&c->link), "bytes_toward_target", (json_int_t)load.fwd,
			  "tlps_toward_target", (json_int_t)load.n_fwd, "bytes_toward_requester",
			  (json_int_t)load.back, "tlps_toward_requester", (json_int_t)load.n_back);

	if (o && c->port.gbit > 0) {
		json_object_set_new(o, "port_gbyte_s",
				    json_real(limit_of_port(&c->port, &c->message).gbyte_s));
		json_object_set_new(o, "wire_bytes",
				    json_integer((json_int_t)limit_wire_bytes(&c->port, &c->message)));
	}
	return o;
}

static int one_case(const struct opt *o)
{
	struct limit_case c = limit_case_default;
	struct limit limit;
	struct err e = {0};
	int rc = 0;

	for (int i = 0; !rc && i < o->n_args; i++)
		rc = limit_case_pair(&c, o->arg[i], &e);
	if (!rc)
		rc = limit_case_check(&c, &e);
	if (rc)
		return fail_with(&e, EXIT_USAGE);
	if (o->json)
		return document_print(document(&c));
	if (o->explain)
		explain(&c);
	limit = limit_case_solve(&c);
	printf("%.6g GB/s, set by %s\n", limit.gbyte_s, limit_by_name(limit.by));
	return EXIT_OK;
}

/* Column names of the header; @id: the one that is not a key. */
struct header {
	char name[CSV_FIELDS_MAX][32];
	size_t n;
	size_t id;
};

static int read_header(struct csv_file *f, struct csv_field *field, struct header *h, struct err *e)
{
	int rc = csv_file_next(f, field, &h->n, e);

	if (rc <= 0)
		return rc ? rc : err_set(e, -EINVAL, "the file is empty");
	h->id = h->n;
	for (size_t i = 0; i < h->n; i++) {
		snprintf(h->name[i], sizeof(h->name[i]), "%.*s", (int)field[i].len, field[i].s);
		if (!strcmp(h->name[i], "id"))
			h->id = i;
	}
	return h->id < h->n ? 0 : err_set(e, -EINVAL, "line 1: no column 'id'");
}

/* @out: where cases are collected; NULL = lines on stdout */
static int solve_row(const struct header *h, const struct csv_field *field, json_t *out, struct err *e)
{
	struct limit_case c = limit_case_default;
	struct limit limit;
	int rc = 0;

	for (size_t i = 0; !rc && i < h->n; i++) {
		char value[40];

		if (i == h->id || !field[i].len || !strcmp(h->name[i], "gbyte_s") ||
		    !strcmp(h->name[i], "set_by"))
			continue;
		snprintf(value, sizeof(value), "%.*s", (int)field[i].len, field[i].s);
		rc = limit_case_set(&c, h->name[i], value, e);
	}
	if (!rc)
		rc = limit_case_check(&c, e);
	if (rc)
		return rc;
	limit = limit_case_solve(&c);
	if (out)
		return json_array_append_new(out, json_pack("{s:s%, s:f, s:s}", "id", field[h->id].s,
							    field[h->id].len, "gbyte_s", limit.gbyte_s,
							    "set_by", limit_by_name(limit.by)))
			       ? err_set(e, -EINVAL, "the id is no text")
			       : 0;
	printf("%.*s,%.15g,%s\n", (int)field[h->id].len, field[h->id].s, limit.gbyte_s,
	       limit_by_name(limit.by));
	return 0;
}

static int solve_rows(struct csv_file *f, json_t *out, struct err *e)
{
	static struct header h;
	struct csv_field field[CSV_FIELDS_MAX];
	size_t n;
	int rc = read_header(f, field, &h, e);

	if (rc)
		return rc;
	if (!out)
		puts("id,gbyte_s,set_by");
	while (!rc && (rc = csv_file_next(f, field, &n, e)) == 1) {
		if (n != h.n)
			rc = err_set(e, -EINVAL, "%zu fields, the header has %zu", n, h.n);
		else
			rc = solve_row(&h, field, out, e);
	}
	return rc == -ENODATA ? err_set(e, rc, "the last line is torn") : rc;
}

static int csv_cases(const char *path, json_t *out)
{
	struct csv_file *f = NULL;
	struct err e = {0}, where;
	int rc = csv_file_open(path, &f, &e), line;

	if (rc)
		return fail_with(&e, EXIT_USAGE);
	rc = solve_rows(f, out, &e);
	line = csv_file_line(f);
	csv_file_close(f);
	if (!rc)
		return EXIT_OK;
	err_set(&where, -EINVAL, "%s:%d: %s", path, line, e.text);
	return fail_with(&where, EXIT_USAGE);
}

static int all_cases(const struct opt *o)
{
	json_t *list = o->json ? json_array() : NULL;
	int status = csv_cases(o->csv, list);

	if (!status && list)
		return document_print(json_pack("{s:i, s:o}", "schema", DOCUMENT_SCHEMA, "cases", list));
	json_decref(list);
	return status;
}

int cmd_limit(const struct opt *o)
{
	if (o->from && !o->route) {
		fprintf(stderr, "p2pbench: limit: --from belongs to --route NIC TARGET\n");
		return EXIT_USAGE;
	}
	if (o->route && o->csv) {
		fprintf(stderr, "p2pbench: limit: either --csv FILE or --route NIC TARGET, not both\n");
		return EXIT_USAGE;
	}
	if (o->route)
		return limit_route(o);
	if (o->csv && o->n_args) {
		fprintf(stderr, "p2pbench: limit: either --csv FILE or KEY=VALUE..., not both\n");
		return EXIT_USAGE;
	}
	return o->csv ? all_cases(o) : one_case(o);
}
