# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh disable=SC2154,SC2086,SC1091 # guest's words without blanks and paths
#
# Two hosts in one kernel: network namespaces left and right, each with a soft-RoCE device of its own (rxel, rxer)
# on a cable (a veth pair, 10.7.7.0/24), and another cable for the control path (10.8.8.0/24). The RDMA
# subsystem stays shared: this kernel cannot move rxe devices, but a device uses the network, and has the
# addresses, of the namespace that its network device lives in. Devices of the other namespace can be seen, and
# cannot be used.
. /src/guest/sweeps.sh
. /src/guest/vfio.sh

left=10.8.8.1 right=10.8.8.2

# cable NAME SUBNET: a veth pair between both namespaces, .1 and .2
cable() {
	ip link add $1 netns left type veth peer name $1 netns right
	ip -n left addr add $2.1/24 dev $1
	ip -n right addr add $2.2/24 dev $1
	ip -n left link set $1 up
	ip -n right link set $1 up
}

port_is_active() {
	tries=50
	until grep -q ACTIVE /sys/class/infiniband/$1/ports/1/state 2>/dev/null; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.2
	done
}

# Without an IPv4-mapped GID in the table the choice by value would be another one.
has_gid() {
	tries=50
	until ip netns exec $1 sh -c "grep -qih ffff:0a07:07 /sys/class/infiniband/$2/ports/1/gids/*" 2>/dev/null; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.2
	done
}

two_up() {
	mkdir -p /run/netns
	[ -e /var/run ] || ln -s /run /var/run
	for side in left right; do
		ip netns add $side
		ip -n $side link set lo up
	done
	cable data 10.7.7
	cable control 10.8.8
	ip netns exec left rdma link add rxel type rxe netdev data
	ip netns exec right rdma link add rxer type rxe netdev data
	for device in rxel rxer; do
		check "$device: its port" port_is_active $device
	done
	check "rxel: its address" has_gid left rxel
	check "rxer: its address" has_gid right rxer
	# what they import is mapped for a real function
	echo rxel=$NIC >/sys/module/p2plab_rxe/parameters/client
	echo rxer=$NIC >/sys/module/p2plab_rxe/parameters/client
	IN="ip netns exec left"
}

# serve [ARGUMENT...]: at the right, in the background; sets server
serve() {
	(umask 077 && head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >secret)
	: >serve.out
	LD_PRELOAD=$SHIM ip netns exec right p2pbench serve --bind $right --token-file secret "$@" \
		>serve.out 2>>serve.err &
	server=$!
	tries=300
	until grep -q . serve.out || ! kill -0 $server 2>/dev/null; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || break
		sleep 0.1
	done
	check "the server listens: $(cat serve.out)" grep -q "$right" serve.out
}

serve_end() {
	kill $server
	wait $server
	note "the server ended with status $?"
	sed 's/^/#  /' serve.err | tail -n 20
}

# The session, a child of the server; empty when there is none.
session() { cat /proc/$server/task/*/children 2>/dev/null | tr -d ' '; }
