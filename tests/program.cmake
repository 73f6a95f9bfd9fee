# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The program as a user runs it: shell scripts with the binary as their argument.

# The same bench/ over scripted verbs: whole runs on an "RDMA device" without one.
add_executable(p2pbench-fake $<TARGET_OBJECTS:bench>)
target_link_libraries(p2pbench-fake PRIVATE ops ${P2P_LAYERS} fakeverbs PkgConfig::YAML PkgConfig::JANSSON
	Threads::Threads m)

function(p2p_program name label)
	add_test(NAME ${name} COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/program/${name}.sh ${ARGN})
	set_tests_properties(${name} PROPERTIES LABELS ${label} SKIP_RETURN_CODE 77 TIMEOUT 300)
endfunction()

p2p_program(run_ok soft $<TARGET_FILE:p2pbench>)
p2p_program(run_bad golden $<TARGET_FILE:p2pbench>)
p2p_program(run_crash soft $<TARGET_FILE:p2pbench>)
p2p_program(selftest soft $<TARGET_FILE:p2pbench>)
p2p_program(run_fake soft $<TARGET_FILE:p2pbench-fake>)
p2p_program(configs golden $<TARGET_FILE:p2pbench> ${PROJECT_SOURCE_DIR}/configs)
p2p_program(manual lint $<TARGET_FILE:p2pbench> ${PROJECT_SOURCE_DIR}/bench/p2pbench.1)
p2p_program(limit unit $<TARGET_FILE:p2pbench> ${PROJECT_SOURCE_DIR}/tests/oracle/pcie_limit.py)
p2p_program(topo golden $<TARGET_FILE:p2pbench> $<TARGET_FILE:machine_expand>
	${PROJECT_SOURCE_DIR}/tests/fixtures/machines ${PROJECT_SOURCE_DIR}/tests/golden/topo)
# The fixtures are what the script that tells where they are from writes.
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND)
	p2p_program(made_machines lint ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/fixtures $<TARGET_FILE:topo_figures>)
endif()
p2p_program(p2p_acs unit ${PROJECT_SOURCE_DIR}/scripts/p2p-acs)
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
