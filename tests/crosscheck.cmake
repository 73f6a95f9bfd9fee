# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# perftest beside us: parsers, flags, judgement, children; the whole over perftest itself where it is installed.
add_executable(fakeperftest fakes/fakeperftest.c)

foreach(name parse map judge child)
	p2p_test(crosscheck_${name}_test LABEL unit SOURCES unit/crosscheck_${name}_test.c USES crosscheck plan config stats base
		LIBS PkgConfig::YAML PkgConfig::JANSSON m)
endforeach()
target_compile_definitions(crosscheck_parse_test PRIVATE PERFTEST_FIXTURES="${PROJECT_SOURCE_DIR}/tests/fixtures/perftest")
target_compile_definitions(crosscheck_child_test PRIVATE FAKEPERFTEST="$<TARGET_FILE:fakeperftest>")
add_dependencies(crosscheck_child_test fakeperftest)

p2p_fuzz(perftest_fuzz CORPUS ${PROJECT_SOURCE_DIR}/tests/fuzz/perftest SOURCES fuzz/perftest_fuzz.c
	USES crosscheck plan config stats base)

p2p_program(crosscheck_bad soft $<TARGET_FILE:p2pbench> $<TARGET_FILE:fakeperftest>)
if(TARGET p2p_preload)
	p2p_program(crosscheck soft $<TARGET_FILE:p2pbench> $<TARGET_FILE:p2p_preload>)
endif()
