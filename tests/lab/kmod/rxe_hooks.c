// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2plab_rxe: redirects three functions of the unmodified rdma_rxe to rxe_copy.c, with
 * ftrace as live patching does it. They are the only ones that touch an MR's memory, and
 * they are called across files, so the compiler has not inlined them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include "rxe.h"

struct hook {
	const char *name;
	void *hook;
	void **orig;
	unsigned long addr;
	struct ftrace_ops ops;
	bool on;
};

/* A call from our own hook is meant for the original. */
static void notrace redirect(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			     struct ftrace_regs *fregs)
{
	struct hook *h = container_of(ops, struct hook, ops);

	if (!within_module(parent_ip, THIS_MODULE))
		ftrace_regs_set_instruction_pointer(fregs, (unsigned long)h->hook);
}

static struct hook hooks[] = {
	{ "rxe_mr_copy", p2plab_hook_copy, (void **)&p2plab_rxe_copy },
	{ "rxe_mr_do_atomic_op", p2plab_hook_atomic, (void **)&p2plab_rxe_atomic },
	{ "rxe_mr_do_atomic_write", p2plab_hook_atomic_write, (void **)&p2plab_rxe_atomic_write },
};

/* kallsyms_lookup_name() is not exported; a kprobe that is never hit knows the address. */
static unsigned long symbol_address(const char *name)
{
	struct kprobe kp = { .symbol_name = name };
	unsigned long addr;

	if (register_kprobe(&kp))
		return 0;
	addr = (unsigned long)kp.addr;
	unregister_kprobe(&kp);
	return addr;
}

static void hook_off(struct hook *h)
{
	if (!h->on)
		return;
	unregister_ftrace_function(&h->ops);
	ftrace_set_filter_ip(&h->ops, h->addr, 1, 0);
	h->on = false;
}

static int hook_on(struct hook *h)
{
	int ret;

	h->addr = symbol_address(h->name);
	if (!h->addr) {
		pr_err("no function %s: is rdma_rxe loaded?\n", h->name);
		return -ENOENT;
	}
	*h->orig = (void *)h->addr;
	h->ops.func = redirect;
	h->ops.flags = FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_RECURSION | FTRACE_OPS_FL_IPMODIFY;
	ret = ftrace_set_filter_ip(&h->ops, h->addr, 0, 0);
	if (!ret)
		ret = register_ftrace_function(&h->ops);
	if (ret)
		pr_err("cannot hook %s: %d\n", h->name, ret);
	h->on = !ret;
	return ret;
}

void p2plab_hooks_off(void)
{
	for (int i = 0; i < ARRAY_SIZE(hooks); i++)
		hook_off(&hooks[i]);
}

int p2plab_hooks_on(void)
{
	int ret;

	for (int i = 0; i < ARRAY_SIZE(hooks); i++) {
		ret = hook_on(&hooks[i]);
		if (ret) {
			p2plab_hooks_off();
			return ret;
		}
	}
	return 0;
}
