#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What bash offers behind a half command line, asked of the function that `completion bash` prints: with words split at
# '=' as readline does, joined again by bash-completion (readline still replaces only what is behind the '='), and in a
# shell that does not split there.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$1
export LC_ALL=C
command -v bash >which || { echo "SKIP: no bash" && exit 77; }

expect 0 "$bin" completion bash
cp out script.bash
expect 0 bash -n script.bash
mkdir runs && touch sweep.yaml

# Words of a line and the number of the one at the cursor go to the function as bash does it.
cat >ask.bash <<'ASK'
complete() { :; } # outside an interactive shell
compopt() { :; }
. ./script.bash
COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
if [ "$1" = whole ]; then
	COMP_WORDBREAKS=${COMP_WORDBREAKS//[=:]/}
elif [ "$1" = joined ]; then # as bash-completion hands the words out: '=' splits none
	_get_comp_words_by_ref() { cur=${COMP_WORDS[COMP_CWORD]} words=("${COMP_WORDS[@]}") cword=$COMP_CWORD; }
fi
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_p2pbench
printf '%s\n' "${COMPREPLY[@]}"
ASK

offers() { # HOW "EXPECTED WORDS" LINE...
	how=$1 wanted=$(printf '%s\n' "$2" | tr ' ' '\n' | sort | tr '\n' ' ' | sed 's/ *$//')
	shift 2
	expect 0 bash ask.bash "$how" "$bin" "$@"
	[ "$(sort out | tr '\n' ' ' | sed 's/^ *//; s/ *$//')" = "$wanted" ] ||
		die "$*: offered '$(tr '\n' ' ' <out)', wanted '$wanted'"
}

for how in joined split whole; do
	offers $how "report run" r
	offers $how "--help" --h
	offers $how "devices memory ops runs" list ""
	offers $how "config rounds run" schema ""
	offers $how "bash" completion ""
	offers $how "exclude exit-codes export" help ex
	offers $how "--resume --rate --rd-atomic --revoke --ro --rounds" run --r
	offers $how "--resume" run sweep.yaml --res
	offers $how "" show results --res
	offers $how "write write_cqe write_fence write_imm" run --op wr
	offers $how "write,read" run --op write,re
	offers $how "main" run --interconnect m
	offers $how "null0 soft0" run -d ""
	offers $how "soft0" selftest -d so
	offers $how "host" run --target h
	offers $how "csv json md" export runs --format ""
	offers $how "tph tph_cpu tph_mem" compare --within runs --axis tph
	offers $how "runs" report ru
	offers $how "runs" run --resume ru
	offers $how "sweep.yaml" check sw
	offers $how "sweep.yaml" run --quiet sw
	offers $how "verify=" run --set ver
	offers $how "" nosuchverb --s
	offers $how "" run --qd ""
done
offers whole "--op=write --op=write_cqe --op=write_fence --op=write_imm" run --op=wr
offers whole "verify=none" run --set verify=n
offers whole "--events=sweep.yaml" run --events=sw
offers joined "write write_cqe write_fence write_imm" run --op=wr
offers joined "write,read" run --op=write,re
offers joined "none" run --set verify=n
offers joined "sweep.yaml" run --events=sw
offers joined "runs" run --resume=ru
offers split "sweep.yaml" run --events = sw
offers split "write write_cqe write_fence write_imm" run --op = wr
offers split "auto classic wr" run --post =

# Every verb, every flag of every verb.
expect 2 "$bin" no-such-verb
sed -n '/verbs: /,$p' err | sed 's/.*verbs: //' | tr -d ' \n' | tr ',' '\n' >verbs
[ -s verbs ] || die "no verbs found"
expect 0 bash ask.bash joined "$bin" ""
while read -r verb; do
	says out "$verb"
done <verbs
for verb in $(cat verbs); do
	expect 0 "$bin" help "$verb"
	grep -oE '^  .. --[a-z-]+' out | grep -oE -- '--[a-z-]+' | sort -u >help.flags
	expect 0 bash ask.bash joined "$bin" "$verb" --
	while read -r flag; do
		grep -qx -- "$flag" out || die "$verb: $flag is not offered"
	done <help.flags
done
expect 2 "$bin" completion zsh
expect 2 "$bin" completion
expect 2 "$bin" completion words -- x p2pbench
expect 2 "$bin" completion words -- 0 p2pbench
expect 2 "$bin" completion words -- 9999 p2pbench
