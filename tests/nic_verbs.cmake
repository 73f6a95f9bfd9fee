# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The libibverbs backend on scripted devices: fakeverbs takes the place of libibverbs at link time.
add_library(fakeverbs OBJECT fakes/fakeverbs.c fakes/fakeverbs_objects.c fakes/fakeverbs_exec.c
	fakes/fakeverbs_data.c fakes/fakeverbs_wr.c)
target_include_directories(fakeverbs PUBLIC ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(fakeverbs PUBLIC Threads::Threads)
target_link_options(fakeverbs INTERFACE -Wl,--wrap=ioctl)

function(p2p_nic_test name label)
	p2p_test(${name} LABEL ${label} SOURCES ${label}/${name}.c USES nic base LIBS fakeverbs)
endfunction()

p2p_nic_test(nic_open_test unit)
p2p_nic_test(nic_gid_test unit)
p2p_nic_test(nic_evidence_test unit)
p2p_nic_test(nic_connect_test unit)
p2p_nic_test(nic_mr_test unit)
p2p_nic_test(nic_create_test unit)
p2p_nic_test(nic_async_test unit)
p2p_nic_test(nic_wc_test unit)
p2p_nic_test(nic_errors_test fault)
p2p_nic_test(nic_unwind_test fault)
p2p_nic_test(nic_fake_test unit)
