# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The lab's part of the build: a test program that runs in its VM, and the lab itself as tests.
add_executable(rxe_faults EXCLUDE_FROM_ALL lab/rxe_faults.c)
target_link_libraries(rxe_faults PRIVATE ops ${P2P_LAYERS} PkgConfig::IBVERBS PkgConfig::YAML PkgConfig::JANSSON
	Threads::Threads m)

# A kernel of its own has no use for this build's sanitizers, so one preset is enough.
if(CMAKE_BUILD_TYPE STREQUAL RelWithDebInfo AND NOT P2P_SANITIZE)
	add_test(NAME lab COMMAND ${PROJECT_SOURCE_DIR}/scripts/lab test)
	add_test(NAME lab-trouble COMMAND ${PROJECT_SOURCE_DIR}/tests/lab/trouble)
	set_tests_properties(lab lab-trouble PROPERTIES LABELS lab RESOURCE_LOCK lab TIMEOUT 1800 SKIP_RETURN_CODE 77)
	set_tests_properties(lab-trouble PROPERTIES DEPENDS lab)
endif()
