# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Comparing results: statistics, readers, verdicts, what is printed.
p2p_test(mwu_test LABEL unit SOURCES unit/mwu_test.c USES stats base LIBS m)
foreach(name run_points facts)
	p2p_test(${name}_test LABEL unit SOURCES unit/${name}_test.c USES result stats config base LIBS m)
endforeach()

add_library(compare_rig OBJECT unit/compare_rig.c)
target_include_directories(compare_rig PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(compare_rig PUBLIC report result stats config base PkgConfig::CMOCKA)
foreach(name compare compare_within compare_sim compare_view)
	p2p_test(${name}_test LABEL unit SOURCES unit/${name}_test.c USES report result stats config base
		LIBS compare_rig m)
endforeach()
target_compile_definitions(compare_view_test PRIVATE GOLDEN_DIR="${PROJECT_SOURCE_DIR}/tests/golden"
	SCHEMA_MD="${PROJECT_SOURCE_DIR}/results/SCHEMA.md")
foreach(name expect matrix)
	p2p_test(${name}_test LABEL unit SOURCES unit/${name}_test.c USES report result stats config base LIBS m)
endforeach()

# The figures of real runs of the software device, with and without a fault that slows it down.
p2p_test(compare_soft_test LABEL soft SOURCES soft/compare_test.c
	USES ops base config plan topo limit interconnect mem nic peer meas stats run result report
	LIBS run_rig PkgConfig::HWLOC PkgConfig::IBVERBS PkgConfig::YAML PkgConfig::JANSSON Threads::Threads m)

# Its bench shares no core with other tests.
set_tests_properties(compare_soft_test PROPERTIES RUN_SERIAL TRUE TIMEOUT 300)

p2p_fuzz(compare_fuzz CORPUS ${PROJECT_SOURCE_DIR}/tests/fuzz/compare SOURCES fuzz/compare_fuzz.c
	USES report result stats config base)
