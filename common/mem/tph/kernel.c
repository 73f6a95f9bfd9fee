// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mem/tph/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "mem/lines.h"
#include "mem/tph/btf.h"

#define BTF_DIR "/sys/kernel/btf/"

/* BTF of a kernel has some megabytes. */
enum { BTF_FIRST = 1 << 16, BTF_MOST = 64 << 20 };

int tph_kallsyms_line(const char *line, char module[TPH_MODULE])
{
	static const char names[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
	const char *at = strstr(line, " " TPH_SYMBOL), *open;
	size_t len;

	if (!at)
		return 0;
	at += strlen(" " TPH_SYMBOL);
	/* What compilers append (".cold", ".isra.0") starts with a dot. */
	if (*at && !strchr("\t .", *at))
		return 0;
	module[0] = '\0';
	open = strchr(at, '[');
	len = open ? strspn(open + 1, names) : 0;
	if (open && len && len < TPH_MODULE && open[1 + len] == ']')
		snprintf(module, TPH_MODULE, "%.*s", (int)len, open + 1);
	return 1;
}

int tph_kallsyms(const struct sys *sys, char module[TPH_MODULE])
{
	struct lines l;
	char line[256];
	size_t seen = 0;
	int rc = lines_open(&l, sys, "/proc/kallsyms");

	if (rc)
		return rc;
	while ((rc = lines_next(&l, line, sizeof(line))) > 0) {
		seen++;
		if (tph_kallsyms_line(line, module))
			break;
	}
	lines_close(&l);
	return rc ? rc : seen ? 0 : -ENODATA;
}

/* The file, in memory that grows with what comes. Return: 0 or -errno; *@out is to be freed. */
static int read_all(const struct sys *sys, const char *path, uint8_t **out, size_t *len)
{
	size_t room = 0;
	ssize_t n = 0;
	int fd = sys->open(path, O_RDONLY, 0);

	*out = NULL;
	*len = 0;
	if (fd < 0)
		return fd;
	do {
		if (*len == room) {
			uint8_t *more = realloc(*out, room = room ? 2 * room : BTF_FIRST);

			n = more ? n : -ENOMEM;
			if (!more)
				break;
			*out = more;
		}
		n = sys->read(fd, *out + *len, room - *len);
		if (n > 0)
			*len += (size_t)n;
	} while ((n > 0 || n == -EINTR) && *len < BTF_MOST);
	sys->close(fd);
	return n < 0 ? (int)n : *len < BTF_MOST ? 0 : -EFBIG;
}

/* Return: 1 found; 0 it is not in @types, which may be empty; -EINVAL @types are broken. */
static int look_in(struct btf_blob base, struct btf_blob types, struct btf_struct *out)
{
	int rc = types.len ? btf_find_struct(base, types, TPH_STRUCT, out) : -ENOENT;

	return rc == -ENOENT ? 0 : rc ? rc : 1;
}

/* The struct in the BTF of @module or of the kernel itself, whose strings a module's needs. Return: as
 * look_in(). */
static int find_struct(const struct sys *sys, const char *module, struct btf_struct *out)
{
	CLEANUP_FREE uint8_t *kernel = NULL;
	CLEANUP_FREE uint8_t *own = NULL;
	struct btf_blob base = {0}, split = {0};
	char path[sizeof(BTF_DIR) + TPH_MODULE];
	int no_kernel = read_all(sys, BTF_DIR "vmlinux", &kernel, &base.len), rc;

	if (no_kernel)
		base.len = 0;
	base.data = kernel;
	snprintf(path, sizeof(path), BTF_DIR "%s", module);
	if (read_all(sys, path, &own, &split.len))
		split.len = 0;
	split.data = own;
	rc = look_in(base, split, out);
	if (!rc && !no_kernel)
		rc = look_in((struct btf_blob){0}, base, out);
	return rc || !no_kernel ? rc : no_kernel;
}

/* Fields of layout v6, in order. */
static const struct btf_field v6[] = {
	{"dmabuf_fd", 0}, {"flags", 4}, {"steering_tag_ext", 8}, {"steering_tag", 10}, {"ph", 11},
};

enum { V6_SIZE = 12 };

static bool is_v6(const struct btf_struct *s)
{
	bool same = s->size == V6_SIZE && s->n == ARRAY_LEN(v6);

	for (size_t i = 0; same && i < ARRAY_LEN(v6); i++)
		same = s->field[i].offset == v6[i].offset;
	/* Names of the tags have changed between versions; that of the hint has not, nor has its place. */
	return same && !strcmp(s->field[ARRAY_LEN(v6) - 1].name, "ph");
}

static bool wrong_layout(const struct btf_struct *s, struct mem_tph *out)
{
	const struct btf_field *last = &s->field[s->n && s->n <= BTF_FIELDS ? s->n - 1 : 0];

	snprintf(out->why, sizeof(out->why),
		 "this kernel's struct " TPH_STRUCT
		 " is not of layout v6 (%u bytes, last field %s at byte %u; v6 "
		 "has 12, ph at 11)",
		 s->size, last->name, last->offset);
	return false;
}

bool tph_tables(const struct sys *sys, struct mem_tph *out)
{
	char module[TPH_MODULE] = "";
	struct btf_struct s = {0};
	int symbol = tph_kallsyms(sys, module);
	int type = find_struct(sys, module[0] ? module : "vfio_pci_core", &s);

	if (type > 0 && !is_v6(&s))
		return wrong_layout(&s, out);
	if (symbol > 0)
		out->symbol = type > 0 ? "both" : "kallsyms";
	else if (type > 0)
		out->symbol = "btf";
	else if (!symbol || !type) {
		snprintf(out->why, sizeof(out->why),
			 "this kernel has no feature of that name: neither " TPH_SYMBOL
			 " in /proc/kallsyms nor its struct in " BTF_DIR);
		return false;
	}
	return true;
}
