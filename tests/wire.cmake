# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Transports between hosts: frames, the exchange before a session, ssh and TCP, the server.
function(p2p_wire_test name label)
	p2p_test(${name} LABEL ${label} SOURCES ${label}/${name}.c USES peer stats nic mem topo config base
		LIBS PkgConfig::IBVERBS PkgConfig::YAML Threads::Threads m)
endfunction()

p2p_wire_test(channel_test unit)
p2p_wire_test(auth_test unit)
p2p_wire_test(dial_test unit)
p2p_wire_test(server_test soft)

p2p_fuzz(auth_fuzz CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/auth SOURCES fuzz/auth_fuzz.c
	USES peer stats nic mem topo config base PkgConfig::IBVERBS PkgConfig::YAML Threads::Threads m)

# A client that misbehaves in every state of the protocol.
add_executable(hostile program/hostile.c)
target_link_libraries(hostile PRIVATE peer stats nic mem topo config base PkgConfig::IBVERBS PkgConfig::YAML Threads::Threads m)

function(p2p_wire_program name)
	add_test(NAME ${name} COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/program/${name}.sh $<TARGET_FILE:p2pbench> $<TARGET_FILE:hostile>)
	set_tests_properties(${name} PROPERTIES LABELS soft SKIP_RETURN_CODE 77 TIMEOUT 300)
endfunction()

p2p_wire_program(serve)
p2p_wire_program(serve_netns)
