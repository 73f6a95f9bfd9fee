/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_REPORT_AXES_H
#define P2P_REPORT_AXES_H

/* Axes that only have a meaning together: the hint's (tph, st, ...), and those of an interconnect. */

#include <stdbool.h>

#include "config/keys.h"

/* Do @a and @b belong to the same group? Every axis belongs to itself. */
bool axes_related(enum axis a, enum axis b);

/* The axis of the group that says what kind it is: tph, interconnect, else @a itself. */
enum axis axes_leading(enum axis a);

#endif
