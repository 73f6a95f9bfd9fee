// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What rdma_cm has chosen, for run.json: it decides by the route, not by the rule of nic_open(). */
#include <arpa/inet.h>

#include "nic/nic_cm.h"
#include "run_json.h"

static json_t *gid_json(const union ibv_gid *gid)
{
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(AF_INET6, gid->raw, text, sizeof(text));
	return json_string(text);
}

static json_t *pair_json(const struct config *c, const struct run_pair *p)
{
	return json_pack("{s:s, s:s, s:i, s:o, s:o, s:i}", "nic", c->nics[p->nic].name, "peer_nic",
			 c->nics[p->peer].name, "gid_index", p->cm->gid_index, "gid", gid_json(&p->cm->gid),
			 "peer_gid", gid_json(&p->cm->dgid), "mtu", (int)p->cm->mtu);
}

json_t *run_cm_json(const struct config *c, const struct run *run)
{
	json_t *list = json_array();

	for (size_t i = 0; i < run_pairs(run); i++) {
		struct run_pair p;

		run_pair(run, i, &p);
		if (p.cm)
			json_array_append_new(list, pair_json(c, &p));
	}
	return list;
}
