# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The software devices, one question a program. The verbs backend comes along with the layer, hence libibverbs.
add_library(soft_rig OBJECT soft/rig.c)
target_include_directories(soft_rig PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(soft_rig PUBLIC nic)

foreach(name backend contract table mr import qp post status cq data recv rnr atomic wr hint fault thread thread_recv)
	p2p_test(soft_${name} LABEL soft SOURCES soft/${name}_test.c USES base nic
		LIBS soft_rig PkgConfig::IBVERBS Threads::Threads)
endforeach()

# Two devices, in two processes or one.
add_library(far_rig OBJECT soft/far_rig.c)
target_include_directories(far_rig PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(far_rig PUBLIC nic)
foreach(name far far_fault far_open far_random far_thread)
	p2p_test(soft_${name} LABEL soft SOURCES soft/${name}_test.c USES base nic
		LIBS far_rig PkgConfig::IBVERBS Threads::Threads)
endforeach()

foreach(node /dev/udmabuf /dev/dma_heap/system)
	add_test(NAME soft_import${node} COMMAND soft_import ${node})
	set_tests_properties(soft_import${node} PROPERTIES LABELS soft SKIP_RETURN_CODE 77)
endforeach()
