// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2plab_cfg: lays values over PCI config space, for what QEMU's devices lack: TPH
 * completer bits, link speeds, an ACS capability in a switch port.
 *
 *   echo "BDF WHERE VALUE MASK [WRITABLE]" > /sys/module/p2plab_cfg/parameters/set
 *
 * WHERE is the hexadecimal offset of a 32-bit register, or eOFFSET from the start of the
 * PCI Express capability. Reads return (device & ~MASK) | (VALUE & MASK). Writes go to the
 * device; the bits of WRITABLE, which must be in MASK, take them as well. The kernel,
 * sysfs, lspci and VFIO all read through the bus's pci_ops, which is what is replaced (as
 * aer_inject does), so all see the same.
 * Only for a throw-away VM.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/pci.h>
#include <linux/rculist.h>
#include <linux/slab.h>

struct overlay {
	struct list_head list;
	unsigned int devfn;
	unsigned int where;
	u32 value;
	u32 mask;
	u32 writable;
};

struct overlaid_bus {
	struct list_head list;
	struct pci_bus *bus;
	struct pci_ops *orig;
	struct pci_ops ops;
	struct list_head overlays;
};

static LIST_HEAD(buses);
static DEFINE_MUTEX(buses_lock);

static u32 overlay_apply(const struct overlay *o, int where, int size, u32 val)
{
	unsigned int shift = (where & 3) * 8;
	u32 width = size == 4 ? ~0u : (1u << (size * 8)) - 1;

	return (val & ~(o->mask >> shift & width)) | (o->value >> shift & width);
}

/* The caller holds pci_lock; entries live as long as the module. */
static int overlaid_read(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 *val)
{
	struct overlaid_bus *b = container_of(bus->ops, struct overlaid_bus, ops);
	int ret = b->orig->read(bus, devfn, where, size, val);
	struct overlay *o;

	if (ret)
		return ret;
	list_for_each_entry_rcu(o, &b->overlays, list, true) {
		if (o->devfn == devfn && o->where == (where & ~3))
			*val = overlay_apply(o, where, size, *val);
	}
	return 0;
}

/* The caller holds pci_lock. */
static int overlaid_write(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 val)
{
	struct overlaid_bus *b = container_of(bus->ops, struct overlaid_bus, ops);
	u32 width = size == 4 ? ~0u : (1u << (size * 8)) - 1;
	unsigned int shift = (where & 3) * 8;
	struct overlay *o;

	list_for_each_entry_rcu(o, &b->overlays, list, true) {
		u32 bits = o->writable & width << shift;

		if (o->devfn == devfn && o->where == (where & ~3))
			o->value = (o->value & ~bits) | (val << shift & bits);
	}
	return b->orig->write(bus, devfn, where, size, val);
}

static struct overlaid_bus *bus_get(struct pci_bus *bus)
{
	struct overlaid_bus *b;

	list_for_each_entry(b, &buses, list)
		if (b->bus == bus)
			return b;
	b = kzalloc(sizeof(*b), GFP_KERNEL);
	if (!b)
		return NULL;
	b->bus = bus;
	INIT_LIST_HEAD(&b->overlays);
	b->ops = *bus->ops;
	b->ops.read = overlaid_read;
	b->ops.write = overlaid_write;
	b->orig = bus->ops;
	list_add(&b->list, &buses);
	pci_bus_set_ops(bus, &b->ops);
	return b;
}

/* The kernel remembers these from enumeration: bring them up to date. */
static void refresh(struct pci_dev *pdev)
{
	u32 cap2;

	pdev->acs_cap = pci_find_ext_capability(pdev, PCI_EXT_CAP_ID_ACS);
	if (!pcie_capability_read_dword(pdev, PCI_EXP_LNKCAP2, &cap2) &&
	    (cap2 & PCI_EXP_LNKCAP2_SLS))
		pdev->supported_speeds = cap2 & PCI_EXP_LNKCAP2_SLS;
}

static int overlay_add(struct pci_dev *pdev, struct overlay *o)
{
	struct overlaid_bus *b;

	guard(mutex)(&buses_lock);
	b = bus_get(pdev->bus);
	if (!b)
		return -ENOMEM;
	list_add_tail_rcu(&o->list, &b->overlays);
	refresh(pdev);
	return 0;
}

/* Parses one line; returns the function with a reference, or NULL. */
static struct pci_dev *overlay_parse(const char *text, struct overlay *o)
{
	unsigned int dom, bus, slot, fn;
	struct pci_dev *pdev;
	char where[16];

	if (sscanf(text, "%x:%x:%x.%x %15s %i %i %i", &dom, &bus, &slot, &fn, where,
		   (int *)&o->value, (int *)&o->mask, (int *)&o->writable) < 7 ||
	    o->writable & ~o->mask || kstrtouint(where + (where[0] == 'e'), 16, &o->where))
		return NULL;
	pdev = pci_get_domain_bus_and_slot(dom, bus, PCI_DEVFN(slot, fn));
	if (!pdev)
		return NULL;
	if (where[0] == 'e')
		o->where += pci_pcie_cap(pdev);
	o->devfn = pdev->devfn;
	o->value &= o->mask;
	return pdev;
}

static int set_overlay(const char *text, const struct kernel_param *kp)
{
	struct overlay *o = kzalloc(sizeof(*o), GFP_KERNEL);
	struct pci_dev *pdev;
	int ret;

	if (!o)
		return -ENOMEM;
	pdev = overlay_parse(text, o);
	ret = pdev ? overlay_add(pdev, o) : -EINVAL;
	if (ret)
		kfree(o);
	pci_dev_put(pdev);
	return ret;
}

static const struct kernel_param_ops set_ops = { .set = set_overlay };
module_param_cb(set, &set_ops, NULL, 0200);
MODULE_PARM_DESC(set, "BDF WHERE VALUE MASK [WRITABLE]: lay VALUE over a register");

static int __init cfg_init(void)
{
	return 0;
}

static void bus_put(struct overlaid_bus *b)
{
	struct overlay *o, *n;

	pci_bus_set_ops(b->bus, b->orig);
	list_for_each_entry_safe(o, n, &b->overlays, list)
		kfree(o);
	kfree(b);
}

static void __exit cfg_exit(void)
{
	struct overlaid_bus *b, *n;

	list_for_each_entry_safe(b, n, &buses, list)
		bus_put(b);
}

module_init(cfg_init);
module_exit(cfg_exit);
MODULE_DESCRIPTION("p2pbench lab: values laid over PCI config space");
MODULE_LICENSE("GPL");
