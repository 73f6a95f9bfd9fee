// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Whatever a drawing program answers: no crash, and no script in what is kept. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report/plot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *svg;
	size_t len;

	if (plot_clean((const char *)data, size, "f", &svg, &len))
		return 0;
	if (memmem(svg, len, "<script", 7) || memmem(svg, len, "<style", 6))
		abort();
	free(svg);
	return 0;
}
