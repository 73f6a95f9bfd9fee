// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Any bytes as BTF: one blob, or two when the first bytes say where the second begins. And as lines of
 * kallsyms. What is found lies within what was given.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mem/tph/btf.h"
#include "mem/tph/kernel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void find(struct btf_blob base, struct btf_blob types)
{
	static const char *const names[] = {TPH_STRUCT, "s", ""};
	struct btf_struct s;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (btf_find_struct(base, types, names[i], &s))
			continue;
		for (size_t f = 0; f < s.n && f < BTF_FIELDS; f++)
			if (strnlen(s.field[f].name, BTF_NAME) == BTF_NAME)
				abort();
	}
}

static void kallsyms(const uint8_t *data, size_t len)
{
	char module[TPH_MODULE], *line = malloc(len + 1);

	if (!line)
		abort();
	memcpy(line, data, len);
	line[len] = '\0';
	if (tph_kallsyms_line(line, module) && (strchr(module, '/') || strchr(module, '.')))
		abort();
	free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	/* Copies of their own, so that reading past an end is seen. */
	uint8_t *all = malloc(len + 1), *own;
	uint16_t at = 0;

	if (!all)
		abort();
	memcpy(all, data, len);
	find((struct btf_blob){0}, (struct btf_blob){all, len});
	kallsyms(data, len);
	if (len > 2)
		memcpy(&at, data, 2);
	if (len > 2 && at <= len - 2) {
		own = malloc(len - 2 - at + 1);
		if (!own)
			abort();
		memcpy(own, data + 2 + at, len - 2 - at);
		find((struct btf_blob){all + 2, at}, (struct btf_blob){own, len - 2 - at});
		free(own);
	}
	free(all);
	return 0;
}
