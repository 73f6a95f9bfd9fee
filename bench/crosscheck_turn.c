// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* perftest's turn at a point: launch, read, hold the two reports against each other, make it a row. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/rng.h"
#include "crosscheck.h"
#include "crosscheck/child.h"
#include "nic/nic.h"

enum { PORTS_TRIED = 3, FAULTS_MOST = 3 };

static const int64_t START_NS = 30000000000, RUN_NS = 60000000000;

struct launch {
	struct crosscheck *x;
	struct check_point *p;
	const struct point *pt;
	struct map_work work;
	struct perftest_result result;
	bool json_ok;
	int64_t took_ns;
};

size_t crosscheck_plan(struct crosscheck *x)
{
	const struct plan *plan = x->s.loaded.plan;
	size_t can = 0;

	x->n = plan_points(plan);
	x->point = calloc(x->n + 1, sizeof(*x->point));
	for (size_t i = 0; x->point && i < x->n; i++) {
		struct check_point *p = &x->point[i];
		struct point pt;

		plan_point(plan, i, &pt);
		p->cpu = -1;
		p->kind = pt.v[AX_MEASURE] == MEASURE_LAT ? PERFTEST_LAT : PERFTEST_BW;
		can += !map_why_not(x->version, x->s.loaded.config, &pt, p->why, sizeof(p->why));
	}
	return can;
}

const char *crosscheck_leave_out(void *crosscheck, const struct point *pt, char *buf, size_t len)
{
	const struct crosscheck *x = crosscheck;
	char why[CHECK_WHY];

	if (!map_why_not(x->version, x->s.loaded.config, pt, why, sizeof(why)))
		return NULL;
	snprintf(buf, len, "perftest cannot: %s", why);
	return buf;
}

/* ---- launch ---- */

/* The client where our thread runs, the server anywhere else. */
static bool cpus_of(const struct launch *l, cpu_set_t *client, cpu_set_t *server)
{
	CPU_ZERO(client);
	*server = l->x->all;
	if (l->p->cpu < 0 || !CPU_ISSET((size_t)l->p->cpu, &l->x->all) || CPU_COUNT(&l->x->all) < 2)
		return false;
	CPU_SET((size_t)l->p->cpu, client);
	CPU_CLR((size_t)l->p->cpu, server);
	return true;
}

static struct map_nic nic_of(const struct launch *l)
{
	const struct config_nic *nic = &l->x->s.loaded.config->nics[l->pt->v[AX_NIC]];
	const struct nic_attr *a = run_nic_attr(l->x->s.run, (size_t)l->pt->v[AX_NIC]);

	return (struct map_nic){
		.device = nic->device, .port = a->port, .gid_index = a->gid_index, .mtu = a->active_mtu};
}

static int launch_pair(struct launch *l, int tcp, int json, struct child_output *out, struct err *e)
{
	struct crosscheck *x = l->x;
	struct map_nic nic = nic_of(l);
	struct map_args server, client;
	char path[CHECK_DIR + 64];
	cpu_set_t client_cpus, server_cpus;
	bool pinned = cpus_of(l, &client_cpus, &server_cpus);
	struct child_spec spec = {
		.server = server.argv,
		.client = client.argv,
		.port = tcp,
		.server_cpus = &server_cpus,
		.client_cpus = pinned ? &client_cpus : &x->all,
		.inherit = json,
		.start_ns = START_NS,
		.run_ns = RUN_NS,
		.interrupt = x->s.interrupt,
	};

	snprintf(path, sizeof(path), "%s/%s", x->dir, l->work.program);
	map_args(x->version, &nic, l->pt, &l->work, MAP_SERVER, path, tcp, -1, &server);
	map_args(x->version, &nic, l->pt, &l->work, MAP_CLIENT, path, tcp, json, &client);
	return child_run(&spec, out, e);
}

/* The report as JSON lies in memory only. Return: what there is, NULL = nothing; to free(). */
static char *read_back(int fd, size_t *len)
{
	char *text = malloc(CHILD_TEXT_MAX);
	ssize_t n = text ? pread(fd, text, CHILD_TEXT_MAX, 0) : 0;

	*len = n > 0 ? (size_t)n : 0;
	return text;
}

/*
 * The table is what counts. The other report must be of the same figures where it can be read; it often
 * cannot, or is empty, and that is noted only.
 */
static int read_reports(struct launch *l, const struct child_output *out, int json, struct err *e)
{
	const struct perftest_version *v = l->x->version;
	struct perftest_result other;
	size_t len;
	char *text;
	int rc = perftest_text(v, l->work.kind, out->out.text ? out->out.text : "", out->out.len, &l->result,
			       e);

	if (!rc)
		rc = perftest_expect(&l->result, (uint64_t)l->pt->v[AX_SIZE], l->work.messages, e);
	if (rc)
		return rc;
	text = read_back(json, &len);
	l->json_ok = text && len && !perftest_json(v, l->work.kind, text, len, &other, NULL);
	free(text);
	if (l->json_ok && !perftest_same(&l->result, &other))
		return err_set(e, -EPROTO, "%s: its table and its JSON report different results",
			       l->work.program);
	return 0;
}

static int launch(struct launch *l, struct err *e)
{
	int rc = -EADDRINUSE;

	for (int i = 0; i < PORTS_TRIED && rc == -EADDRINUSE; i++) {
		CLEANUP_FD int json = memfd_create("perftest", MFD_CLOEXEC);
		struct child_output out = {0};
		int tcp = child_free_port();

		if (tcp < 0 || json < 0)
			return err_set(e, tcp < 0 ? tcp : -errno, "no %s for perftest",
				       tcp < 0 ? "free port" : "memory file");
		rc = launch_pair(l, tcp, json, &out, e);
		l->took_ns = out.took_ns;
		if (!rc)
			rc = read_reports(l, &out, json, e);
		child_output_free(&out);
	}
	return rc;
}

/* ---- row ---- */

/* A point of its own, so that no reader takes its rows for windows of ours. */
static void own_identity(struct row *row, char id[PLAN_POINT_ID])
{
	char variant[96];
	uint64_t hash = FNV64_INIT;

	snprintf(variant, sizeof(variant), "%s%sperftest", row_get(row, (enum column)(COL_KEY + AX_VARIANT)),
		 *row_get(row, (enum column)(COL_KEY + AX_VARIANT)) ? "." : "");
	row_text(row, (enum column)(COL_KEY + AX_VARIANT), variant);
	for (int a = 0; a < AX_COUNT; a++) {
		const char *text = row_get(row, (enum column)(COL_KEY + a)), *name = keys[a].column;

		if (!*text)
			continue;
		hash = fnv64(fnv64(hash, name, strlen(name)), "=", 1);
		hash = fnv64(fnv64(hash, text, strlen(text)), ";", 1);
	}
	row_text(row, COL_POINT_ID, plan_point_id(id, hash));
}

static void state_cells(const struct launch *l, struct row *row)
{
	const struct nic_attr *a = run_nic_attr(l->x->s.run, (size_t)l->pt->v[AX_NIC]);
	char tool[48];

	snprintf(tool, sizeof(tool), "perftest %s", l->x->version->reported);
	row_text(row, COL_TOOL, tool);
	row_text(row, COL_EVIDENCE, nic_evidence_name(a->evidence));
	row_text(row, COL_TARGET_KIND, "host");
	row_text(row, COL_INTERCONNECT_USED, keys_axis(AX_INTERCONNECT)->words[INTERCONNECT_MAIN]);
	row_text(row, COL_NET, "none");
	row_text(row, COL_TPH_EVIDENCE, "none");
	if (l->p->cpu >= 0)
		row_int(row, COL_CPU_USED, l->p->cpu);
}

static void bw_cells(const struct launch *l, struct row *row)
{
	const struct perftest_result *r = &l->result;

	if (l->pt->v[AX_MEASURE] == MEASURE_BW)
		row_num(row, COL_BW_GBYTE_S, r->bytes_s / 1e9);
	row_num(row, COL_MSG_MOPS, r->msgs_s / 1e6);
	row_num(row, COL_WINDOW_S, (double)r->messages / r->msgs_s);
}

/* Quantiles as far as a window of ours would show them. Its t_max is no maximum. */
static void lat_cells(const struct launch *l, struct row *row)
{
	const struct perftest_result *r = &l->result;
	double f = l->work.factor;

	row_int(row, COL_LAT_N, (int64_t)r->messages);
	row_num(row, COL_LAT_MIN_US, r->min_us * f);
	row_num(row, COL_LAT_MEAN_US, r->avg_us * f);
	row_num(row, COL_LAT_P50_US, r->typical_us * f);
	if (hist_supports(r->messages, 0.99))
		row_num(row, COL_LAT_P99_US, r->p99_us * f);
	if (hist_supports(r->messages, 0.999))
		row_num(row, COL_LAT_P999_US, r->p999_us * f);
}

static int good_row(const struct launch *l, struct row *row)
{
	double timed = 0;

	row_int(row, COL_OPS, (int64_t)l->result.messages);
	row_int(row, COL_BYTES, (int64_t)(l->result.messages * l->result.size));
	if (l->work.kind == PERFTEST_BW) {
		bw_cells(l, row);
		timed = (double)l->result.messages / l->result.msgs_s;
	} else {
		lat_cells(l, row);
		timed = (double)l->result.messages * l->result.avg_us * l->work.factor / 1e6;
	}
	row_num(row, COL_SWITCH_S, (double)l->took_ns / 1e9 - timed);
	row_text(row, COL_FLAGS, l->json_ok ? "unverified" : "unverified;no_json");
	return ST_OK;
}

static int bad_row(const struct launch *l, struct row *row, int rc, const struct err *e)
{
	struct check_point *p = l->p;

	p->faults++;
	snprintf(p->fault, sizeof(p->fault), "%.*s", CHECK_WHY - 1, e->text);
	row_text(row, COL_REASON, "perftest failed");
	row_int(row, COL_ERR_CODE, -rc);
	row_text(row, COL_ERR_TEXT, e->text);
	return rc == -ETIMEDOUT ? ST_TIMEOUT : ST_ERROR;
}

/* What our first window tells. */
static void learn(struct check_point *p, const struct row *own)
{
	double ops = row_get_num(own, COL_OPS);
	const char *cpu = row_get(own, COL_CPU_USED);

	if (ops > 0 && !p->like)
		p->like = (uint64_t)ops;
	p->cpu = *cpu ? (int)strtol(cpu, NULL, 10) : -1;
	if (!p->like)
		snprintf(p->why, sizeof(p->why), "p2pbench itself: %.200s", row_get(own, COL_REASON));
	else
		p->why[0] = '\0';
}

int crosscheck_turn(void *crosscheck, const struct run_turn *turn, struct row *row)
{
	struct crosscheck *x = crosscheck;
	struct check_point *p = &x->point[turn->index];
	struct launch l = {.x = x, .p = p, .pt = turn->point};
	struct err e = {0};
	int rc;

	if (turn->own)
		learn(p, turn->own);
	if (!p->like || p->faults >= FAULTS_MOST)
		return -1;
	map_work(turn->point, p->like, &l.work);
	snprintf(p->differs, sizeof(p->differs), "%s", l.work.differs);
	rc = launch(&l, &e);
	if (rc == -EINTR)
		return -1;
	own_identity(row, p->id);
	state_cells(&l, row);
	if (rc)
		return bad_row(&l, row, rc, &e);
	p->rounding = l.result.rounding > p->rounding ? l.result.rounding : p->rounding;
	return good_row(&l, row);
}
