// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* `peer:` as written; see host.h. */
#include "peer/host.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "peer/place.h"

static int forms(const char *what, struct err *e)
{
	if (strcmp(what, "peer") != 0)
		return err_hint(e, -EINVAL, "an address of this machine: ADDR, ADDR:PORT, [ADDR6]:PORT");
	return err_hint(e, -EINVAL,
			"peer: is ssh:HOST, or HOST:PORT ([ADDR]:PORT of IPv6) of `p2pbench serve`");
}

int place_port(const char *text, uint16_t least, uint16_t *out)
{
	unsigned long v;
	char *end;

	if (!isdigit((unsigned char)text[0]) || strlen(text) > 5)
		return -EINVAL;
	v = strtoul(text, &end, 10);
	if (*end || v > UINT16_MAX || v < least)
		return -EINVAL;
	*out = (uint16_t)v;
	return 0;
}

/* What could be taken for a flag, or is no host in anybody's book. */
static int check_host(const char *what, const char *text, const char *host, size_t n, struct err *e)
{
	const char *wrong = NULL;

	if (!n)
		wrong = "names no host";
	else if (n >= sizeof(((struct peer_place *)NULL)->host))
		wrong = "is too long a name";
	else if (host[0] == '-')
		wrong = "begins with '-', which a command would take for a flag";
	for (size_t i = 0; i < n && !wrong; i++)
		if (!isgraph((unsigned char)host[i]))
			wrong = "has a blank or a byte that no name has";
	if (!wrong)
		return 0;
	err_set(e, -EINVAL, "%s '%.80s' %s", what, text, wrong);
	return forms(what, e);
}

int place_split(const char *what, const char *text, uint16_t least, struct peer_place *out, struct err *e)
{
	const char *host = text, *end, *port = NULL;
	int rc;

	if (text[0] == '[') {
		host = text + 1;
		end = strchr(host, ']');
		if (!end || (end[1] && end[1] != ':')) {
			err_set(e, -EINVAL, "%s '%.80s': '[' wants an IPv6 address and ']' or ']:PORT'", what,
				text);
			return forms(what, e);
		}
		port = end[1] ? end + 2 : NULL;
	} else {
		end = strchr(text, ':');
		if (end && strchr(end + 1, ':')) {
			err_set(e, -EINVAL, "%s '%.80s': an IPv6 address is written in brackets", what, text);
			return forms(what, e);
		}
		port = end ? end + 1 : NULL;
		end = end ? end : text + strlen(text);
	}
	rc = check_host(what, text, host, (size_t)(end - host), e);
	if (rc)
		return rc;
	*out = (struct peer_place){.kind = PEER_TCP, .port = PEER_PORT};
	snprintf(out->host, sizeof(out->host), "%.*s", (int)(end - host), host);
	if (port && place_port(port, least, &out->port)) {
		err_set(e, -EINVAL, "%s '%.80s': '%.20s' is no port (%u to 65535)", what, text, port, least);
		return forms(what, e);
	}
	return 0;
}

int peer_place_parse(const char *text, struct peer_place *out, struct err *e)
{
	const char *host = text + 4;
	int rc;

	if (strncmp(text, "ssh:", 4) != 0)
		return place_split("peer", text, 1, out, e);
	rc = check_host("peer", text, host, strlen(host), e);
	if (rc)
		return rc;
	*out = (struct peer_place){.kind = PEER_SSH};
	snprintf(out->host, sizeof(out->host), "%s", host);
	return 0;
}
