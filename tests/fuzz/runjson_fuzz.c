// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A run.json of any bytes: read or refused, and compared with another without harm. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "result/runjson.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *other = json_pack("{s:{s:i,s:{s:s}}}", "same", "a", 1, "nic", "device", "soft0");
	json_t *root;
	char text[200];
	struct err e;

	if (!runjson_parse("run.json", (const char *)data, size, &root, &e)) {
		if (runjson_differs(root, root, text, sizeof(text)) > (json_object_get(root, "same") ? 0 : 1))
			abort();
		runjson_differs(other, root, text, sizeof(text));
		if (strlen(text) >= sizeof(text))
			abort();
		json_decref(root);
	}
	json_decref(other);
	return 0;
}
