# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
p2p_test(limit_test LABEL unit SOURCES unit/limit_test.c USES limit topo base LIBS PkgConfig::HWLOC PkgConfig::JANSSON m)
p2p_test(path_test LABEL unit SOURCES unit/path_test.c USES limit topo base LIBS PkgConfig::HWLOC PkgConfig::JANSSON m)
target_compile_definitions(path_test PRIVATE MACHINES="${PROJECT_SOURCE_DIR}/tests/fixtures/machines")
p2p_fuzz(limit_fuzz CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/limit SOURCES fuzz/limit_fuzz.c
	${PROJECT_SOURCE_DIR}/bench/limit_case.c USES limit topo config base m
	PkgConfig::HWLOC PkgConfig::JANSSON)
if(TARGET limit_fuzz)
	target_include_directories(limit_fuzz PRIVATE ${PROJECT_SOURCE_DIR}/bench)
endif()
