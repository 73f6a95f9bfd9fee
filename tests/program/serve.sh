#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# `serve`, `agent --stdio` and what looks at another machine through them, whole programs on one host: over TCP and over a
# pipe; clients that misbehave in every state of the protocol, after each of which the next one is served; bad input.
# shellcheck disable=SC2016
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$1 hostile=$2
umask 077
printf 'a secret of some length\n' >token
printf 'another secret of some length\n' >wrong
P2PBENCH_SSH="sh $tmp/ssh"
export P2PBENCH_SSH

# Stands for ssh: "--", the host, and the command line, which the other host's shell reads.
cat >ssh <<-EOF
	[ "\$1" = -- ] && [ "\$2" = rack7 ] || exit 99
	p2pbench() { exec "$bin" "\$@"; }
	eval "\$3"
EOF

server=
# begin ARGUMENT...: a server; its address goes to \$at
begin() {
	mkfifo address
	"$bin" serve --bind 127.0.0.1:0 "$@" >address 2>log &
	server=$!
	read -r at <address || die "no address: $(cat log)"
	rm address
}

end() {
	{ kill "$server" && wait "$server"; } || die "the server ended with $?: $(cat log)"
	server=
}
trap '[ -z "$server" ] || kill -9 $server; rm -rf "$tmp"' EXIT

# Behind a megabyte that nobody reads the end of a connection is not seen yet: busy is a right answer for a moment.
served() { # what for
	until "$bin" topo --peer "$at" --token-file token --json >out 2>err; do
		grep -q 'serves 127.0.0.1:' err || die "after $1 the next client is not served"
	done
}

# The same machine, whichever way it is asked.
"$bin" topo --tree >here || die "topo"
expect 0 "$bin" topo --peer ssh:rack7 --tree
says err "note: ssh:rack7: what follows is about $(uname -n)"
sed "1s/^this machine/ssh:rack7/" here | diff -u - out || die "another topology over a pipe"
begin --token-file token
expect 0 "$bin" topo --peer "$at" --token-file token --tree --quiet
sed "1s/^this machine/$at/" here | diff -u - out || die "another topology over TCP"
[ ! -s err ] || die "--quiet has notes"
expect 0 "$bin" topo --peer "$at" --token-file token --save saved.json
expect 0 "$bin" topo --from saved.json --tree

# The doctor's figures of a moment differ; what it looks at does not.
"$bin" doctor --json >here 2>err
want=$?
expect "$want" "$bin" doctor --peer "$at" --token-file token --json
says out "\"machine\": \"$at\""
for f in here out; do grep -E '"(group|name)":' $f >$f.names; done
diff -u here.names out.names || die "another doctor"
expect "$want" "$bin" doctor --peer ssh:rack7
says out 'ssh:rack7, kernel'
expect 0 "$bin" doctor --peer ssh:rack7 --fix-script
says out '#!/bin/sh'
expect 3 "$bin" doctor --peer ssh:rack7 no_nic no_target
says err 'no_nic'

# An agent by hand is told what it is for.
if [ -c /dev/ptmx ]; then
	expect 2 "$hostile" terminal "$bin" agent --stdio
	says err 'not with a terminal'
fi

# Who has no business here.
expect 3 "$bin" topo --peer "$at"
says err 'wants a token'
expect 3 "$bin" topo --peer "$at" --token-file wrong
says err 'the token is wrong'
served 'wrong tokens'

# Misbehaviour in each state. Silence before a session is cut by the server.
for state in connected greeted; do
	for deed in junk frames lie half wait drip; do
		"$hostile" "$at" $state $deed token >out 2>err || die "$state $deed"
		served "$state $deed"
	done
done
for state in entered hello; do
	for deed in junk frames lie half; do
		"$hostile" "$at" $state $deed token >out 2>err || die "$state $deed"
		served "$state $deed"
	done
done
for state in connected greeted entered hello; do
	# The shell's own word on it is not wanted.
	(
		"$hostile" "$at" $state die token >out 2>err
		:
	) 2>/dev/null
	served "$state die"
done

# While one is served the others are told with whom, and the server does not mind.
mkfifo there
"$hostile" "$at" hello wait token >there 2>hostile.err &
guest=$!
read -r state <there || die "the guest is not served: $(cat hostile.err)"
[ "$state" = hello ] || die "the guest is at $state"
expect 3 "$bin" topo --peer "$at" --token-file token
says err 'serves 127.0.0.1:'
says err ' since 2'
kill $guest
wait $guest 2>/dev/null
served 'a busy time'
! grep -q secret log || die "the token is in the log"
end

# --once, and without a token.
begin --token-file token --once
expect 3 "$bin" topo --peer "$at" --token-file wrong
served 'a wrong token'
wait "$server" || die "--once ended with $?"
server=
begin --no-auth
expect 0 "$bin" topo --peer "$at"
expect 3 "$bin" topo --peer "$at" --token-file token
says err 'cannot prove'
end

# An agent that dies, and hosts that have none.
cat >ssh <<-'EOF'
	echo 'Host key verification failed.' >&2
	exit 255
EOF
expect 3 "$bin" topo --peer ssh:rack7
says err 'Host key verification failed'
printf 'p2pbench: not found\n' >ssh.out
printf 'cat ssh.out >&2; exit 127\n' >ssh
expect 3 "$bin" topo --peer ssh:rack7
says err "no program 'p2pbench' there"
P2PBENCH_SSH=./no-such-ssh expect 3 "$bin" topo --peer ssh:rack7
says err './no-such-ssh: cannot be started'

# Bad input.
bad() { # WORDS ARGUMENT...
	words=$1
	shift
	expect 2 "$bin" "$@"
	says err "$words"
}
bad '--bind ADDR' serve
bad '--bind ADDR' serve --token-file token
bad '--token-file FILE' serve --bind 127.0.0.1:0
bad 'one of --token-file and --no-auth' serve --bind 127.0.0.1:0 --token-file token --no-auth
bad '--force belongs' serve --bind 127.0.0.1:0 --token-file token --force
bad 'not a loopback address' serve --bind 0.0.0.0:0 --no-auth
bad 'takes no word' serve --bind 127.0.0.1:0 --token-file token now
bad 'no port' serve --bind 127.0.0.1:99999 --token-file token
bad 'in brackets' serve --bind ::1 --token-file token
bad "--bind" run --bind 127.0.0.1
bad 'peer' topo --peer 'ssh:-oProxyCommand=x'
bad 'over ssh nobody asks' topo --peer ssh:rack7 --token-file token
bad 'one of --peer and --from' topo --peer ssh:rack7 --from saved.json
bad 'one of --peer, --from and --config' doctor --peer ssh:rack7 --from saved.json
: >empty
bad 'at least 16' serve --bind 127.0.0.1:0 --token-file empty
chmod 640 token
expect 3 "$bin" serve --bind 127.0.0.1:0 --token-file token
says err 'mode 0640'
expect 3 "$bin" topo --peer 127.0.0.1:1 --token-file token
expect 3 "$bin" serve --bind 192.0.2.1:0 --no-auth --force
says err 'an address of this machine'
