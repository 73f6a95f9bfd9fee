/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_TESTS_FAKEVFIO_PRIV_H
#define P2P_TESTS_FAKEVFIO_PRIV_H

/* What the files of the fake share. Everything below is under `lock`, taken by the entries of the table. */

#include <pthread.h>
#include <stdatomic.h>

#include "fakes/fakevfio.h"
#include "uapi/vfio.h"

/* The real kernel: base/sys.c compiled a second time under this name, as sys_real may be this fake itself. */
extern const struct sys sys_below;

enum {
	FV_DEVICES = 32,
	FV_FILES = 1024,
	FV_RANGES = 4096,
	FV_FEATURES = 32,
	FV_PCIE = 0x40,
	FV_MSIX = 0x80,
	FV_AER = 0x100,
	FV_PAGE = 4096,
};

struct fv_range {
	uint64_t offset, length;
};

/* A list of ranges of one BAR that was exported: the memfd that stands for them, whoever exports them again.
 */
struct fv_slice {
	struct fv_slice *next;
	unsigned int bar;
	size_t n;
	struct fv_range *range;
	int memfd;
};

struct fv_dev {
	struct fakevfio_device d;
	char bdf[20], node[32];
	uint8_t config[FAKEVFIO_CONFIG];
	int bar_fd[FAKEVFIO_BARS];
	struct fv_slice *slices; /* newest first: its pages are where the bytes are */
	unsigned int opens;	 /* of the device; the last close kills its exports */
	bool by_cdev;
	const struct fv_file *owner; /* iommufd it is bound to */
};

/* A dma-buf; @dev NULL: of another exporter. @refs: files and attachments. */
struct fakevfio_dmabuf {
	struct fakevfio_dmabuf *next;
	struct fv_dev *dev;
	int refs;
	bool dead, tagged;
	atomic_bool live;
	atomic_uint revokes;
	uint64_t bytes;
	char exporter[32];
	struct fakevfio_tags tags;
};

enum fv_kind { FV_CONTAINER, FV_GROUP, FV_IOMMUFD, FV_CDEV, FV_DEVICE, FV_DMABUF };

/* An open file. @refs: descriptors and mappings. */
struct fv_file {
	struct fv_file *next;
	enum fv_kind kind;
	int refs;
	int group;		     /* FV_GROUP */
	bool noiommu;		     /* FV_GROUP */
	struct fv_file *container;   /* FV_GROUP: what it is in */
	int iommu_type, groups;	     /* FV_CONTAINER */
	struct fv_dev *dev;	     /* FV_CDEV, FV_DEVICE */
	bool bound;		     /* FV_CDEV: it is the device's opener */
	struct fv_file *of_group;    /* FV_DEVICE: holds it open */
	struct fakevfio_dmabuf *buf; /* FV_DMABUF */
};

/* A descriptor that came through the table; @file NULL: the real kernel's. */
struct fv_fd {
	int fd;
	uint64_t inode;
	struct fv_file *file;
};

struct fv_map {
	struct fv_map *next;
	char *from, *to;
	struct fv_file *file; /* NULL: not of a device */
	unsigned int bar;
	uint64_t offset; /* in the BAR, of @from */
};

extern struct fv_state {
	pthread_mutex_t lock;
	struct fakevfio_kernel kernel;
	enum fakevfio_feature feature[FV_FEATURES];
	struct fv_dev dev[FV_DEVICES];
	size_t n_dev;
	struct fv_fd fd[FV_FILES];
	size_t n_fd;
	struct fv_file *files;
	struct fv_map *maps;
	struct fakevfio_dmabuf *bufs;
	struct fakevfio_call *calls;
	size_t n_calls;
	unsigned int count, fail_at, harm;
	int fail_with;
	unsigned long fail_request;
	int fail_request_with;
	unsigned int fail_request_times;
	char fail_path[128];
	int fail_path_with;
} fv;

/* fakevfio_files.c: descriptors */
int fv_new_fd(struct fv_file *file, int real); /* @real: a descriptor to take over, or -errno */
struct fv_file *fv_file_of(int fd);	       /* NULL: not the fake's */
struct fv_file *fv_new_file(enum fv_kind kind);
void fv_put_file(struct fv_file *f);
void fv_drop_file(struct fv_file *f);
int fv_text_fd(const char *text);
bool fv_group_open(int group); /* also by its devices alone */

/* fakevfio_open.c: the state machines. */
int fv_open(const char *path, bool *mine);
int fv_ioctl(struct fv_file *f, unsigned long request, void *arg);
int fv_device_opened(struct fv_dev *dev, bool by_cdev);
void fv_device_closed(struct fv_dev *dev);

/* fakevfio_device.c: an open device. */
int fv_device_ioctl(struct fv_file *f, unsigned long request, void *arg);
ssize_t fv_region_io(struct fv_file *f, void *buf, size_t len, off_t offset, bool write);

/* fakevfio_feature.c */
int fv_feature_ioctl(struct fv_file *f, struct vfio_device_feature *u);
bool fv_memory_on(const struct fv_dev *dev);
/* Exports of @dev become as alive as it is; @revoke: they were taken away in between. */
void fv_update_exports(struct fv_dev *dev, bool revoke);
void fv_put_dmabuf(struct fakevfio_dmabuf *b);

/* fakevfio_bar.c: where the bytes of BARs are. */
int fv_slice_fd(struct fv_dev *dev, unsigned int bar, const struct fv_range *r, size_t n);
int fv_bar_map(struct fv_file *f, unsigned int bar, uint64_t offset, char *at, size_t len, int prot);
void fv_bar_io(struct fv_dev *dev, unsigned int bar, uint64_t offset, void *buf, size_t len, bool write);
void fv_cut_maps(char *from, char *to);
int fv_add_map(char *from, char *to, struct fv_file *f, unsigned int bar, uint64_t offset);

struct fakevfio_call *fv_log(unsigned long what, const struct fv_dev *dev);

#endif
