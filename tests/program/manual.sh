#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The manual page has every flag, exit code and verb that help has, and help every flag of the page.
# shellcheck source=tests/program/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$1

expect 0 "$bin" help
cp out out.help
grep -oE '^ +(-[a-zA-Z])? +--[a-z-]+' out | grep -oE -- '--[a-z-]+' | sort -u >help.flags
sed -n 's/^\.It Fl \(.*\)/\1/p' "$2" | grep -oE '\\-\\-?[a-z\\-]+|Fl [a-z-]+|-[a-z-]+' | tr -d '\\' | sed 's/^-*/--/' |
	grep -E '^--[a-z-]{2,}' | sort -u >page.flags
[ -s help.flags ] && [ -s page.flags ] || die "no flags found"
comm -3 help.flags page.flags >diff.flags
[ ! -s diff.flags ] || die "flags in one place only (left: help, right: manual): $(tr '\n\t' ' >' <diff.flags)"
for code in 0 1 2 3 4 5 130 143; do
	grep -q "^\.It $code" "$2" || die "exit code $code is not in the manual"
done

# Keys that are only planned stand under the same head in both.
sed -n '/^keys that can be checked/,/^exit codes/p' out.help | grep -oE -- '--[a-z-]+' | sort -u >help.planned
sed -n '/^Keys that can be checked/,/^\.Sh /s/^\.It Fl \(.*\)/\1/p' "$2" | tr -d '\\' | grep -oE '^-[a-z-]+' | sed 's/^/-/' | sort -u >page.planned
diff help.planned page.planned || die "keys that are only planned (<: help, >: manual)"

expect 2 "$bin" no-such-verb
sed -n 's/^ *verbs: //p' err | tr -d ' ' | tr ',' '\n' >verbs
[ -s verbs ] || die "no verbs found"
while read -r verb; do
	grep -qE "^  $verb( |\$)" out.help || die "help does not list $verb"
	grep -qE "^\.It Cm $verb( |\$)" "$2" || die "the manual does not tell of $verb"
done <verbs
