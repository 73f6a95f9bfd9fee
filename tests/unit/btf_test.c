// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A struct found in BTF made by hand, in two parts as a module's, and in that of the running kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/sys.h"
#include "mem/tph/btf.h"
#include "mem/tph/kernel.h"
#include "unit/btf_blob.h"

static const char *const field[] = {"dmabuf_fd", "flags", "steering_tag_ext", "steering_tag", "ph"};

static struct btf_blob view(const struct blob *b)
{
	return (struct btf_blob){b->bytes, b->len};
}

static void add_struct(struct blob *b, uint32_t place)
{
	uint32_t names[5];

	for (int i = 0; i < 5; i++)
		names[i] = blob_string(b, field[i]);
	blob_tph(b, blob_string(b, TPH_STRUCT), names, place);
}

/* @below: it goes on from a blob with so many bytes of strings. */
static void one_blob(struct blob *b, uint32_t place, uint32_t below)
{
	*b = (struct blob){.below = below};
	if (!below)
		blob_string(b, "");
	add_struct(b, place);
	blob_finish(b);
}

static void assert_v6(const struct btf_struct *s)
{
	static const uint32_t offset[] = {0, 4, 8, 10, 11};

	assert_int_equal(s->size, 12);
	assert_int_equal(s->n, 5);
	for (int i = 0; i < 5; i++) {
		assert_string_equal(s->field[i].name, field[i]);
		assert_int_equal(s->field[i].offset, offset[i]);
	}
}

static void a_struct_is_found(void **state)
{
	struct btf_struct s;
	struct blob b;

	(void)state;
	one_blob(&b, 11, 0);
	assert_int_equal(btf_find_struct((struct btf_blob){0}, view(&b), TPH_STRUCT, &s), 0);
	assert_v6(&s);
	assert_int_equal(btf_find_struct((struct btf_blob){0}, view(&b), "nosuch", &s), -ENOENT);
}

/* Some names of a module's struct are strings of the kernel, the others its own. */
static void split_btf_is_found(void **state)
{
	struct blob base = {0}, split = {0};
	struct btf_struct s;
	uint32_t names[5];

	(void)state;
	blob_string(&base, "");
	names[1] = blob_string(&base, "flags");
	names[4] = blob_string(&base, "ph");
	blob_finish(&base);
	split.below = base.strings_len;
	names[0] = blob_string(&split, "dmabuf_fd");
	names[2] = blob_string(&split, "steering_tag_ext");
	names[3] = blob_string(&split, "steering_tag");
	blob_tph(&split, blob_string(&split, TPH_STRUCT), names, 11);
	blob_finish(&split);
	assert_int_equal(btf_find_struct(view(&base), view(&split), TPH_STRUCT, &s), 0);
	assert_v6(&s);
	assert_int_equal(btf_find_struct((struct btf_blob){0}, view(&base), TPH_STRUCT, &s), -ENOENT);
}

/* Cut anywhere, and with any one byte of its types turned around: an answer, never a crash. */
static void broken_btf_is_refused(void **state)
{
	struct btf_struct s;
	struct blob b;

	(void)state;
	one_blob(&b, 11, 0);
	for (size_t n = 0; n < b.len; n++) {
		uint8_t *part = malloc(n + 1);

		memcpy(part, b.bytes, n);
		assert_int_equal(
			btf_find_struct((struct btf_blob){0}, (struct btf_blob){part, n}, TPH_STRUCT, &s),
			-EINVAL);
		free(part);
	}
	for (size_t i = 0; i < b.len; i++) {
		uint8_t *turned = malloc(b.len);

		memcpy(turned, b.bytes, b.len);
		turned[i] ^= 0xff;
		btf_find_struct((struct btf_blob){0}, (struct btf_blob){turned, b.len}, TPH_STRUCT, &s);
		free(turned);
	}
}

/* A kernel in files: BTF of vmlinux and of one module, and kallsyms. */
static struct {
	const struct blob *vmlinux, *module;
	const char *module_name, *kallsyms;
} files;

static int text_fd(const void *data, size_t len)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	assert_int_equal(write(fd, data, len), len);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static int open_files(const char *path, int flags, mode_t mode)
{
	static const char dir[] = "/sys/kernel/btf/";
	const struct blob *b = NULL;

	(void)flags;
	(void)mode;
	if (!strcmp(path, "/proc/kallsyms"))
		return files.kallsyms ? text_fd(files.kallsyms, strlen(files.kallsyms)) : -EACCES;
	if (!strncmp(path, dir, sizeof(dir) - 1))
		path += sizeof(dir) - 1;
	if (!strcmp(path, "vmlinux"))
		b = files.vmlinux;
	else if (files.module_name && !strcmp(path, files.module_name))
		b = files.module;
	return b ? text_fd(b->bytes, b->len) : -ENOENT;
}

static struct mem_tph tables(void)
{
	struct sys sys = sys_real;
	struct mem_tph t = {.symbol = "unknown"};
	bool there;

	sys.open = open_files;
	there = tph_tables(&sys, &t);
	assert_int_equal(there, !t.why[0]);
	return t;
}

/* The handler may live in a module of another name; its BTF then decides about the layout. */
static void tables_are_evidence(void **state)
{
	struct blob empty = {0}, split, wrong, whole;

	(void)state;
	blob_string(&empty, "");
	blob_finish(&empty);
	one_blob(&split, 11, empty.strings_len);
	one_blob(&wrong, 10, empty.strings_len);
	one_blob(&whole, 11, 0);
	files.vmlinux = &empty;
	files.module = &split;
	files.module_name = "variant";
	files.kallsyms = "0 t other\t[variant]\n0 t " TPH_SYMBOL "\t[variant]\n";
	assert_string_equal(tables().symbol, "both");
	files.module = &wrong;
	assert_non_null(strstr(tables().why, "not of layout v6"));
	files.module_name = "another"; /* which nothing points at */
	assert_string_equal(tables().symbol, "kallsyms");
	files.vmlinux = &whole; /* built in */
	assert_string_equal(tables().symbol, "both");
	files.kallsyms = NULL;
	assert_string_equal(tables().symbol, "btf");
	files.vmlinux = &empty;
	assert_non_null(strstr(tables().why, "no feature of that name"));
	files.kallsyms = "";
	assert_non_null(strstr(tables().why, "no feature of that name"));
	files.vmlinux = NULL;
	assert_string_equal(tables().symbol, "unknown"); /* nothing can be read: nothing is known */
	files.kallsyms = "0 t other\n";
	assert_non_null(strstr(tables().why, "no feature of that name"));
}

static void the_running_kernel_is_read(void **state)
{
	uint8_t *data = malloc(64 << 20);
	FILE *f = fopen("/sys/kernel/btf/vmlinux", "rb");
	struct btf_struct s;
	size_t len;

	(void)state;
	if (!f) {
		printf("SKIP: no /sys/kernel/btf/vmlinux\n");
		free(data);
		skip();
	}
	len = fread(data, 1, 64 << 20, f);
	fclose(f);
	assert_int_equal(btf_find_struct((struct btf_blob){0}, (struct btf_blob){data, len}, "list_head", &s),
			 0);
	assert_int_equal(s.size, 2 * sizeof(void *));
	assert_int_equal(s.n, 2);
	assert_string_equal(s.field[0].name, "next");
	assert_string_equal(s.field[1].name, "prev");
	assert_int_equal(s.field[1].offset, sizeof(void *));
	assert_int_equal(btf_find_struct((struct btf_blob){0}, (struct btf_blob){data, len}, "no such", &s),
			 -ENOENT);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_struct_is_found),	      cmocka_unit_test(split_btf_is_found),
		cmocka_unit_test(broken_btf_is_refused),      cmocka_unit_test(tables_are_evidence),
		cmocka_unit_test(the_running_kernel_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
