// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Whether the kernel lets the RDMA device import the BAR, and with which errno it refuses:
 * EINVAL for the way between them, EOPNOTSUPP for the importer, ENODEV for the export.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "labtest.h"
#include "tap.h"
#include "view.h"

void case_reg(struct lab *lab, const char *arg)
{
	int fd = vfio_export(&lab->vf, 0, LEN), want = (int)strtol(arg, NULL, 0), got;
	struct ibv_mr *mr = rdma_import(&lab->rd, fd, 0, LEN);

	got = mr ? 0 : errno;
	ok(got == want, "reg: %s by %s gives %d (%s), expected %d", lab->vf.bdf, lab->ibdev, got,
	   strerror(got), want);
	if (mr) {
		view_show(mr->rkey);
		ibv_dereg_mr(mr);
	}
	close(fd);
}
