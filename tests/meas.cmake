# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
add_executable(figures bench/figures.c)
target_link_libraries(figures PRIVATE ops base config plan mem nic peer meas stats run result
	PkgConfig::IBVERBS PkgConfig::YAML PkgConfig::JANSSON Threads::Threads m)

p2p_test(run_test LABEL soft SOURCES soft/run_test.c USES ops base config plan mem nic peer meas stats run result
	LIBS PkgConfig::IBVERBS PkgConfig::YAML PkgConfig::JANSSON Threads::Threads m)
