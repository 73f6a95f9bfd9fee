// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "topo/topo_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "topo/topo_raw.h"

ssize_t raw_file_read(int dir, const char *name, char *buf, size_t max)
{
	CLEANUP_FD int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t len = 0;
	ssize_t n = 1;

	if (fd < 0)
		return -1;
	while (len < max && n > 0) {
		n = read(fd, buf + len, max - len);
		len += n > 0 ? (size_t)n : 0;
	}
	return n < 0 && !len ? -1 : (ssize_t)len;
}

char *raw_file_text(int dir, const char *name)
{
	char buf[RAW_TEXT_MAX];
	ssize_t len = raw_file_read(dir, name, buf, sizeof(buf));

	while (len > 0 && (buf[len - 1] == '\n' || buf[len - 1] == ' '))
		len--;
	return len < 0 ? NULL : strndup(buf, (size_t)len);
}

uint8_t *raw_file_bytes(int dir, const char *name, size_t *len)
{
	enum { MOST = RAW_CONFIG_MAX > RAW_VPD_MAX ? RAW_CONFIG_MAX : RAW_VPD_MAX };
	char buf[MOST];
	ssize_t n = raw_file_read(dir, name, buf, sizeof(buf));
	uint8_t *bytes = n > 0 ? malloc((size_t)n) : NULL;

	*len = bytes ? (size_t)n : 0;
	return bytes ? memcpy(bytes, buf, *len) : NULL;
}

char *raw_file_link(int dir, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir, name, target, sizeof(target) - 1);

	if (n < 0)
		return NULL;
	target[n] = '\0';
	return strdup(basename(target));
}

char *raw_file_entry(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	char *found = NULL;

	for (struct dirent *ent; !found && d && (ent = readdir(d));)
		found = ent->d_name[0] == '.' ? NULL : strdup(ent->d_name);
	if (d)
		closedir(d);
	else if (fd >= 0)
		close(fd);
	return found;
}
