// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The table of findings. */
#include "doctor_parts.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *doctor_status_name(enum doctor_status s)
{
	static const char *const name[] = {"ok", "warn", "fail", "skip"};

	return name[s];
}

/* One line of plain ASCII: much of it comes from files of others. */
static void say(char *out, size_t len, const char *fmt, va_list args)
{
	vsnprintf(out, len, fmt, args);
	for (char *p = out; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}

struct doctor_check *doctor_add(struct doctor *d, const char *group, const char *name, enum doctor_status s,
				const char *fmt, ...)
{
	struct doctor_check *c = d->n < DOCTOR_CHECKS ? &d->check[d->n++] : &d->over;
	va_list args;

	*c = (struct doctor_check){.group = group, .status = s};
	snprintf(c->name, sizeof(c->name), "%s", name);
	va_start(args, fmt);
	say(c->value, sizeof(c->value), fmt, args);
	va_end(args);
	return c;
}

void doctor_why(struct doctor_check *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(c->why, sizeof(c->why), fmt, args);
	va_end(args);
}

void doctor_fix(struct doctor_check *c, unsigned int how, const char *fmt, ...)
{
	va_list args;

	c->how = how;
	va_start(args, fmt);
	say(c->fix, sizeof(c->fix), fmt, args);
	va_end(args);
}

void doctor_undo(struct doctor_check *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(c->undo, sizeof(c->undo), fmt, args);
	va_end(args);
}

void doctor_skip(struct doctor *d, const char *group, const char *name, const char *why)
{
	doctor_add(d, group, name, DOCTOR_SKIP, "%s", d->ask.live ? why : "not in the capture");
}

void doctor_unknown(struct doctor *d, const char *group, const char *name, const char *why)
{
	doctor_add(d, group, name, DOCTOR_SKIP, "%s", why);
}

static bool software(const struct doctor *d)
{
	return d->ask.ends && !strcmp(d->ask.ends->driver, "software");
}

bool doctor_wants(const struct doctor *d, enum doctor_need n)
{
	const struct match_ends *m = d->ask.ends;

	if (!m)
		return n != NEED_PATH;
	switch (n) {
	case NEED_NIC:
		return !software(d);
	case NEED_VFIO:
		return m->memory.kind == MEM_VFIO;
	case NEED_UDMABUF:
		return m->memory.kind == MEM_UDMABUF;
	case NEED_DMABUF:
		return m->memory.kind != MEM_HOST && doctor_nic(d) >= 0;
	case NEED_DMA_HEAP:
		return m->memory.kind == MEM_DMA_HEAP;
	default:
		return doctor_nic(d) >= 0;
	}
}

enum doctor_status doctor_lack(const struct doctor *d, enum doctor_need n)
{
	if (n == NEED_TPH || !doctor_wants(d, n))
		return DOCTOR_WARN;
	return n == NEED_NIC ? (d->ask.hardware ? DOCTOR_FAIL : DOCTOR_WARN)
			     : (d->ask.ends ? DOCTOR_FAIL : DOCTOR_WARN);
}

bool doctor_word(const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:._/@%+-";

	return *s && *s != '-' && strspn(s, plain) == strlen(s);
}

int doctor_nic(const struct doctor *d)
{
	return d->ask.ends ? d->ask.ends->fn : -1;
}

int doctor_target(const struct doctor *d)
{
	return d->ask.reach && d->ask.reach->exp.fn >= 0 ? d->ask.reach->exp.fn : -1;
}

const struct match_cell *doctor_direct(const struct doctor *d)
{
	const struct reach *r = d->ask.reach;
	const struct match_cell *found = NULL;

	/* Best first; of those that cannot work the main function's reason is the one to tell. */
	for (size_t i = 0; r && i < r->n; i++)
		if (!r->cell[i].bounce &&
		    (!found || (found->works == MATCH_NO &&
				r->imp[r->cell[i].importer].interconnect == INTERCONNECT_MAIN)))
			found = &r->cell[i];
	return found;
}

bool doctor_acs_helps(const struct doctor *d, const struct match_cell *c)
{
	return c->has_route && c->route.way == ROUTE_WAY_NONE && c->route.redirect >= 0 &&
	       route_unredirected(d->ask.t, &c->route).way == ROUTE_WAY_SWITCH;
}

void doctor_look(const struct doctor_ask *ask, struct doctor *out)
{
	*out = (struct doctor){.ask = *ask};
	doctor_read_kernel(out);
	doctor_rights(out);
	doctor_container(out);
	doctor_kernel(out);
	doctor_modules(out);
	doctor_library(out);
	doctor_device(out);
	doctor_target_checks(out);
	doctor_path(out);
	doctor_tph(out);
	doctor_memory(out);
	doctor_noise(out);
}

void doctor_close(struct doctor *d)
{
	free(d->config);
	d->config = NULL;
}

void doctor_mark_told(struct doctor *d, const struct doctor *before)
{
	for (size_t i = 0; i < d->n; i++) {
		struct doctor_check *c = &d->check[i];
		const struct doctor_check *was = doctor_find(before, c->group, c->name);

		c->told = was && was->status == c->status && !strcmp(was->value, c->value) &&
			  !strcmp(was->why, c->why) && !strcmp(was->fix, c->fix);
	}
}

size_t doctor_count(const struct doctor *d, enum doctor_status s)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		n += d->check[i].status == s;
	return n;
}

const struct doctor_check *doctor_find(const struct doctor *d, const char *group, const char *name)
{
	for (size_t i = 0; i < d->n; i++)
		if (!strcmp(d->check[i].group, group) && !strcmp(d->check[i].name, name))
			return &d->check[i];
	return NULL;
}

bool doctor_lacks(const struct doctor *d)
{
	return doctor_count(d, DOCTOR_FAIL) > 0;
}
