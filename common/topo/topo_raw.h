/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_TOPO_TOPO_RAW_H
#define P2P_TOPO_TOPO_RAW_H

/*
 * A machine as text, before anything is made of it: what sysfs shows of each function. It comes from sysfs
 * (topo_sysfs.c) or from JSON (topo_json.c) and goes to JSON. Private to topo/.
 */

#include <stdbool.h>
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
	RAW_VFIO_DEV,
	RAW_PORTS,     /* of the RDMA device, a line each: "1 Ethernet 100 Gb/sec (4X EDR)" */
	RAW_NET_SPEED, /* of the network device, Mbit/s; -1 down */
	RAW_EMULATED,  /* RDMA devices that are software above its network device, with blanks between */
	RAW_ATTRS
};

/* Name of an attribute: its file below the function's directory, and its JSON key. */
extern const char *const raw_name[RAW_ATTRS];

enum { RAW_CONFIG_MAX = 4096, RAW_VPD_MAX = 4096, RAW_TEXT_MAX = 4096, RAW_FNS_MAX = 65536 };

/* @attr: NULL = not there or not readable; @config, @vpd: as many bytes as @..._len says, NULL when 0. Vital
 * product data are read of those functions only that have a use for them (raw_wants_vpd()).
 */
struct raw_fn {
	char *attr[RAW_ATTRS];
	uint8_t *config, *vpd;
	size_t config_len, vpd_len;
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

struct topo_addr;
struct topo_fn;

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

/* Can it be a NIC with a data-direct function, or be one? Reading product data takes the device's time. */
bool raw_is_data_direct(const struct raw_fn *fn);
bool raw_wants_vpd(const struct raw_fn *fn);

/* Do both have the same identifier (VU) in their product data? */
bool raw_same_vuid(const struct raw_fn *a, const struct raw_fn *b);

/* Append a zeroed function. Return: it, or NULL without memory or beyond RAW_FNS_MAX. */
struct raw_fn *raw_add(struct raw *r);

/* Fill from ROOT/sys/bus/pci/devices and ROOT/proc/cpuinfo. A machine without PCI has none. */
int raw_read_sysfs(const char *root, struct raw *out, struct err *e);

/* RDMA and network devices, from SYS/class, to functions that are there and in order. */
void raw_read_classes(int sys, struct raw *out);

int raw_read_json(const char *path, const char *text, size_t len, struct raw *out, struct err *e);
/* @names: with interface names and product data, which hold serial numbers. Return: malloc'ed text, NULL
 * without memory. */
char *raw_write_json(const struct raw *r, int names);

#endif
