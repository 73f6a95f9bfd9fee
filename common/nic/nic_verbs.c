// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The libibverbs backend: its table, and the look-up of hints all its files use. Calls that
 * rdma-core 44 has not are looked up at run time (nic_symbol.h), so one binary runs on that and anything
 * newer.
 */
#include "nic/nic_verbs.h"

#include "base/err.h"

void verbs_hint_add(struct err *e, int code, const struct verbs_hint *table)
{
	while (table->code && table->code != -code)
		table++;
	if (table->text)
		err_hint(e, code, "%s", table->text);
}

const struct nic_backend nic_backend_verbs = {
	.list = verbs_list,
	.open = verbs_open,
	.close = verbs_close,
	.mr_reg_va = verbs_mr_reg_va,
	.mr_reg_dmabuf = verbs_mr_reg_dmabuf,
	.mr_reg_direct = verbs_mr_reg_direct,
	.mr_dereg = verbs_mr_dereg,
	.mr_shows_tph = verbs_mr_shows_tph,
	.cq_create = verbs_cq_create,
	.cq_destroy = verbs_cq_destroy,
	.qp_create = verbs_qp_create,
	.qp_ex = verbs_qp_ex,
	.qp_destroy = verbs_qp_destroy,
	.qp_modify = verbs_qp_modify,
	.qp_state = verbs_qp_state,
	.async = verbs_async,
};
