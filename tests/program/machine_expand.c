// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* machine_expand FIXTURE DIR: a machine of tests/fixtures as the sysfs tree that `--from DIR` reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/machine_tree.h"

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	machine_tree(argv[1], argv[2]);
	return 0;
}
