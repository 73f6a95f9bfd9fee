// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The machine: its kernel, its devices, and what tests ask of them. */
#include "fakes/fakevfio_priv.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CALLS = 4096 };

struct fv_state fv = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void free_device(struct fv_dev *dev)
{
	for (int i = 0; i < FAKEVFIO_BARS; i++)
		if (dev->bar_fd[i] >= 0)
			close(dev->bar_fd[i]);
	while (dev->slices) {
		struct fv_slice *s = dev->slices;

		dev->slices = s->next;
		close(s->memfd);
		free(s->range);
		free(s);
	}
}

void fakevfio_reset(void)
{
	pthread_mutex_lock(&fv.lock);
	for (size_t i = 0; i < fv.n_dev; i++)
		free_device(&fv.dev[i]);
	fv.n_dev = 0;
	fv.kernel = (struct fakevfio_kernel){0};
	memset(fv.feature, 0, sizeof(fv.feature));
	free(fv.calls);
	fv.calls = NULL;
	fv.n_calls = 0;
	fv.count = 0;
	fv.fail_at = 0;
	fv.harm = 0;
	fv.fail_request_times = 0;
	fv.fail_path[0] = '\0';
	pthread_mutex_unlock(&fv.lock);
}

void fakevfio_kernel(const struct fakevfio_kernel *k)
{
	pthread_mutex_lock(&fv.lock);
	fv.kernel = *k;
	pthread_mutex_unlock(&fv.lock);
}

void fakevfio_feature(unsigned int index, enum fakevfio_feature what)
{
	if (index >= FV_FEATURES)
		abort();
	pthread_mutex_lock(&fv.lock);
	fv.feature[index] = what;
	pthread_mutex_unlock(&fv.lock);
}

static void put16(uint8_t *at, unsigned int v)
{
	at[0] = (uint8_t)v;
	at[1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *at, uint32_t v)
{
	put16(at, v & 0xffff);
	put16(at + 2, v >> 16);
}

static void fill_config(struct fv_dev *dev)
{
	const struct fakevfio_device *d = &dev->d;
	uint8_t *c = dev->config;

	put16(c + PCI_COMMAND, d->memory_off ? 0 : PCI_COMMAND_MEMORY);
	put16(c + PCI_STATUS, PCI_STATUS_CAP_LIST);
	for (unsigned int i = 0; i < FAKEVFIO_BARS; i++)
		put32(c + PCI_BASE_ADDRESS_0 + 4 * (size_t)i,
		      d->io & 1U << i ? PCI_BASE_ADDRESS_SPACE_IO : 0);
	c[PCI_CAPABILITY_LIST] = FV_PCIE;
	c[FV_PCIE] = PCI_CAP_ID_EXP;
	c[FV_PCIE + 1] = d->msix_vectors ? FV_MSIX : 0;
	put16(c + FV_PCIE + PCI_EXP_FLAGS, 2);
	put32(c + FV_PCIE + PCI_EXP_DEVCAP2, d->completer << 12);
	put32(c + FV_AER, PCI_EXT_CAP_ID_ERR | 1U << 16 | (d->requester ? 0x180U << 20 : 0));
	if (d->requester)
		put32(c + 0x180, 0x17 | 1U << 16);
	if (!d->msix_vectors)
		return;
	c[FV_MSIX] = PCI_CAP_ID_MSIX;
	put16(c + FV_MSIX + PCI_MSIX_FLAGS, d->msix_vectors - 1);
	put32(c + FV_MSIX + PCI_MSIX_TABLE, d->msix_offset | d->msix_bar);
	put32(c + FV_MSIX + PCI_MSIX_PBA, d->pba_offset | d->msix_bar);
}

void fakevfio_device_add(const struct fakevfio_device *d)
{
	struct fv_dev *dev = &fv.dev[fv.n_dev];

	pthread_mutex_lock(&fv.lock);
	if (fv.n_dev == FV_DEVICES)
		abort();
	memset(dev, 0, sizeof(*dev));
	dev->d = *d;
	snprintf(dev->bdf, sizeof(dev->bdf), "%s", d->bdf);
	snprintf(dev->node, sizeof(dev->node), "%s", d->vfio_dev ? d->vfio_dev : "");
	dev->d.bdf = dev->bdf;
	dev->d.vfio_dev = dev->node;
	for (int i = 0; i < FAKEVFIO_BARS; i++) {
		dev->bar_fd[i] = d->bar[i] ? memfd_create("bar", MFD_CLOEXEC) : -1;
		if (d->bar[i] && (dev->bar_fd[i] < 0 || ftruncate(dev->bar_fd[i], (off_t)d->bar[i])))
			abort();
	}
	fill_config(dev);
	fv.n_dev++;
	pthread_mutex_unlock(&fv.lock);
}

static struct fv_dev *find_device(const char *bdf)
{
	for (size_t i = 0; i < fv.n_dev; i++)
		if (!strcmp(fv.dev[i].bdf, bdf))
			return &fv.dev[i];
	return NULL;
}

uint8_t *fakevfio_config(const char *bdf)
{
	struct fv_dev *dev = find_device(bdf);

	return dev ? dev->config : NULL;
}

void fakevfio_bar_read(const char *bdf, unsigned int bar, uint64_t offset, void *out, size_t bytes)
{
	struct fv_dev *dev = find_device(bdf);

	pthread_mutex_lock(&fv.lock);
	if (!dev || bar >= FAKEVFIO_BARS || offset > dev->d.bar[bar] || bytes > dev->d.bar[bar] - offset)
		abort();
	fv_bar_io(dev, bar, offset, out, bytes, false);
	pthread_mutex_unlock(&fv.lock);
}

void fakevfio_fail_at(unsigned int n, int error)
{
	pthread_mutex_lock(&fv.lock);
	fv.count = 0;
	fv.fail_at = n;
	fv.fail_with = error;
	pthread_mutex_unlock(&fv.lock);
}

unsigned int fakevfio_count(void)
{
	return fv.count;
}

void fakevfio_fail_ioctl(unsigned long request, int error, unsigned int times)
{
	pthread_mutex_lock(&fv.lock);
	fv.fail_request = request;
	fv.fail_request_with = error;
	fv.fail_request_times = times;
	pthread_mutex_unlock(&fv.lock);
}

void fakevfio_fail_open(const char *path, int error)
{
	pthread_mutex_lock(&fv.lock);
	snprintf(fv.fail_path, sizeof(fv.fail_path), "%s", path ? path : "");
	fv.fail_path_with = error;
	pthread_mutex_unlock(&fv.lock);
}

int fakevfio_open_fds(void)
{
	return (int)fv.n_fd;
}

int fakevfio_mappings(void)
{
	int n = 0;

	pthread_mutex_lock(&fv.lock);
	for (const struct fv_map *m = fv.maps; m; m = m->next)
		n++;
	pthread_mutex_unlock(&fv.lock);
	return n;
}

struct fakevfio_call *fv_log(unsigned long what, const struct fv_dev *dev)
{
	struct fakevfio_call *c;

	if (!fv.calls)
		fv.calls = calloc(CALLS, sizeof(*fv.calls));
	if (!fv.calls || fv.n_calls == CALLS)
		return NULL;
	c = &fv.calls[fv.n_calls++];
	c->what = what;
	snprintf(c->bdf, sizeof(c->bdf), "%s", dev ? dev->bdf : "");
	return c;
}

size_t fakevfio_calls(const struct fakevfio_call **out)
{
	*out = fv.calls;
	return fv.n_calls;
}

unsigned int fakevfio_harm(void)
{
	return fv.harm;
}
