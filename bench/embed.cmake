# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Writes the text of ${IN} to ${OUT} as the C string ${NAME}.
file(READ ${IN} text)
string(REPLACE "\\" "\\\\" text "${text}")
string(REPLACE "\"" "\\\"" text "${text}")
string(REPLACE "\n" "\\n\"\n\t\"" text "${text}")
file(WRITE ${OUT} "extern const char ${NAME}[];\nconst char ${NAME}[] =\n\t\"${text}\";\n")
