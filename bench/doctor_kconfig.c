// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "doctor_kconfig.h"

#include <stdlib.h>
#include <string.h>

char doctor_kconfig(const char *text, const char *name)
{
	const size_t len = strlen(name);
	const char *p = text;

	while ((p = strstr(p, "CONFIG_"))) {
		bool starts = p == text || p[-1] == '\n';

		p += strlen("CONFIG_");
		if (starts && !strncmp(p, name, len) && p[len] == '=')
			return p[len + 1] == 'y' || p[len + 1] == 'm' ? p[len + 1] : 'n';
	}
	return 'n';
}

unsigned int doctor_kernel_version(const char *release)
{
	char *end;
	unsigned long major, minor;

	if (*release < '0' || *release > '9')
		return 0;
	major = strtoul(release, &end, 10);
	if (*end != '.' || end[1] < '0' || end[1] > '9')
		return 0;
	minor = strtoul(end + 1, NULL, 10);
	return major > 0x7fff || minor > 0xffff ? 0 : (unsigned int)(major << 16 | minor);
}

bool doctor_capabilities(const char *status, uint64_t *out)
{
	const char *at = strstr(status, "CapEff:");
	char *end;

	if (!at)
		return false;
	at += strlen("CapEff:");
	*out = strtoull(at, &end, 16);
	return end != at;
}

bool doctor_cmdline(const char *line, const char *name, const char *value)
{
	const size_t n = strlen(name), v = strlen(value);
	const char *p = line;

	while (*(p += strspn(p, " \n"))) {
		size_t len = strcspn(p, " \n");

		if (len > n && !strncmp(p, name, n) && p[n] == '=') {
			const char *item = p + n + 1, *end = p + len;

			while (item < end) {
				size_t word = strcspn(item, ", \n");

				if (word == v && !strncmp(item, value, v))
					return true;
				item += word + 1;
			}
		}
		p += len;
	}
	return false;
}
