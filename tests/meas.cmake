# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
add_executable(figures bench/figures.c)
target_link_libraries(figures PRIVATE ops base config plan mem nic peer meas stats run result
	PkgConfig::IBVERBS PkgConfig::YAML PkgConfig::JANSSON Threads::Threads m)

foreach(name lane run)
	p2p_test(${name}_test LABEL soft SOURCES soft/${name}_test.c
		USES ops base config plan mem nic peer meas stats run result
		LIBS PkgConfig::IBVERBS PkgConfig::YAML PkgConfig::JANSSON Threads::Threads m)
endforeach()
