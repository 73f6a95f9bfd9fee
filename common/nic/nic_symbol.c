// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Functions of libraries this program is not linked against. */
#include "nic/nic_symbol.h"

#include <dlfcn.h>
#include <stddef.h>

void *nic_symbol(const char *library, const char *name, const char *version)
{
	/* Never closed: a provider that libibverbs has loaded is the same object. */
	void *from = library ? dlopen(library, RTLD_LAZY | RTLD_LOCAL) : RTLD_DEFAULT;

	return library && !from ? NULL : dlvsym(from, name, version);
}
