# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The program as a user runs it: shell scripts with the binary as their argument.

# The same bench/ over scripted verbs and a scripted kernel: whole runs on an "RDMA device", and on devices bound to
# vfio-pci (tests/fakes/fakevfio_program.c says how), without one.
add_executable(p2pbench-fake $<TARGET_OBJECTS:bench>)
target_link_libraries(p2pbench-fake PRIVATE ops ${P2P_LAYERS} fakeverbs fakevfio_program fakevfio PkgConfig::YAML PkgConfig::JANSSON
	Threads::Threads m)

# And that on a machine out of a directory, with the NIC where the tree has one.
add_executable(p2pbench-machine $<TARGET_OBJECTS:bench> fakes/fakemachine.c)
target_link_libraries(p2pbench-machine PRIVATE ops ${P2P_LAYERS} fakeverbs PkgConfig::YAML PkgConfig::JANSSON
	Threads::Threads m)
target_link_options(p2pbench-machine PRIVATE -Wl,--wrap=topo_open)

function(p2p_program name label)
	add_test(NAME ${name} COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/program/${name}.sh ${ARGN})
	set_tests_properties(${name} PROPERTIES LABELS ${label} SKIP_RETURN_CODE 77 TIMEOUT 300)
endfunction()

p2p_program(run_ok soft $<TARGET_FILE:p2pbench>)
p2p_program(run_bad golden $<TARGET_FILE:p2pbench>)
# Every config twice, where that is quick.
set(peer_configs)
if(CMAKE_BUILD_TYPE STREQUAL RelWithDebInfo AND NOT P2P_SANITIZE)
	set(peer_configs ${PROJECT_SOURCE_DIR}/configs)
endif()
p2p_program(run_peer soft $<TARGET_FILE:p2pbench> ${peer_configs})
set_tests_properties(run_peer PROPERTIES TIMEOUT 1200)
p2p_program(agent soft $<TARGET_FILE:p2pbench>)
p2p_program(run_peer_bad soft $<TARGET_FILE:p2pbench> $<TARGET_FILE:p2pbench-fake> ${PROJECT_SOURCE_DIR}/tests/fixtures/machines)
p2p_program(run_two_nics soft $<TARGET_FILE:p2pbench-fake> ${PROJECT_SOURCE_DIR}/tests/fixtures/machines)
p2p_program(run_crash soft $<TARGET_FILE:p2pbench>)
p2p_program(selftest soft $<TARGET_FILE:p2pbench>)
p2p_program(compare soft $<TARGET_FILE:p2pbench>)
p2p_program(report soft $<TARGET_FILE:p2pbench>)
p2p_program(run_fake soft $<TARGET_FILE:p2pbench-fake>)
p2p_program(run_cm soft $<TARGET_FILE:p2pbench-fake>)
p2p_program(run_importers soft $<TARGET_FILE:p2pbench-fake> ${PROJECT_SOURCE_DIR}/tests/fixtures/machines)
p2p_program(run_p2p_configs soft $<TARGET_FILE:p2pbench-fake> ${PROJECT_SOURCE_DIR}/tests/fixtures/machines ${PROJECT_SOURCE_DIR}/configs)
p2p_program(run_interconnect soft $<TARGET_FILE:p2pbench-fake> ${PROJECT_SOURCE_DIR}/tests/fixtures/machines)
p2p_program(vfio_program soft $<TARGET_FILE:p2pbench-fake> ${PROJECT_SOURCE_DIR}/tests/fixtures/machines)
p2p_program(run_limit soft $<TARGET_FILE:p2pbench-machine> $<TARGET_FILE:machine_expand>
	${PROJECT_SOURCE_DIR}/tests/fixtures/machines)
p2p_program(doctor_nic soft $<TARGET_FILE:p2pbench-machine> $<TARGET_FILE:machine_expand>
	${PROJECT_SOURCE_DIR}/tests/fixtures/machines)
p2p_program(configs golden $<TARGET_FILE:p2pbench> ${PROJECT_SOURCE_DIR}/configs)
p2p_program(limit unit $<TARGET_FILE:p2pbench> ${PROJECT_SOURCE_DIR}/tests/oracle/pcie_limit.py)
p2p_program(topo golden $<TARGET_FILE:p2pbench> $<TARGET_FILE:machine_expand>
	${PROJECT_SOURCE_DIR}/tests/fixtures/machines ${PROJECT_SOURCE_DIR}/tests/golden/topo)
p2p_program(doctor golden $<TARGET_FILE:p2pbench> $<TARGET_FILE:machine_expand>
	${PROJECT_SOURCE_DIR}/tests/fixtures/machines ${PROJECT_SOURCE_DIR}/tests/golden/doctor)
p2p_program(match golden $<TARGET_FILE:p2pbench> $<TARGET_FILE:machine_expand>
	${PROJECT_SOURCE_DIR}/tests/fixtures/machines ${PROJECT_SOURCE_DIR}/tests/golden/match ${PROJECT_SOURCE_DIR}/configs)
# The fixtures are what the script that tells where they are from writes.
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND)
	p2p_program(made_machines lint ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/fixtures $<TARGET_FILE:topo_figures>)
	p2p_program(topo_lspci unit ${Python3_EXECUTABLE} $<TARGET_FILE:p2pbench> $<TARGET_FILE:machine_expand>
		${PROJECT_SOURCE_DIR}/tests/fixtures/machines)
endif()
p2p_program(p2p_acs unit ${PROJECT_SOURCE_DIR}/scripts/p2p-acs)
p2p_program(vfio_bind unit ${PROJECT_SOURCE_DIR}/scripts/vfio-bind)
add_test(NAME check_layers COMMAND ${PROJECT_SOURCE_DIR}/scripts/check-layers)
set_tests_properties(check_layers PROPERTIES LABELS lint)

# Instruction counts mean something in optimised code only.
find_program(VALGRIND valgrind)
if(CMAKE_BUILD_TYPE STREQUAL RelWithDebInfo AND VALGRIND AND NOT P2P_SANITIZE)
	p2p_program(selfcost selfcost ${PROJECT_SOURCE_DIR}/scripts/bench ${PROJECT_BINARY_DIR})
	if(TARGET p2p_preload)
		p2p_program(harness selfcost ${PROJECT_SOURCE_DIR}/tests/bench/harness.sh ${PROJECT_BINARY_DIR})
	endif()
endif()
