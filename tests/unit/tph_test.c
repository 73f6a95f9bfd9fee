// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The detection of the TPH feature against a kernel that has it, one that has not, and all that have had the
 * same number: found when it is there, and nothing that could modify an export is sent to anything else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "mem/tph/index.h"
#include "mem/tph/kernel.h"
#include "mem/tph/tph.h"
#include "unit/vfio_rig.h"

enum { INDEX = 14, OPS = VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_SET };

static const struct config_tph at_14 = {.index = INDEX};
static const struct config_range slice = {.offset = 0, .length = RIG_PAGE};

/* A device of @completer, in a kernel with @what at @index. */
static struct vfio_device *start(struct vfio_host *host, unsigned int completer, unsigned int index,
				 enum fakevfio_feature what, enum fakevfio_tables tables)
{
	const struct fakevfio_kernel kernel = {.tables = tables};
	struct fakevfio_device d = rig_device;

	fakevfio_reset();
	fakevfio_kernel(&kernel);
	d.completer = completer;
	d.requester = true;
	fakevfio_device_add(&d);
	fakevfio_feature(index, what);
	*host = rig_host();
	return rig_open(host, ACCESS_AUTO);
}

static void stop(struct vfio_host *host, struct vfio_device *d)
{
	vfio_device_close(d);
	rig_clean(host);
}

/* What of the feature ioctl reached the kernel. */
struct seen {
	size_t probes, sets, real_fds, before_probes;
};

static struct seen look(void)
{
	const struct fakevfio_call *call;
	size_t n = fakevfio_calls(&call);
	struct seen s = {0};

	for (size_t i = 0; i < n; i++) {
		int32_t fd;

		if (call[i].what != VFIO_DEVICE_FEATURE)
			continue;
		if (call[i].flags & VFIO_DEVICE_FEATURE_PROBE) {
			s.probes++;
			continue;
		}
		if (!(call[i].flags & VFIO_DEVICE_FEATURE_SET))
			continue;
		memcpy(&fd, call[i].payload, sizeof(fd));
		s.sets++;
		s.real_fds += fd != -1;
		s.before_probes += s.probes != 2;
	}
	return s;
}

static void found(unsigned int completer, enum fakevfio_feature what, enum fakevfio_tables tables)
{
	struct vfio_host host;
	struct vfio_device *d = start(&host, completer, INDEX, what, tables);
	struct mem_tph tph;
	struct seen s;

	tph_detect(&fakevfio_sys, d, &at_14, &tph);
	if (!tph.usable)
		fail_msg("%d: %s", (int)what, tph.why);
	assert_true(tph.st);
	assert_int_equal(tph.st_ext, completer == 3);
	assert_int_equal(tph.index, INDEX);
	assert_string_equal(tph.source, "config");
	assert_string_equal(tph.symbol, tables == FAKEVFIO_TABLES_WITH ? "kallsyms" : "unknown");
	s = look();
	assert_int_equal(s.probes, 2);
	assert_int_equal(s.sets, 4);
	assert_int_equal(s.real_fds, 0);
	assert_int_equal(s.before_probes, 0);
	stop(&host, d);
}

static void it_is_found(void **state)
{
	static const enum fakevfio_feature versions[] = {FAKEVFIO_TPH_V6, FAKEVFIO_TPH_V7, FAKEVFIO_TPH_V9};

	(void)state;
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		found(1, versions[i], FAKEVFIO_TABLES_NONE);
		found(3, versions[i], FAKEVFIO_TABLES_WITH);
	}
}

static const struct {
	enum fakevfio_feature what;
	int index;
	const char *why;
} impostors[] = {
	{FAKEVFIO_UNKNOWN, 14, "no such feature"},
	{FAKEVFIO_ZPCI_ERROR, 13, "PROBE|SET answers EINVAL"},
	{FAKEVFIO_REVOKE, 13, "19 bytes answers EBADF"},
	{FAKEVFIO_MEMATTR, 14, "19 bytes answers EBADF"},
	{FAKEVFIO_TPH_V2, 14, "19 bytes answers EBADF"},
	{FAKEVFIO_TPH_V3, 14, "descriptor -1 answers EINVAL"},
	{FAKEVFIO_TPH_V4, 14, "ph 4 answers EBADF"},
	{FAKEVFIO_TPH_V5, 14, "descriptor -1 answers EINVAL"},
};

/* With force, since the number itself is not what protects here; its export lives on. */
static void impostors_are_left_unharmed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(impostors) / sizeof(impostors[0]); i++) {
		const struct config_tph asked = {.index = impostors[i].index, .force = true};
		struct fakevfio_dmabuf *export;
		struct vfio_host host;
		struct vfio_device *d =
			start(&host, 3, (unsigned int)asked.index, impostors[i].what, FAKEVFIO_TABLES_WITH);
		int fd = vfio_export(d, 2, &slice, 1, NULL);
		struct mem_hint hint = {TPH_EXPORTER, 1, AXIS_EMPTY, 0, AXIS_EMPTY, AXIS_EMPTY};
		struct mem_tph tph;
		struct err e;

		tph_detect(&fakevfio_sys, d, &asked, &tph);
		assert_false(tph.usable);
		if (!strstr(tph.why, impostors[i].why))
			fail_msg("%zu: %s", i, tph.why);
		assert_int_equal(tph_set(d, &tph, fd, &hint, &e), -ENOTSUP);
		assert_int_equal(look().real_fds, 0);
		assert_int_equal(look().before_probes, 0);
		assert_int_equal(fakevfio_harm(), 0);
		assert_int_equal(fakevfio_attach(fd, true, NULL, &export), 0);
		assert_true(fakevfio_live(export));
		fakevfio_detach(export);
		fakevfio_sys.close(fd);
		stop(&host, d);
	}
}

/* No call at all: an index that cannot be it, none, a kernel that says it has none, a target without. */
static void without_evidence_nothing_is_called(void **state)
{
	static const struct {
		int index;
		bool force;
		unsigned int completer;
		enum fakevfio_tables tables;
		const char *why;
	} rows[] = {
		{-1, false, 3, FAKEVFIO_TABLES_WITH, "tph_feature"},
		{-1, true, 3, FAKEVFIO_TABLES_WITH, "tph_feature"},
		{13, false, 3, FAKEVFIO_TABLES_WITH, "ZPCI_ERROR"},
		{14, false, 3, FAKEVFIO_TABLES_WITHOUT, "kallsyms"},
		{14, true, 3, FAKEVFIO_TABLES_WITHOUT, "kallsyms"},
		{14, true, 0, FAKEVFIO_TABLES_WITH, "bits 13:12 are not 01 or 11"},
		{14, true, 2, FAKEVFIO_TABLES_WITH, "bits 13:12 are not 01 or 11"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct config_tph asked = {.index = rows[i].index, .force = rows[i].force};
		struct vfio_host host;
		struct vfio_device *d =
			start(&host, rows[i].completer, INDEX, FAKEVFIO_TPH_V9, rows[i].tables);
		struct mem_tph tph;

		tph_detect(&fakevfio_sys, d, &asked, &tph);
		assert_false(tph.usable);
		if (!strstr(tph.why, rows[i].why))
			fail_msg("%zu: %s", i, tph.why);
		assert_int_equal(look().probes + look().sets, 0);
		stop(&host, d);
	}
}

static void low_indices_are_never_tried(void **state)
{
	struct vfio_host host;
	struct vfio_device *d = start(&host, 3, INDEX, FAKEVFIO_TPH_V9, FAKEVFIO_TABLES_WITH);

	(void)state;
	for (int i = 0; i <= TPH_INDEX_NEVER; i++) {
		const struct config_tph asked = {.index = i, .force = true};
		struct mem_tph tph;
		char text[16];

		tph_detect(&fakevfio_sys, d, &asked, &tph);
		assert_false(tph.usable);
		snprintf(text, sizeof(text), "index %d ", i);
		assert_non_null(strstr(tph.why, text));
	}
	assert_int_equal(look().probes + look().sets, 0);
	assert_int_equal(fakevfio_harm(), 0);
	stop(&host, d);
}

/* Any call of the detection may fail: then there is no feature, and a reason; but tables that cannot be read
 * say nothing. */
static void a_failure_is_a_no(void **state)
{
	struct vfio_host host;
	unsigned int n = 1, failed = 0;

	(void)state;
	for (bool reached = true; reached; n++) {
		struct vfio_device *d = start(&host, 3, INDEX, FAKEVFIO_TPH_V9, FAKEVFIO_TABLES_WITH);
		struct mem_tph tph;

		fakevfio_fail_at(n, EIO);
		tph_detect(&fakevfio_sys, d, &at_14, &tph);
		reached = fakevfio_count() >= n;
		assert_true(tph.usable || tph.why[0]);
		assert_int_equal(look().real_fds, 0);
		failed += !tph.usable;
		stop(&host, d);
	}
	assert_int_equal(failed, 1 + 2 + 4); /* config space, probes, fingerprint */
}

static struct mem_hint hint_of(int64_t st, int64_t st_ext, int64_t ph)
{
	return (struct mem_hint){TPH_EXPORTER, st, st_ext, ph, AXIS_EMPTY, AXIS_EMPTY};
}

static struct fakevfio_tags tags_of(int fd)
{
	struct fakevfio_dmabuf *b;
	struct fakevfio_tags t;

	assert_int_equal(fakevfio_attach(fd, true, &t, &b), 0);
	fakevfio_detach(b);
	return t;
}

static void a_set_replaces_everything(void **state)
{
	const struct mem_hint first = hint_of(0xf0, AXIS_EMPTY, 2), second = hint_of(AXIS_EMPTY, 0x1234, 3),
			      third = hint_of(0, 0xffff, AXIS_EMPTY);
	struct vfio_host host;
	struct vfio_device *d = start(&host, 3, INDEX, FAKEVFIO_TPH_V9, FAKEVFIO_TABLES_WITH);
	int fd = vfio_export(d, 2, &slice, 1, NULL);
	struct fakevfio_tags t;
	struct mem_tph tph;

	(void)state;
	tph_detect(&fakevfio_sys, d, &at_14, &tph);
	assert_int_equal(tph_set(d, &tph, fd, &first, NULL), 0);
	t = tags_of(fd);
	assert_int_equal(t.flags, 1);
	assert_int_equal(t.st, 0xf0);
	assert_int_equal(t.ph, 2);
	fakevfio_fail_ioctl(VFIO_DEVICE_FEATURE, EINTR, 3);
	assert_int_equal(tph_set(d, &tph, fd, &second, NULL), 0);
	t = tags_of(fd);
	assert_int_equal(t.flags, 2);
	assert_int_equal(t.st_ext, 0x1234);
	assert_int_equal(t.ph, 3);
	assert_int_equal(tph_set(d, &tph, fd, &third, NULL), 0);
	t = tags_of(fd);
	assert_int_equal(t.flags, 3);
	assert_int_equal(t.st, 0);
	assert_int_equal(t.st_ext, 0xffff);
	assert_int_equal(t.ph, 0);
	fakevfio_sys.close(fd);
	stop(&host, d);
}

static void what_cannot_be_set_is_said(void **state)
{
	const struct mem_hint wide = hint_of(AXIS_EMPTY, 1, 0), none = hint_of(AXIS_EMPTY, AXIS_EMPTY, 1),
			      plain = hint_of(1, AXIS_EMPTY, 0);
	struct vfio_host host;
	struct vfio_device *d = start(&host, 1, INDEX, FAKEVFIO_TPH_V9, FAKEVFIO_TABLES_WITH);
	int fd = vfio_export(d, 2, &slice, 1, NULL), other = fakevfio_other_dmabuf(4096, "udmabuf");
	struct mem_tph tph;
	struct err e;
	size_t sets;

	(void)state;
	tph_detect(&fakevfio_sys, d, &at_14, &tph);
	sets = look().sets;
	assert_int_equal(tph_set(d, &tph, fd, &wide, &e), -EOPNOTSUPP);
	assert_non_null(strstr(e.hint, "8-bit"));
	assert_int_equal(tph_set(d, &tph, fd, &none, &e), -EINVAL);
	assert_int_equal(look().sets, sets);
	assert_int_equal(tph_set(d, &tph, other, &plain, &e), -EINVAL);
	assert_non_null(strstr(e.hint, "another device"));
	assert_int_equal(tph_set(d, &tph, 9999, &plain, &e), -EBADF);
	assert_non_null(strstr(e.text, "EBADF"));
	fakevfio_sys.close(other);
	fakevfio_sys.close(fd);
	stop(&host, d);
}

/* The build's own header comes second, and what it calls otherwise is left alone. */
static void the_index_has_a_source(void **state)
{
	static const struct tph_name others[] = {{13, "ZPCI_ERROR"}, {15, "DMA_BUF_REVOKE"}};
	static const struct {
		int asked, header;
		bool force, ok;
		int index;
		const char *source;
	} rows[] = {
		{-1, -1, false, false, -1, ""},	     {-1, 20, false, true, 20, "header"},
		{14, 20, false, true, 14, "config"}, {15, 20, false, false, 15, "config"},
		{15, 20, true, true, 15, "config"},  {-1, 13, false, true, 13, "header"},
		{12, 20, true, false, 12, "config"}, {-1, 12, false, false, 12, "header"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct config_tph asked = {.index = rows[i].asked, .force = rows[i].force};
		const struct tph_header h = {.tph = rows[i].header, .other = others, .n = 2};
		struct mem_tph out = {0};

		assert_int_equal(tph_index(&asked, &h, &out), rows[i].ok);
		assert_int_equal(out.index, rows[i].index);
		assert_string_equal(out.source, rows[i].source);
		assert_int_equal(out.why[0] != '\0', !rows[i].ok);
	}
}

static void kallsyms_are_read(void **state)
{
	static const struct {
		const char *line;
		int found;
		const char *module;
	} rows[] = {
		{"ffffffffc0a1 t " TPH_SYMBOL "\t[p2plab_vfio]", 1, "p2plab_vfio"},
		{"0000000000000000 T " TPH_SYMBOL, 1, ""},
		{"0 t " TPH_SYMBOL ".cold\t[vfio_pci_core]", 1, "vfio_pci_core"},
		{"0 t " TPH_SYMBOL "_other\t[vfio_pci_core]", 0, "-"},
		{"0 t x" TPH_SYMBOL "\t[vfio_pci_core]", 0, "-"},
		{"0 t vfio_pci_core_feature_dma_buf\t[vfio_pci_core]", 0, "-"},
		{"0 t " TPH_SYMBOL "\t[../../etc/passwd]", 1, ""},
		{"0 t " TPH_SYMBOL "\t[cut", 1, ""},
		{"0 t " TPH_SYMBOL "\t[]", 1, ""},
		{"", 0, "-"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char module[TPH_MODULE] = "-";

		assert_int_equal(tph_kallsyms_line(rows[i].line, module), rows[i].found);
		assert_string_equal(module, rows[i].module);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_found),
		cmocka_unit_test(impostors_are_left_unharmed),
		cmocka_unit_test(without_evidence_nothing_is_called),
		cmocka_unit_test(low_indices_are_never_tried),
		cmocka_unit_test(a_failure_is_a_no),
		cmocka_unit_test(a_set_replaces_everything),
		cmocka_unit_test(what_cannot_be_set_is_said),
		cmocka_unit_test(the_index_has_a_source),
		cmocka_unit_test(kallsyms_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
