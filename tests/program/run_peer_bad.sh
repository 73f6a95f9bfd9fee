#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# run_peer_bad.sh BINARY FAKE MACHINES: peers that are not there, lack what is asked, or die in mid-run: one message, exit status
# 3, rows so far kept, and a resume that completes.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/program/peer_lib.sh
. "$(dirname "$0")/peer_lib.sh"
bin=$1 fake=$2
pipe=$(over_pipe "$bin")

# Text that is no place is found by check, with the line.
for place in "ssh:" "ssh:-oProxyCommand=x" "host:0" "host:70000" "a b" "[::1" "1:2:3"; do
	printf 'version: 1\npeer: "%s"\nnics: {n: {device: soft0}}\nsweeps: [{name: s, nic: n, op: write, target: host, size: 64}]\n' "$place" >bad.yaml
	expect 2 "$bin" check bad.yaml
	says err "bad.yaml:2:"
	says err "peer"
done
printf 'version: 1\npeer_options: {timeout: 1s}\nnics: {n: {device: soft0}}\nsweeps: [{name: s, nic: n, op: write, target: host, size: 64}]\n' >bad.yaml
expect 2 "$bin" check bad.yaml
says err "peer_options without a peer"
expect 2 "$bin" plan -d soft0 --op write --peer ssh:there --set peer_options.timeout=1
expect 2 "$bin" plan -d soft0 --op write --peer ssh:there --set peer_options.tokn=x
says err "token_file"
expect 2 "$bin" list devices --peer ssh:there

# Nobody there; not a p2pbench; wrong token; no token.
go() { # FLAG...: a short run to a results directory that must not come to be
	expect 3 "$bin" run -d soft0 --op write --size 64 --rounds 1 -D 1ms -o never "$@"
	[ ! -e never ] || die "results of a run that did not start: $*"
}
go --peer ssh:there --set peer_options.ssh="$tmp/nosuch"
go --peer ssh:there --set peer_options.ssh="$tmp/ssh" --set peer_options.agent=true
go --peer ssh:there --set peer_options.ssh="$tmp/ssh" --set peer_options.agent="echo hello"
serve "$bin"
go --peer "$address"
(umask 077 && echo "another secret of sixteen bytes" >wrong)
go --peer "$address" --token-file wrong
go --peer "$address" --token-file nosuch
no_server
go --peer "$address" --token-file token --set peer_options.timeout=2s

# A device or a memory that only one side has: the place in the config, and whose machine it is.
cat >dev.yaml <<EOF
version: 1
nics: {n: {device: soft0}, far: {device: fake0}}
sweeps: [{name: s, nic: n, peer_nic: far, op: write, target: host, size: 64}]
EOF
# shellcheck disable=SC2086
expect 3 "$bin" run dev.yaml $pipe -o never
says err "dev.yaml:2:"
says err "fake0"
cat >mem.yaml <<EOF
version: 1
nics: {n: {device: soft0}}
memory:
  only: {kind: vfio, device: "pci/0000:1a:00.0", bar: 0, length: 64K}
sweeps: [{name: s, nic: n, measure: reg, target: only, size: 4K, rounds: 1, window: 1ms}]
EOF
has="env FAKE_MACHINE=$3/made-group.json FAKE_KERNEL=tables,20=v9"
# shellcheck disable=SC2046
expect 3 $has "$fake" run mem.yaml --peer ssh:there --set peer_options.ssh="$tmp/ssh" \
	--set peer_options.agent="env -u FAKE_MACHINE -u FAKE_KERNEL $fake" -o never
says err "mem.yaml:4:"
says err "0000:1a:00.0"
[ ! -e never ] || die "results of a run that did not start"
# And the other way round it is the responder's alone: nothing of it is looked for here.
expect 0 "$fake" run mem.yaml --peer ssh:there --set peer_options.ssh="$tmp/ssh" --set peer_options.agent="$has $fake" -o far
[ "$(column far/rounds.csv status | sort -u | tr '\n' ' ')" = "ok warmup " ] || die "registration of a BAR at the peer"
[ "$(column far/rounds.csv target_kind | sort -u)" = vfio ] || die "target_kind of a BAR at the peer"
grep -q '"functions": 0' far/run.json && die "the topology of the peer"

# An agent that is killed once rows have come: the number is the one the stand-in for ssh wrote down.
dies() { # DIR FLAG...: run until some rows are there, kill the agent, and see how the run ends
	dir=$1
	shift
	"$bin" run -d soft0 --op write,read --size 64,4K --rounds 40 -D 10ms -o "$dir" "$@" >"$dir.out" 2>"$dir.err" &
	run=$!
	until [ -e "$dir/rounds.csv" ] && [ "$(wc -l <"$dir/rounds.csv")" -ge 6 ]; do
		kill -0 "$run" 2>/dev/null || die "$dir: ended too early: $(cat "$dir.err")"
		sleep 0.02
	done
	kill -KILL "$(victim)"
	got=0
	wait "$run" || got=$?
	cp "$dir.err" err
	[ "$got" = 3 ] || die "$dir: status $got after the peer was killed"
	says err "died in mid-run"
	says err "run --resume $dir"
	[ "$(wc -l <"$dir/rounds.csv")" -ge 6 ] || die "$dir: rows are lost"
	column "$dir/rounds.csv" status | grep -v -x -e ok -e warmup -e void && die "$dir: the peer's death is a point's fault"
	says "$dir/run.json" '"complete": false'
}
: >"$AGENTS"
victim() { tail -n 1 "$AGENTS"; }
# shellcheck disable=SC2086
dies pipe $pipe
expect 0 "$bin" run --resume pipe --quiet
[ "$(windows pipe | wc -l)" = $((4 * 41)) ] || die "pipe: $(windows pipe | wc -l) windows after the resume"
says pipe/run.json '"complete": true'

# By TCP the session's process is the server's child, and the server goes on.
serve "$bin"
victim() { cat "/proc/$server/task/$server/children"; }
dies tcp --peer "$address" --token-file "$tmp/token"
kill -0 "$server" || die "the server has died with its session"
expect 0 "$bin" run --resume tcp --quiet
[ "$(windows tcp | wc -l)" = $((4 * 41)) ] || die "tcp: $(windows tcp | wc -l) windows after the resume"
no_server

# Ctrl-C ends both sides: a window is finished, then all of it.
: >"$AGENTS"
# shellcheck disable=SC2086
"$bin" run -d soft0 --op write --size 64 --rounds 1000 -D 10ms -o stopped $pipe >o 2>e &
run=$!
until [ -e stopped/rounds.csv ] && [ "$(wc -l <stopped/rounds.csv)" -ge 3 ]; do
	kill -0 "$run" 2>/dev/null || die "stopped: ended too early: $(cat e)"
	sleep 0.02
done
kill -INT "$run"
got=0
wait "$run" || got=$?
[ "$got" = 130 ] || die "status $got after SIGINT: $(cat e)"
! kill -0 "$(tail -n 1 "$AGENTS")" 2>/dev/null || die "the agent is left over"
