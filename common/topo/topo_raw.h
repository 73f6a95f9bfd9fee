/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_TOPO_TOPO_RAW_H
#define P2P_TOPO_TOPO_RAW_H

/*
 * A machine as text, before anything is made of it: what sysfs shows of each function. It comes from sysfs
 * (topo_sysfs.c) or from JSON (topo_json.c) and goes to JSON. Private to topo/.
 */

#include <stddef.h>
#include <stdint.h>

struct err;

enum raw_attr {
	RAW_PATH, /* below sys/devices: pci0000:20/0000:20:00.0/0000:21:00.0 */
	RAW_VENDOR,
	RAW_DEVICE,
	RAW_CLASS,
	RAW_NUMA_NODE,
	RAW_SPEED,
	RAW_WIDTH,
	RAW_MAX_SPEED,
	RAW_MAX_WIDTH,
	RAW_RESOURCE,
	RAW_POWER_STATE,
	RAW_CPUS,
	RAW_AER_CORRECTABLE, /* counters, the last line is the sum */
	RAW_AER_NONFATAL,
	RAW_AER_FATAL,
	RAW_DRIVER,
	RAW_GROUP,
	RAW_GROUP_TYPE,
	RAW_PHYSFN,
	RAW_IBDEV,
	RAW_NETDEV,
	RAW_IRQ_CPUS, /* CPUs that take its interrupts: "3,5-7" */
	RAW_ATTRS
};

/* Name of an attribute: its file below the function's directory, and its JSON key. */
extern const char *const raw_name[RAW_ATTRS];

enum { RAW_CONFIG_MAX = 4096, RAW_TEXT_MAX = 4096, RAW_FNS_MAX = 65536 };

/* @attr: NULL = not there or not readable; @config: @config_len bytes, NULL when 0. */
struct raw_fn {
	char *attr[RAW_ATTRS];
	uint8_t *config;
	size_t config_len;
};

/**
 * struct raw - a machine
 * @hwloc: XML of hwloc, NULL = none; @isolated: list of CPUs kept from the scheduler, NULL = unknown
 * @cpu_vendor, @cpu_family: of /proc/cpuinfo, NULL = unknown
 */
struct raw {
	struct raw_fn *fn;
	size_t n;
	char *hwloc;
	char *cpu_vendor, *cpu_family, *isolated;
};

struct topo;
struct topo_addr;
struct topo_fn;

/* topo_open() of a file's text, which ends in a NUL behind @len; @name for messages. */
int topo_open_text(const char *name, const char *text, size_t len, struct topo **out, struct err *e);

void raw_free(struct raw *r);

/* Address of a function: the last component of its path. Return: 0, or below 0 when that is none. */
int raw_addr(const struct raw_fn *fn, struct topo_addr *out);

/* By address; what raw_find() needs. */
void raw_sort(struct raw *r);
struct raw_fn *raw_find(const struct raw *r, struct topo_addr addr);

/* Facts of one function; what joins it to others (up, physfn) is left to the caller. */
void raw_fill(struct topo_fn *f, const struct raw_fn *raw);

/* At most TOPO_NAME bytes; NULL = "". Names are printed on terminals: plain ASCII, whatever a file says. */
void raw_copy_name(char *out, const char *text);

/* Append a zeroed function. Return: it, or NULL without memory or beyond RAW_FNS_MAX. */
struct raw_fn *raw_add(struct raw *r);

/* Fill from ROOT/sys/bus/pci/devices and ROOT/proc/cpuinfo. A machine without PCI has none. */
int raw_read_sysfs(const char *root, struct raw *out, struct err *e);

int raw_read_json(const char *path, const char *text, size_t len, struct raw *out, struct err *e);
/* @names: with interface names. Return: malloc'ed text, NULL without memory. */
char *raw_write_json(const struct raw *r, int names);

#endif
