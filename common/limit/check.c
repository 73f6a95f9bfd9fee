// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which values the model has an answer for. */
#include "limit/limit.h"

#include <errno.h>

#include "base/err.h"

static bool power_of_two(unsigned int v, unsigned int lo, unsigned int hi)
{
	return v >= lo && v <= hi && (v & (v - 1)) == 0;
}

int limit_link_check(const struct limit_link *l, struct err *e)
{
	if (l->gen < 1 || l->gen > 6)
		return err_set(e, -EINVAL, "gen %u: PCIe generations are 1 to 6", l->gen);
	if (!power_of_two(l->width, 1, 32) && l->width != 12)
		return err_set(e, -EINVAL, "width %u: links have 1, 2, 4, 8, 12, 16 or 32 lanes", l->width);
	if (!power_of_two(l->mps, 128, LIMIT_PAGE))
		return err_set(e, -EINVAL, "mps %u: a power of two from 128 to 4096", l->mps);
	if (!power_of_two(l->mrrs, 128, LIMIT_PAGE))
		return err_set(e, -EINVAL, "mrrs %u: a power of two from 128 to 4096", l->mrrs);
	if (l->rcb != 64 && l->rcb != 128)
		return err_set(e, -EINVAL, "rcb %u: 64 or 128", l->rcb);
	if (l->prefix_dw > 4)
		return err_set(e, -EINVAL, "prefix_dw %u: 0 to 4", l->prefix_dw);
	return 0;
}

int limit_message_check(const struct limit_message *m, struct err *e)
{
	if (m->size < 1 || m->size > 1ull << 31)
		return err_set(e, -EINVAL, "size %llu: 1 to 2147483648 bytes", (unsigned long long)m->size);
	if (m->mtu && !power_of_two(m->mtu, 256, LIMIT_PAGE))
		return err_set(e, -EINVAL, "mtu %u: a power of two from 256 to 4096, or 0", m->mtu);
	if (m->tph != 0 && m->tph != 8 && m->tph != 16)
		return err_set(e, -EINVAL, "tph %u: bits of the tag, 0, 8 or 16", m->tph);
	return 0;
}

int limit_port_check(const struct limit_port *p, struct err *e)
{
	if (!(p->gbit > 0) || p->gbit > 1e5)
		return err_set(e, -EINVAL, "gbit %g: above 0, at most 100000 Gbit/s", p->gbit);
	if (p->ip != 4 && p->ip != 6)
		return err_set(e, -EINVAL, "ip %u: 4 or 6", p->ip);
	return 0;
}
