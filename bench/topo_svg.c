// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* --svg: devices, what is above them, and the links, as one self-contained picture. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "topo_boxes.h"

int topo_svg(const struct view *v, const struct route *r, FILE *out)
{
	CLEANUP_FREE struct tree_box *box = NULL;
	char title[4 * VIEW_TEXT], a[VIEW_TEXT], b[VIEW_TEXT];
	size_t n;
	int rc = topo_boxes(v, r, false, &box, &n);

	if (rc)
		return rc;
	if (r)
		snprintf(title, sizeof(title), "%s to %s: %s, %s", view_name(v, r->nic, a),
			 view_name(v, r->target, b), route_class_name(r->class), view_way_about(r->way));
	else
		snprintf(title, sizeof(title), "%s", topo_source(v->t));
	return tree_svg(box, n, title, r != NULL, out);
}
