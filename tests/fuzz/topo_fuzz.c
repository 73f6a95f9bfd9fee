// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Any text as a saved machine: no crash, and of one that is taken every pair has a route and a limit. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "limit/path.h"
#include "topo/tags.h"
#include "topo/topo_raw.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void ask(const struct topo *t)
{
	const struct path_ask what = {{LIMIT_BOTH, 65536, 0, 4096, 16}, true};
	int n = topo_len(t) < 12 ? (int)topo_len(t) : 12;

	for (int i = 0; i < n * n; i++) {
		struct route r = route_find(t, i / n, i % n);
		struct path_limit l = path_limit(t, &r, &what);

		if (r.n_hops < 1 || r.n_hops > ROUTE_HOPS_MAX || r.turn >= r.n_hops || l.hard.gbyte_s < 0)
			abort();
	}
}

static void ask_alone(const struct topo *t)
{
	int n = topo_len(t) < 64 ? (int)topo_len(t) : 64;

	for (int i = 0; i < n; i++) {
		struct topo_tags tags = topo_tags(t, i);
		int direct = topo_data_direct(t, i);
		struct topo_port port;

		if ((direct >= 0 &&
		     (!topo_is_data_direct(t, direct) || topo_data_direct_of(t, direct) < 0)) ||
		    (direct >= 0 && topo_data_direct_unknown(t, i)) || (!tags.live && tags.most))
			abort();
		for (int p = 0; p < 3; p++)
			if (!topo_port(t, i, p, &port) && !(port.gbit >= 0))
				abort();
	}
	topo_find_emulated(t, "rxe0");
}

static void ask_all(const struct topo *t)
{
	ask(t);
	ask_alone(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);
	struct topo *t = NULL;
	struct err e = {0};

	if (!text)
		return 0;
	memcpy(text, data, len);
	text[len] = '\0';
	/* XML is hwloc's to read. */
	if (!memchr(text, '<', len) && !topo_open_text("fuzz", text, len, &t, &e))
		ask_all(t);
	topo_close(t);
	free(text);
	return 0;
}
