// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Where the responder of a run is, as people and run.json are told. */
#include "run_peer.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/rng.h"
#include "version.h"

int run_peer_open(const struct config *c, struct peer_host **out, struct err *e)
{
	struct peer_dial dial = {
		.ssh = c->peer.ssh,
		.agent = c->peer.agent,
		.token_file = c->peer.token_file,
		.version = P2P_VERSION,
		.timeout_ns = c->peer.timeout_ns,
	};
	struct channel *channel;
	int rc, pid;

	*out = NULL;
	if (!c->peer.place)
		return 0;
	rc = peer_place_parse(c->peer.place, &dial.place, e);
	if (!rc)
		rc = peer_dial_open(&dial, &channel, &pid, e);
	return rc ? rc : peer_host_open(channel, pid, out, e);
}

void run_peer_died(const struct config *c, struct err *e)
{
	struct err said = *e;

	err_set(e, said.code, "the peer %.100s died in mid-run: %.380s", c->peer.place, said.text);
}

/* Names as printed by somebody else are shown as far as a terminal should see them. */
static void shown(const char *text, char *buf, size_t len)
{
	size_t n = 0;

	for (; *text && n + 1 < len; text++)
		buf[n++] = *text >= ' ' && *text <= '~' ? *text : '?';
	buf[n] = '\0';
}

/* "mlx5_0 port 1, GID 3 ::ffff:10.0.0.2 (RoCE v2, IPv4)" */
static void print_end(const struct nic_attr *a)
{
	char gid[INET6_ADDRSTRLEN] = "";

	fprintf(stderr, "%s port %d", a->name, a->port);
	if (a->gid_index >= 0 && inet_ntop(AF_INET6, a->gid.raw, gid, sizeof(gid)))
		fprintf(stderr, ", GID %d %s", a->gid_index, gid);
	if (a->gid_why[0])
		fprintf(stderr, " (%s)", a->gid_why);
}

void run_peer_note(const struct config *c, const struct peer_host *host, const struct run *run)
{
	if (host) {
		const struct peer_about *about = peer_host_about(host);
		char name[sizeof(about->hostname)], version[sizeof(about->version)];

		shown(about->hostname, name, sizeof(name));
		shown(about->version, version, sizeof(version));
		fprintf(stderr, "peer %s: %s answers, p2pbench %s%s\n", c->peer.place, name, version,
			strcmp(version, P2P_VERSION) != 0 ? "; here it is " P2P_VERSION : "");
	}
	for (size_t i = 0; i < run_pairs(run); i++) {
		struct run_pair p;

		run_pair(run, i, &p);
		if (p.loop)
			continue;
		fputs("  ", stderr);
		print_end(p.here.attr);
		fputs(" -> ", stderr);
		print_end(p.there.attr);
		fputc('\n', stderr);
	}
}

/* What a process would have to do that is not there. */
static json_t *cannot_json(void)
{
	return json_pack(
		"[s, s, s]", "bounce: the copies are made by the process that measures",
		"limit by memcpy of software devices: the copy would be this host's, not the responder's",
		"analyzer: what its device has seen of tags is not asked");
}

json_t *run_peer_json(const struct config *c, const struct peer_host *host)
{
	const struct peer_about *a = host ? peer_host_about(host) : NULL;

	if (!a)
		return json_null();
	return json_pack("{s:s, s:s, s:s, s:i, s:o, s:s, s:o}", "place", c->peer.place, "version", a->version,
			 "build", a->build, "protocol", (int)a->protocol, "host_hash",
			 json_sprintf("h%016" PRIx64, fnv64(FNV64_INIT, a->hostname, strlen(a->hostname))),
			 "kernel", a->kernel, "cannot", cannot_json());
}
