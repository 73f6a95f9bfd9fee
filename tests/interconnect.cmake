# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
p2p_test(offers_test LABEL unit SOURCES unit/offers_test.c USES interconnect topo config base)
target_compile_definitions(offers_test PRIVATE MACHINES="${PROJECT_SOURCE_DIR}/tests/fixtures/machines")
target_link_libraries(offers_test PRIVATE PkgConfig::YAML PkgConfig::HWLOC PkgConfig::JANSSON m)
p2p_test(match_test LABEL unit SOURCES unit/match_test.c USES interconnect topo config base)
target_compile_definitions(match_test PRIVATE MACHINES="${PROJECT_SOURCE_DIR}/tests/fixtures/machines")
target_link_libraries(match_test PRIVATE result stats PkgConfig::YAML PkgConfig::HWLOC PkgConfig::JANSSON m)
p2p_test(tlp_test LABEL unit SOURCES unit/tlp_test.c ${PROJECT_SOURCE_DIR}/bench/tlp.c USES topo config base)
target_include_directories(tlp_test PRIVATE ${PROJECT_SOURCE_DIR}/bench)
