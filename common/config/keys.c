// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The option table; see keys.h. Axes come first, in the order of enum axis, so that an axis is its
 * own row number. Word lists are in the order of their enums.
 */
#include "config/keys.h"

#include <string.h>

#include "base/cleanup.h"

#define WORDS(...)                                                                                           \
	(const char *const[])                                                                                \
	{                                                                                                    \
		__VA_ARGS__, NULL                                                                            \
	}
#define KIB(n) ((int64_t)(n) << 10)
#define GIB(n) ((int64_t)(n) << 30)
#define TIB(n) ((int64_t)(n) << 40)

#define AXIS(id, n, col, t, ...)                                                                             \
	[AX_##id] = {.name = n,                                                                              \
		     .column = col,                                                                          \
		     .axis = AX_##id,                                                                        \
		     .type = KEY_##t,                                                                        \
		     .scope = SCOPE_SWEEP | SCOPE_AXIS,                                                      \
		     __VA_ARGS__}
#define KEY(s, n, t, ...)                                                                                    \
	{                                                                                                    \
		.name = n, .axis = -1, .type = KEY_##t, .scope = SCOPE_##s, __VA_ARGS__                      \
	}

const struct key keys[] = {
	AXIS(MEASURE, "measure", "measure", WORD, .words = WORDS("bw", "lat", "rate", "reg"), .dflt = "bw",
	     .metavar = "WORD",
	     .help = "what is measured: bandwidth, latency, message rate, time to register"),
	AXIS(OP, "op", "op", WORD,
	     .words = WORDS("write", "write_imm", "read", "send", "fetch_add", "cmp_swap", "write_fence",
			    "write_cqe", "pingpong"),
	     .metavar = "WORD",
	     .help = "operation; write_fence = write made visible, write_cqe = acceptance only; none for "
		     "measure reg"),
	AXIS(NIC, "nic", "nic", NAME, .flag = 'd', .metavar = "NAME",
	     .help = "initiator: an entry of nics; as a flag also a device, e.g. soft0 or mlx5_0"),
	AXIS(PEER_NIC, "peer_nic", "peer_nic", NAME, .metavar = "NAME",
	     .help = "responder's nic, at the peer where there is one; empty = as nic (without a peer: "
		     "loopback)"),
	AXIS(TARGET, "target", "target", NAME, .metavar = "NAME",
	     .help = "memory the responder exposes: host or an entry of memory"),
	AXIS(SOURCE, "source", "source", NAME, .dflt = "host", .metavar = "NAME",
	     .help = "the initiator's local buffer: host or an entry of memory"),
	AXIS(INTERCONNECT, "interconnect", "interconnect", WORD,
	     .words = WORDS("main", "data_direct", "bounce", "auto"), .dflt = "main", .metavar = "WORD",
	     .help = "by which function the NIC reaches the target; bounce = through host memory"),
	AXIS(TPH, "tph", "tph", WORD, .words = WORDS("none", "exporter", "dmah"), .dflt = "none",
	     .metavar = "WORD", .help = "who supplies the TLP processing hint"),
	AXIS(ST, "st", "st", INT, .min = 0, .max = 255, .metavar = "N",
	     .help = "8-bit steering tag set by the exporter"),
	AXIS(ST_EXT, "st_ext", "st_ext", INT, .min = 0, .max = 65535, .metavar = "N",
	     .help = "16-bit steering tag set by the exporter"),
	AXIS(PH, "ph", "ph", INT, .min = 0, .max = 3, .metavar = "N",
	     .help = "processing hint: 0 bidirectional, 1 requester, 2 target, 3 target priority"),
	AXIS(TPH_CPU, "tph_cpu", "tph_cpu", PLACE, .min = 0, .max = 65535, .metavar = "CPU",
	     .help = "dmah: CPU the kernel derives the tag from: a number, near or far"),
	AXIS(TPH_MEM, "tph_mem", "tph_mem", WORD, .words = WORDS("vm", "pm"), .metavar = "WORD",
	     .help = "dmah: volatile or persistent memory"),
	AXIS(DIR, "dir", "dir", WORD, .words = WORDS("uni", "bidi"), .dflt = "uni", .metavar = "WORD",
	     .help = "bidi: half of the QPs WRITE, the other half READ (op write)"),
	AXIS(SIZE, "size", "size_bytes", SIZE, .flag = 's', .min = 1, .max = GIB(2), .metavar = "SIZE",
	     .help = "bytes of one message; measure reg: bytes registered"),
	AXIS(OFFSET, "offset", "offset_bytes", SIZE, .min = 0, .max = 4095, .metavar = "SIZE",
	     .help = "bytes from the start of a page to the target address"),
	AXIS(FOOTPRINT, "footprint", "footprint_bytes", SIZE, .min = 1, .max = TIB(1), .metavar = "SIZE",
	     .help = "bytes of target memory visited; empty = all the slots of the ring"),
	AXIS(PATTERN, "pattern", "pattern", WORD, .words = WORDS("same", "seq", "rand"), .metavar = "WORD",
	     .help = "order in which the slots are visited; empty = seq"),
	AXIS(QD, "qd", "qd", INT, .flag = 't', .min = 1, .max = 65536, .metavar = "N", .dflt_lat = "1",
	     .dflt_rest = "64", .help = "operations in flight on a QP"),
	AXIS(QPS, "qps", "qps", INT, .flag = 'q', .min = 1, .max = 1024, .dflt = "1", .metavar = "N",
	     .help = "queue pairs"),
	AXIS(THREADS, "threads", "threads", INT, .min = 1, .max = 1024, .dflt = "1", .metavar = "N",
	     .help = "posting threads, each on a CPU of its own"),
	AXIS(BATCH, "batch", "batch", INT, .min = 1, .max = 65536, .dflt = "1", .metavar = "N",
	     .help = "work requests handed over in one post"),
	AXIS(SIGNAL_EVERY, "signal_every", "signal_every", INT, .min = 1, .max = 65536, .dflt = "1",
	     .metavar = "N", .help = "one completion every N work requests"),
	AXIS(INLINE, "inline", "inline", INT, .min = 0, .max = 1, .metavar = "0|1",
	     .help = "payload copied into the work request"),
	AXIS(POST, "post", "post", WORD, .words = WORDS("classic", "wr", "auto"), .metavar = "WORD",
	     .help = "posting interface: ibv_post_send, ibv_wr_*, the better of both; empty = classic"),
	AXIS(MTU, "mtu", "mtu_bytes", SIZE, .min = 256, .max = 4096, .metavar = "SIZE",
	     .help = "path MTU in bytes, a power of two; empty = the port's"),
	AXIS(RD_ATOMIC, "rd_atomic", "rd_atomic", INT, .min = 1, .max = 255, .metavar = "N",
	     .help = "reads and atomics in flight on a QP; empty = the device's maximum"),
	AXIS(RO, "ro", "ro", INT, .min = 0, .max = 1, .metavar = "0|1",
	     .help = "PCIe relaxed ordering on the target's MR"),
	AXIS(CONNECT, "connect", "connect", WORD, .words = WORDS("oob", "cm"), .metavar = "WORD",
	     .help = "how QPs are connected: out of band or by rdma_cm; empty = oob"),
	AXIS(BOUNCE_BY, "bounce_by", "bounce_by", WORD, .words = WORDS("cpu", "nic", "device"),
	     .metavar = "WORD", .help = "bounce: who copies between host memory and target"),
	AXIS(OVERLAP, "overlap", "overlap", INT, .min = 0, .max = 1, .metavar = "0|1",
	     .help = "bounce: copies overlap with transfers"),
	AXIS(RATE, "rate", "rate_ops_s", SIZE, .min = 1, .max = TIB(1), .metavar = "N",
	     .help = "operations offered per second; empty = closed loop"),
	AXIS(CONSUME, "consume", "consume", WORD, .words = WORDS("none", "all"), .metavar = "WORD",
	     .help = "pingpong: how much of the payload the polling CPU reads"),
	AXIS(CPU, "cpu", "cpu", PLACE, .min = 0, .max = 65535, .metavar = "CPU",
	     .help = "first posting CPU: a number, near or far from the nic"),
	AXIS(NUMA, "numa", "numa", PLACE, .min = 0, .max = 1023, .metavar = "NODE",
	     .help = "NUMA node of the posting threads: a number, near or far from the nic"),
	AXIS(VARIANT, "variant", "variant", NAME, .metavar = "LABEL",
	     .help = "free label, e.g. the firmware under test"),

	KEY(SWEEP, "rounds", RANGE, .min = 1, .max = 10000, .dflt = "12", .metavar = "N|LO..HI",
	    .help = "windows of a point, one a round; LO..HI: from LO on until precise enough, HI at most"),
	KEY(SWEEP, "window", TIME, .flag = 'D', .min = 1000000, .max = 60000000000, .dflt = "30ms",
	    .metavar = "TIME", .help = "least length of one timed stretch of a point"),
	KEY(SWEEP, "ops", SIZE, .flag = 'n', .min = 0, .max = TIB(1), .dflt = "0", .metavar = "N",
	    .help = "least number of completions in a window; 0 = by time alone"),
	KEY(SWEEP, "verify", WORD, .words = WORDS("none", "sample", "full"), .dflt = "sample",
	    .metavar = "WORD", .help = "how much of the moved data is checked after a point"),
	KEY(SWEEP, "prefer", WORDS, .words = WORDS("main", "data_direct", "bounce"), .metavar = "LIST",
	    .help = "interconnects that `auto` may take, best first; empty = all, by predicted quality"),
	KEY(SWEEP, "fallback", WORD, .words = WORDS("none", "bounce"), .dflt = "none", .metavar = "WORD",
	    .help = "when no wanted interconnect works or a target is taken away: go on by bounce"),
	KEY(SWEEP, "revoke", WORD, .words = WORDS("none", "reset", "memory_off", "close"), .dflt = "none",
	    .metavar = "WORD", .help = "kind vfio: how the target is taken away in the middle of a window"),
	KEY(SWEEP, "cases", NODE, .metavar = "LIST",
	    .help = "axis values that only make sense together; a sum of products"),
	KEY(SWEEP, "exclude", NODE, .metavar = "LIST",
	    .help = "maps of values to leave out; a list matches any, not: negates"),
	KEY(ENTRY, "name", NAME, .metavar = "NAME", .help = "name of the sweep"),
	KEY(ENTRY, "extends", NAME, .metavar = "SWEEP",
	    .help = "sweep whose keys (but include) this one starts from"),
	KEY(ENTRY, "include", NODE, .metavar = "LIST", .help = "points to add after exclude"),
	KEY(TOP, "version", INT, .min = 1, .max = 1, .metavar = "1",
	    .help = "version of this grammar; required in a file"),
	KEY(TOP, "name", NAME, .dflt = "p2pbench", .metavar = "NAME", .help = "name of the run"),
	KEY(TOP, "tags", NODE, .metavar = "MAP", .help = "free notes copied into run.json"),
	KEY(TOP, "nics", NODE, .metavar = "MAP", .help = "RDMA devices by name"),
	KEY(TOP, "memory", NODE, .metavar = "MAP",
	    .help = "target and source memory by name; host is built in"),
	KEY(TOP, "peer", TEXT, .metavar = "HOST",
	    .help = "where the responder is: ssh:HOST, or HOST:PORT of a `p2pbench serve`; empty = this "
		    "process"),
	KEY(TOP, "peer_options", NODE, .metavar = "MAP", .help = "how the peer is reached"),
	KEY(TOP, "defaults", NODE, .metavar = "MAP", .help = "keys every sweep starts from"),
	KEY(TOP, "sweeps", NODE, .metavar = "LIST", .help = "the sweeps"),
	KEY(TOP, "expect", NODE, .metavar = "LIST",
	    .help = "what results must reach; judged at the end of a run"),
	KEY(TOP, "tph_notes", NODE, .metavar = "LIST",
	    .help = "hints that were seen on a PCIe analyzer: tph_evidence analyzer"),
	KEY(TOP, "budget", NODE, .metavar = "MAP", .help = "limits of the whole plan"),
	KEY(TOP, "order", NODE, .metavar = "MAP", .help = "order of execution"),
	KEY(TOP, "output", NODE, .metavar = "MAP", .help = "where results go"),
	KEY(PEER, "token_file", TEXT, .metavar = "FILE",
	    .help = "HOST:PORT: file with the secret that the server was given as well"),
	KEY(PEER, "ssh", TEXT, .metavar = "COMMAND",
	    .help = "ssh:HOST: command that takes a host and a command line; empty = ssh -T -o "
		    "BatchMode=yes"),
	KEY(PEER, "agent", TEXT, .metavar = "PROGRAM",
	    .help = "ssh:HOST: this program there; empty = p2pbench by its PATH"),
	KEY(PEER, "timeout", TIME, .min = 100000000, .max = 600000000000, .dflt = "15s", .metavar = "TIME",
	    .help = "longest time to connect and to be answered"),
	KEY(NIC, "device", NAME, .metavar = "NAME",
	    .help = "soft0, null0 or an RDMA device as `p2pbench list devices` shows it"),
	KEY(NIC, "port", INT, .min = 1, .max = 255, .dflt = "1", .metavar = "N",
	    .help = "port of the device"),
	KEY(NIC, "gid_index", INT, .min = 0, .max = 255, .metavar = "N",
	    .help = "index into the GID table; empty = chosen by value"),
	KEY(MEMORY, "kind", WORD, .words = WORDS("host", "udmabuf", "dma_heap", "vfio", "fd", "memfd"),
	    .metavar = "WORD", .help = "what the memory is made of"),
	KEY(MEMORY, "length", SIZE, .min = KIB(4), .max = TIB(1), .dflt = "16M", .metavar = "SIZE",
	    .help = "bytes"),
	KEY(MEMORY, "heap", NAME, .metavar = "NAME",
	    .help = "dma_heap: name below /dev/dma_heap; empty = system"),
	KEY(MEMORY, "device", TEXT, .metavar = "PCI", .help = "vfio: the device, as pci/0000:41:00.0"),
	KEY(MEMORY, "bar", INT, .min = 0, .max = 5, .metavar = "N", .help = "vfio: number of the BAR"),
	KEY(MEMORY, "ranges", NODE, .metavar = "LIST",
	    .help = "vfio: slices {offset, length} of the BAR; empty = the first `length` bytes"),
	KEY(MEMORY, "access", WORD, .words = WORDS("auto", "cdev", "group", "noiommu"), .metavar = "WORD",
	    .help = "vfio: by cdev and iommufd, group and container, or without an IOMMU; empty = auto: cdev "
		    "where there is one, else group"),
	KEY(MEMORY, "init", NODE, .metavar = "LIST",
	    .help = "vfio: registers {bar, offset, bytes, value} to write after every open and reset"),
	KEY(MEMORY, "tph_feature", NODE, .metavar = "MAP",
	    .help = "vfio: {index, layout, force}: how this kernel's DMA_BUF_TPH is reached; empty = as the "
		    "build's header says"),
	KEY(MEMORY, "fd", INT, .min = 0, .max = 1 << 20, .metavar = "N",
	    .help = "fd: number of an inherited descriptor, a dma-buf"),
	KEY(MEMORY, "socket", TEXT, .metavar = "PATH",
	    .help = "fd: Unix socket of a process that sends the dma-buf (SCM_RIGHTS)"),
	KEY(MEMORY, "exporter", NAME, .metavar = "NAME",
	    .help = "fd: exporter that the dma-buf must have, as fdinfo's exp_name; empty = any"),
	KEY(MEMORY, "offset", SIZE, .min = 0, .max = TIB(1), .metavar = "SIZE",
	    .help = "fd: where in the dma-buf the memory begins; empty = 0"),
	KEY(MEMORY, "numa", PLACE, .min = 0, .max = 1023, .metavar = "NODE",
	    .help = "NUMA node: a number, near or far from the nic"),
	KEY(MEMORY, "pages", SIZE, .min = KIB(4), .max = GIB(1), .words = WORDS("thp"), .metavar = "SIZE|thp",
	    .help = "page size, a power of two; thp = transparent huge pages; empty = the system's default"),
	KEY(RANGE, "offset", SIZE, .min = 0, .max = TIB(1), .dflt = "0", .metavar = "SIZE",
	    .help = "start of the slice"),
	KEY(RANGE, "length", SIZE, .min = KIB(4), .max = TIB(1), .metavar = "SIZE",
	    .help = "bytes of the slice"),
	KEY(INIT, "bar", INT, .min = 0, .max = 5, .metavar = "N",
	    .help = "BAR of the register; empty = the memory's"),
	KEY(INIT, "offset", SIZE, .min = 0, .max = TIB(1), .metavar = "SIZE",
	    .help = "place of the register"),
	KEY(INIT, "bytes", INT, .min = 1, .max = 8, .dflt = "4", .metavar = "1|2|4|8",
	    .help = "width of the register"),
	KEY(INIT, "value", INT, .min = 0, .max = INT64_MAX, .metavar = "N", .help = "what is written there"),
	KEY(TPH, "index", INT, .min = 0, .max = 65535, .metavar = "N",
	    .help = "number of the feature in this kernel; there is no default, see docs/tph.md"),
	KEY(TPH, "layout", WORD, .words = WORDS("v6"), .metavar = "v6",
	    .help = "what it takes: version 6 to 11 of the patches are one layout"),
	KEY(TPH, "force", WORD, .words = WORDS("false", "true"), .dflt = "false", .metavar = "WORD",
	    .help = "probe the index even where the build's headers give it to another feature"),
	KEY(BUDGET, "time", TIME, .min = 1000000, .max = 31536000000000000, .metavar = "TIME",
	    .help = "time for the whole run; windows shrink (10 ms at least) to fit the fewest rounds; empty "
		    "= no limit"),
	KEY(BUDGET, "points", INT, .min = 1, .max = 1000000, .dflt = "5000", .metavar = "N",
	    .help = "more points than this are an error"),
	KEY(BUDGET, "when_over", WORD, .words = WORDS("stop", "refuse"), .dflt = "stop", .metavar = "WORD",
	    .help = "when not even the fewest rounds fit: start and stop when the time is spent, or do not "
		    "start"),
	KEY(ORDER, "seed", INT, .min = 0, .max = INT64_MAX, .dflt = "1", .metavar = "N",
	    .help = "seed of the random order; the same seed gives the same order"),
	KEY(ORDER, "canary", INT, .min = 0, .max = 1, .dflt = "1", .metavar = "0|1",
	    .help = "watch each nic in every round by two small windows on host memory (canary.csv)"),
	KEY(OUTPUT, "dir", TEXT, .dflt = "results/{name}-{time}", .metavar = "DIR",
	    .help = "result directory, relative to the working directory"),
	KEY(NOTE, "when", NODE, .metavar = "MAP", .help = "the points whose hint was seen"),
	KEY(NOTE, "note", TEXT, .metavar = "TEXT",
	    .help = "where that is written down: capture, date, by whom"),
	KEY(EXPECT, "when", NODE, .metavar = "MAP", .help = "which points the rule is about"),
	KEY(EXPECT, "metric", WORD, .words = WORDS("bw", "p50", "p99", "rate"), .metavar = "WORD",
	    .help = "the figure"),
	KEY(EXPECT, "min", TEXT, .metavar = "VALUE", .help = "least acceptable value, or N% with `of`"),
	KEY(EXPECT, "max", TEXT, .metavar = "VALUE", .help = "largest acceptable value, or N% with `of`"),
	KEY(EXPECT, "of", WORD, .words = WORDS("limit", "expected"), .metavar = "WORD",
	    .help = "what a percentage is of; or a map: the point that differs in these axes"),
};

const size_t keys_len = ARRAY_LEN(keys);

const struct key *keys_axis(enum axis axis)
{
	return &keys[axis];
}

const struct key *keys_find(const char *name, unsigned int scope)
{
	for (size_t i = 0; i < keys_len; i++) {
		if ((keys[i].scope & scope) && !strcmp(keys[i].name, name))
			return &keys[i];
	}
	return NULL;
}

const struct key *keys_flag(char flag)
{
	for (size_t i = 0; flag && i < keys_len; i++) {
		if (keys[i].flag == flag)
			return &keys[i];
	}
	return NULL;
}
