/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_TOPO_TOPO_H
#define P2P_TOPO_TOPO_H

/*
 * The PCI tree of a machine with what decides about peer-to-peer traffic: links, ACS, TPH, IOMMU groups,
 * drivers, CPUs and NUMA nodes. Read once from a root directory (sysfs below it), from a saved file, or from
 * a copy of somebody's sysfs; the same facts whichever it was. A fact that could not be read is unknown,
 * never a guess: without root the kernel shows 64 bytes of config space, which holds none of the
 * capabilities.
 *
 * Read only after topo_open(); any thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "topo/config_space.h"

struct err;
struct hwloc_topology;

/* PCI address. Domains of 32 bits exist (VMD, Hyper-V). */
struct topo_addr {
	uint32_t domain;
	uint8_t bus, dev, fn;
};

enum { TOPO_ADDR = 20, TOPO_NAME = 32, TOPO_CPUS = 96, TOPO_BARS = 6 };

/* Kinds of errors that AER counts. */
enum { TOPO_CORRECTABLE, TOPO_NONFATAL, TOPO_FATAL, TOPO_ERRORS };

/* "0000:41:00.0". Return: @buf. */
char *topo_addr_text(char buf[TOPO_ADDR], struct topo_addr a);

/* Below, at or above 0 as @a comes before, is or comes after @b. */
int topo_addr_compare(struct topo_addr a, struct topo_addr b);

/* "0000:41:00.0", "41:00.0" or "pci/0000:41:00.0". Return: 0 or -EINVAL. */
int topo_addr_parse(const char *text, struct topo_addr *out);

/* A memory BAR as the kernel laid it out; @bytes 0 = none, or @io: an I/O BAR. */
struct topo_bar {
	uint64_t start, bytes;
	bool prefetch, wide; /* 64-bit */
	bool io;
};

/**
 * struct topo_fn - one PCI function
 * @up: index of the function above it (a bridge), -1 = on a root bus
 * @root_bus: bus of its host bridge, domain << 8 | bus: functions of one host bridge have the same
 * @cfg: facts of its config space (config_space.h); cfg.bytes <= 64 = the capabilities are unknown
 * @numa_node: -1 unknown or none; @iommu_group: -1 none; @physfn: index of the PF of a VF, -1 = is none
 * @speed, @width, @max_speed, @max_width: current and maximum link as sysfs says, GT/s in tenths (25 .. 640)
 *and lanes; 0 unknown
 * @cpus: those near it, as a list: "0-31,64-95"; "" unknown
 * @errors: AER counters since boot, -1 unknown
 * @driver, @group_type, @power_state, @ibdev, @netdev: "" = none or unknown
 * @vfio_dev: "vfio3" for /dev/vfio/devices/vfio3, "" = none: no vfio driver, or a kernel without such nodes
 */
struct topo_fn {
	struct topo_addr addr;
	int up;
	uint64_t root_bus;
	uint16_t vendor, device;
	uint32_t class_code;
	struct config_space cfg;
	int numa_node;
	int iommu_group;
	int physfn;
	unsigned int speed, width, max_speed, max_width;
	struct topo_bar bar[TOPO_BARS];
	char cpus[TOPO_CPUS];
	long long errors[TOPO_ERRORS];
	char driver[TOPO_NAME], group_type[TOPO_NAME], power_state[TOPO_NAME];
	char ibdev[TOPO_NAME], netdev[TOPO_NAME];
	char vfio_dev[TOPO_NAME];
};

/**
 * struct topo_cpu - what the P2P rules ask of the CPU
 * @vendor: "GenuineIntel", "AuthenticAMD", ...; on Arm the implementer's number, "0x41"; "" unknown
 * @family: x86 only, -1 unknown
 */
struct topo_cpu {
	char vendor[TOPO_NAME];
	int family;
};

struct topo; /* opaque */

/**
 * topo_open() - read a machine
 * @from: NULL = this one; a directory = root of a copied sysfs (DIR/sys/bus/pci/...) as hwloc-gather-topology
 *or `cp` leave it; a regular file = what topo_save() wrote, or hwloc XML (then only tree, class and NUMA are
 *known)
 *
 * Return: 0; -ENOENT nothing there; -EINVAL not one of these (@e says where it stops making sense); -ENOMEM.
 */
int topo_open(const char *from, struct topo **out, struct err *e);
/* The same of a file's text, which ends in a NUL behind @len; @name: topo_source(). */
int topo_open_text(const char *name, const char *text, size_t len, struct topo **out, struct err *e);
void topo_close(struct topo *t);

/**
 * topo_save() - everything topo_open() read, as one JSON text
 * @names: keep host and interface names
 *
 * Return: 0 or -EIO.
 */
int topo_save(const struct topo *t, bool names, FILE *out);

/* Functions in order of address. */
size_t topo_len(const struct topo *t);
const struct topo_fn *topo_fn(const struct topo *t, size_t i);
const struct topo_cpu *topo_cpu(const struct topo *t);

/* Index of the PF of a VF, else @fn: whose registers hold what a VF has none of its own for. */
int topo_pf(const struct topo *t, int fn);

/*
 * Does what drives @f, if anything, leave its IOMMU group to VFIO? By name: those with driver_managed_dma
 * (iommu_group_claim_dma_owner(), drivers/iommu/iommu.c); VFIO's variant drivers are called ...-vfio-pci.
 */
bool topo_spares_group(const struct topo_fn *f);

/**
 * topo_data_direct() - the second function a NIC can reach memory by (ConnectX-8 data-direct, 15b3:2100)
 *
 * Both carry the same keyword VU in their vital product data, which only root may read. The driver compares
 * the same keyword with what the NIC's firmware says (drivers/infiniband/hw/mlx5/data_direct.c); on a live
 * NIC mlx5dv_get_data_direct_sysfs_path() is the last word.
 *
 * Return: index of that function, -1 = none, or unknown.
 */
int topo_data_direct(const struct topo *t, int fn);

/* Is there a data-direct function that may be the one of NIC @fn, were their product data readable? */
bool topo_data_direct_unknown(const struct topo *t, int fn);

/* NIC whose data-direct function @fn is, -1 = none, or unknown. */
int topo_data_direct_of(const struct topo *t, int fn);

/* Is @fn a data-direct function? */
bool topo_is_data_direct(const struct topo *t, int fn);

/* Index of the first function on a root bus (struct topo_fn), -1 = none. */
int topo_first_on(const struct topo *t, uint64_t root_bus);

/* NUMA nodes of the machine; 1 where there is no NUMA, or nothing tells. */
int topo_nodes(const struct topo *t);

/* Lists of CPUs, "2-5,8": those kept from the scheduler (isolcpus=), and those that took interrupts of a
 * network or RDMA function when the machine was read. "" = none or unknown. */
const char *topo_isolated(const struct topo *t);
const char *topo_irq_cpus(const struct topo *t, int fn);

/* By address, with or without pci/ and domain, or by RDMA or network device. Return: index, or -ENOENT. */
int topo_find(const struct topo *t, const char *name);

/* Function whose network device carries the RDMA device @name, which is software (soft-RoCE, siw) and has no
 * function of its own. Return: index, or -ENOENT. */
int topo_find_emulated(const struct topo *t, const char *name);

/**
 * struct topo_port - a network port of an RDMA device
 * @gbit: data rate, Gbit/s; 0 = unknown, or the port is down; @ethernet: else InfiniBand
 *
 * InfiniBand: by the label in ports/N/rate (SDR to XDR; IBTA volume 2). Ethernet: from the network device,
 * for there the label means nothing; unknown with several ports at one function.
 */
struct topo_port {
	double gbit;
	bool ethernet;
};

/* @port: from 1. Return: 0; -ENOENT no such port, or nothing tells. */
int topo_port(const struct topo *t, int fn, int port, struct topo_port *out);

/* Where the facts are from, for people: "this machine", "machine.json". */
const char *topo_source(const struct topo *t);

/* The tree of CPUs and NUMA nodes; NULL when none could be read. */
struct hwloc_topology *topo_hwloc(const struct topo *t);

#endif
