#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Two network namespaces with a veth between them, whose packets are late and sometimes lost: a server in one, clients in
# the other. Only namespaces made here are touched.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$1 hostile=$2
a=p2pa$$ b=p2pb$$ server=

skip() {
	echo "skipped: $*"
	exit 77
}

clean() {
	[ -z "$server" ] || kill -9 "$server" 2>/dev/null
	ip netns del $a 2>/dev/null
	ip netns del $b 2>/dev/null
	rm -rf "$tmp"
}
command -v ip >/dev/null 2>&1 || skip "no ip (iproute2)"
command -v tc >/dev/null 2>&1 || skip "no tc (iproute2)"
ip netns add $a 2>err || skip "ip netns add: $(cat err)"
trap clean EXIT
ip netns add $b 2>err || skip "ip netns add: $(cat err)"
ip link add va netns $a type veth peer name vb netns $b 2>err || skip "veth: $(cat err)"
in_a() { ip netns exec $a "$@"; }
in_b() { ip netns exec $b "$@"; }
{ in_a ip addr add 10.77.0.1/24 dev va && in_a ip link set va up && in_a ip link set lo up; } || die "namespace a"
{ in_b ip addr add 10.77.0.2/24 dev vb && in_b ip link set vb up && in_b ip link set lo up; } || die "namespace b"
umask 077
printf 'a secret of some length\n' >token

mkfifo address
ip netns exec $b "$bin" serve --bind 10.77.0.2:0 --token-file token >address 2>log &
server=$!
read -r at <address || die "no address"

# Without a token nobody listens where others can reach it.
expect 2 in_b "$bin" serve --bind 10.77.0.2:0 --no-auth

late=
if in_a tc qdisc add dev va root netem delay 20ms 5ms loss 3% 2>err && in_b tc qdisc add dev vb root netem delay 20ms 5ms loss 3% 2>err; then
	late=yes
else
	echo "note: no netem here, the way is a good one: $(cat err)"
fi
served() {
	until in_a "$bin" topo --peer "$at" --token-file token --json >out 2>err; do
		grep -q 'serves 10.77.0.1:' err || die "not served $1"
	done
}
for i in 1 2 3 4 5; do
	served "$i"
	in_a "$hostile" "$at" greeted junk token >out 2>err
	in_a "$hostile" "$at" hello half token >out 2>err || die "hostile $i"
done
served "in the end"
until in_a "$bin" doctor --peer "$at" --token-file token --json >out 2>err; [ -s out ]; do :; done
says out '"checks"'

# A sweep over that way: its data goes through memory, what late packets carry is the control path.
until in_a "$bin" run -d soft0 --op write,send --size 64,4K --rounds 3 --window 2ms --peer "$at" --token-file token -o swept >out 2>err; do
	grep -q 'serves 10.77.0.1:' err || die "no sweep"
done
[ "$(column swept/rounds.csv status | grep -cx ok)" -ge 4 ] || die "too few rows"
# A loaded machine drifts; nothing else is wrong.
! column swept/rounds.csv status | grep -vxE 'ok|warmup|void' || die "rows that failed"

# A way that is gone, and there again.
in_a ip link set va down
expect 3 in_a "$bin" topo --peer "$at" --token-file token
says err 'cannot connect'
in_a ip link set va up
[ -z "$late" ] || in_a tc qdisc show dev va | grep -q netem || die "netem is gone"
served again
{ kill "$server" && wait "$server"; } || die "the server ended with $?: $(cat log)"
server=
