// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Gathering run.json. "same" is what a resumed run must share: effective config, binary, devices. */
#include "run_json.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/rng.h"
#include "noise_floor.h"
#include "ops/ops.h"
#include "run_peer.h"
#include "result/runjson.h"
#include "version.h"

/* The effective config as text; without origins equal values give equal text. */
static json_t *config_text(const struct config *c, bool origins)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	json_t *s = NULL;

	if (f) {
		config_print(c, f, origins);
		fclose(f);
		s = json_stringn(text, len);
	}
	free(text);
	return s;
}

/* FNV-1a 64 of the running program's file. */
static json_t *binary_hash(void)
{
	CLEANUP_FD int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *map;
	json_t *s;

	if (fd < 0 || fstat(fd, &st) || !st.st_size)
		return json_null();
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return json_null();
	s = json_sprintf("%016" PRIx64, fnv64(FNV64_INIT, map, (size_t)st.st_size));
	munmap(map, (size_t)st.st_size);
	return s;
}

static json_t *nic_json(const struct config_nic *n, const struct nic_attr *a)
{
	char gid[INET6_ADDRSTRLEN] = "";

	if (a->gid_index >= 0)
		inet_ntop(AF_INET6, a->gid.raw, gid, sizeof(gid));
	return json_pack("{s:s, s:s, s:i, s:s, s:s, s:s, s:i, s:i, s:s, s:s, s:i, s:i, s:i}", "name", n->name,
			 "device", a->name, "port", a->port, "driver", a->driver, "fw", a->fw, "evidence",
			 nic_evidence_name(a->evidence), "active_mtu", a->active_mtu, "gid_index",
			 a->gid_index, "gid", gid, "gid_why", a->gid_why, "max_qp", (int)a->max_qp,
			 "max_qp_wr", (int)a->max_qp_wr, "max_rd_atomic", (int)a->max_rd_atomic_init);
}

static json_t *device_json(const char *where, const struct nic_attr *a)
{
	return json_sprintf("%s%s port %d driver %s fw %s", where, a->name, a->port, a->driver,
			    a->fw[0] ? a->fw : "none");
}

/* Those of a responder elsewhere. */
static void add_far_nics(const struct run_facts *f, json_t *nics, json_t *same)
{
	const struct config *c = f->loaded->config;

	for (size_t i = 0; f->host && i < run_pairs(f->run); i++) {
		struct run_pair p, q;
		size_t k = 0;

		run_pair(f->run, i, &p);
		run_pair(f->run, k, &q);
		while (q.peer != p.peer)
			run_pair(f->run, ++k, &q);
		if (k < i)
			continue;
		json_array_append_new(nics, nic_json(&c->nics[p.peer], p.there.attr));
		json_array_append_new(same, device_json("peer ", p.there.attr));
	}
}

static void add_nics(const struct run_facts *f, json_t *nics, json_t *same)
{
	const struct config *c = f->loaded->config;

	for (size_t i = 0; i < c->n_nics; i++) {
		const struct nic_attr *a = run_nic_attr(f->run, i);

		if (!a)
			continue;
		json_array_append_new(nics, nic_json(&c->nics[i], a));
		json_array_append_new(same, device_json("", a));
	}
}

static json_t *argv_json(int argc, char **argv)
{
	json_t *a = json_array();

	for (int i = 0; i < argc; i++) {
		json_t *s = json_string(argv[i]);

		json_array_append_new(a, s ? s : json_string("(not UTF-8)"));
	}
	return a;
}

static json_t *tags_json(const struct config *c)
{
	json_t *o = json_object();

	for (size_t i = 0; i < c->n_tags; i++)
		json_object_set_new(o, c->tags[i].key, json_string(c->tags[i].value));
	return o;
}

static json_t *clock_json(const struct clock *c)
{
	return json_pack("{s:s, s:f, s:f, s:f}", "source", c->source, "ns_per_tick", c->ns_per_tick,
			 "calibration_err_ppm", c->err_ppm, "overhead_ns", c->overhead_ns);
}

static json_t *ops_json(void)
{
	const struct key *measure = keys_axis(AX_MEASURE), *op = keys_axis(AX_OP);
	json_t *o = json_object();

	for (const struct op *const *p = ops; *p; p++) {
		char name[64];

		if ((*p)->measure == MEASURE_REG)
			snprintf(name, sizeof(name), "%s", measure->words[MEASURE_REG]);
		else
			snprintf(name, sizeof(name), "%s %s%s", measure->words[(*p)->measure],
				 op->words[(*p)->op], (*p)->bounce ? " (bounce)" : "");
		json_object_set_new(o, name, json_string((*p)->about));
	}
	return o;
}

/* What `selftest` has found on the devices of this run, by device; empty when it was never run here. */
static json_t *floors_json(const struct run_facts *f, const json_t *env)
{
	const struct config *c = f->loaded->config;
	json_t *o = json_object();

	for (size_t i = 0; i < c->n_nics; i++) {
		json_t *known = run_nic_attr(f->run, i) ? noise_floor_read(c->nics[i].device, env) : NULL;

		if (known)
			json_object_set_new(o, c->nics[i].device, known);
	}
	return o;
}

/* What belongs to one process of a run: a resumed run has several. */
static json_t *process_json(const struct run_facts *f)
{
	return json_pack("{s:s, s:o, s:i, s:o}", "started_utc", f->started_utc, "command",
			 argv_json(f->argc, f->argv), "cpu", run_cpu(f->run), "clock", clock_json(f->clock));
}

json_t *run_json_new(const struct run_facts *f)
{
	const struct config *c = f->loaded->config;
	json_t *nics = json_array(), *devices = json_array();
	json_t *root = json_object(), *env = runjson_env();
	json_t *peer = run_peer_json(c, f->host), *far = json_array(), *same;

	add_nics(f, nics, devices);
	add_far_nics(f, far, devices);
	if (f->host)
		json_object_set(peer, "nics", far);
	json_decref(far);
	if (f->host)
		json_object_set_new(peer, "topology", run_topology_json(f, RUN_THERE));
	same = json_pack("{s:i, s:o, s:o, s:o}", "schema", RESULT_SCHEMA, "config", config_text(c, false),
			 "binary", binary_hash(), "devices", devices);
	json_object_set_new(root, "schema", json_integer(RESULT_SCHEMA));
	json_object_set_new(root, "complete", json_false());
	json_object_set_new(root, "run_id", json_string(f->run_id));
	json_object_set_new(root, "name", json_string(c->name));
	json_object_set_new(root, "tool",
			    json_pack("{s:s, s:s, s:s, s:s}", "name", "p2pbench", "version", P2P_VERSION,
				      "commit", P2P_COMMIT, "compiler", P2P_COMPILER));
	json_object_set_new(root, "tags", tags_json(c));
	json_object_set_new(root, "seed", json_sprintf("%" PRIu64, c->seed));
	json_object_set_new(root, "config_source", json_string(c->source));
	json_object_set_new(root, "points", json_integer((json_int_t)plan_points(f->loaded->plan)));
	json_object_set_new(root, "same", same);
	json_object_set_new(root, "config", config_text(c, true));
	json_object_set_new(root, "nics", nics);
	json_object_set_new(root, "peer", peer);
	json_object_set_new(root, "topology", run_topology_json(f, RUN_HERE));
	json_object_set_new(root, "interconnect", run_interconnect_json(c, f->run));
	json_object_set_new(root, "measured", ops_json());
	json_object_set_new(root, "noise_floor", floors_json(f, env));
	json_object_set_new(root, "gates", run_gates_json(f->gates));
	json_object_set_new(root, "env", env);
	json_object_set_new(root, "processes", json_pack("[o]", process_json(f)));
	return root;
}

json_t *run_json_resume(const json_t *old, const json_t *now)
{
	json_t *root = json_deep_copy(old);
	json_t *processes = json_object_get(root, "processes");

	if (!json_is_array(processes))
		json_object_set_new(root, "processes", processes = json_array());
	json_object_set(json_array_get(processes, json_array_size(processes) - 1), "gates",
			json_object_get(old, "gates"));
	json_object_set(root, "gates", json_object_get(now, "gates"));
	json_array_append(processes, json_array_get(json_object_get(now, "processes"), 0));
	json_object_set_new(root, "complete", json_false());
	return root;
}

const char *run_json_stop(enum run_stop stop)
{
	static const char *const word[] = {"rounds", "interrupted", "budget"};

	return word[stop];
}

void run_json_end(json_t *root, const struct run_outcome *out, double drift_ppm,
		  const struct run_gates *gates)
{
	json_t *processes = json_object_get(root, "processes");
	json_t *rows = json_object();

	for (int s = 0; s < ST_COUNT; s++)
		if (out->rows[s])
			json_object_set_new(rows, status_name(s), json_integer((json_int_t)out->rows[s]));
	json_object_set_new(root, "complete", json_boolean(out->stop == RUN_COMPLETE));
	json_object_set_new(root, "gates", run_gates_json(gates));
	json_object_set_new(json_array_get(processes, json_array_size(processes) - 1), "end",
			    json_pack("{s:s, s:o, s:f}", "stop_reason", run_json_stop(out->stop), "rows",
				      rows, "clock_drift_ppm", drift_ppm));
}

const char *run_json_config(const json_t *root)
{
	return json_string_value(json_object_get(json_object_get(root, "same"), "config"));
}
