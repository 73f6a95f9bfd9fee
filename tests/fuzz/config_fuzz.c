// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Any text as a config. The first line may hold an override, "path=value" behind "#!", so flags are
 * reached as well. What loads must print to a text that loads again; small plans are decoded.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"

enum { MAX_DECODED = 1000, OVERRIDE_LEN = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void decode(const struct config *c, const struct plan *p)
{
	for (size_t i = 0; i < plan_points(p) && i < MAX_DECODED; i++) {
		struct point pt;
		char buf[64];

		plan_point(p, i, &pt);
		plan_point_text(c, &pt, buf, sizeof(buf));
	}
}

static void load_again(const struct config *c)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	struct config *again = NULL;
	struct diags *d;

	config_print(c, f, true);
	fclose(f);
	d = diags_open("again", text, len);
	/* A config near the limit may print longer than a text may be. */
	if (config_load("again", text, len, NULL, 0, d, &again) != 0 && len < 500000) {
		diags_print(d, stderr);
		abort();
	}
	config_free(again);
	diags_close(d);
	free(text);
}

/* "#!path=value\n" at the start. */
static size_t read_override(const char *text, char line[OVERRIDE_LEN], struct config_override *over)
{
	const char *nl = strchr(text, '\n');
	char *equals;

	if (strncmp(text, "#!", 2) != 0 || !nl || nl - text - 2 >= OVERRIDE_LEN)
		return 0;
	memcpy(line, text + 2, (size_t)(nl - text - 2));
	line[nl - text - 2] = '\0';
	equals = strchr(line, '=');
	if (!equals)
		return 0;
	*equals = '\0';
	*over = (struct config_override){.path = line, .text = equals + 1, .flag = "--set"};
	return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1), line[OVERRIDE_LEN];
	struct config_override over;
	struct config *c = NULL;
	struct plan *p = NULL;
	struct diags *d;
	FILE *null = fopen("/dev/null", "w");

	if (!text || !null)
		abort();
	memcpy(text, data, len);
	text[len] = '\0';
	d = diags_open("fuzz", text, len);
	if (config_load("fuzz", text, len, &over, read_override(text, line, &over), d, &c) == 0) {
		load_again(c);
		if (plan_build(c, d, &p) == 0)
			decode(c, p);
	}
	diags_print(d, null);
	plan_free(p);
	config_free(c);
	diags_close(d);
	fclose(null);
	free(text);
	return 0;
}
