# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Whole sweeps on the software devices.
add_library(run_rig OBJECT soft/run_rig.c)
target_include_directories(run_rig PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(run_rig PUBLIC ops run PkgConfig::CMOCKA)

foreach(name run run_fault run_ops run_limits)
	p2p_test(${name}_test LABEL soft SOURCES soft/${name}_test.c
		USES ops base config plan topo limit interconnect mem nic peer meas stats run result
		LIBS run_rig PkgConfig::HWLOC PkgConfig::IBVERBS PkgConfig::YAML PkgConfig::JANSSON Threads::Threads m)
endforeach()

p2p_test(limits_test LABEL unit SOURCES unit/limits_test.c
	USES ops base config plan topo limit interconnect mem nic peer meas stats run result
	LIBS PkgConfig::HWLOC PkgConfig::IBVERBS PkgConfig::YAML PkgConfig::JANSSON Threads::Threads m)
target_compile_definitions(limits_test PRIVATE MACHINES="${PROJECT_SOURCE_DIR}/tests/fixtures/machines")

# Whole sweeps on a BAR that a fake kernel exports.
p2p_test(run_vfio_test LABEL soft SOURCES soft/run_vfio_test.c
	USES ops base config plan topo limit interconnect mem nic peer meas stats run result
	LIBS run_rig fakevfio PkgConfig::HWLOC PkgConfig::IBVERBS PkgConfig::YAML PkgConfig::JANSSON Threads::Threads m)
target_compile_definitions(run_vfio_test PRIVATE MACHINES="${PROJECT_SOURCE_DIR}/tests/fixtures/machines")
target_link_options(run_vfio_test PRIVATE -Wl,--wrap=topo_open -Wl,--wrap=nic_mr_reg -Wl,--wrap=mem_open
	-Wl,--wrap=mem_revoke -Wl,--wrap=mem_restore -Wl,--wrap=mem_health -Wl,--wrap=window_run)
p2p_test(choose_test LABEL unit SOURCES unit/choose_test.c
	USES ops base config plan topo limit interconnect mem nic peer meas stats run result
	LIBS PkgConfig::HWLOC PkgConfig::IBVERBS PkgConfig::YAML PkgConfig::JANSSON Threads::Threads m)
target_compile_definitions(choose_test PRIVATE MACHINES="${PROJECT_SOURCE_DIR}/tests/fixtures/machines")
