// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reading p2plab_rxe's debugfs file: see view.h. */
#include "view.h"

#include <stdio.h>
#include <string.h>

/* The newest line of that key is the first. */
static bool find_line(uint32_t rkey, char *line, int size)
{
	FILE *f = fopen("/sys/kernel/debug/p2plab_rxe/mrs", "r");
	bool found = false;
	char want[32];

	if (!f)
		return false;
	snprintf(want, sizeof(want), "rkey=%#x ", rkey);
	while (!found && fgets(line, size, f))
		found = !strncmp(line, want, strlen(want));
	fclose(f);
	return found;
}

void view_show(uint32_t rkey)
{
	char line[1024];

	if (find_line(rkey, line, sizeof(line)))
		printf("# %s", line);
}

bool view_has(uint32_t rkey, const char *words)
{
	char line[1024];

	return find_line(rkey, line, sizeof(line)) && strstr(line, words);
}
