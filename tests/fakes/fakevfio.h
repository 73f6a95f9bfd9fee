/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_TESTS_FAKEVFIO_H
#define P2P_TESTS_FAKEVFIO_H

/*
 * A kernel with VFIO behind struct sys: devices bound to vfio-pci, opened by cdev and iommufd or by group and
 * container, with the state machines, the order of the checks and the errnos of Linux 7.3
 * (drivers/vfio/{device_cdev,group,container,vfio_main}.c, drivers/vfio/pci/vfio_pci_{core,dmabuf}.c). Paths
 *it does not know go to the real kernel.
 *
 *	fakevfio_reset();
 *	fakevfio_device_add(&(struct fakevfio_device){.bdf = "0000:41:00.0", .vfio_dev = "vfio0", .bar = {[2]
 *= 1 << 20}});
 *	... code under test with &fakevfio_sys ...
 *	assert_int_equal(fakevfio_open_fds(), 0);
 *
 * Descriptors are memfds. That of a dma-buf has its size and the bytes of the BAR: mmap(2) of it shows what
 *the CPU sees through the VFIO mapping, so whoever stands in for a NIC can just map it. Through fakevfio_sys
 *it has no mmap (EINVAL), as in the kernel, unless struct fakevfio_kernel says so.
 *
 * Any thread; state is the process's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sys.h"

struct topo;

extern const struct sys fakevfio_sys;

/* What may stand behind the number of a device feature (kernel.md 2.2, 2.3). */
enum fakevfio_feature {
	FAKEVFIO_UNKNOWN,    /* ENOTTY */
	FAKEVFIO_ZPCI_ERROR, /* s390: GET only, a bare PROBE answers 0 */
	FAKEVFIO_REVOKE,     /* SET {fd}: kills the dma-buf for good */
	FAKEVFIO_MEMATTR,    /* SET {fd, u32} */
	FAKEVFIO_TPH_V2,     /* the layouts and checks of the proposal's versions */
	FAKEVFIO_TPH_V3,
	FAKEVFIO_TPH_V4,
	FAKEVFIO_TPH_V5,
	FAKEVFIO_TPH_V6,
	FAKEVFIO_TPH_V7, /* and v8: the target's gate is asked after flags and ph, PROBE is not gated */
	FAKEVFIO_TPH_V9, /* to v11 */
};

/* The text the kernel shows of a feature's handler. */
enum fakevfio_tables {
	FAKEVFIO_TABLES_NONE,	/* neither kallsyms nor BTF can be read */
	FAKEVFIO_TABLES_WITH,	/* kallsyms has vfio_pci_core_feature_dma_buf_tph */
	FAKEVFIO_TABLES_WITHOUT /* kallsyms is there and has it not */
};

/**
 * struct fakevfio_kernel - the kernel; all zero: 7.3 with everything built in, no TPH feature
 * @no_dmabuf: feature 11 is ENOTTY; @variant_driver: it is EOPNOTSUPP
 * @no_cdev, @no_group: no /dev/vfio/devices and /dev/iommu; no container
 * @noiommu: groups are /dev/vfio/noiommu-N and containers take type 8 only
 * @no_rawio: no CAP_SYS_RAWIO, which noiommu wants
 * @mmap_dmabuf: a dma-buf can be mapped, also through fakevfio_sys: for devices in software that import so
 * @btf: bytes of /sys/kernel/btf/vfio_pci_core, NULL = no such file; borrowed
 * @eagain: the next so many BIND_IOMMUFD and GROUP_GET_DEVICE_FD find the device's reset lock taken
 */
struct fakevfio_kernel {
	bool no_dmabuf, variant_driver, no_cdev, no_group, noiommu, no_rawio, mmap_dmabuf;
	unsigned int eagain;
	enum fakevfio_tables tables;
	const void *btf;
	size_t btf_bytes;
};

enum { FAKEVFIO_BARS = 6, FAKEVFIO_CONFIG = 4096 };

/**
 * struct fakevfio_device - a device bound to vfio-pci
 * @bdf: "0000:41:00.0"; @vfio_dev: "vfio0", NULL = none
 * @group: IOMMU group, -1 = none; @group_busy: another member has a driver of its own
 * @bar: bytes, 0 = absent
 * @io, @taken, @unmappable: bits of BARs: I/O space; claimed by someone else; without mmap (and export)
 * @msix_vectors: 0 = no MSI-X; else table at @msix_bar, @msix_offset and pending bits at @pba_offset of the
 *		  same BAR
 * @completer: DevCap2[13:12]: 0 none, 1 TPH, 3 with 16-bit tags
 * @requester: has the TPH requester capability, which v6 asked instead
 * @memory_off: PCI_COMMAND.MEM is clear after open
 * @stuck: PCI_COMMAND.MEM keeps its value, whatever is written
 * @no_reset: VFIO_DEVICE_RESET is EINVAL
 */
struct fakevfio_device {
	const char *bdf, *vfio_dev;
	int group;
	bool group_busy;
	uint64_t bar[FAKEVFIO_BARS];
	unsigned int io, taken, unmappable;
	unsigned int msix_vectors, msix_bar, msix_offset, pba_offset;
	unsigned int completer;
	bool requester, memory_off, stuck, no_reset;
};

/* No devices, the default kernel, nothing logged, nothing fails. Everything of a former test must be closed.
 */
void fakevfio_reset(void);

void fakevfio_kernel(const struct fakevfio_kernel *k);

/* @index: 12 .. 31. */
void fakevfio_feature(unsigned int index, enum fakevfio_feature what);

/* At most 32. Texts are copied. */
void fakevfio_device_add(const struct fakevfio_device *d);

/* Every function of @t that a VFIO driver has: BARs, group and who else is in it, node, DevCap2. */
void fakevfio_devices_of(const struct topo *t);

/* Its config space, 4096 bytes as the device has them: PCIe at 0x40, MSI-X at 0x80, AER at 0x100. NULL: none.
 */
uint8_t *fakevfio_config(const char *bdf);

/* Bytes of a BAR as the device has them now. */
void fakevfio_bar_read(const char *bdf, unsigned int bar, uint64_t offset, void *out, size_t bytes);

/*
 * Failures. Calls through the table are counted from fakevfio_reset() or the last fakevfio_fail_at(), but for
 * those that undo: close and munmap.
 */
void fakevfio_fail_at(unsigned int n, int error);
unsigned int fakevfio_count(void);
/* The next @times ioctls @request fail; feature calls: @request is VFIO_DEVICE_FEATURE. */
void fakevfio_fail_ioctl(unsigned long request, int error, unsigned int times);
/* Every open of @path fails; NULL: none does. */
void fakevfio_fail_open(const char *path, int error);

/* A dma-buf of somebody else's: @exporter is its exp_name. To be closed through the table. */
int fakevfio_other_dmabuf(size_t bytes, const char *exporter);

/* What leaked: descriptors and mappings made through the table and not given back. */
int fakevfio_open_fds(void);
int fakevfio_mappings(void);

/**
 * struct fakevfio_call - one call that reached the kernel
 * @what: request of an ioctl; FAKEVFIO_PWRITE; FAKEVFIO_RESET_BY_OPEN
 * @bdf: of the device, "" = none
 * @flags, @argsz: VFIO_DEVICE_FEATURE: its words; @payload: as much as could be read, up to 16 bytes
 * @region, @offset, @value, @bytes: FAKEVFIO_PWRITE: where to and what, up to 8 bytes
 */
struct fakevfio_call {
	unsigned long what;
	char bdf[20];
	uint32_t flags, argsz;
	uint8_t payload[16];
	unsigned int region;
	uint64_t offset, value;
	size_t bytes;
	int result;
};

enum { FAKEVFIO_PWRITE = 1, FAKEVFIO_RESET_BY_OPEN = 2, FAKEVFIO_CLOSE_DEVICE = 3 };

/* Since fakevfio_reset(), at most the first 4096. */
size_t fakevfio_calls(const struct fakevfio_call **out);

/* SETs that anything but a TPH v6 to v11 carried out: what must never happen. */
unsigned int fakevfio_harm(void);

/**
 * struct fakevfio_tags - what a dma-buf answers an importer that asks for tags
 * @flags: of the SET: 1 st, 2 st_ext
 */
struct fakevfio_tags {
	uint32_t flags;
	uint16_t st_ext;
	uint8_t st, ph;
};

/**
 * fakevfio_attach() - what a NIC's driver does with the descriptor of a dma-buf
 * @dynamic: the importer can be told that its mapping is gone; without, the attach is EOPNOTSUPP
 * @tags: what it was told; NULL = not asked
 * @out: stays after the descriptor is closed, until fakevfio_detach()
 *
 * Return: 0; -ENODEV revoked; -EOPNOTSUPP; -EINVAL no dma-buf of this kernel's.
 */
struct fakevfio_dmabuf;
int fakevfio_attach(int fd, bool dynamic, struct fakevfio_tags *tags, struct fakevfio_dmabuf **out);
/* May the importer reach it now? false: revoked, for now or for good. Cheap. */
bool fakevfio_live(const struct fakevfio_dmabuf *b);
/* Times it was revoked since it was exported: an importer that cannot map again is dead after the first. */
unsigned int fakevfio_revokes(const struct fakevfio_dmabuf *b);
void fakevfio_detach(struct fakevfio_dmabuf *b);

#endif
