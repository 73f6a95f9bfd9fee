# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What the program prints of itself: manual, completion, schemas, JSON documents. A verb, flag, key or column that is
# missing in one of them fails here.
p2p_program(completion golden $<TARGET_FILE:p2pbench>)
find_package(Python3 COMPONENTS Interpreter)
if(NOT Python3_FOUND)
	message(STATUS "no python3: the tests manual, schema and json_documents are not built")
	return()
endif()
function(p2p_python name label)
	add_test(NAME ${name} COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/program/${name}.py ${ARGN})
	set_tests_properties(${name} PROPERTIES LABELS ${label} SKIP_RETURN_CODE 77 TIMEOUT 600)
endfunction()
p2p_python(manual lint $<TARGET_FILE:p2pbench> ${PROJECT_SOURCE_DIR}/bench ${PROJECT_SOURCE_DIR}/results/SCHEMA.md)
p2p_python(schema soft $<TARGET_FILE:p2pbench> ${PROJECT_SOURCE_DIR}/configs ${PROJECT_SOURCE_DIR}/results/samples
	${PROJECT_SOURCE_DIR}/tests/golden/config)
p2p_python(json_documents soft $<TARGET_FILE:p2pbench> ${PROJECT_SOURCE_DIR})
