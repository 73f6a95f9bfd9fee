// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kernel texts that `doctor` reads: any bytes, ended by a NUL, as its reader leaves them. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "doctor_kconfig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1), c;
	uint64_t caps;

	if (!text)
		return 0;
	memcpy(text, data, len);
	text[len] = '\0';
	c = doctor_kconfig(text, "PCI_P2PDMA");
	if (c != 'y' && c != 'm' && c != 'n')
		abort();
	doctor_kernel_version(text);
	doctor_capabilities(text, &caps);
	if (doctor_cmdline(text, "pci", "notph") && !strstr(text, "notph"))
		abort();
	free(text);
	return 0;
}
