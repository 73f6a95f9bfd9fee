// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* First SIGINT or SIGTERM: finish the window. Second: the default action, at once; with --json a document
 * comes first.
 */
#include "bench.h"

#include <signal.h>

#include "document.h"

static atomic_int caught;

static void on_signal(int sig)
{
	if (atomic_exchange(&caught, sig) && document_due())
		document_die(sig);
}

const atomic_int *interrupt_install(void)
{
	struct sigaction sa = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

	if (!document_due())
		sa.sa_flags |= (int)SA_RESETHAND;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	/* A file size limit is then a failed write, handled like a full disk, and not a dead process. */
	sa.sa_handler = SIG_IGN;
	sigaction(SIGXFSZ, &sa, NULL);
	return &caught;
}
