// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The findings as one JSON document. An empty text is null. */

#include "doctor.h"

static json_t *text(const char *s)
{
	return s[0] ? json_string(s) : json_null();
}

static json_t *check_json(const struct doctor_check *c)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:b, s:b, s:b}", "group", c->group, "name",
			 c->name, "status", doctor_status_name(c->status), "value", c->value, "why",
			 text(c->why), "fix", text(c->fix), "undo", text(c->undo), "command",
			 c->fix[0] && c->how & FIX_COMMAND ? 1 : 0, "root", c->how & FIX_ROOT ? 1 : 0,
			 "reboot", c->how & FIX_REBOOT ? 1 : 0);
}

static json_t *checks_json(const struct doctor *d)
{
	json_t *list = json_array();

	for (size_t i = 0; i < d->n; i++)
		json_array_append_new(list, check_json(&d->check[i]));
	return list;
}

static json_t *steps_json(const struct doctor *d)
{
	struct doctor_step s[DOCTOR_STEPS];
	json_t *list = json_array();
	size_t n = d->ask.ends ? 0 : doctor_steps(d, s);

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_pack("{s:s, s:s}", "do", s[i].command, "about", s[i].about));
	return list;
}

static json_t *pair_json(const struct doctor *d)
{
	return d->ask.ends ? json_pack("{s:s, s:s, s:s}", "nic", d->ask.nic, "target", d->ask.target, "p2p",
				       doctor_p2p_name(doctor_p2p(d)))
			   : json_null();
}

json_t *doctor_json(const struct doctor *d)
{
	char sentence[DOCTOR_SENTENCE];

	return json_pack("{s:i, s:s, s:o, s:o, s:o, s:{s:i, s:i, s:i, s:i}, s:b, s:s, s:o}", "schema", 1,
			 "machine", topo_source(d->ask.t), "kernel", text(d->release), "pair", pair_json(d),
			 "checks", checks_json(d), "counts", "ok", (int)doctor_count(d, DOCTOR_OK), "warn",
			 (int)doctor_count(d, DOCTOR_WARN), "fail", (int)doctor_count(d, DOCTOR_FAIL), "skip",
			 (int)doctor_count(d, DOCTOR_SKIP), "missing", doctor_lacks(d) ? 1 : 0, "sentence",
			 doctor_sentence(d, sentence), "next", steps_json(d));
}
