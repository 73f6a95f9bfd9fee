# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The responder over soft0, with an initiator made by hand.
function(p2p_peer_test name label)
	p2p_test(${name} LABEL ${label} SOURCES ${label}/${name}.c soft/peer_rig.c USES peer stats nic mem topo config base
		LIBS PkgConfig::IBVERBS PkgConfig::YAML Threads::Threads m)
endfunction()

p2p_peer_test(peer_test soft)
p2p_peer_test(peer_serve_test soft)
p2p_peer_test(peer_fault_test soft)
p2p_peer_test(peer_device_test soft)
foreach(call mem_open mem_close mem_revoke mem_restore mem_health mem_tph mem_device_read mem_device_write nic_mr_reg)
	target_link_options(peer_device_test PRIVATE -Wl,--wrap=${call})
endforeach()
p2p_peer_test(ferry_test soft)
target_link_libraries(ferry_test PRIVATE meas)
p2p_peer_test(peer_unwind_test fault)
foreach(call nic_mr_reg nic_mr_dereg nic_cq_create nic_cq_destroy nic_qp_create nic_qp_destroy nic_qp_connect
		pthread_create pthread_join)
	target_link_options(peer_unwind_test PRIVATE -Wl,--wrap=${call})
endforeach()
