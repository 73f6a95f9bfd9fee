# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The checks themselves, out of the program's objects; what they print is in program/doctor.sh.
p2p_test(doctor_test LABEL unit
	SOURCES unit/doctor_test.c "$<FILTER:$<TARGET_OBJECTS:bench>,INCLUDE,/(doctor[a-z_]*|topo_view|wrap)\\.c\\.o$>"
	USES ops ${P2P_LAYERS} LIBS PkgConfig::IBVERBS PkgConfig::HWLOC PkgConfig::YAML PkgConfig::JANSSON Threads::Threads m)
target_include_directories(doctor_test PRIVATE ${PROJECT_SOURCE_DIR}/bench)
target_compile_definitions(doctor_test PRIVATE MACHINES="${PROJECT_SOURCE_DIR}/tests/fixtures/machines")
p2p_fuzz(doctor_fuzz CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/doctor
	SOURCES fuzz/doctor_fuzz.c ${PROJECT_SOURCE_DIR}/bench/doctor_kconfig.c)
if(TARGET doctor_fuzz)
	target_include_directories(doctor_fuzz PRIVATE ${PROJECT_SOURCE_DIR}/bench)
endif()
