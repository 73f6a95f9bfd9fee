// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "limit_case.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/units.h"
#include "config/diag.h"

enum { GIB_2 = 1u << 31 };

const struct limit_case limit_case_default = {
	.link = {.gen = 5, .width = 16, .mps = 256, .mrrs = 512, .rcb = 64, .addr64 = true},
	.message = {.op = LIMIT_WRITE, .size = 65536},
	.port = {.net = LIMIT_ROCE, .ip = 4},
};

const char *const limit_case_keys[] = {
	"op",  "gen",	 "width", "flit",      "mps",  "mrrs", "rcb", "cpl",  "size", "addr",	 "mtu",
	"tph", "addr64", "ecrc",  "prefix_dw", "gbit", "net",  "ip",  "vlan", "grh",  "typical", NULL};

/* Index of @value in @words. */
static int word(const char *key, const char *value, const char *const *words, unsigned int *out,
		struct err *e)
{
	char all[80] = "";
	size_t len = 0;

	for (unsigned int i = 0; words[i]; i++) {
		if (!strcmp(value, words[i])) {
			*out = i;
			return 0;
		}
		len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s", i ? ", " : "", words[i]);
	}
	return err_set(e, -EINVAL, "%s=%s: one of %s", key, value, all);
}

static int number(const char *key, const char *value, int64_t lo, int64_t hi, int64_t *out, struct err *e)
{
	const char *why = "";
	int rc = units_size(value, out, &why);

	if (rc)
		return err_set(e, -EINVAL, "%s=%s: not a number: %s", key, value, why);
	if (*out < lo || *out > hi)
		return err_set(e, -EINVAL, "%s=%s is out of range: %lld to %lld", key, value, (long long)lo,
			       (long long)hi);
	return 0;
}

static int rate(const char *value, double *out, struct err *e)
{
	char *end;

	*out = strtod(value, &end);
	if (!*value || *end || !(*out >= 0 && *out <= 1e5))
		return err_set(e, -EINVAL, "gbit=%s: Gbit/s, 0 (no port) to 100000", value);
	return 0;
}

/* Keys whose values are words. Return: -ENOENT for others. */
static int set_word(struct limit_case *c, const char *key, const char *value, struct err *e)
{
	static const char *const ops[] = {"write", "read", "both", NULL};
	static const char *const nets[] = {"roce", "ib", NULL};
	static const char *const cpls[] = {"max", "rcb", NULL};
	unsigned int i = 0;
	int rc = -ENOENT;

	if (!strcmp(key, "op")) {
		rc = word(key, value, ops, &i, e);
		c->message.op = rc ? c->message.op : (enum limit_op)i;
	} else if (!strcmp(key, "net")) {
		rc = word(key, value, nets, &i, e);
		c->port.net = rc ? c->port.net : (enum limit_net)i;
	} else if (!strcmp(key, "cpl")) {
		rc = word(key, value, cpls, &i, e);
		c->link.cpl_per_rcb = i;
	} else if (!strcmp(key, "gbit")) {
		rc = rate(value, &c->port.gbit, e);
	}
	return rc;
}

int limit_case_set(struct limit_case *c, const char *key, const char *value, struct err *e)
{
	const struct {
		const char *key;
		unsigned int *number;
		uint64_t *wide;
		bool *flag;
		int64_t max;
	} field[] = {
		{"gen", &c->link.gen, NULL, NULL, 6},
		{"width", &c->link.width, NULL, NULL, 32},
		{"mps", &c->link.mps, NULL, NULL, LIMIT_PAGE},
		{"mrrs", &c->link.mrrs, NULL, NULL, LIMIT_PAGE},
		{"rcb", &c->link.rcb, NULL, NULL, 128},
		{"prefix_dw", &c->link.prefix_dw, NULL, NULL, 4},
		{"mtu", &c->message.mtu, NULL, NULL, LIMIT_PAGE},
		{"tph", &c->message.tph, NULL, NULL, 16},
		{"ip", &c->port.ip, NULL, NULL, 6},
		{"size", NULL, &c->message.size, NULL, GIB_2},
		{"addr", NULL, &c->message.addr, NULL, INT64_MAX},
		{"flit", NULL, NULL, &c->link.flit, 1},
		{"addr64", NULL, NULL, &c->link.addr64, 1},
		{"ecrc", NULL, NULL, &c->link.ecrc, 1},
		{"vlan", NULL, NULL, &c->port.vlan, 1},
		{"grh", NULL, NULL, &c->port.grh, 1},
		{"typical", NULL, NULL, &c->expected, 1},
	};
	int rc = set_word(c, key, value, e);
	int64_t v = 0;

	for (size_t i = 0; rc == -ENOENT && i < sizeof(field) / sizeof(field[0]); i++) {
		if (strcmp(key, field[i].key) != 0)
			continue;
		rc = number(key, value, 0, field[i].max, &v, e);
		if (!rc && field[i].number)
			*field[i].number = (unsigned int)v;
		else if (!rc && field[i].wide)
			*field[i].wide = (uint64_t)v;
		else if (!rc && field[i].flag)
			*field[i].flag = v;
	}
	if (rc == -ENOENT) {
		const char *near = diag_nearest(key, limit_case_keys);

		err_set(e, -EINVAL, "limit: unknown key '%s'", key);
		return near ? err_hint(e, -EINVAL, "did you mean '%s'?", near)
			    : err_hint(e, -EINVAL, "`p2pbench help limit` lists the keys");
	}
	return rc;
}

int limit_case_pair(struct limit_case *c, const char *pair, struct err *e)
{
	const char *eq = strchr(pair, '=');
	char key[32];

	if (!eq || eq == pair || (size_t)(eq - pair) >= sizeof(key))
		return err_set(e, -EINVAL, "limit: '%.40s' is no KEY=VALUE, e.g. gen=5 width=16 size=1M",
			       pair);
	snprintf(key, sizeof(key), "%.*s", (int)(eq - pair), pair);
	return limit_case_set(c, key, eq + 1, e);
}

int limit_case_check(const struct limit_case *c, struct err *e)
{
	int rc = limit_link_check(&c->link, e);

	if (!rc)
		rc = limit_message_check(&c->message, e);
	if (!rc && c->port.gbit > 0)
		rc = limit_port_check(&c->port, e);
	if (!rc && c->port.gbit > 0 && !c->message.mtu)
		rc = err_set(e, -EINVAL,
			     "gbit=%g without mtu: a port cuts messages into packets; give mtu=4096 or the "
			     "path's own",
			     c->port.gbit);
	return rc;
}

struct limit limit_case_solve(const struct limit_case *c)
{
	struct limit link = limit_of_link(&c->link, &c->message, c->expected);

	return c->port.gbit > 0 ? limit_min(link, limit_of_port(&c->port, &c->message)) : link;
}
