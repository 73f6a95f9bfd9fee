# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
foreach(name hist stats stats_exact stats_sim)
	p2p_test(${name}_test LABEL unit SOURCES unit/${name}_test.c USES stats base LIBS m)
endforeach()

foreach(name csv row rounds summary summary_cells runjson)
	p2p_test(${name}_test LABEL unit SOURCES unit/${name}_test.c USES result stats config base)
endforeach()
target_compile_definitions(row_test PRIVATE SCHEMA_MD="${PROJECT_SOURCE_DIR}/results/SCHEMA.md")

p2p_test(table_test LABEL golden SOURCES unit/table_test.c USES report result stats config base)
target_compile_definitions(table_test PRIVATE GOLDEN_DIR="${PROJECT_SOURCE_DIR}/tests/golden")

foreach(name sys disk)
	p2p_test(rounds_${name}_test LABEL fault SOURCES fault/rounds_${name}_test.c USES result stats config base)
endforeach()

foreach(name csv runjson)
	p2p_fuzz(${name}_fuzz CORPUS ${PROJECT_SOURCE_DIR}/tests/fuzz/${name} SOURCES fuzz/${name}_fuzz.c
		USES result stats config base)
endforeach()
