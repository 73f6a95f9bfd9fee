# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Writes the text of ${IN} to ${OUT} as the C string config_builtin.
file(READ ${IN} text)
string(REPLACE "\\" "\\\\" text "${text}")
string(REPLACE "\"" "\\\"" text "${text}")
string(REPLACE "\n" "\\n\"\n\t\"" text "${text}")
file(WRITE ${OUT} "#include \"config/config.h\"\n\nconst char config_builtin[] =\n\t\"${text}\";\n")
