# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The libibverbs backend on scripted devices: fakeverbs takes the place of libibverbs at link time.
add_library(fakeverbs OBJECT fakes/fakeverbs.c fakes/fakeverbs_objects.c fakes/fakeverbs_mr.c fakes/fakeverbs_exec.c
	fakes/fakeverbs_data.c fakes/fakeverbs_wr.c fakes/fakeverbs_dmah.c fakes/fakeverbs_drivers.c fakes/fakeverbs_netlink.c
	fakes/fakecm.c)
target_include_directories(fakeverbs PUBLIC ${PROJECT_SOURCE_DIR}/tests PRIVATE ${PROJECT_SOURCE_DIR}/common)
target_link_libraries(fakeverbs PUBLIC Threads::Threads)
target_link_options(fakeverbs INTERFACE -Wl,--wrap=ioctl -Wl,--wrap=nic_symbol -Wl,--wrap=netlink_open)

function(p2p_nic_test name label)
	p2p_test(${name} LABEL ${label} SOURCES ${label}/${name}.c USES nic base LIBS fakeverbs)
endfunction()

p2p_nic_test(nic_open_test unit)
p2p_nic_test(nic_gid_test unit)
p2p_nic_test(nic_evidence_test unit)
p2p_nic_test(nic_connect_test unit)
p2p_nic_test(nic_cm_test unit)
p2p_nic_test(nic_cm_fault_test fault)
p2p_nic_test(nic_mr_test unit)
p2p_nic_test(nic_create_test unit)
p2p_nic_test(nic_async_test unit)
p2p_nic_test(nic_wc_test unit)
p2p_nic_test(nic_errors_test fault)
p2p_nic_test(nic_unwind_test fault)
p2p_nic_test(nic_fake_test unit)
p2p_nic_test(nic_dmah_test unit)
p2p_nic_test(nic_direct_test unit)
p2p_nic_test(nic_shows_test unit)
p2p_nic_test(nic_import_test unit)
target_link_libraries(nic_import_test PRIVATE fakevfio)

# Copies of structures are compared where the build has newer headers than the oldest that are supported.
include(CheckStructHasMember)
include(CheckCSourceCompiles)
set(CMAKE_REQUIRED_INCLUDES ${IBVERBS_INCLUDE_DIRS})
check_struct_has_member("struct ibv_dmah_init_attr" ph infiniband/verbs.h HAVE_IBV_DMAH LANGUAGE C)
check_c_source_compiles("#include <infiniband/mlx5dv.h>
	int main(void) { return MLX5DV_REG_DMABUF_ACCESS_DATA_DIRECT; }" HAVE_MLX5_DIRECT)
unset(CMAKE_REQUIRED_INCLUDES)
p2p_test(nic_uapi_test LABEL unit SOURCES unit/nic_uapi_test.c USES base)
target_compile_definitions(nic_uapi_test PRIVATE $<$<BOOL:${HAVE_IBV_DMAH}>:HAVE_IBV_DMAH>
	$<$<BOOL:${HAVE_MLX5_DIRECT}>:HAVE_MLX5_DIRECT>)

# Pure parts and seams, without the rest of the layer.
set(nic ${PROJECT_SOURCE_DIR}/common/nic)
p2p_test(nic_symbol_test LABEL unit SOURCES unit/nic_symbol_test.c ${nic}/nic_symbol.c USES base)
p2p_test(nic_netlink_test LABEL unit SOURCES unit/nic_netlink_test.c ${nic}/nic_netlink.c USES base
	LIBS -Wl,--wrap=netlink_open)
p2p_fuzz(mr_dump_fuzz CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/mr_dump
	SOURCES fuzz/mr_dump_fuzz.c ${nic}/nic_netlink.c ${nic}/nic_dump.c USES base -Wl,--wrap=netlink_open)
p2p_test(peer_cm_test LABEL unit SOURCES unit/peer_cm_test.c soft/agent_rig.c USES peer stats nic mem topo config base
	LIBS fakeverbs PkgConfig::YAML Threads::Threads m)
