/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef P2P_INTERCONNECT_OFFERS_H
#define P2P_INTERCONNECT_OFFERS_H

/*
 * What a memory and a NIC have to offer, from the facts of a machine. Pure: nothing is opened, so that
 * another machine can be asked about (--from).
 */

#include "config/config.h"
#include "interconnect/match.h"

enum { OFFERS_IMPORTERS = 3 };

/**
 * offers_exporter() - how @m is offered
 * @t: NULL = nothing is known of the machine
 * @out: borrows the name of @m
 */
void offers_exporter(const struct topo *t, const struct config_memory *m, struct match_exporter *out);

/**
 * offers_importers() - ways a NIC takes memory: main, data-direct where there is (or may be) such a function,
 * and last the bounce
 * @nic_fn, @data_direct: functions, -1 unknown or none; @driver: "" unknown, "software". Borrowed
 *
 * Return: how many.
 */
size_t offers_importers(const struct topo *t, int nic_fn, const char *driver, int data_direct,
			struct match_importer out[OFFERS_IMPORTERS]);

/**
 * offers_vfio() - can VFIO open @fn as the machine is now
 * @access: ACCESS_*
 * @why: what stands against it and the command that changes it; "" when nothing does
 */
enum match_answer offers_vfio(const struct topo *t, int fn, int64_t access, char why[MATCH_WHY]);

/**
 * offers_bar() - can slices of a BAR be exported (vfio_pci_dmabuf.c: whole pages of memory BARs)
 * @why: why not; or what to leave out of the ranges: the pages of the MSI-X tables
 */
enum match_answer offers_bar(const struct topo_fn *f, int bar, char why[MATCH_WHY]);

#endif
