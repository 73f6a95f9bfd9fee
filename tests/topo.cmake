# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
p2p_test(topo_test LABEL unit SOURCES unit/topo_test.c USES topo base LIBS PkgConfig::HWLOC PkgConfig::JANSSON)
target_compile_definitions(topo_test PRIVATE MACHINES="${PROJECT_SOURCE_DIR}/tests/fixtures/machines")
target_link_libraries(topo_test PRIVATE result stats config m)
p2p_test(tools_test LABEL unit SOURCES unit/tools_test.c USES topo base LIBS PkgConfig::HWLOC PkgConfig::JANSSON)
target_compile_definitions(tools_test PRIVATE MACHINES="${PROJECT_SOURCE_DIR}/tests/fixtures/machines")
target_link_libraries(tools_test PRIVATE result stats config m)
p2p_test(route_test LABEL unit SOURCES unit/route_test.c USES topo base LIBS PkgConfig::HWLOC PkgConfig::JANSSON m)
target_compile_definitions(route_test PRIVATE MACHINES="${PROJECT_SOURCE_DIR}/tests/fixtures/machines")
p2p_test(tags_test LABEL unit SOURCES unit/tags_test.c USES topo base LIBS PkgConfig::HWLOC PkgConfig::JANSSON)
target_compile_definitions(tags_test PRIVATE MACHINES="${PROJECT_SOURCE_DIR}/tests/fixtures/machines")
p2p_test(config_space_test LABEL unit SOURCES unit/config_space_test.c USES topo base LIBS PkgConfig::HWLOC PkgConfig::JANSSON)
p2p_test(place_test LABEL unit SOURCES unit/place_test.c USES topo base LIBS PkgConfig::HWLOC PkgConfig::JANSSON)
target_compile_definitions(place_test PRIVATE MACHINES="${PROJECT_SOURCE_DIR}/tests/fixtures/machines")
p2p_fuzz(config_space_fuzz CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/config_space
	SOURCES fuzz/config_space_fuzz.c USES topo base PkgConfig::HWLOC PkgConfig::JANSSON)
p2p_fuzz(topo_fuzz CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/topo
	SOURCES fuzz/topo_fuzz.c USES limit topo base PkgConfig::HWLOC PkgConfig::JANSSON)

# Machines of the fixtures as trees, for the program tests.
add_executable(machine_expand program/machine_expand.c)
target_include_directories(machine_expand PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(machine_expand PRIVATE result stats config base PkgConfig::JANSSON PkgConfig::CMOCKA m)

# How long a large machine takes, for people.
add_executable(topo_figures bench/topo_figures.c)
target_link_libraries(topo_figures PRIVATE limit topo base PkgConfig::HWLOC PkgConfig::JANSSON m)
