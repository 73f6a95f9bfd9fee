// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* An open device: what it says of itself, its regions, its config space as VFIO lets it through, its reset.
 */
#include "fakes/fakevfio_priv.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

bool fv_memory_on(const struct fv_dev *dev)
{
	return dev->opens && (dev->config[PCI_COMMAND] & PCI_COMMAND_MEMORY);
}

void fv_update_exports(struct fv_dev *dev, bool revoke)
{
	for (struct fakevfio_dmabuf *b = fv.bufs; b; b = b->next) {
		bool was = atomic_load(&b->live), is;

		if (b->dev != dev)
			continue;
		is = !b->dead && fv_memory_on(dev);
		atomic_store(&b->live, is);
		if (was && (revoke || !is))
			atomic_fetch_add(&b->revokes, 1);
	}
}

static int get_region(const struct fv_dev *dev, struct vfio_region_info *r)
{
	bool bar = r->index < FAKEVFIO_BARS;

	if (r->argsz < sizeof(*r) || r->index >= VFIO_PCI_NUM_REGIONS)
		return -EINVAL;
	r->offset = (uint64_t)r->index << 40;
	r->size = 0;
	r->flags = 0;
	if (bar)
		r->size = dev->d.bar[r->index];
	if (r->index == VFIO_PCI_CONFIG_REGION_INDEX)
		r->size = FAKEVFIO_CONFIG;
	if (r->size)
		r->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	if (bar && r->size >= FV_PAGE && !((dev->d.unmappable | dev->d.io) & 1U << r->index))
		r->flags |= VFIO_REGION_INFO_FLAG_MMAP;
	return 0;
}

int fv_device_ioctl(struct fv_file *f, unsigned long request, void *arg)
{
	struct vfio_device_info *info = arg;

	switch (request) {
	case VFIO_DEVICE_GET_INFO:
		if (info->argsz < 16)
			return -EINVAL;
		info->flags = VFIO_DEVICE_FLAGS_PCI | (f->dev->d.no_reset ? 0 : VFIO_DEVICE_FLAGS_RESET);
		info->num_regions = VFIO_PCI_NUM_REGIONS;
		info->num_irqs = VFIO_PCI_NUM_IRQS;
		return 0;
	case VFIO_DEVICE_GET_REGION_INFO:
		return get_region(f->dev, arg);
	case VFIO_DEVICE_RESET:
		if (f->dev->d.no_reset)
			return -EINVAL;
		fv_update_exports(f->dev, true);
		return 0;
	case VFIO_DEVICE_FEATURE:
		return fv_feature_ioctl(f, arg);
	default:
		return -ENOTTY;
	}
}

/* Only what VFIO lets through and this program uses: the command register, error bits that a 1 clears, and
 * the reset bit. */
static void config_write(struct fv_dev *dev, uint64_t at, uint8_t v)
{
	if (at == PCI_COMMAND && (v ^ dev->config[at]) & PCI_COMMAND_MEMORY && !dev->d.stuck) {
		dev->config[at] =
			(uint8_t)((dev->config[at] & ~PCI_COMMAND_MEMORY) | (v & PCI_COMMAND_MEMORY));
		fv_update_exports(dev, false);
	}
	if (at == FV_PCIE + PCI_EXP_DEVSTA)
		dev->config[at] &= (uint8_t) ~(v & 0xf);
	if (at == FV_PCIE + PCI_EXP_DEVCTL + 1 && v & 0x80)
		fv_update_exports(dev, true);
}

static ssize_t config_io(struct fv_dev *dev, uint8_t *buf, size_t len, uint64_t at, bool write)
{
	if (at >= FAKEVFIO_CONFIG)
		return -EFAULT;
	len = len < FAKEVFIO_CONFIG - at ? len : FAKEVFIO_CONFIG - at;
	for (size_t i = 0; i < len && write; i++)
		config_write(dev, at + i, buf[i]);
	if (!write)
		memcpy(buf, dev->config + at, len);
	return (ssize_t)len;
}

ssize_t fv_region_io(struct fv_file *f, void *buf, size_t len, off_t offset, bool write)
{
	unsigned int index = (unsigned int)((uint64_t)offset >> 40);
	uint64_t at = (uint64_t)offset & ((1ULL << 40) - 1);
	struct fakevfio_call *call;

	if (f->kind == FV_CDEV && !f->bound)
		return -EINVAL;
	call = write ? fv_log(FAKEVFIO_PWRITE, f->dev) : NULL;
	if (call) {
		call->region = index;
		call->offset = at;
		call->bytes = len;
		memcpy(&call->value, buf, len < sizeof(call->value) ? len : sizeof(call->value));
	}
	if (index == VFIO_PCI_CONFIG_REGION_INDEX)
		return config_io(f->dev, buf, len, at, write);
	if (index >= FAKEVFIO_BARS || at >= f->dev->d.bar[index])
		return -EINVAL;
	if (!fv_memory_on(f->dev))
		return -EIO;
	len = len < f->dev->d.bar[index] - at ? len : (size_t)(f->dev->d.bar[index] - at);
	fv_bar_io(f->dev, index, at, buf, len, write);
	return (ssize_t)len;
}
