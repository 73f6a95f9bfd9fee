# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh disable=SC2154
# For the program tests with a responder in another process: over a pipe, as ssh would give one, and over TCP.

# What stands for ssh: the host is this machine. The agent's number is left in $tmp/agents.
cat >"$tmp/ssh" <<'EOF'
#!/bin/sh
[ "$1" = -- ] && shift
shift
echo $$ >>"$AGENTS"
exec $*
EOF
chmod +x "$tmp/ssh"
export AGENTS="$tmp/agents"

# Nothing started here outlives the test.
server=
run=
trap 'for p in $server $run; do kill "$p" 2>/dev/null; done; rm -rf "$tmp"' EXIT

# over_pipe AGENT: the flags of a run whose responder is a process of program AGENT
over_pipe() {
	echo "--peer ssh:there --set peer_options.ssh=$tmp/ssh --set peer_options.agent=$1"
}

# serve BINARY FLAG...: serve on a port of the kernel's choice; its number in $server, the address in $address
serve() {
	(umask 077 && echo "a secret of at least sixteen bytes" >"$tmp/token")
	"$@" serve --bind 127.0.0.1:0 --token-file "$tmp/token" >"$tmp/listens" 2>"$tmp/serves" &
	server=$!
	until address=$(grep -oE '127\.0\.0\.1:[0-9]+' "$tmp/listens") && [ -n "$address" ]; do
		kill -0 "$server" 2>/dev/null || die "the server has ended: $(cat "$tmp/serves")"
		sleep 0.05
	done
}

# windows DIR: points and rounds that were measured, however often they had to be repeated
windows() {
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
		$c["status"] ~ /^(ok|warmup|overload)$/ { print $c["point_id"], $c["round"] }' "$1/rounds.csv" | sort -u
}

# no_server: end it, and have its port refuse
no_server() {
	kill "$server"
	wait "$server" 2>/dev/null
	server=
}
