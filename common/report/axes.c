// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "report/axes.h"

enum axis axes_leading(enum axis a)
{
	switch (a) {
	case AX_ST:
	case AX_ST_EXT:
	case AX_PH:
	case AX_TPH_CPU:
	case AX_TPH_MEM:
		return AX_TPH;
	case AX_BOUNCE_BY:
	case AX_OVERLAP:
		return AX_INTERCONNECT;
	default:
		return a;
	}
}

bool axes_related(enum axis a, enum axis b)
{
	return axes_leading(a) == axes_leading(b);
}
