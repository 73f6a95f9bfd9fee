// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Versions of perftest whose output is known, and how they differ. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "crosscheck/perftest.h"

/* Tags v4.5-0.17, 25.01.0-0.80 and, for 6.29, commit 00b55b6 of its master branch. */
const struct perftest_version perftest_versions[] = {
	{.reported = "6.06", .released = "4.5", .bare_json = true, .mib = "MB/sec"},
	{.reported = "6.24", .released = "25.01", .imm = true, .mib = "MiB/sec"},
	{.reported = "6.29",
	 .released = "6.29",
	 .imm = true,
	 .numa = true,
	 .polling = true,
	 .tph = true,
	 .mib = "MiB/sec"},
	{.reported = NULL},
};

/* "6.06" of "Version: 6.06\n" into @out. */
static bool number_of(const char *text, size_t len, char *out, size_t room)
{
	static const char mark[] = "Version:";
	const char *at = memmem(text, len, mark, sizeof(mark) - 1), *end = text + len;
	size_t n = 0;

	if (!at)
		return false;
	for (at += sizeof(mark) - 1; at < end && (*at == ' ' || *at == '\t'); at++)
		;
	while (at + n < end && n < room - 1 && (at[n] == '.' || (at[n] >= '0' && at[n] <= '9')))
		n++;
	memcpy(out, at, n);
	out[n] = '\0';
	return n && *out != '.';
}

/* "6.06 (perftest 4.5), ..." */
static void known(char *buf, size_t len)
{
	size_t used = 0;

	buf[0] = '\0';
	for (const struct perftest_version *v = perftest_versions; v->reported && used < len; v++)
		used += (size_t)snprintf(buf + used, len - used, "%s%s (release %s)", used ? ", " : "",
					 v->reported, v->released);
}

const struct perftest_version *perftest_version_parse(const char *text, size_t len, struct err *e)
{
	const char *oldest = perftest_versions->reported;
	char number[16] = "", all[160];

	known(all, sizeof(all));
	if (!number_of(text, len, number, sizeof(number))) {
		err_set(e, -EPROTO, "perftest: --version prints no \"Version: N\"");
		err_hint(e, -EPROTO, "is it perftest? Known versions: %s", all);
		return NULL;
	}
	for (const struct perftest_version *v = perftest_versions; v->reported; v++)
		if (!strcmp(v->reported, number))
			return v;
	if (oldest && strtod(number, NULL) < strtod(oldest, NULL))
		err_set(e, -EPROTO, "perftest %s is too old: what it prints is not known", number);
	else
		err_set(e, -EPROTO, "perftest %s is an unknown version: what it prints may have moved",
			number);
	err_hint(
		e, -EPROTO,
		"known: %s. Install one of them, beside the present one if need be, and name its directory "
		"with --tool; a new version is a line in common/crosscheck/version.c and its recorded output",
		all);
	return NULL;
}
