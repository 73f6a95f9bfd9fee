// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The environment of a run from /proc and /sys: what is needed to tell whether two results may be
 * compared. A table of single-line files, and the few that need more than reading a line.
 */
#include "result/env.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/rng.h"
#include "result/runjson.h"

enum { LINE_LEN = 4096 };

/* clang-format off */
static const struct {
	const char *name, *path;
} files[] = {
	{"cpus_online", "sys/devices/system/cpu/online"},
	{"cpus_isolated", "sys/devices/system/cpu/isolated"},
	{"cpus_nohz_full", "sys/devices/system/cpu/nohz_full"},
	{"smt", "sys/devices/system/cpu/smt/control"},
	{"governor", "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"},
	{"cpu_khz_min", "sys/devices/system/cpu/cpu0/cpufreq/scaling_min_freq"},
	{"cpu_khz_max", "sys/devices/system/cpu/cpu0/cpufreq/scaling_max_freq"},
	{"cpufreq_boost", "sys/devices/system/cpu/cpufreq/boost"},
	{"intel_no_turbo", "sys/devices/system/cpu/intel_pstate/no_turbo"},
	{"idle_driver", "sys/devices/system/cpu/cpuidle/current_driver"},
	{"numa_nodes", "sys/devices/system/node/online"},
	{"numa_balancing", "proc/sys/kernel/numa_balancing"},
	{"thp", "sys/kernel/mm/transparent_hugepage/enabled"},
	{"hugepages_2m", "sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"},
	{"clocksource", "sys/devices/system/clocksource/clocksource0/current_clocksource"},
	{"aspm", "sys/module/pcie_aspm/parameters/policy"},
	{"loadavg", "proc/loadavg"},
};

/* Parameters of the kernel's command line worth keeping; others may name disks, hosts or addresses. */
static const char *const cmdline_kept[] = {
	"amd_iommu=", "amd_pstate=", "cpuidle.off=", "default_hugepagesz=", "hugepages=", "hugepagesz=", "idle=",
	"intel_idle.max_cstate=", "intel_iommu=", "intel_pstate=", "iommu=", "iommu.passthrough=", "iommu.strict=",
	"irqaffinity=", "isolcpus=", "mce=", "mitigations=", "nohz=", "nohz_full=", "nosmt", "numa_balancing=", "pci=",
	"pcie_acs_override=", "pcie_aspm=", "pcie_ports=", "preempt=", "processor.max_cstate=", "rcu_nocbs=",
	"transparent_hugepage=", "tsc=",
};
/* clang-format on */

/* First line of a file without its newline; false when there is none. */
static bool read_line(int root_fd, const char *path, char line[LINE_LEN])
{
	CLEANUP_FD int fd = openat(root_fd, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, line, LINE_LEN - 1);

	if (n <= 0)
		return false;
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return *line != '\0';
}

/* Unknown or not UTF-8 is null. */
static void set_text(json_t *env, const char *name, const char *text)
{
	json_t *v = text ? json_string(text) : NULL;

	json_object_set_new(env, name, v ? v : json_null());
}

static void add_files(json_t *env, int root_fd)
{
	char line[LINE_LEN];

	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		set_text(env, files[i].name, read_line(root_fd, files[i].path, line) ? line : NULL);
}

static void add_kernel(json_t *env)
{
	struct utsname u;
	char hash[20];

	if (uname(&u))
		return;
	set_text(env, "kernel", u.release);
	set_text(env, "machine", u.machine);
	snprintf(hash, sizeof(hash), "h%016" PRIx64, fnv64(FNV64_INIT, u.nodename, strlen(u.nodename)));
	set_text(env, "host_hash", hash);
}

static bool kept(const char *param)
{
	for (size_t i = 0; i < ARRAY_LEN(cmdline_kept); i++) {
		if (!strncmp(param, cmdline_kept[i], strlen(cmdline_kept[i])))
			return true;
	}
	return false;
}

static void add_cmdline(json_t *env, int root_fd)
{
	char line[LINE_LEN], out[LINE_LEN] = "", *save = NULL;
	size_t n = 0;

	if (!read_line(root_fd, "proc/cmdline", line)) {
		set_text(env, "cmdline", NULL);
		return;
	}
	for (char *p = strtok_r(line, " ", &save); p; p = strtok_r(NULL, " ", &save)) {
		if (kept(p))
			n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s", n ? " " : "", p);
	}
	set_text(env, "cmdline", out);
}

/* Value of the first "name : value" line of /proc/cpuinfo. */
static void add_cpuinfo(json_t *env, int root_fd, const char *name, const char *field)
{
	CLEANUP_FILE FILE *f = NULL;
	int fd = openat(root_fd, "proc/cpuinfo", O_RDONLY | O_CLOEXEC);
	char line[LINE_LEN];

	if (fd >= 0 && !(f = fdopen(fd, "r")))
		close(fd);
	set_text(env, name, NULL);
	while (f && fgets(line, sizeof(line), f)) {
		char *colon = strchr(line, ':');

		if (!colon || strncmp(line, field, strlen(field)) != 0 ||
		    !strchr("\t :", line[strlen(field)]))
			continue;
		line[strcspn(line, "\n")] = '\0';
		set_text(env, name, colon + 1 + strspn(colon + 1, " "));
		return;
	}
}

static void add_memory(json_t *env)
{
	struct rlimit lock;
	json_t *v = NULL;

	if (!getrlimit(RLIMIT_MEMLOCK, &lock))
		v = lock.rlim_cur == RLIM_INFINITY ? json_string("unlimited")
						   : json_integer((json_int_t)lock.rlim_cur);
	json_object_set_new(env, "memlock_bytes", v ? v : json_null());
	json_object_set_new(env, "page_bytes", json_integer(sysconf(_SC_PAGESIZE)));
}

json_t *env_read(int root_fd)
{
	json_t *env = json_object();

	if (!env)
		return NULL;
	add_kernel(env);
	add_cmdline(env, root_fd);
	add_cpuinfo(env, root_fd, "cpu_model", "model name");
	add_cpuinfo(env, root_fd, "microcode", "microcode");
	add_files(env, root_fd);
	add_memory(env);
	return env;
}

json_t *runjson_env(void)
{
	CLEANUP_FD int root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return env_read(root_fd);
}
