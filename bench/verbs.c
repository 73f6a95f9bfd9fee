// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "verbs.h"

#include <string.h>

#include "base/cleanup.h"
#include "bench.h"
#include "config/diag.h"

const struct verb verbs[] = {
	{.name = "run",
	 .run = cmd_run,
	 .args = "run [FILE] [--KEY VALUE ...] [--strict] [--json]\nrun --resume DIR",
	 .about = "measure; results go to one directory, a table to stdout",
	 .examples =
		 "run\nrun -d mlx5_0 --op write,read --size '64..1M x4' -q 1,4\nrun sweep.yaml --rounds 20",
	 .notes = "Without FILE: the compiled-in sweep on the software device soft0, about 15 s; with -d or "
		  "--op: "
		  "one sweep made of the flags. Every key of a sweep is a flag: `p2pbench help keys` has "
		  "all, with "
		  "units and defaults.",
	 .takes = TAKES_FILE,
	 .keys = "*",
	 .one_file = true},
	{.name = "plan",
	 .run = cmd_plan,
	 .args = "plan [FILE] [--KEY VALUE ...] [-v] [--from MACHINE] [--json]",
	 .about = "what a run would do: points, counts, time",
	 .examples =
		 "plan sweep.yaml\nplan -v --from server.json sweep.yaml\nplan --print-config --rounds 20",
	 .takes = TAKES_FILE,
	 .keys = "*",
	 .one_file = true},
	{.name = "check",
	 .run = cmd_check,
	 .args = "check FILE ... [--KEY VALUE ...] [--json]",
	 .about = "is the text of a config right; touches no device",
	 .examples = "check sweep.yaml\ncheck --json configs/*.yaml",
	 .takes = TAKES_FILE,
	 .keys = "*"},
	{.name = "list",
	 .run = cmd_list,
	 .args = "list devices [--json]\nlist memory [--from MACHINE] [--json]\nlist ops [--json]\n"
		 "list runs [DIR] [--where KEY=VALUE] [--json]",
	 .about = "names that can be used in a config, or runs that were made",
	 .examples = "list devices\nlist memory\nlist runs results --where driver=6.12",
	 .words = "devices memory ops runs",
	 .takes = TAKES_FILE},
	{.name = "compare",
	 .run = cmd_compare,
	 .args = "compare A B [--fail-on LIST] [--waive LIST] [--mixed] [--within-run-only] [-o FILE] "
		 "[--json]\n"
		 "compare A ... -- B ...\ncompare --within RUN --axis KEY [--base VALUE]",
	 .about = "two results, or A... -- B...: better, worse, same, and why",
	 .examples =
		 "compare results/before results/after\ncompare old1 old2 -- new1 new2 --fail-on worse:3%\n"
		 "compare --within results/a --axis tph",
	 .takes = TAKES_RUN},
	{.name = "show",
	 .run = cmd_show,
	 .args = "show RUN [--json]\nshow RUN --matrix ROW,COL [--value COLUMN] [--json]",
	 .about = "tables of a run again, or one figure over two axes",
	 .examples = "show results/a\nshow results/a --matrix size,target --value bw_gbyte_s",
	 .takes = TAKES_RUN},
	{.name = "export",
	 .run = cmd_export,
	 .args = "export RUN [--format FORMAT]",
	 .about = "points of a run for other programs, on stdout",
	 .examples = "export results/a >a.csv\nexport results/a --format json | python3 -m json.tool",
	 .takes = TAKES_RUN},
	{.name = "report",
	 .run = cmd_report,
	 .args = "report RUN ... [-o FILE] [--md] [--where KEY=VALUE] [--json]",
	 .about = "a page to send: findings, plots, tables, machine",
	 .examples = "report results/a\nreport results/before results/after -o both.html\n"
		     "report results/a --where measure=bw",
	 .takes = TAKES_RUN},
	{.name = "crosscheck",
	 .run = cmd_crosscheck,
	 .args = "crosscheck [CONFIG | RUN] [--tool PATH] [--KEY VALUE ...] [--json]",
	 .about = "perftest beside us: the same points in turns, ratio and verdict",
	 .examples = "crosscheck sweep.yaml\ncrosscheck -d mlx5_0 --op write,read --size 64K,1M --rounds 12\n"
		     "crosscheck results/a --tool /opt/perftest/bin",
	 .notes = "Takes the config of a file or of an earlier run. Host memory and one device over "
		  "loopback; what "
		  "perftest cannot express is listed with the reason. Status 5: a point differs by more than "
		  "3 % and "
		  "more than its interval.",
	 .takes = TAKES_FILE,
	 .keys = "*",
	 .one_file = true},
	{.name = "selftest",
	 .run = cmd_selftest,
	 .args = "selftest [-d DEVICE] [-o FILE] [--json]",
	 .about = "can numbers of this machine be trusted; about 20 s",
	 .examples = "selftest\nselftest -d mlx5_0",
	 .keys = "nic"},
	{.name = "topo",
	 .run = cmd_topo,
	 .args = "topo [--from MACHINE] [--tree | --svg | --json]\n"
		 "topo --route NIC TARGET [--from MACHINE] [--svg | --json]\ntopo --save FILE [--no-names]",
	 .about = "which way peer traffic goes",
	 .examples = "topo\ntopo --route mlx5_0 41:00.0\ntopo --save server.json",
	 .notes = "Run it as root, or most facts are unknown. Nothing is changed on the machine.",
	 .takes = TAKES_DEVICE},
	{.name = "match",
	 .run = cmd_match,
	 .args = "match NIC TARGET [--bar N] [-f FILE] [--from MACHINE | --try] [--json]",
	 .about = "by which interconnects a NIC may reach a memory, and why",
	 .examples = "match mlx5_0 41:00.0 --bar 2\nmatch mlx5_0 41:00.0 --bar 2 --try\nmatch -f p2p.yaml "
		     "nic0 accel",
	 .notes = "TARGET is host, udmabuf, dma_heap, memfd, a PCI address, or with -f a memory of the "
		  "config.",
	 .takes = TAKES_DEVICE},
	{.name = "doctor",
	 .run = cmd_doctor,
	 .args = "doctor [NIC TARGET] [--bar N] [--config FILE] [--need hardware] [--from MACHINE] [--json | "
		 "--fix-script]",
	 .about = "what stands between here and a run on hardware, and the fixes",
	 .examples = "doctor\ndoctor mlx5_0 41:00.0\ndoctor mlx5_0 41:00.0 --fix-script\ndoctor --config "
		     "p2p.yaml",
	 .notes = "Nothing is changed and no fix is ever run.",
	 .takes = TAKES_DEVICE},
	{.name = "agent",
	 .run = cmd_agent,
	 .args = "agent --stdio",
	 .about = "the other end of `peer: ssh:HOST`, which starts it",
	 .examples = "run sweep.yaml --peer ssh:rack7",
	 .notes = "Standard input and output are the protocol, standard error is its log; it ends with the "
		  "run.",
	 .takes = TAKES_NOTHING},
	{.name = "serve",
	 .run = cmd_serve,
	 .args = "serve --bind ADDR[:PORT] --token-file FILE [--once]\n"
		 "serve --bind ADDR[:PORT] --no-auth [--force] [--once]",
	 .about = "a responder for runs on other hosts that have no ssh to here",
	 .examples = "serve --bind 10.0.0.7 --token-file token\nrun sweep.yaml --peer 10.0.0.7:7471 "
		     "--token-file token",
	 .notes = "The address is one line on standard output, who comes and goes is on standard error. One "
		  "initiator at "
		  "a time.",
	 .takes = TAKES_NOTHING},
	{.name = "tph-expect",
	 .run = cmd_tph_expect,
	 .args = "tph-expect FILE [--from MACHINE] [--KEY VALUE ...] [--json]",
	 .about = "what a PCIe analyzer should show of each steering tag",
	 .examples = "tph-expect sweep.yaml\ntph-expect sweep.yaml --from server.json --json",
	 .takes = TAKES_FILE,
	 .keys = "*",
	 .one_file = true},
	{.name = "limit",
	 .run = cmd_limit,
	 .args = "limit KEY=VALUE ... [--explain] [--json]\nlimit --csv FILE [--json]\n"
		 "limit --route NIC TARGET [--from MACHINE] [KEY=VALUE ...] [--explain] [--json]",
	 .about = "what a PCIe link and a port can carry",
	 .examples = "limit op=write gen=5 width=16 size=64K\nlimit --explain op=read gen=4 width=8 size=4K "
		     "gbit=200 mtu=4K\n"
		     "limit --route mlx5_0 41:00.0 op=write size=1M",
	 .notes = "Keys: op gen width flit mps mrrs rcb cpl size addr mtu tph addr64 ecrc prefix_dw gbit net "
		  "ip vlan grh "
		  "typical; docs/limits.md has the model. GB/s are 1e9 bytes a second.",
	 .takes = TAKES_DEVICE},
	{.name = "schema",
	 .run = cmd_schema,
	 .args = "schema config | rounds | run",
	 .about = "JSON Schema of a config, of a row of rounds.csv, of run.json",
	 .examples = "schema config >p2pbench-1.schema.json\nschema rounds | python3 -m json.tool",
	 .words = "config rounds run"},
	{.name = "completion",
	 .run = cmd_completion,
	 .args = "completion bash",
	 .about = "completion of this command line, for the shell",
	 .examples = "completion bash >~/.local/share/bash-completion/completions/p2pbench",
	 .words = "bash"},
	{.name = "help",
	 .run = cmd_help,
	 .args = "help [VERB | keys | flags | config | exit-codes | KEY] [--json]",
	 .about = "this text, or that of a verb, a key, a topic",
	 .examples = "help run\nhelp keys\nhelp size",
	 .words = "keys flags config exit-codes"},
	{.name = "manual", .run = cmd_manual, .args = "manual TEMPLATE", .hidden = true},
	{.name = NULL},
};

const struct exit_code exit_codes[] = {
	{EXIT_OK, "ok"},
	{EXIT_INTERNAL, "internal error"},
	{EXIT_USAGE, "command line or config is wrong"},
	{EXIT_MACHINE, "this machine lacks what was asked, or nothing can be compared"},
	{EXIT_POINTS,
	 "some points failed (the others are in the results), or a check of selftest; with --strict also "
	 "when points "
	 "were skipped or overloaded, or a noise gate fails at the end; compare with --fail-on inconclusive"},
	{EXIT_MISSED, "an expectation was missed, or compare found something worse"},
	{130, "interrupted by SIGINT; the window in progress was finished, results so far are kept and can "
	      "be resumed"},
	{143, "the same by SIGTERM"},
	{0, NULL},
};

const struct verb *verb_find(const char *name)
{
	for (const struct verb *v = verbs; v->name; v++) {
		if (!strcmp(v->name, name))
			return v;
	}
	return NULL;
}

const char *verb_nearest(const char *name)
{
	const char *names[ARRAY_LEN(verbs)] = {0};

	for (size_t i = 0, n = 0; verbs[i].name; i++) {
		if (!verbs[i].hidden)
			names[n++] = verbs[i].name;
	}
	return diag_nearest(name, names);
}

bool word_among(const char *word, const char *words)
{
	size_t len = strlen(word);

	for (const char *at = words; len && (at = strstr(at, word)); at += len) {
		if ((at == words || at[-1] == ' ') && (!at[len] || at[len] == ' '))
			return true;
	}
	return false;
}

bool verb_takes_flag(const struct verb *v, const struct opt_flag *f)
{
	return !f->verbs || word_among(v->name, f->verbs);
}

bool verb_takes_key(const struct verb *v, const char *key)
{
	return v->keys && (!strcmp(v->keys, "*") || word_among(key, v->keys));
}
