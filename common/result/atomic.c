// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Temporary file, fsync, rename, fsync of the directory: the durable way to replace a file. */
#include "result/atomic.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"

void atomic_hint(const char *dir, int code, struct err *e)
{
	if (code == -ENOSPC || code == -EDQUOT)
		err_hint(e, code, "no space left below %s: make room there, then continue with --resume %s",
			 dir, dir);
	else if (code == -EFBIG)
		err_hint(e, code,
			 "a file size limit applies: raise it (ulimit -f), then continue with --resume %s",
			 dir);
	else if (code == -EACCES || code == -EPERM || code == -EROFS)
		err_hint(e, code,
			 "%s cannot be written by this user: fix its permissions or set another output.dir",
			 dir);
	else if (code == -EIO)
		err_hint(e, code, "the storage below %s reports an error: see the kernel log", dir);
}

int atomic_fail(const char *dir, const char *path, const char *what, int code, struct err *e)
{
	err_set(e, code, "%s: %s failed: %s", path, what, err_name(code));
	atomic_hint(dir, code, e);
	return code;
}

int atomic_sync_dir(const char *dir, struct err *e)
{
	CLEANUP_FD int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return atomic_fail(dir, dir, "opening the directory", -errno, e);
	if (fsync(fd))
		return atomic_fail(dir, dir, "syncing the directory", -errno, e);
	return 0;
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return -EIO;
		text += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int write_file(const char *path, const char *text, size_t len)
{
	CLEANUP_FD int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
	int rc;

	if (fd < 0)
		return -errno;
	rc = write_all(fd, text, len);
	if (!rc && fsync(fd))
		rc = -errno;
	return rc;
}

int atomic_write(const char *dir, const char *name, const char *text, size_t len, struct err *e)
{
	char path[PATH_MAX], temp[PATH_MAX];
	int rc;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path) ||
	    snprintf(temp, sizeof(temp), "%s/%s.tmp", dir, name) >= (int)sizeof(temp))
		return err_set(e, -ENAMETOOLONG, "%s: the name of the directory is too long", dir);
	rc = write_file(temp, text, len);
	if (rc) {
		unlink(temp);
		return atomic_fail(dir, temp, "writing it", rc, e);
	}
	if (rename(temp, path)) {
		rc = -errno;
		unlink(temp);
		return atomic_fail(dir, path, "renaming the new file to it", rc, e);
	}
	return atomic_sync_dir(dir, e);
}
