// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The proposed DMA_BUF_TPH at an index, and what else may answer there. For each kind the
 * errnos of seven harmless calls are known (SETs with a bad file descriptor change
 * nothing): only the proposal, from v6 on, gives the first row of the table.
 */
#include <errno.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "labtest.h"
#include "tap.h"
#include "view.h"

enum { PROBE = VFIO_DEVICE_FEATURE_PROBE, GET = VFIO_DEVICE_FEATURE_GET, SET = VFIO_DEVICE_FEATURE_SET };
enum { ST = 1, ST_EXT = 2 };

struct feature_tph { /* v6 and later */
	int32_t dmabuf_fd;
	uint32_t flags;
	uint16_t steering_tag_ext;
	uint8_t steering_tag;
	uint8_t ph;
};
_Static_assert(sizeof(struct feature_tph) == 12, "the proposal's payload");

static int set_tph(struct vfio *vf, unsigned int index, uint32_t op, struct feature_tph t)
{
	return vfio_feature(vf, index, op, &t, sizeof(t));
}

/* ---- the proposal ---- */

static void answers(struct vfio *vf, unsigned int index, int fd)
{
	struct feature_tph t = {.dmabuf_fd = fd, .flags = ST, .steering_tag = 0xf0, .ph = 2};
	int e = set_tph(vf, index, PROBE | SET, t);

	ok(!e, "tph: PROBE of feature %u: %s", index, strerror(e));
	e = set_tph(vf, index, GET, t);
	ok(e == EINVAL, "tph: GET is refused: %s", strerror(e));
	t.ph = 4;
	e = set_tph(vf, index, SET, t);
	ok(e == EINVAL, "tph: PH 4 is refused: %s", strerror(e));
	t.ph = 2;
	e = set_tph(vf, index, SET, t);
	ok(!e, "tph: SET ST=0xf0 PH=2: %s", strerror(e));
}

/* What the analyzer counts for a region that is registered now. */
static void seen_as(struct lab *lab, int fd, const char *what, const char *words)
{
	struct ibv_mr *mr = rdma_import(&lab->rd, fd, 0, LEN);
	int s = NO_COMPLETION;

	if (mr)
		s = rdma_write(&lab->rd, host_at(&lab->rd, 0), 65536, mr_at(mr, 0));
	ok(!s, "%s: WRITE: %s", what, status_text(s));
	ok(mr && view_has(mr->rkey, words) && view_has(mr->rkey, " wr_bytes=65536 "),
	   "%s: the analyzer saw 65536 bytes with%s", what, words);
	if (!mr)
		return;
	view_show(mr->rkey);
	ibv_dereg_mr(mr);
}

void case_tph(struct lab *lab, const char *arg)
{
	unsigned int index = (unsigned int)strtoul(arg, NULL, 0);
	int fd = vfio_export(&lab->vf, 0, LEN);

	answers(&lab->vf, index, fd);
	seen_as(lab, fd, "tph", " tph=1 st=0xf0 ph=2 ");
	set_tph(&lab->vf, index, SET, (struct feature_tph){.dmabuf_fd = fd});
	seen_as(lab, fd, "tph: flags 0 clears it", " tph=0 ");
	close(fd);
}

/* ---- telling it from others ---- */

enum { CALLS = 7 };

static const struct {
	const char *name;
	uint32_t op;
	size_t size;
	uint32_t flags;
	uint8_t byte11;
} calls[CALLS] = {
	{"PROBE", PROBE, 12, 0, 0},
	{"PROBE|SET", PROBE | SET, 12, 0, 0},
	{"PROBE|GET", PROBE | GET, 12, 0, 0},
	{"one byte short", SET, 11, 0, 0},
	{"bad fd", SET, 12, 0, 0},
	{"bad flag", SET, 12, 1u << 31, 0},
	{"bad ph", SET, 12, ST, 4},
};

/* The payload after the fd, by which each TPH version takes ST 0xf0 with PH 2. */
struct mode {
	const char *name;
	int wanted[CALLS];
	size_t size;
	uint8_t tail[12];
};

static const struct mode modes[] = {
	{"v11", {0, 0, EINVAL, EINVAL, EBADF, EINVAL, EINVAL}, 12, {ST, 0, 0, 0, 0, 0, 0xf0, 2}},
	{"v2", {0, 0, EINVAL, EBADF, EBADF, EINVAL, EBADF}, 8, {0xf0, 0, 2, 0}},
	{"v3", {0, 0, EINVAL, EINVAL, EINVAL, EINVAL, EINVAL}, 16, {ST, 0, 0, 0, 0xf0, 0, 0, 0, 2}},
	{"v4", {0, 0, EINVAL, EINVAL, EINVAL, EINVAL, EBADF}, 12, {ST, 0, 0, 0, 0xf0, 2}},
	{"v5", {0, 0, EINVAL, EINVAL, EINVAL, EINVAL, EBADF}, 12, {ST, 0, 0, 0, 0xf0, 2}},
	{"revoke", {0, 0, EINVAL, EBADF, EBADF, EBADF, EBADF}, 0, {0}},
	{"memattr", {0, 0, EINVAL, EBADF, EBADF, EBADF, EBADF}, 0, {0}},
	{"zpci-error", {0, EINVAL, 0, EINVAL, EINVAL, EINVAL, EINVAL}, 0, {0}},
	{"no-completer",
	 {EOPNOTSUPP, EOPNOTSUPP, EOPNOTSUPP, EOPNOTSUPP, EOPNOTSUPP, EOPNOTSUPP, EOPNOTSUPP},
	 0,
	 {0}},
	{"none", {ENOTTY, ENOTTY, ENOTTY, ENOTTY, ENOTTY, ENOTTY, ENOTTY}, 0, {0}},
};

static const struct mode *mode_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (!strcmp(modes[i].name, name))
			return &modes[i];
	errno = EINVAL;
	bail(name);
}

static int harmless_call(struct vfio *vf, unsigned int index, int i)
{
	uint8_t payload[12] = {0xff, 0xff, 0xff, 0xff};

	memcpy(payload + 4, &calls[i].flags, 4);
	payload[11] = calls[i].byte11;
	return vfio_feature(vf, index, calls[i].op, payload, calls[i].size);
}

static void fingerprint(struct vfio *vf, unsigned int index, const struct mode *m)
{
	bool same = true;

	for (int i = 0; i < CALLS; i++) {
		int e = harmless_call(vf, index, i);

		if (e != m->wanted[i])
			printf("# %s: %s gives %s\n", m->name, calls[i].name, strerrorname_np(e));
		same &= e == m->wanted[i];
	}
	ok(same, "impostor %s: its fingerprint", m->name);
}

/* A SET in the mode's own layout. */
static int set_in_layout(struct vfio *vf, unsigned int index, const struct mode *m, int fd)
{
	uint8_t payload[16];

	memcpy(payload, &fd, 4);
	memcpy(payload + 4, m->tail, sizeof(m->tail));
	return vfio_feature(vf, index, SET, payload, m->size);
}

static void takes_a_tag(struct lab *lab, unsigned int index, const struct mode *m)
{
	int fd = vfio_export(&lab->vf, 0, LEN), e = set_in_layout(&lab->vf, index, m, fd);
	char what[32];

	snprintf(what, sizeof(what), "impostor %s", m->name);
	ok(!e, "%s: SET: %s", what, strerror(e));
	seen_as(lab, fd, what, " tph=1 st=0xf0 ph=2 ");
	e = set_in_layout(&lab->vf, index, m, fd);
	ok(e == (strcmp(m->name, "v4") ? 0 : EBUSY), "%s: a second SET: %s", what, strerror(e));
	close(fd);
}

/* What a program does to itself that sends a tag to DMA_BUF_REVOKE. */
static void kills(struct lab *lab, unsigned int index, int fd)
{
	struct ibv_mr *mr = rdma_import(&lab->rd, fd, 0, LEN), *again;
	int e = set_tph(&lab->vf, index, SET, (struct feature_tph){.dmabuf_fd = fd, .flags = ST}), s;

	ok(!e, "impostor revoke: a TPH SET succeeds: %s", strerror(e));
	s = rdma_write(&lab->rd, host_at(&lab->rd, 0), 64, mr_at(mr, 0));
	ok(s == IBV_WC_REM_ACCESS_ERR, "impostor revoke: the MR is dead: %s", status_text(s));
	rdma_reconnect(&lab->rd);
	again = rdma_import(&lab->rd, fd, 0, LEN);
	ok(!again && errno == ENODEV, "impostor revoke: and so is the dma-buf: %s", strerror(errno));
	ibv_dereg_mr(mr);
}

static void alters(struct lab *lab, unsigned int index, int fd)
{
	int e = set_tph(&lab->vf, index, SET, (struct feature_tph){.dmabuf_fd = fd, .flags = ST});

	ok(!e, "impostor memattr: a TPH SET succeeds: %s", strerror(e));
	seen_as(lab, fd, "impostor memattr", " tph=0 ");
}

/* The fingerprint, then what a real SET does. */
void case_impostor(struct lab *lab, const char *arg)
{
	char *name;
	unsigned int index = (unsigned int)strtoul(arg, &name, 10);
	const struct mode *m = mode_by_name(name + (*name == ':'));
	int fd = vfio_export(&lab->vf, 0, LEN);

	fingerprint(&lab->vf, index, m);
	if (m->size)
		takes_a_tag(lab, index, m);
	else if (!strcmp(m->name, "revoke"))
		kills(lab, index, fd);
	else if (!strcmp(m->name, "memattr"))
		alters(lab, index, fd);
	close(fd);
}
