// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* list memory: what can be a target here, or on the machine of --from, and why not. */
#include "list_memory.h"

#include <stdio.h>

#include "bench.h"
#include "document.h"
#include "machine.h"

static json_t *list_document(const struct opt *o, const struct topo *t)
{
	return json_pack("{s:i, s:s, s:o, s:o}", "schema", 1, "machine", topo_source(t), "host",
			 o->from ? json_null() : list_host_json(), "vfio", list_vfio_json(t));
}

int list_memory(const struct opt *o)
{
	struct topo *t = NULL;
	int status = machine_open(o, &t);

	if (status)
		return status;
	if (o->json) {
		status = document_print(list_document(o, t));
	} else {
		if (o->from)
			puts(topo_source(t));
		else
			list_host(stdout);
		list_vfio(t, stdout);
	}
	topo_close(t);
	return status;
}
