// SPDX-License-Identifier: GPL-2.0-only
/*
 * p2plab_rxe: where in the PCI tree an import happens. Soft-RoCE has no PCI function of its
 * own; the one under its netdev stands for it, or any that the parameter "client" names.
 */
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include "rxe.h"

static char client[256];
module_param_string(client, client, sizeof(client), 0644);
MODULE_PARM_DESC(client, "PCI function that imports: BDF for all, or RDMADEV=BDF,...; empty: the one under the netdev");

static struct pci_dev *function_by_name(const char *bdf)
{
	unsigned int dom, bus, slot, fn;

	if (sscanf(bdf, "%x:%x:%x.%x", &dom, &bus, &slot, &fn) != 4)
		return NULL;
	return pci_get_domain_bus_and_slot(dom, bus, PCI_DEVFN(slot, fn));
}

/* True when the parameter speaks of this device; its answer, maybe NULL, is *pdev. */
static bool client_from_parameter(const char *ibdev, struct pci_dev **pdev)
{
	char *copy = kstrdup(strim(client), GFP_KERNEL), *rest = copy, *item;
	bool found = false;

	while (!found && (item = strsep(&rest, ",")) && *item) {
		char *value = strchr(item, '=');

		if (value)
			*value++ = '\0';
		found = !value || !strcmp(item, ibdev);
		if (found)
			*pdev = function_by_name(value ? value : item);
	}
	kfree(copy);
	return found;
}

static struct pci_dev *client_of_netdev(struct ib_device *ibdev)
{
	struct net_device *ndev = ib_device_get_netdev(ibdev, 1);
	struct device *d = ndev ? ndev->dev.parent : NULL;
	struct pci_dev *pdev;

	while (d && !dev_is_pci(d))
		d = d->parent;
	pdev = d ? pci_dev_get(to_pci_dev(d)) : NULL;
	dev_put(ndev);
	return pdev;
}

struct pci_dev *p2plab_client(struct ib_device *ibdev)
{
	struct pci_dev *pdev;

	if (client_from_parameter(dev_name(&ibdev->dev), &pdev))
		return pdev;
	return client_of_netdev(ibdev);
}

static bool in_bar(struct pci_dev *pdev, int bar, phys_addr_t phys)
{
	return pci_resource_len(pdev, bar) && (pci_resource_flags(pdev, bar) & IORESOURCE_MEM) &&
	       phys >= pci_resource_start(pdev, bar) && phys <= pci_resource_end(pdev, bar);
}

struct pci_dev *p2plab_bar_owner(phys_addr_t phys)
{
	struct pci_dev *pdev = NULL;

	for_each_pci_dev(pdev)
		for (int bar = 0; bar < PCI_STD_NUM_BARS; bar++)
			if (in_bar(pdev, bar, phys))
				return pdev;
	return NULL;
}

static bool acs_redirects(struct pci_dev *pdev)
{
	int pos = pci_find_ext_capability(pdev, PCI_EXT_CAP_ID_ACS);
	u16 ctrl = 0;

	if (pos)
		pci_read_config_word(pdev, pos + PCI_ACS_CTRL, &ctrl);
	return ctrl & (PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_EC);
}

static bool redirected_below(struct pci_dev *from, struct pci_dev *top)
{
	for (; from != top; from = pci_upstream_bridge(from))
		if (acs_redirects(from))
			return true;
	return false;
}

/* The first device that is above both, or NULL: then the way leads through the host. */
static struct pci_dev *common_upstream(struct pci_dev *a, struct pci_dev *b)
{
	for (; a; a = pci_upstream_bridge(a))
		for (struct pci_dev *x = b; x; x = pci_upstream_bridge(x))
			if (a == x)
				return a;
	return NULL;
}

const char *p2plab_route(struct pci_dev *from, struct pci_dev *to)
{
	struct pci_dev *top;

	if (!to)
		return "memory";
	if (to == from)
		return "self";
	top = common_upstream(to, from);
	if (!top)
		return "host";
	return redirected_below(to, top) || redirected_below(from, top) ? "host-acs" : "switch";
}
