// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The secret's file; see auth.h. */
#include "peer/auth.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"

void auth_token_wipe(struct auth_token *t)
{
	explicit_bzero(t, sizeof(*t));
}

static int check_file(int fd, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st))
		return err_set(e, -errno, "token file %s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "token file %s: not a regular file", path);
	if (st.st_mode & (S_IRWXG | S_IRWXO)) {
		err_set(e, -EACCES, "token file %s: mode %04o lets others than its owner at it", path,
			st.st_mode & 07777);
		return err_hint(e, -EACCES, "chmod 600 %s, and a new token if others may have read it", path);
	}
	return 0;
}

/* One byte more than may be there, so that too long is seen. */
static int read_file(int fd, const char *path, struct auth_token *out, struct err *e)
{
	uint8_t more;

	while (out->n <= AUTH_TOKEN_MAX) {
		bool full = out->n == AUTH_TOKEN_MAX;
		ssize_t n = read(fd, full ? &more : out->bytes + out->n, full ? 1 : AUTH_TOKEN_MAX - out->n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, -errno, "token file %s: %s", path, strerror(errno));
		if (!n)
			return 0;
		out->n += (size_t)n;
	}
	return err_set(e, -EINVAL, "token file %s: longer than %d bytes", path, AUTH_TOKEN_MAX);
}

int auth_token_read(const char *path, struct auth_token *out, struct err *e)
{
	/* Not to wait for a FIFO's writer. */
	CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int rc;

	auth_token_wipe(out);
	if (fd < 0)
		return err_set(e, -errno, "token file %s: %s", path, strerror(errno));
	rc = check_file(fd, path, e);
	if (!rc)
		rc = read_file(fd, path, out, e);
	if (!rc && out->n && out->bytes[out->n - 1] == '\n')
		out->n--;
	if (!rc && out->n < AUTH_TOKEN_MIN) {
		rc = err_set(e, -EINVAL, "token file %s: %zu bytes; a token has at least %d", path, out->n,
			     AUTH_TOKEN_MIN);
		err_hint(e, rc, "(umask 077; head -c 32 /dev/urandom | base64 > %s)", path);
	}
	if (rc)
		auth_token_wipe(out);
	return rc;
}
