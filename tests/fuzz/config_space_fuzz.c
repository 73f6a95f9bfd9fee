// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Any bytes as config space: no crash, no endless list, and nothing outside its range. */
#include <stdlib.h>

#include "topo/config_space.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct config_space c = config_space_parse(data, len > 4096 ? 4096 : len);

	if ((len < 256 && (c.acs.has || c.tph.has)) || c.tph.entries > 2048 || c.exp.width > 63 ||
	    c.exp.gen > 15)
		abort();
	return 0;
}
