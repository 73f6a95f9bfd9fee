#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# run_peer.sh BINARY [CONFIGS]: what runs on the software device runs with its responder in another process as well, over
# a pipe and over TCP: the same points, and data verified.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/program/peer_lib.sh
. "$(dirname "$0")/peer_lib.sh"
bin=$1
pipe=$(over_pipe "$bin")

# pair NAME FLAGS-OF-THE-PEER ARGUMENT...: run here and there, and compare. Points that cannot be run there are skipped.
pair() {
	name=$1 flags=$2
	shift 2
	expect 0 "$bin" run "$@" --quiet --rounds 1 --window 1ms -o "$name.here"
	# shellcheck disable=SC2086
	expect 0 "$bin" run "$@" --quiet --rounds 1 --window 1ms $flags -o "$name.there"
	column "$name.there/rounds.csv" status | grep -v -x -e ok -e warmup -e overload -e void -e skipped >bad &&
		die "$name: rows with status $(sort -u bad | tr '\n' ' ')"
	windows "$name.here" >here
	windows "$name.there" >there
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next } $c["status"] == "skipped" { print $c["point_id"] }' \
		"$name.there/rounds.csv" >skipped
	grep -vFf skipped here >left || :
	[ -s skipped ] || cp here left
	cmp -s left there || die "$name: not the same windows: $(diff left there | head -5)"
	[ -s there ] || die "$name: nothing was measured"
	[ "$(column "$name.here/rounds.csv" flags | grep -c unverified)" = 0 ] ||
		[ "$(column "$name.there/rounds.csv" flags | grep -c unverified)" -le "$(column "$name.here/rounds.csv" flags | grep -c unverified)" ] ||
		die "$name: unverified"
	[ -n "$(column "$name.here/rounds.csv" flags | grep unverified)" ] ||
		! column "$name.there/rounds.csv" flags | grep -q unverified || die "$name: rows are not verified"
	[ "$(column "$name.there/rounds.csv" evidence | sort -u)" = software ] || die "$name: evidence"
	grep -q '"host_hash"' "$name.there/run.json" || die "$name: run.json does not tell of the peer"
}

[ $# = 1 ] || for f in "$2"/*.yaml; do
	grep -q 'device: soft0' "$f" || continue
	pair "$(basename "$f" .yaml)" "$pipe" "$f"
done

# Every operation, with threads, rates, tags and memory kinds, by TCP; one server for all of them.
cat >all.yaml <<EOF
version: 1
nics: {n: {device: soft0}, m: {device: soft0}}
memory: {fd: {kind: memfd, length: 1M}}
defaults: {nic: n, target: [host, fd], size: 4K}
sweeps:
  - {name: bw, op: [write, read, send, write_imm], qps: 2, threads: [1, 2], qd: 16}
  - {name: atomic, op: [fetch_add, cmp_swap], size: 8}
  - {name: both, op: write, qps: 2, dir: bidi}
  - {name: paced, op: write, rate: 1K}
  - {name: lat, measure: lat, op: [read, write_fence, write_cqe]}
  - {name: echo, measure: lat, op: pingpong, target: host, cases: [{consume: none}, {consume: all}]}
  - {name: reg, measure: reg, size: 64K}
  - {name: tags, op: write, target: fd, cases: [{tph: exporter, st: [1, 2], ph: 0}]}
  - {name: other, op: read, peer_nic: m, target: host}
EOF
serve "$bin"
pair all "--peer $address --token-file $tmp/token" all.yaml
says all.there/run.json '"peer_nic": "m"'

# A bounce would need this process's CPU at the responder; what the responder's CPU copies nobody here measures.
cat >bounce.yaml <<EOF
version: 1
nics: {n: {device: soft0}}
memory: {fd: {kind: memfd, length: 1M}}
sweeps: [{name: s, nic: n, op: write, target: fd, size: 4K, interconnect: bounce}]
EOF
expect 3 "$bin" run bounce.yaml --peer "$address" --token-file token -o bounce
says err "the target is at the peer"
[ -z "$(column all.there/rounds.csv limit_by | grep memcpy)" ] || die "a memcpy limit of another process"
[ -n "$(column all.here/rounds.csv limit_by | grep memcpy)" ] || die "no memcpy limit here"

# Who answered is said, and nothing of the secret anywhere.
expect 0 "$bin" run -d soft0 --op write --size 64 --rounds 1 -D 1ms --peer "$address" --token-file token -o told
says err "peer $address: "
says err "answers, p2pbench"
! grep -rq "a secret" told err out serves || die "the secret is told"
no_server

# A plan asks nobody.
expect 0 "$bin" plan all.yaml --peer nowhere.invalid:1
says out "peer nowhere.invalid:1"
says out "not asked: unknown here"
expect 0 "$bin" plan -v all.yaml --peer ssh:nowhere.invalid
# shellcheck disable=SC2086
expect 0 "$bin" check all.yaml
expect 0 "$bin" run all.yaml --print-config --peer ssh:there
cp out printed.yaml
says out "peer: ssh:there"
says out "timeout: 15s"
expect 0 "$bin" check printed.yaml

# The place is no part of what a point is, and of what a run is it is.
"$bin" plan all.yaml >plan.here && "$bin" plan all.yaml --peer ssh:there >plan.there
grep -E '^  p[0-9a-f]{16}' plan.here >a
grep -E '^  p[0-9a-f]{16}' plan.there >b
[ -s a ] && cmp -s a b || die "point ids depend on the peer"
# shellcheck disable=SC2086
expect 2 "$bin" run all.yaml --rounds 1 --window 1ms $pipe --resume all.here
says err "cannot be resumed, this run differs"
