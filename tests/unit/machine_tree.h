/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_TESTS_MACHINE_TREE_H
#define P2P_TESTS_MACHINE_TREE_H

/* tests/fixtures/machines/NAME (text) as the sysfs tree it was captured from. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tempdir.h"

static inline void tree_parents(const char *path)
{
	char dir[2048];

	snprintf(dir, sizeof(dir), "%s", path);
	for (char *p = dir + 1; (p = strchr(p, '/')); *p++ = '/') {
		*p = '\0';
		mkdir(dir, 0755);
	}
}

static inline void tree_append(const char *path, const void *data, size_t len)
{
	int fd;

	tree_parents(path);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		fail_msg("cannot write %s", path);
	close(fd);
}

/* "path -> target" is a link, "path<TAB>line" a line of a file. */
static inline void tree_sysfs(const char *fixture, const char *root)
{
	char name[1024], line[4096], path[2048];
	FILE *f;

	snprintf(name, sizeof(name), "%s/sysfs.txt", fixture);
	f = fopen(name, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		char *arrow = strstr(line, " -> "), *tab = strchr(line, '\t');

		if (arrow && !tab) {
			*arrow = '\0';
			arrow[strlen(arrow + 4) + 3] = '\0';
			snprintf(path, sizeof(path), "%s/sys/%.1000s", root, line);
			tree_parents(path);
			assert_int_equal(symlink(arrow + 4, path), 0);
		} else if (tab) {
			*tab = '\0';
			snprintf(path, sizeof(path), "%s/sys/%.1000s", root, line);
			tree_append(path, tab + 1, strlen(tab + 1));
		}
	}
	fclose(f);
}

static inline void tree_put_config(const char *root, const char *addr, const unsigned char *config)
{
	char path[2048];

	snprintf(path, sizeof(path), "%s/sys/bus/pci/devices/%.40s/config", root, addr);
	tree_append(path, config, 4096);
}

/* `lspci -xxxx` with all-zero lines left out. */
static inline void tree_config(const char *fixture, const char *root)
{
	unsigned char config[4096] = {0};
	char name[1024], line[4096], addr[64] = "";
	FILE *f;

	snprintf(name, sizeof(name), "%s/config.txt", fixture);
	f = fopen(name, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		char *end;
		unsigned long at = strtoul(line, &end, 16);

		if (end == line ||
		    (*end == ':' && end[1] != ' ')) { /* an address, or the end of a function */
			if (addr[0])
				tree_put_config(root, addr, config);
			memset(config, 0, sizeof(config));
			addr[0] = '\0';
			if (end != line)
				snprintf(addr, sizeof(addr), "%.*s", (int)strcspn(line, " \n"), line);
			continue;
		}
		for (int i = 0; i < 16; i++)
			config[(at + i) & 4095] = (unsigned char)strtoul(end + 1 + 3 * i, NULL, 16);
	}
	if (addr[0])
		tree_put_config(root, addr, config);
	fclose(f);
}

/* lscpu's lines as /proc/cpuinfo. */
static inline void tree_cpu(const char *fixture, const char *root)
{
	char name[1024], line[512], path[2048], text[256] = "", value[128];
	FILE *f;

	snprintf(name, sizeof(name), "%s/cpu.txt", fixture);
	f = fopen(name, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		size_t len = strlen(text);

		if (sscanf(line, "Vendor ID: %127s", value) == 1)
			snprintf(text + len, sizeof(text) - len, "vendor_id\t: %s\n", value);
		if (sscanf(line, "CPU family: %127s", value) == 1)
			snprintf(text + len, sizeof(text) - len, "cpu family\t: %s\n", value);
	}
	fclose(f);
	snprintf(path, sizeof(path), "%s/proc/cpuinfo", root);
	tree_append(path, text, strlen(text));
}

static inline void machine_tree(const char *fixture, const char *root)
{
	tree_sysfs(fixture, root);
	tree_config(fixture, root);
	tree_cpu(fixture, root);
}

#endif
