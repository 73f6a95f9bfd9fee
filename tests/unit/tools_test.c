// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What others see of the same machine: lspci -vvv of config space, lstopo of the tree. On the machines
 * captured in the lab, where their output was kept, and on this one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "machine_tree.h"
#include "topo/topo.h"
#include "topo/topo_raw.h"

static const char *const machines[] = {
	"lab-switch",	"lab-cxl-switch",   "lab-cxl-switch+acs", "lab-numa",	      "lab-numa+acs",
	"lab-numa+zen", "lab-numa+acs+zen", "lab-nvme-pmr",	  "lab-nvme-pmr+tph", "lab-nvme-pmr+tph-ext",
};

static void same(const char *addr, const char *what, const char *line, long ours, long theirs)
{
	if (ours != theirs)
		fail_msg("%s: %s: %ld, lspci says %ld: %s", addr, what, ours, theirs, line);
}

static int sign(const char *line, const char *name)
{
	const char *p = strstr(line, name);

	return p && p[strlen(name)] == '+';
}

static unsigned int gen_of(double gt)
{
	static const double of[] = {0, 2.5, 5, 8, 16, 32, 64};

	for (unsigned int i = 1; i < ARRAY_LEN(of); i++)
		if (gt == of[i])
			return i;
	return 0;
}

/* One line of a function's block. Return: how many facts it had. */
static size_t check_line(const char *addr, const struct config_space *c, const char *line)
{
	const char *p;
	char unit[8];
	double gt;
	int a, b;

	if ((p = strstr(line, "LnkSta:")) &&
	    sscanf(p, "LnkSta: Speed %lf%7[GT/s], Width x%d", &gt, unit, &b) == 3) {
		same(addr, "generation", line, c->exp.gen, gen_of(gt));
		same(addr, "width", line, c->exp.width, b);
		return 2;
	}
	if ((p = strstr(line, "MaxPayload")) &&
	    sscanf(p, "MaxPayload %d bytes, MaxReadReq %d", &a, &b) == 2) {
		same(addr, "MPS", line, c->exp.mps, a);
		same(addr, "MRRS", line, c->exp.mrrs, b);
		return 2;
	}
	if ((p = strstr(line, "DevCap:")) && sscanf(p, "DevCap: MaxPayload %d", &a) == 1) {
		same(addr, "largest MPS", line, c->exp.mps_max, a);
		return 1;
	}
	if (strstr(line, "RlxdOrd") && strstr(line, "ExtTag")) {
		same(addr, "relaxed ordering", line, c->exp.relaxed_ordering, sign(line, "RlxdOrd"));
		same(addr, "extended tags", line, c->exp.ext_tag, sign(line, "ExtTag"));
		return 2;
	}
	if ((p = strstr(line, "RCB ")) && sscanf(p, "RCB %d bytes", &a) == 1) {
		same(addr, "RCB", line, c->exp.rcb, a);
		return 1;
	}
	if (strstr(line, "EETLPPrefix+") || strstr(line, "EETLPPrefix-")) {
		same(addr, "prefixes", line, c->exp.prefix, sign(line, "EETLPPrefix"));
		return 1;
	}
	if (strstr(line, "TPHComp")) {
		same(addr, "TPH completer", line, c->exp.tph_completer,
		     sign(line, " ExtTPHComp") ? 3 : sign(line, " TPHComp"));
		return 1;
	}
	if (strstr(line, "ACSCtl:")) {
		same(addr, "ACS", line, c->acs.ctrl,
		     sign(line, "SrcValid") | sign(line, "TransBlk") << 1 | sign(line, "ReqRedir") << 2 |
			     sign(line, "CmpltRedir") << 3 | sign(line, "UpstreamFwd") << 4 |
			     sign(line, "EgressCtrl") << 5 | sign(line, "DirectTrans") << 6);
		return 1;
	}
	if (strstr(line, "ECRCGenEn")) {
		same(addr, "ECRC", line, c->aer.ecrc, sign(line, "ECRCGenEn"));
		return 1;
	}
	return 0;
}

/* A line that begins with an address begins a function. */
static size_t compare(const struct topo *t, FILE *lspci)
{
	char line[1024], addr[64] = "";
	size_t n = 0;
	int fn = -1;

	while (fgets(line, sizeof(line), lspci)) {
		if (line[0] != '\t' && sscanf(line, "%63s", addr) == 1)
			fn = topo_find(t, addr);
		else if (line[0] == '\t' && fn >= 0)
			n += check_line(addr, &topo_fn(t, (size_t)fn)->cfg, line);
	}
	return n;
}

static void captured_machines_read_as_lspci_reads_them(void **state)
{
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(machines); i++) {
		char fixture[512], path[600], root[TEMP_PATH];
		struct topo *t = NULL;
		struct err e = {0};
		FILE *f;

		snprintf(fixture, sizeof(fixture), "%s/%s", MACHINES, machines[i]);
		snprintf(path, sizeof(path), "%s/lspci.txt", fixture);
		temp_make(root);
		machine_tree(fixture, root);
		assert_int_equal(topo_open(root, &t, &e), 0);
		f = fopen(path, "r");
		assert_non_null(f);
		n += compare(t, f);
		fclose(f);
		topo_close(t);
		temp_remove(root);
	}
	if (n < 500)
		fail_msg("compared only %zu facts", n);
}

static void this_machine_reads_as_lspci_reads_it(void **state)
{
	struct topo *t = NULL;
	struct err e = {0};
	size_t n;
	FILE *f;

	(void)state;
	assert_int_equal(topo_open(NULL, &t, &e), 0);
	f = popen("lspci -vvv -D 2>/dev/null", "r");
	assert_non_null(f);
	n = compare(t, f);
	pclose(f);
	topo_close(t);
	if (!n) {
		print_message("skipped: no lspci, no PCI Express here, or config space is not readable\n");
		skip();
	}
}

/* Each function that lstopo shows: the same ids, class and NUMA node, below the same. It leaves some out. */
static size_t compare_trees(const struct topo *ours, const struct topo *lstopo)
{
	size_t n = 0;

	for (size_t i = 0; i < topo_len(lstopo); i++) {
		const struct topo_fn *b = topo_fn(lstopo, i), *a;
		char addr[TOPO_ADDR], up[TOPO_ADDR] = "", want[TOPO_ADDR] = "";
		int k = topo_find(ours, topo_addr_text(addr, b->addr));

		if (k < 0)
			fail_msg("%s: lstopo shows it, we do not", addr);
		a = topo_fn(ours, (size_t)k);
		if (a->up >= 0)
			topo_addr_text(up, topo_fn(ours, (size_t)a->up)->addr);
		if (b->up >= 0)
			topo_addr_text(want, topo_fn(lstopo, (size_t)b->up)->addr);
		if (strcmp(up, want) != 0)
			fail_msg("%s: below '%s', lstopo says '%s'", addr, up, want);
		same(addr, "vendor", "", a->vendor, b->vendor);
		same(addr, "device", "", a->device, b->device);
		same(addr, "class", "", a->class_code >> 8, b->class_code >> 8);
		same(addr, "root bus", "", (long)a->root_bus, (long)b->root_bus);
		if (a->numa_node >= 0 && b->numa_node >= 0)
			same(addr, "NUMA node", "", a->numa_node, b->numa_node);
		n++;
	}
	return n;
}

static void captured_machines_are_lstopos_trees(void **state)
{
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(machines); i++) {
		char fixture[512], path[600], root[TEMP_PATH];
		struct topo *t = NULL, *xml = NULL;
		struct err e = {0};

		snprintf(fixture, sizeof(fixture), "%s/%s", MACHINES, machines[i]);
		snprintf(path, sizeof(path), "%s/lstopo.xml", fixture);
		if (access(path, R_OK))
			continue;
		temp_make(root);
		machine_tree(fixture, root);
		assert_int_equal(topo_open(root, &t, &e), 0);
		assert_int_equal(topo_open(path, &xml, &e), 0);
		n += compare_trees(t, xml);
		topo_close(t);
		topo_close(xml);
		temp_remove(root);
	}
	assert_true(n > 50);
}

static void this_machine_is_lstopos_tree(void **state)
{
	CLEANUP_FREE char *text = calloc(1, 1 << 24);
	struct topo *t = NULL, *xml = NULL;
	struct err e = {0};
	size_t n;
	FILE *f;

	(void)state;
	f = popen("lstopo-no-graphics --of xml 2>/dev/null", "r");
	assert_true(text && f);
	n = fread(text, 1, (1 << 24) - 1, f);
	pclose(f);
	if (!n || topo_open_text("lstopo", text, n, &xml, &e)) {
		free(text); /* a skip returns from here by longjmp */
		text = NULL;
		print_message("skipped: no lstopo (package hwloc)\n");
		skip();
	}
	assert_int_equal(topo_open(NULL, &t, &e), 0);
	compare_trees(t, xml);
	topo_close(t);
	topo_close(xml);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(captured_machines_read_as_lspci_reads_them),
		cmocka_unit_test(this_machine_reads_as_lspci_reads_it),
		cmocka_unit_test(captured_machines_are_lstopos_trees),
		cmocka_unit_test(this_machine_is_lstopos_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
