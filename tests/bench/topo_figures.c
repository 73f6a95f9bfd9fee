// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * topo_figures FROM: how long a machine takes to load, and the routes and limits of all its RDMA NICs to all
 * its endpoints, in milliseconds. A large one: fixtures/make_machines.py scale 4000 >FILE.
 */
#include <stdio.h>
#include <time.h>

#include "base/err.h"
#include "limit/path.h"

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static size_t matrix(const struct topo *t, size_t *nics)
{
	const struct path_ask ask = {{LIMIT_WRITE, 65536, 0, 4096, 0}, true};
	size_t pairs = 0;

	*nics = 0;
	for (size_t i = 0; i < topo_len(t); i++) {
		if (!topo_fn(t, i)->ibdev[0])
			continue;
		++*nics;
		for (size_t k = 0; k < topo_len(t); k++) {
			struct route r;

			if (topo_fn(t, k)->cfg.bridge)
				continue;
			r = route_find(t, (int)i, (int)k);
			pairs += path_limit(t, &r, &ask).hop >= -1;
		}
	}
	return pairs;
}

int main(int argc, char **argv)
{
	struct topo *t = NULL;
	struct err e = {0};
	double start = now_ms(), loaded, done;
	size_t pairs, nics;

	if (argc != 2 || topo_open(argv[1], &t, &e)) {
		fprintf(stderr, "%s\n", argc == 2 ? e.text : "usage: topo_figures FROM");
		return 2;
	}
	loaded = now_ms();
	pairs = matrix(t, &nics);
	done = now_ms();
	printf("functions,nics,pairs,load_ms,matrix_ms\n%zu,%zu,%zu,%.1f,%.1f\n", topo_len(t), nics, pairs,
	       loaded - start, done - loaded);
	topo_close(t);
	return 0;
}
