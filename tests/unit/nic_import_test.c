// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A VFIO BAR meets importing drivers: who takes it, who refuses it and why, and what a revoke does to whom.
 */
#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "fakes/fakevfio.h"
#include "fakes/nic_check.h"
#include "mem/mem.h"
#include "uapi/vfio.h"

enum { BYTES = 65536, TPH_FEATURE = 20, RIGHTS = IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE };

#define BDF "0000:41:00.0"

static struct check_sysfs sysfs;

/* A BAR of 64 KiB, exported. */
struct bar {
	int device, iommu;
	struct mem_buf buf;
};

static int feature(const struct bar *b, uint32_t flags, const void *payload, uint32_t bytes)
{
	struct {
		struct vfio_device_feature head;
		unsigned char data[64];
	} f = {.head = {.argsz = (uint32_t)sizeof(f.head) + bytes, .flags = flags}};

	memcpy(f.data, payload, bytes);
	return fakevfio_sys.ioctl(b->device, VFIO_DEVICE_FEATURE, &f);
}

static void bar_open(struct bar *b)
{
	struct {
		struct uapi_vfio_dma_buf head;
		struct uapi_vfio_dma_range range;
	} export = {.head = {.region_index = 2, .open_flags = O_RDWR | O_CLOEXEC, .nr_ranges = 1},
		    .range = {0, BYTES}};
	struct uapi_vfio_bind_iommufd bind = {.argsz = UAPI_VFIO_BIND_ARGSZ};

	fakevfio_reset();
	fakevfio_feature(TPH_FEATURE, FAKEVFIO_TPH_V9);
	fakevfio_device_add(&(struct fakevfio_device){
		.bdf = BDF, .vfio_dev = "vfio0", .group = 7, .bar = {[2] = BYTES}, .completer = 3});
	b->device = fakevfio_sys.open("/dev/vfio/devices/vfio0", O_RDWR, 0);
	b->iommu = fakevfio_sys.open("/dev/iommu", O_RDWR, 0);
	assert_true(b->device >= 0 && b->iommu >= 0);
	bind.iommufd = b->iommu;
	assert_int_equal(fakevfio_sys.ioctl(b->device, VFIO_DEVICE_BIND_IOMMUFD, &bind), 0);
	b->buf = (struct mem_buf){.kind = MEM_VFIO, .bytes = BYTES, .granule = 4096};
	b->buf.fd =
		feature(b, VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_DMA_BUF, &export, sizeof(export));
	assert_true(b->buf.fd >= 0);
}

static void bar_close(struct bar *b)
{
	fakevfio_sys.close(b->buf.fd);
	if (b->device >= 0)
		fakevfio_sys.close(b->device);
	fakevfio_sys.close(b->iommu);
	assert_int_equal(fakevfio_open_fds(), 0);
}

static void reset(const struct bar *b)
{
	assert_int_equal(fakevfio_sys.ioctl(b->device, VFIO_DEVICE_RESET, NULL), 0);
}

static struct nic *open_nic(const char *driver, bool unreachable, const char *direct)
{
	struct fake_device d;

	assert_true(fake_driver(driver, &d));
	check_sysfs_make(&sysfs, strcmp(driver, "mlx5") ? driver : "mlx5_core");
	d.ibdev_path = sysfs.root;
	d.unreachable = unreachable;
	d.direct_path = direct;
	return check_open(&d);
}

static void close_nic(struct nic *n)
{
	nic_close(n);
	check_sysfs_remove(&sysfs);
}

static int reg(struct nic *n, const struct mem_buf *buf, bool direct, struct nic_mr *mr, struct err *e)
{
	return nic_mr_reg(n, buf, &(struct nic_mr_spec){0, BYTES, RIGHTS, NULL, direct}, mr, e);
}

static void refused(const char *driver, bool unreachable, int code, const char *const *words)
{
	struct nic *n = open_nic(driver, unreachable, NULL);
	struct nic_mr mr;
	struct bar b;
	struct err e;

	bar_open(&b);
	assert_int_equal(reg(n, &b.buf, false, &mr, &e), code);
	check_message(&e, words);
	bar_close(&b);
	close_nic(n);
}

static void eligibility(void **state)
{
	static const char *const pinning[] = {"efa", "bnxt_re", "mana", "ionic"};
	static const char *const pair[] = {"fake0", "EOPNOTSUPP", "refused this pair", "revocation", NULL};
	static const char *const none[] = {"fake0", "EOPNOTSUPP", "dma-buf import", NULL};
	static const char *const path[] = {"fake0", "EINVAL", "no peer-to-peer path", "udmabuf", NULL};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pinning); i++) {
		refused(pinning[i], false, -EOPNOTSUPP, pair);
		fake_reset();
	}
	refused("rxe", false, -EOPNOTSUPP, none);
	fake_reset();
	refused("mlx5", true, -EINVAL, path);
	fake_reset();
	refused("irdma", true, -EINVAL, path);
}

/* Memory behind a dma-buf is taken by all that import at all, also where the path to the BAR is missing. */
static void memory_is_taken(void **state)
{
	static const struct {
		const char *driver;
		bool unreachable;
	} rows[] = {{"mlx5", false}, {"mlx5", true}, {"irdma", false}, {"efa", false}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct mem_buf buf = {.kind = MEM_UDMABUF, .bytes = BYTES, .granule = 4096};
		struct nic_mr mr;
		struct nic *n;

		fake_reset();
		fakevfio_reset();
		n = open_nic(rows[i].driver, rows[i].unreachable, NULL);
		buf.fd = fakevfio_other_dmabuf(BYTES, "udmabuf");
		assert_true(buf.fd >= 0);
		assert_int_equal(reg(n, &buf, false, &mr, NULL), 0);
		assert_int_equal(nic_mr_dereg(n, &mr, NULL), 0);
		fakevfio_sys.close(buf.fd);
		close_nic(n);
	}
}

static void data_direct(void **state)
{
	struct nic *n = open_nic("mlx5", false, "/devices/pci0000:40/0000:42:00.0");
	struct nic_mr mr;
	struct bar b;
	struct err e;

	(void)state;
	bar_open(&b);
	assert_int_equal(reg(n, &b.buf, true, &mr, &e), -EOPNOTSUPP);
	CHECK_MESSAGE(&e, "fake0", "0000:42:00.0", "EOPNOTSUPP", "pins", "interconnect main");
	assert_int_equal(reg(n, &b.buf, false, &mr, NULL), 0);
	assert_int_equal(nic_mr_dereg(n, &mr, NULL), 0);
	bar_close(&b);
	close_nic(n);
}

/* By the fake's loop-back, from host memory into the BAR. */
static enum ibv_wc_status write_bar(struct nic *n, const struct nic_mr *target)
{
	static char data[64];
	const struct mem_buf host = {.kind = MEM_HOST, .bytes = sizeof(data), .va = data, .fd = -1};
	struct nic_qp_addr addr;
	struct nic_mr source;
	struct ibv_cq *cq;
	struct ibv_qp *qp;
	struct ibv_sge sge = {.length = sizeof(data)};
	struct ibv_send_wr *bad, wr = {.sg_list = &sge,
				       .num_sge = 1,
				       .opcode = IBV_WR_RDMA_WRITE,
				       .send_flags = IBV_SEND_SIGNALED,
				       .wr.rdma = {target->addr, target->mr->rkey}};
	struct ibv_wc wc = {0};

	memset(data, 0x5a, sizeof(data));
	assert_int_equal(check_reg(n, &host, 0, sizeof(data), RIGHTS, &source, NULL), 0);
	sge.addr = source.addr;
	sge.lkey = source.mr->lkey;
	assert_int_equal(nic_cq_create(n, 8, &cq, NULL), 0);
	assert_int_equal(check_qp_create(n, cq, 8, &qp, NULL), 0);
	nic_qp_addr(n, qp, &addr);
	assert_int_equal(nic_qp_connect(n, qp, &addr, &addr, IBV_ACCESS_REMOTE_WRITE, NULL), 0);
	assert_int_equal(ibv_post_send(qp, &wr, &bad), 0);
	assert_int_equal(ibv_poll_cq(cq, 1, &wc), 1);
	assert_int_equal(nic_qp_destroy(n, qp, NULL), 0);
	assert_int_equal(nic_cq_destroy(n, cq, NULL), 0);
	assert_int_equal(nic_mr_dereg(n, &source, NULL), 0);
	return wc.status;
}

static void data_arrives(void **state)
{
	struct nic *n = open_nic("mlx5", false, NULL);
	struct nic_mr mr;
	struct bar b;
	char got[64];

	(void)state;
	bar_open(&b);
	assert_int_equal(reg(n, &b.buf, false, &mr, NULL), 0);
	assert_int_equal(write_bar(n, &mr), IBV_WC_SUCCESS);
	fakevfio_bar_read(BDF, 2, 0, got, sizeof(got));
	assert_int_equal(got[0], 0x5a);
	assert_int_equal(got[63], 0x5a);
	assert_int_equal(nic_mr_dereg(n, &mr, NULL), 0);
	bar_close(&b);
	close_nic(n);
}

/* After a reset mlx5 maps again by itself; irdma's MR is dead and a new one works. */
static void after_revoke(void **state)
{
	static const char *const drivers[] = {"mlx5", "irdma"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(drivers); i++) {
		struct nic_mr mr, again;
		struct nic *n;
		struct bar b;
		struct err e;

		fake_reset();
		n = open_nic(drivers[i], false, NULL);
		bar_open(&b);
		assert_int_equal(reg(n, &b.buf, false, &mr, NULL), 0);
		reset(&b);
		assert_int_equal(write_bar(n, &mr), i ? IBV_WC_REM_ACCESS_ERR : IBV_WC_SUCCESS);
		assert_int_equal(reg(n, &b.buf, false, &again, NULL), 0);
		assert_int_equal(write_bar(n, &again), IBV_WC_SUCCESS);
		assert_int_equal(nic_mr_alive(n, &b.buf, &again, NULL), 0);
		fakevfio_sys.close(b.device); /* for good */
		b.device = -1;
		assert_int_equal(nic_mr_alive(n, &b.buf, &again, &e), -ENODEV);
		CHECK_MESSAGE(&e, "fake0", "ENODEV", "revoked");
		assert_int_equal(write_bar(n, &again), IBV_WC_REM_ACCESS_ERR);
		assert_int_equal(nic_mr_dereg(n, &again, NULL), 0);
		assert_int_equal(nic_mr_dereg(n, &mr, NULL), 0);
		assert_int_equal(reg(n, &b.buf, false, &mr, &e), -ENODEV);
		bar_close(&b);
		close_nic(n);
	}
}

/* What a SET put on the export is what the driver has switched on; a later SET is for later MRs. */
static void exporter_tags(void **state)
{
	const unsigned char off[12] = {0};
	unsigned char set[12] = {[4] = 1, [10] = 0xf0, [11] = 2};
	struct nic *n = open_nic("mlx5", false, NULL);
	struct nic_mr with, without;
	struct nic_mr_tph tph;
	struct bar b;

	(void)state;
	bar_open(&b);
	memcpy(set, &b.buf.fd, sizeof(b.buf.fd));
	assert_int_equal(feature(&b, VFIO_DEVICE_FEATURE_SET | TPH_FEATURE, set, sizeof(set)), 0);
	assert_int_equal(reg(n, &b.buf, false, &with, NULL), 0);
	memcpy(set, off, sizeof(off));
	memcpy(set, &b.buf.fd, sizeof(b.buf.fd));
	assert_int_equal(feature(&b, VFIO_DEVICE_FEATURE_SET | TPH_FEATURE, set, sizeof(set)), 0);
	assert_int_equal(reg(n, &b.buf, false, &without, NULL), 0);
	assert_int_equal(nic_mr_shows_tph(n, &with, &tph, NULL), 1);
	assert_int_equal(tph.ph, 2);
	assert_int_equal(tph.st_index, 1);
	assert_int_equal(nic_mr_shows_tph(n, &without, &tph, NULL), 0);
	assert_int_equal(nic_mr_dereg(n, &with, NULL), 0);
	assert_int_equal(nic_mr_dereg(n, &without, NULL), 0);
	bar_close(&b);
	close_nic(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK_TEST(eligibility),  CHECK_TEST(memory_is_taken), CHECK_TEST(data_direct),
		CHECK_TEST(data_arrives), CHECK_TEST(after_revoke),    CHECK_TEST(exporter_tags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
