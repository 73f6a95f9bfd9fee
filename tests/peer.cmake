# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The responder over soft0, with an initiator made by hand.
function(p2p_peer_test name label)
	foreach(form ${name} ${name}_at_agent)
		p2p_test(${form} LABEL ${label} SOURCES ${label}/${name}.c soft/peer_rig.c soft/agent_rig.c
			USES peer stats nic mem topo config base LIBS PkgConfig::IBVERBS PkgConfig::YAML Threads::Threads m)
	endforeach()
	target_compile_definitions(${name}_at_agent PRIVATE PEER_RIG_AT_AGENT)
endfunction()

p2p_peer_test(peer_test soft)
p2p_peer_test(peer_serve_test soft)
p2p_peer_test(peer_fault_test soft)
p2p_peer_test(peer_device_test soft)
foreach(call mem_open mem_close mem_revoke mem_restore mem_health mem_tph mem_device_read mem_device_write nic_mr_reg)
	target_link_options(peer_device_test PRIVATE -Wl,--wrap=${call})
	target_link_options(peer_device_test_at_agent PRIVATE -Wl,--wrap=${call})
endforeach()
p2p_peer_test(ferry_test soft)
target_link_libraries(ferry_test PRIVATE meas)
target_link_libraries(ferry_test_at_agent PRIVATE meas)
p2p_peer_test(peer_unwind_test fault)
foreach(call nic_mr_reg nic_mr_dereg nic_cq_create nic_cq_destroy nic_qp_create nic_qp_destroy nic_qp_connect
		pthread_create pthread_join)
	target_link_options(peer_unwind_test PRIVATE -Wl,--wrap=${call})
	target_link_options(peer_unwind_test_at_agent PRIVATE -Wl,--wrap=${call})
endforeach()

# Agents: the same requests over a channel.
function(p2p_agent_test name label)
	p2p_test(${name} LABEL ${label} SOURCES ${label}/${name}.c soft/agent_rig.c USES peer stats nic mem topo config base
		LIBS PkgConfig::IBVERBS PkgConfig::YAML Threads::Threads m)
endfunction()

p2p_agent_test(agent_test soft)
p2p_agent_test(message_test soft)
p2p_agent_test(agent_end_test soft)

p2p_fuzz(message_fuzz CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/message SOURCES fuzz/message_fuzz.c
	USES peer stats nic mem topo config base)
if(TARGET message_fuzz)
	target_link_libraries(message_fuzz PRIVATE PkgConfig::IBVERBS Threads::Threads)
endif()
p2p_fuzz(answer_fuzz CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/answer SOURCES fuzz/answer_fuzz.c
	USES peer stats nic mem topo config base)
if(TARGET answer_fuzz)
	target_link_libraries(answer_fuzz PRIVATE PkgConfig::IBVERBS Threads::Threads)
endif()
