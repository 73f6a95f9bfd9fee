#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What users get wrong, and what machines lack: status, place, cause and next step of each.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$1

expect 2 "$bin"
expect 2 "$bin" rnu
says err "did you mean 'run'"
expect 2 "$bin" run --sise 64
says err "did you mean '--size'"
expect 2 "$bin" run --size
says err "wants a value"
expect 2 "$bin" run nosuch.yaml
says err "nosuch.yaml: cannot open: no such file"
expect 2 "$bin" check
expect 2 "$bin" list
expect 2 "$bin" help qdd
says err "did you mean 'qd'"
expect 2 "$bin" run --set qps
says err "KEY=VALUE"

# Values from flags are placed by flag.
expect 2 "$bin" run -d soft0 --op raed
says err "--op"
says err "did you mean 'read'"
expect 2 "$bin" run -d soft0 --op write --size 1M..64
says err "--size"
expect 2 "$bin" run -d soft0 --op write --size 64KB
says err "64KB"
expect 2 "$bin" run -d soft0 --op write --qd 0
expect 2 "$bin" run -d soft0 --op write --size 32M
says err "16M"

# Every axis has a range, and what contradicts itself is found in the text.
out_of_range() { # FLAG VALUE...
	flag=$1
	shift
	for value; do
		expect 2 "$bin" plan -d soft0 --op write --size 64 "--$flag=$value"
		says err "--$flag"
	done
}
out_of_range size 0 3G -1 x
out_of_range qd 0 65537
out_of_range qps 0 1025
out_of_range threads 0 1025
out_of_range batch 0 65537
out_of_range signal-every 0 65537
out_of_range inline 2 yes
out_of_range dir both
out_of_range footprint 0
out_of_range pattern random
out_of_range offset 4096 -8
out_of_range mtu 128 1000 8192
out_of_range rd-atomic 0 256
out_of_range ro 2
out_of_range post fast
out_of_range rate 0 x
out_of_range cpu 65536 -1
out_of_range rounds 0 10001 9..3
out_of_range window 0 1us 61s
expect 2 "$bin" plan -d soft0 --op write --size 64 --threads 2
says err "a thread needs a QP of its own"
expect 2 "$bin" plan -d soft0 --op write --size 64 --batch 128 --qd 64
says err "a batch must fit the queue"
expect 2 "$bin" plan -d soft0 --op fetch_add --size 8 --offset 3
says err "multiple of 8"
expect 2 "$bin" plan -d soft0 --op cmp_swap --size 16
says err "an atomic is 8 bytes"

# A CPU this process may not use, more threads than CPUs: skipped with the reason; --strict minds.
cpus=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status)
first=${cpus%%[-,]*}
few() { # STATUS FLAG...: one short run of one point, into none unless -o says otherwise
	want_few=$1
	shift
	expect "$want_few" "$bin" run -d soft0 --op write --size 64 --rounds 1 -D 1ms "$@"
}
few 3 --cpu 4095 -o none
says err "cpu 4095"
few 3 --threads 1000 --qps 1000 -o none
says err "threads 1000"
expect 3 taskset -c "$first" "$bin" run -d soft0 --op write --size 64 --cpu $((first + 1)) -o none
says err "this process may not use it"
[ ! -e none ] || die "a results directory without a run"
few 0 --cpu "$first,4095" -o skips
says err "1 skipped"
[ "$(column skips/rounds.csv status | grep -c skipped)" = 1 ] || die "no skipped row"
few 4 --cpu "$first,4095" --strict -o skips4

# A rate that cannot be reached is a result that says so.
expect 0 "$bin" run -d soft0 --op write --size 64K --rate 100M --rounds 6 -D 1ms -o over
[ "$(column over/rounds.csv status | grep -c overload)" -ge 6 ] || die "no overload row"
says err "overload; column"
expect 4 "$bin" run --strict -d soft0 --op write --size 64K --rate 100M --rounds 6 -D 1ms -o over4

# What --strict and --json are for.
expect 2 "$bin" plan --strict
says err "plan does not use --strict"
expect 2 "$bin" schema run --json
says err "schema does not use --json"

# The machine lacks it: before the first window, with nothing left behind.
expect 3 "$bin" run -d mlx5_7 --op write -o none
says err "mlx5_7"
says err "soft0"
[ ! -e none ] || die "a results directory without a run"
expect 3 "$bin" run -d soft0 --op write --qd 60000 -o none
says err "60000"
says err "16384"
expect 3 "$bin" run -d soft0 --op write --qps 1024 --qd 16384 --size 64 -o none
says err "max_cqe"
printf 'version: 1\nnics: {n: {device: soft0}}\nmemory: {m: {kind: memfd}}\nsweeps: [{name: s, nic: n, op: write, target: m, size: 64, interconnect: bounce, dir: bidi, qps: 2}]\n' >bounce.yaml
expect 3 "$bin" run bounce.yaml -o none
says err "not in this version"
expect 3 "$bin" run -d soft0 --op write --inline 1 --size 64K -o none
says err "65536 bytes inline"
says err "256"
[ ! -e none ] || die "a results directory without a run"

cat >heap.yaml <<EOF
version: 1
nics: {n: {device: soft0}}
memory: {h: {kind: dma_heap, heap: nosuch, length: 1M}}
sweeps: [{name: s, nic: n, op: write, target: h, size: 64}]
EOF
expect 3 "$bin" run heap.yaml -o none
says err "/dev/dma_heap/nosuch"
[ ! -e none ] || die "a results directory without a run"

# Output that cannot be written.
: >file
expect 3 "$bin" run -o file/below
says err "file"
if [ "$(id -u)" != 0 ]; then
	mkdir ro && chmod 500 ro
	expect 3 "$bin" run -o ro/x
	says err "EACCES"
fi
expect 2 "$bin" run --set 'output.dir=x-{nope}'
says err "nope"

# Points that are impossible by kind are counted, not run.
expect 0 "$bin" plan -d soft0 --op write,write_fence
says err "write_fence"

# All errors of a file in one pass.
printf 'version: 1\nnics: {n: {device: soft0, prot: 1}}\nsweeps:\n  - {name: s, nic: m, op: raed, target: host, size: 64}\n' >many.yaml
expect 2 "$bin" check many.yaml
says err "many.yaml:2:"
says err "many.yaml:4:"
says err "3 errors"

# Words of the command line that would be ignored or taken for something else.
expect 2 "$bin" run --op --size 64
says err "--op wants a value"
expect 2 "$bin" run a.yaml b.yaml
says err "b.yaml"
expect 2 "$bin" list devices --qps 7
says err "--qps"
expect 2 "$bin" check --print-config many.yaml
says err "--print-config"
expect 2 "$bin" check -- --odd.yaml
says err "--odd.yaml: cannot open: no such file"
expect 2 "$bin" run --qp 2
says err "'--qps'"
expect 2 "$bin" plan --op write --size 64
says err "-d soft0"
! grep -q cli err || die "names a sweep the user did not write"

# What is no file.
expect 2 "$bin" check -
says err "standard input is not supported"
mkfifo pipe
expect 2 "$bin" check pipe
says err "not a regular file"
expect 2 "$bin" check .
says err "not a regular file"
expect 2 "$bin" check /dev/null
says err "not a regular file"

# A flag that changes nothing says so; notes are for files.
printf 'version: 1\nnics: {n: {device: soft0}}\nsweeps:\n  - {name: s, nic: n, op: read, target: host, size: 64, qd: 2}\n' >own.yaml
expect 0 "$bin" check own.yaml --set defaults.qd=7
says err "every sweep sets qd itself"
expect 2 "$bin" check own.yaml --set x-foo=1
says err "notes in a file"
expect 2 "$bin" check own.yaml --set nics=mlx5_0
! grep -q "has no nics" err || die "blames the name for the section"

# One table: help and plan agree on what is left out.
expect 0 "$bin" help qd
says out "[64, lat 1]"
