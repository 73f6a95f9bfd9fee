// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Small files, nodes and names below the root; the kernel's release and configuration. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "doctor_parts.h"
#include "run/gates_parts.h"

enum { PATH_TEXT = 600, KCONFIG_MAX = 1 << 20 };

/* Return: false without a root, or when it is too long. */
static bool path_of(const struct doctor *d, char out[PATH_TEXT], const char *path, va_list args)
{
	int at = d->ask.root ? snprintf(out, PATH_TEXT, "%s/", d->ask.root) : -1;

	return at >= 0 && at < PATH_TEXT &&
	       vsnprintf(out + at, (size_t)(PATH_TEXT - at), path, args) < PATH_TEXT - at;
}

bool doctor_text(const struct doctor *d, char *buf, size_t len, const char *path, ...)
{
	char name[PATH_TEXT];
	va_list args;

	va_start(args, path);
	vsnprintf(name, sizeof(name), path, args);
	va_end(args);
	buf[0] = '\0';
	return d->ask.root && gate_read(d->ask.root, buf, len, "%s", name);
}

uint64_t doctor_number(const struct doctor *d, const char *path, ...)
{
	char name[PATH_TEXT];
	va_list args;

	va_start(args, path);
	vsnprintf(name, sizeof(name), path, args);
	va_end(args);
	return d->ask.root ? gate_number(d->ask.root, "%s", name) : DOCTOR_NONE;
}

int doctor_access(const struct doctor *d, int mode, const char *path, ...)
{
	char name[PATH_TEXT];
	va_list args;
	bool ok;

	va_start(args, path);
	ok = path_of(d, name, path, args);
	va_end(args);
	if (!ok)
		return -ENOENT;
	return faccessat(AT_FDCWD, name, mode, AT_EACCESS) ? -errno : 0;
}

int doctor_opens(const struct doctor *d, const char *path, ...)
{
	CLEANUP_FD int fd = -1;
	char name[PATH_TEXT];
	va_list args;
	bool ok;

	va_start(args, path);
	ok = path_of(d, name, path, args);
	va_end(args);
	if (!ok)
		return -ENOENT;
	fd = open(name, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? -errno : 0;
}

static DIR *open_dir(const struct doctor *d, const char *path, ...)
{
	char name[PATH_TEXT];
	va_list args;
	bool ok;

	va_start(args, path);
	ok = path_of(d, name, path, args);
	va_end(args);
	return ok ? opendir(name) : NULL;
}

size_t doctor_names(const struct doctor *d, const char *path, const char *prefix,
		    char (*out)[DOCTOR_NAME * 2], size_t max)
{
	DIR *dir = open_dir(d, "%s", path);
	size_t n = 0;

	for (const struct dirent *at; dir && n < max && (at = readdir(dir));) {
		if (at->d_name[0] == '.' || strncmp(at->d_name, prefix, strlen(prefix)) != 0 ||
		    strlen(at->d_name) >= sizeof(out[0]))
			continue;
		memcpy(out[n++], at->d_name, strlen(at->d_name) + 1);
	}
	if (dir)
		closedir(dir);
	return n;
}

/* zlib is on nearly every system, and nothing else here needs it: looked up, not linked. */
struct zlib {
	void *(*open)(const char *path, const char *mode);
	int (*read)(void *file, void *buf, unsigned int len);
	int (*close)(void *file);
};

static bool find_zlib(struct zlib *z)
{
	void *lib = dlopen("libz.so.1", RTLD_LAZY | RTLD_LOCAL);
	void *f[3];

	if (!lib)
		return false;
	f[0] = dlsym(lib, "gzopen");
	f[1] = dlsym(lib, "gzread");
	f[2] = dlsym(lib, "gzclose");
	memcpy(&z->open, &f[0], sizeof(f[0]));
	memcpy(&z->read, &f[1], sizeof(f[1]));
	memcpy(&z->close, &f[2], sizeof(f[2]));
	return f[0] && f[1] && f[2];
}

/* gzip or not: gzread() takes both. Return: malloc'ed text, NULL = cannot be read. */
static char *read_gz(const char *path)
{
	char *text = malloc(KCONFIG_MAX + 1);
	struct zlib z;
	void *file;
	int n;

	if (!text || !find_zlib(&z) || !(file = z.open(path, "re"))) {
		free(text);
		return NULL;
	}
	n = z.read(file, text, KCONFIG_MAX);
	z.close(file);
	if (n <= 0) {
		free(text);
		return NULL;
	}
	text[n] = '\0';
	return text;
}

/* Without zlib a plain file can still be read. */
static char *read_plain(const char *path)
{
	CLEANUP_FILE FILE *f = fopen(path, "re");
	char *text = f ? malloc(KCONFIG_MAX + 1) : NULL;
	size_t n = text ? fread(text, 1, KCONFIG_MAX, f) : 0;

	if (!n) {
		free(text);
		return NULL;
	}
	text[n] = '\0';
	return text;
}

static void read_config(struct doctor *d)
{
	static const char *const places[] = {"/proc/config.gz", "/boot/config-%s", "/lib/modules/%s/config"};

	for (size_t i = 0; !d->config && i < ARRAY_LEN(places); i++) {
		char path[PATH_TEXT], name[96];
		const char *mark = strchr(places[i], '%');
		struct stat st;

		if (mark && !d->release[0])
			continue;
		snprintf(name, sizeof(name), "%.*s%s%s", mark ? (int)(mark - places[i]) : 90, places[i],
			 mark ? d->release : "", mark ? mark + 2 : "");
		if (snprintf(path, sizeof(path), "%s%s", d->ask.root, name) >= (int)sizeof(path) ||
		    stat(path, &st) || !S_ISREG(st.st_mode))
			continue;
		d->config = mark ? read_plain(path) : read_gz(path);
		snprintf(d->config_from, sizeof(d->config_from), "%s", name);
	}
}

void doctor_read_kernel(struct doctor *d)
{
	if (!d->ask.root)
		return;
	doctor_text(d, d->release, sizeof(d->release), "proc/sys/kernel/osrelease");
	if (strchr(d->release, '/') || strchr(d->release, '\n'))
		d->release[0] = '\0';
	d->version = doctor_kernel_version(d->release);
	read_config(d);
}
