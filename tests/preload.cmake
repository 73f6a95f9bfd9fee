# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The software device as an LD_PRELOAD object for programs that know libibverbs only (scripts/bench harness).
include(CheckIncludeFile)
check_include_file(valgrind/callgrind.h HAVE_CALLGRIND)
if(HAVE_CALLGRIND AND NOT P2P_SANITIZE)
	file(GLOB soft_sources ${PROJECT_SOURCE_DIR}/common/nic/soft/*.c)
	add_library(p2p_preload MODULE preload/preload.c ${soft_sources} ${PROJECT_SOURCE_DIR}/common/base/err.c
		${PROJECT_SOURCE_DIR}/common/base/sys.c)
	target_include_directories(p2p_preload PRIVATE ${PROJECT_SOURCE_DIR}/common)
endif()
