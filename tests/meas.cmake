# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
set(MEAS_LAYERS ops base config topo mem nic peer meas stats)
set(MEAS_LIBS PkgConfig::IBVERBS PkgConfig::YAML Threads::Threads m)

add_executable(figures bench/figures.c soft/lane_rig.c)
target_include_directories(figures PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(figures PRIVATE ${MEAS_LAYERS} plan ${MEAS_LIBS})

foreach(name lane window pace responder bounce alloc)
	p2p_test(${name}_test LABEL soft SOURCES soft/${name}_test.c soft/lane_rig.c
		USES ${MEAS_LAYERS} LIBS ${MEAS_LIBS})
endforeach()
target_link_options(alloc_test PRIVATE -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc) # counts allocations
