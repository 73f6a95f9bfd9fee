# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What comes when, and when it ends.
set(SCHEDULE_LAYERS ops base config plan topo limit interconnect mem nic peer meas stats run result)
set(SCHEDULE_LIBS PkgConfig::HWLOC PkgConfig::IBVERBS PkgConfig::YAML PkgConfig::JANSSON Threads::Threads m)

foreach(name looks cells budget)
	p2p_test(${name}_test LABEL unit SOURCES unit/${name}_test.c USES ${SCHEDULE_LAYERS} LIBS ${SCHEDULE_LIBS})
endforeach()
p2p_test(schedule_test LABEL soft SOURCES soft/schedule_test.c USES ${SCHEDULE_LAYERS} LIBS run_rig ${SCHEDULE_LIBS})
p2p_test(canary_test LABEL soft SOURCES soft/canary_test.c USES ${SCHEDULE_LAYERS} LIBS run_rig ${SCHEDULE_LIBS})
