// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A point in words and as an id. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "plan/plan.h"

char *plan_point_id(char buf[PLAN_POINT_ID], uint64_t id)
{
	snprintf(buf, PLAN_POINT_ID, "p%016" PRIx64, id);
	return buf;
}

/* Axes that lead the line, or say where the run happens rather than what a point is. */
static bool told_apart(int axis)
{
	return axis == AX_MEASURE || axis == AX_OP || axis == AX_TARGET || axis == AX_SIZE || axis == AX_QD ||
	       axis == AX_QPS || axis == AX_NIC;
}

static __attribute__((format(printf, 4, 5))) size_t append(char *buf, size_t len, size_t used,
							   const char *fmt, ...)
{
	va_list ap;
	int n;

	if (used >= len)
		return used;
	va_start(ap, fmt);
	n = vsnprintf(buf + used, len - used, fmt, ap);
	va_end(ap);
	return used + (n > 0 ? (size_t)n : 0);
}

char *plan_point_text(const struct config *c, const struct point *pt, char *buf, size_t len)
{
	char op[32], target[32], size[32], other[32];
	size_t used;

	/* Registering has no operation, and the measure is its name. */
	used = append(buf, len, 0, "%s%s %s %s", pt->v[AX_MEASURE] == MEASURE_LAT ? "lat " : "",
		      pt->v[AX_MEASURE] == MEASURE_REG ? "reg"
						       : config_value_text(c, AX_OP, pt->v[AX_OP], op),
		      config_value_text(c, AX_TARGET, pt->v[AX_TARGET], target),
		      config_value_text(c, AX_SIZE, pt->v[AX_SIZE], size));
	if (pt->v[AX_MEASURE] != MEASURE_REG)
		used = append(buf, len, used, " q%" PRId64, pt->v[AX_QD]);
	if (pt->v[AX_QPS] > 1)
		used = append(buf, len, used, " x%" PRId64, pt->v[AX_QPS]);
	for (int ax = 0; ax < AX_COUNT; ax++) {
		const struct key *k = keys_axis((enum axis)ax);
		const char *text = config_value_text(c, (enum axis)ax, pt->v[ax], other);

		if (told_apart(ax) || *text == '\0' || (k->dflt && !strcmp(text, k->dflt)))
			continue;
		used = append(buf, len, used, " %s=%s", k->name, text);
	}
	return buf;
}
