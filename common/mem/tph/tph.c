// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The steps of the detection, each of which can end it, and the one call that sets a tag. */
#include "mem/tph/tph.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <linux/vfio.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "mem/tph/index.h"
#include "mem/tph/kernel.h"
#include "mem/vfio/vfio.h"
#include "topo/topo.h"

enum { ST = 1 << 0, ST_EXT = 1 << 1 };

/* struct vfio_device_feature_dma_buf_tph, layout v6 */
struct payload {
	int32_t dmabuf_fd;
	uint32_t flags;
	uint16_t steering_tag_ext;
	uint8_t steering_tag;
	uint8_t ph;
};

_Static_assert(sizeof(struct payload) == 12 && offsetof(struct payload, steering_tag_ext) == 8 &&
		       offsetof(struct payload, steering_tag) == 10 && offsetof(struct payload, ph) == 11,
	       "layout v6");

#ifdef VFIO_DEVICE_FEATURE_DMA_BUF_TPH
_Static_assert(sizeof(struct vfio_device_feature_dma_buf_tph) == sizeof(struct payload) &&
		       offsetof(struct vfio_device_feature_dma_buf_tph, ph) == offsetof(struct payload, ph),
	       "the header's layout is not v6");
#endif

enum { ARGSZ = sizeof(struct vfio_device_feature) + sizeof(struct payload) };

/* DevCap2[13:12]: a device that is no completer must not be sent what it would have to complete. */
static bool is_completer(struct vfio_device *d, struct mem_tph *out)
{
	uint8_t raw[256];
	struct config_space cs;
	struct err e = {0};

	if (vfio_config_read(d, 0, raw, sizeof(raw), &e)) {
		snprintf(out->why, sizeof(out->why), "is the target a TPH completer? %.200s", e.text);
		return false;
	}
	cs = config_space_parse(raw, sizeof(raw));
	out->st = cs.exp.tph_completer;
	out->st_ext = cs.exp.tph_completer == 3;
	if (!out->st)
		snprintf(out->why, sizeof(out->why),
			 "the target is not a TPH completer (DevCap2 bits 13:12 are not 01 or 11): it takes "
			 "no tags");
	return out->st;
}

/* What a call without effect answered against what layout v6 answers. */
static bool answers(int is, int wanted, const char *call, struct mem_tph *out)
{
	if (is == wanted)
		return true;
	snprintf(out->why, sizeof(out->why),
		 "feature index %d is not DMA_BUF_TPH of layout v6: %s answers %s instead of %s%s",
		 out->index, call, is ? err_name(is) : "0", wanted ? err_name(wanted) : "0",
		 is == -ENOTTY	     ? "; this kernel has no such feature"
		 : is == -EOPNOTSUPP ? "; it does not take the target for a TPH completer"
				     : "");
	return false;
}

static int probe(struct vfio_device *d, const struct mem_tph *out, uint32_t op)
{
	return vfio_feature(d, VFIO_DEVICE_FEATURE_PROBE | op, (uint32_t)out->index, NULL, 0);
}

static bool probes_match(struct vfio_device *d, struct mem_tph *out)
{
	return answers(probe(d, out, VFIO_DEVICE_FEATURE_SET), 0, "PROBE|SET", out) &&
	       answers(probe(d, out, VFIO_DEVICE_FEATURE_GET), -EINVAL, "PROBE|GET", out);
}

/*
 * SETs with descriptor -1: whatever feature this is, there is no buffer it could act on. Other layouts fail
 * by their size, by the place of ph or by flags 0; features that take a descriptor first answer EBADF to all.
 */
static const struct {
	uint32_t argsz, flags;
	uint8_t ph;
	int wanted;
	const char *call;
} fingerprint[] = {
	{ARGSZ - 1, 0, 0, -EINVAL, "SET of 19 bytes"},
	{ARGSZ, 0, 0, -EBADF, "SET with descriptor -1"},
	{ARGSZ, 1u << 31, 0, -EINVAL, "SET with an unknown flag"},
	{ARGSZ, ST, 4, -EINVAL, "SET with ph 4"},
};

static bool fingerprint_matches(struct vfio_device *d, struct mem_tph *out)
{
	for (size_t i = 0; i < ARRAY_LEN(fingerprint); i++) {
		struct payload p = {.dmabuf_fd = -1, .flags = fingerprint[i].flags, .ph = fingerprint[i].ph};
		int rc = vfio_feature_argsz(d, VFIO_DEVICE_FEATURE_SET, (uint32_t)out->index, &p, sizeof(p),
					    fingerprint[i].argsz);

		if (!answers(rc, fingerprint[i].wanted, fingerprint[i].call, out))
			return false;
	}
	return true;
}

void tph_detect(const struct sys *kernel, struct vfio_device *d, const struct config_tph *asked,
		struct mem_tph *out)
{
	*out = (struct mem_tph){.index = -1, .source = "", .symbol = "unknown"};
	out->usable = tph_index(asked, &tph_header, out) && tph_tables(kernel, out) && is_completer(d, out) &&
		      probes_match(d, out) && fingerprint_matches(d, out);
}

static int set_error(const struct payload *p, int rc, struct err *e)
{
	err_set(e, rc, "steering tag 0x%x, extended 0x%x, ph %d: SET of DMA_BUF_TPH: %s", p->steering_tag,
		p->steering_tag_ext, p->ph, err_name(rc));
	switch (rc) {
	case -EOPNOTSUPP:
		return err_hint(e, rc, "the target takes 8-bit tags only, or none");
	case -EINVAL:
		return err_hint(e, rc, "is the dma-buf of another device, or its device closed?");
	default:
		return rc;
	}
}

int tph_set(struct vfio_device *d, const struct mem_tph *found, int fd, const struct mem_hint *hint,
	    struct err *e)
{
	bool st = hint->st != AXIS_EMPTY, st_ext = hint->st_ext != AXIS_EMPTY;
	struct payload p = {
		.dmabuf_fd = fd,
		.flags = (st ? ST : 0u) | (st_ext ? ST_EXT : 0u),
		.steering_tag_ext = st_ext ? (uint16_t)hint->st_ext : 0,
		.steering_tag = st ? (uint8_t)hint->st : 0,
		.ph = hint->ph == AXIS_EMPTY ? 0 : (uint8_t)hint->ph,
	};
	int rc;

	if (!found->usable)
		return err_set(e, -ENOTSUP, "%s", found->why);
	if (!st && !st_ext)
		return err_set(e, -EINVAL, "tph exporter without st and st_ext: nothing to set");
	if (st_ext && !found->st_ext)
		return set_error(&p, -EOPNOTSUPP, e);
	do
		rc = vfio_feature(d, VFIO_DEVICE_FEATURE_SET, (uint32_t)found->index, &p, sizeof(p));
	while (rc == -EINTR);
	return rc < 0 ? set_error(&p, rc, e) : 0;
}
