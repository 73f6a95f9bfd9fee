// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The ways to an open device, with the checks in the kernel's order. */
#include "fakes/fakevfio_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int new_node(struct fv_file *f, const char *name)
{
	int fd = fv_new_fd(f, memfd_create(name, MFD_CLOEXEC));

	if (fd < 0)
		fv_drop_file(f);
	return fd;
}

static bool group_there(int group)
{
	for (size_t i = 0; i < fv.n_dev; i++)
		if (fv.dev[i].d.group == group)
			return true;
	return false;
}

static bool group_viable(int group)
{
	for (size_t i = 0; i < fv.n_dev; i++)
		if (fv.dev[i].d.group == group && fv.dev[i].d.group_busy)
			return false;
	return true;
}

static bool group_by_cdev(int group)
{
	for (size_t i = 0; i < fv.n_dev; i++)
		if (fv.dev[i].d.group == group && fv.dev[i].by_cdev)
			return true;
	return false;
}

/* iommu_device_claim_dma_owner(): devices of one group are bound to one iommufd. */
static bool other_owner(int group, const struct fv_file *iommu)
{
	for (size_t i = 0; i < fv.n_dev; i++)
		if (fv.dev[i].d.group == group && fv.dev[i].by_cdev && fv.dev[i].owner != iommu)
			return true;
	return false;
}

static int open_group(int group, bool noiommu)
{
	struct fv_file *f;

	if (fv.kernel.no_group || noiommu != fv.kernel.noiommu || !group_there(group))
		return -ENOENT;
	if (noiommu && fv.kernel.no_rawio)
		return -EPERM;
	if (fv_group_open(group) || group_by_cdev(group))
		return -EBUSY;
	f = fv_new_file(FV_GROUP);
	f->group = group;
	f->noiommu = noiommu;
	return new_node(f, "vfio-group");
}

static int open_cdev(const char *name)
{
	for (size_t i = 0; !fv.kernel.no_cdev && i < fv.n_dev; i++) {
		struct fv_file *f;

		if (strcmp(fv.dev[i].node, name) != 0)
			continue;
		f = fv_new_file(FV_CDEV);
		f->dev = &fv.dev[i];
		f->group = f->dev->d.group;
		return new_node(f, "vfio-device");
	}
	return -ENOENT;
}

static int open_fdinfo(int fd, bool *mine)
{
	const struct fv_file *f = fv_file_of(fd);
	char text[256];

	*mine = f && f->kind == FV_DMABUF;
	if (!*mine)
		return 0;
	snprintf(text, sizeof(text),
		 "pos:\t0\nflags:\t02000002\nmnt_id:\t15\nino:\t%d\nsize:\t%llu\ncount:\t%d\nexp_name:\t%s\n",
		 1000 + fd, (unsigned long long)f->buf->bytes, f->refs, f->buf->exporter);
	return fv_text_fd(text);
}

static int open_kallsyms(void)
{
	static const char others[] = "0000000000000000 t vfio_pci_core_feature_token\t[vfio_pci_core]\n"
				     "0000000000000000 T vfio_pci_core_feature_dma_buf\t[vfio_pci_core]\n";
	char text[512];

	if (fv.kernel.tables == FAKEVFIO_TABLES_NONE)
		return -ENOENT;
	snprintf(text, sizeof(text), "%s%s", others,
		 fv.kernel.tables == FAKEVFIO_TABLES_WITH
			 ? "0000000000000000 T vfio_pci_core_feature_dma_buf_tph\t[vfio_pci_core]\n"
			 : "");
	return fv_text_fd(text);
}

static int open_btf(const char *path)
{
	int fd;

	if (!fv.kernel.btf || strcmp(path, "/sys/kernel/btf/vfio_pci_core") != 0)
		return -ENOENT;
	fd = memfd_create("btf", MFD_CLOEXEC);
	if (fd >= 0 && (write(fd, fv.kernel.btf, fv.kernel.btf_bytes) != (ssize_t)fv.kernel.btf_bytes ||
			lseek(fd, 0, SEEK_SET)))
		abort();
	return fv_new_fd(NULL, fd);
}

/* -1 when @text is not @prefix and a number. */
static int number_after(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);
	char *end;
	long v;

	if (strncmp(text, prefix, len) != 0 || text[len] < '0' || text[len] > '9')
		return -1;
	v = strtol(text + len, &end, 10);
	return *end || v > 1 << 20 ? -1 : (int)v;
}

/* BDF/vfio-dev/NODE */
static int open_sysfs_node(const char *of)
{
	char text[64];

	for (size_t i = 0; !fv.kernel.no_cdev && i < fv.n_dev; i++) {
		snprintf(text, sizeof(text), "%s/vfio-dev/%s", fv.dev[i].bdf, fv.dev[i].node);
		if (!strcmp(text, of))
			return fv_text_fd("");
	}
	return -ENOENT;
}

int fv_open(const char *path, bool *mine)
{
	int n;

	if (!strncmp(path, "/sys/bus/pci/devices/", 21))
		return open_sysfs_node(path + 21);
	if (!strcmp(path, "/dev/iommu"))
		return fv.kernel.no_cdev ? -ENOENT : new_node(fv_new_file(FV_IOMMUFD), "iommufd");
	if (!strcmp(path, "/dev/vfio/vfio"))
		return fv.kernel.no_group ? -ENOENT : new_node(fv_new_file(FV_CONTAINER), "vfio");
	if (!strncmp(path, "/dev/vfio/devices/", 18))
		return open_cdev(path + 18);
	n = number_after(path, "/dev/vfio/");
	if (n >= 0)
		return open_group(n, false);
	n = number_after(path, "/dev/vfio/noiommu-");
	if (n >= 0)
		return open_group(n, true);
	n = number_after(path, "/proc/self/fdinfo/");
	if (n >= 0)
		return open_fdinfo(n, mine);
	if (!strcmp(path, "/proc/kallsyms"))
		return open_kallsyms();
	if (!strncmp(path, "/sys/kernel/btf/", 16))
		return open_btf(path);
	*mine = strncmp(path, "/dev/vfio/", 10) == 0;
	return *mine ? -ENOENT : 0;
}

/* vfio_pci_core_enable(): the reset may find the lock taken. */
int fv_device_opened(struct fv_dev *dev, bool by_cdev)
{
	if (!dev->opens) {
		if (fv.kernel.eagain) {
			fv.kernel.eagain--;
			return -EAGAIN;
		}
		fv_log(FAKEVFIO_RESET_BY_OPEN, dev);
		dev->config[4] = dev->d.memory_off ? 0 : 2;
	}
	dev->by_cdev = by_cdev;
	dev->opens++;
	return 0;
}

void fv_device_closed(struct fv_dev *dev)
{
	if (--dev->opens)
		return;
	fv_log(FAKEVFIO_CLOSE_DEVICE, dev);
	dev->by_cdev = false;
	for (struct fakevfio_dmabuf *b = fv.bufs; b; b = b->next)
		if (b->dev == dev)
			b->dead = true;
	fv_update_exports(dev, false);
}

static int container_ioctl(struct fv_file *f, unsigned long request, int type)
{
	bool right = type == (fv.kernel.noiommu ? VFIO_NOIOMMU_IOMMU : VFIO_TYPE1v2_IOMMU);

	switch (request) {
	case VFIO_GET_API_VERSION:
		return VFIO_API_VERSION;
	case VFIO_CHECK_EXTENSION:
		return right;
	case VFIO_SET_IOMMU:
		if (!f->groups || f->iommu_type)
			return -EINVAL;
		if (!right)
			return -ENODEV;
		f->iommu_type = type;
		return 0;
	default:
		return -EINVAL;
	}
}

static int set_container(struct fv_file *f, int fd)
{
	struct fv_file *c = fv_file_of(fd);

	if (f->container)
		return -EINVAL;
	if (!c)
		return fcntl(fd, F_GETFD) < 0 ? -EBADF : -EINVAL;
	if (c->kind != FV_CONTAINER)
		return -EINVAL;
	if (!group_viable(f->group))
		return -EPERM;
	f->container = c;
	c->groups++;
	c->refs++;
	return 0;
}

static int get_device_fd(struct fv_file *f, const char *name)
{
	struct fv_file *d;
	int rc = -ENODEV;

	if (!f->container || !f->container->iommu_type)
		return -EINVAL;
	for (size_t i = 0; i < fv.n_dev; i++) {
		if (strcmp(fv.dev[i].bdf, name) != 0 || fv.dev[i].d.group != f->group)
			continue;
		rc = fv.dev[i].by_cdev ? -EBUSY : fv_device_opened(&fv.dev[i], false);
		if (rc)
			return rc;
		d = fv_new_file(FV_DEVICE);
		d->dev = &fv.dev[i];
		d->of_group = f;
		f->refs++;
		return new_node(d, "vfio-device");
	}
	return rc;
}

static int group_ioctl(struct fv_file *f, unsigned long request, void *arg)
{
	struct vfio_group_status *status = arg;

	switch (request) {
	case VFIO_GROUP_GET_STATUS:
		if (status->argsz < sizeof(*status))
			return -EINVAL;
		status->flags = (group_viable(f->group) ? VFIO_GROUP_FLAGS_VIABLE : 0) |
				(f->container ? VFIO_GROUP_FLAGS_CONTAINER_SET : 0);
		return 0;
	case VFIO_GROUP_SET_CONTAINER:
		return set_container(f, *(const int *)arg);
	case VFIO_GROUP_GET_DEVICE_FD:
		return get_device_fd(f, arg);
	default:
		return -ENOTTY;
	}
}

static int bind_iommufd(struct fv_file *f, const struct uapi_vfio_bind_iommufd *b)
{
	const struct fv_file *iommu;
	int rc;

	if (b->argsz < UAPI_VFIO_BIND_ARGSZ || b->flags || b->iommufd < 0)
		return -EINVAL;
	if (fv_group_open(f->group))
		return -EBUSY;
	iommu = fv_file_of(b->iommufd);
	if (!iommu)
		return -EBADF;
	if (f->bound || f->dev->opens || iommu->kind != FV_IOMMUFD)
		return -EINVAL;
	if (!group_viable(f->group) || other_owner(f->group, iommu))
		return -EPERM;
	rc = fv_device_opened(f->dev, true);
	f->bound = !rc;
	f->dev->owner = iommu;
	return rc;
}

static int cdev_ioctl(struct fv_file *f, unsigned long request, void *arg)
{
	if (request == VFIO_DEVICE_BIND_IOMMUFD)
		return bind_iommufd(f, arg);
	return f->bound ? fv_device_ioctl(f, request, arg) : -EINVAL;
}

int fv_ioctl(struct fv_file *f, unsigned long request, void *arg)
{
	struct fakevfio_call *call = fv_log(request, f->dev);
	int rc = -ENOTTY;

	if (call && request == VFIO_DEVICE_FEATURE) {
		const struct vfio_device_feature *u = arg;
		size_t n = u->argsz > sizeof(*u) ? u->argsz - sizeof(*u) : 0;

		call->flags = u->flags;
		call->argsz = u->argsz;
		memcpy(call->payload, u->data, n < sizeof(call->payload) ? n : sizeof(call->payload));
	}
	if (f->kind == FV_CONTAINER)
		rc = container_ioctl(f, request, (int)(uintptr_t)arg);
	else if (f->kind == FV_GROUP)
		rc = group_ioctl(f, request, arg);
	else if (f->kind == FV_CDEV)
		rc = cdev_ioctl(f, request, arg);
	else if (f->kind == FV_DEVICE)
		rc = fv_device_ioctl(f, request, arg);
	else if (f->kind == FV_DMABUF && _IOC_TYPE(request) == 'b' && _IOC_NR(request) == 0)
		rc = 0; /* DMA_BUF_IOCTL_SYNC */
	if (call)
		call->result = rc;
	return rc;
}
