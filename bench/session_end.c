// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a run leaves behind, and how its end is told: files, table, notes, exit status. */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/err.h"
#include "document.h"
#include "report/table.h"
#include "result/runjson.h"
#include "result/summary.h"
#include "run/visit.h"
#include "run_document.h"
#include "run_events.h"
#include "session.h"

static void print_results(const struct session *s, const struct summary *sum)
{
	struct winsize w = {0};

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &w))
		w.ws_col = 0;
	table_print(sum, w.ws_col, stdout);
	printf("\n%s/rounds.csv  a row per window\n%s/summary.csv  a row per point\n", s->dir, s->dir);
}

/* What is not a plain result, in one line; what it means is in each row's `reason`. */
static void note_rows(const struct run_outcome *out)
{
	static const enum status told[] = {ST_SKIPPED, ST_OVERLOAD, ST_VOID,
					   ST_TIMEOUT, ST_ERROR,    ST_REVOKED};
	bool any = false;

	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		uint64_t n = out->rows[told[i]];

		if (!n)
			continue;
		fprintf(stderr, "%s%llu %s", any ? ", " : "rows: ", (unsigned long long)n,
			status_name(told[i]));
		any = true;
	}
	if (any)
		fputs("; column `reason` of rounds.csv says why\n", stderr);
}

static void notes(const struct session *s, const struct run_outcome *out)
{
	if (!s->opt->quiet) {
		note_rows(out);
		run_interconnect_findings(s->loaded.config, s->run);
		run_gates_note(&s->gates);
	}
	if (out->stop != RUN_COMPLETE)
		fprintf(stderr, "%s: go on with: p2pbench run --resume %s\n", run_json_stop(out->stop),
			s->dir);
}

/* How the points ended, those of earlier processes of this run included. */
struct points {
	bool fault, skipped, overload;
};

static struct points judge(const struct summary *sum)
{
	struct points p = {0};

	for (size_t i = 0; i < sum->n; i++) {
		const struct summary_point *pt = &sum->point[i];
		bool overload = !strcmp(pt->status, status_name(ST_OVERLOAD));

		p.overload = p.overload || overload;
		p.skipped = p.skipped || !strcmp(pt->status, status_name(ST_SKIPPED));
		/* What was asked for is no failure. */
		p.fault = p.fault || (summary_is_fault(pt) && !overload &&
				      strncmp(pt->reason, VISIT_REVOKED, sizeof(VISIT_REVOKED) - 1) != 0);
	}
	return p;
}

/* A rate that could not be reached is a result and says so; it fails a run only when asked. */
static int end_status(const struct session *s, struct points p)
{
	int sig = atomic_load(s->interrupt);
	bool doubt = p.skipped || p.overload || gates_count(&s->gates.gates, GATE_FAIL);

	if (sig)
		return 128 + sig;
	return p.fault || (s->opt->strict && doubt) ? EXIT_POINTS : EXIT_OK;
}

static const char *why_stopped(void *run, const char *point_id)
{
	return run_stop_reason(run, point_id);
}

static int write_all(struct session *s, const struct run_outcome *out, const struct summary *sum,
		     struct err *e)
{
	double drift = clock_drift_ppm(&s->clock);
	int rc = summary_write(s->dir, sum, why_stopped, s->run, e);

	if (!rc)
		rc = run_gates_finish(&s->gates, s->dir, out, drift, e);
	/* Ways may have gone, and others been found. */
	json_object_set_new(s->json, "interconnect", run_interconnect_json(s->loaded.config, s->run));
	json_object_set_new(s->json, "rdma_cm", run_cm_json(s->loaded.config, s->run));
	run_json_end(s->json, out, drift, &s->gates);
	return rc ? rc : runjson_write(s->dir, s->json, e);
}

/* What `export` prints of this run, and how it ended. */
static int print_document(const struct session *s, json_t *root, json_t *expect, int status)
{
	json_object_set_new(root, "results", runjson_text(s->dir));
	json_object_set_new(root, "stop_reason", json_string(run_json_stop(s->out.stop)));
	json_object_set_new(root, "status", json_integer(status));
	json_object_set_new(root, "expect", expect);
	return document_print(root) ? EXIT_INTERNAL : status;
}

int session_end(struct session *s)
{
	const struct run_outcome *out = &s->out;
	struct summary sum;
	struct points ended;
	struct err e = {0};
	json_t *root = NULL, *expect;
	int missed, status;
	int rc = summary_load(s->dir, &sum, &e);

	if (rc)
		return fail_with(&e, EXIT_MACHINE);
	rc = write_all(s, out, &sum, &e);
	if (!rc && !s->opt->json && !s->beside)
		print_results(s, &sum);
	run_events_points(s, &sum);
	ended = judge(&sum);
	if (!rc && s->opt->json && !s->beside)
		rc = run_document(s->dir, &sum, &root, &e);
	expect = root ? json_array() : NULL;
	missed = rc ? EXIT_OK : expect_end(s->loaded.config, &sum, s->opt->strict, expect);
	summary_free(&sum);
	if (rc)
		return fail_with(&e, EXIT_MACHINE);
	notes(s, out);
	status = end_status(s, ended);
	if (missed > status) /* in the order of the exit codes */
		status = missed;
	return root ? print_document(s, root, expect, status) : status;
}
