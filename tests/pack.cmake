# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What other programs read, and what is handed to other machines.
p2p_program(events soft $<TARGET_FILE:p2pbench>)
# The packages of what is released: stripped, optimised, without sanitizers.
if(CMAKE_BUILD_TYPE STREQUAL RelWithDebInfo AND NOT P2P_SANITIZE)
	p2p_program(package unit ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
	# A Debian is downloaded for it.
	set_tests_properties(package PROPERTIES TIMEOUT 1800)
endif()
p2p_test(tree_svg_test LABEL unit SOURCES unit/tree_svg_test.c USES report result stats config base LIBS m)
p2p_program(samples soft $<TARGET_FILE:p2pbench> ${PROJECT_SOURCE_DIR}/results)
