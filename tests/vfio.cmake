# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# VFIO without a device: a kernel behind struct sys. It calls the real one by a copy of base/sys.c under another
# name, since a program may be linked with the fake as sys_real.
add_library(sys_below OBJECT ${PROJECT_SOURCE_DIR}/common/base/sys.c)
target_include_directories(sys_below PRIVATE ${PROJECT_SOURCE_DIR}/common)
target_compile_definitions(sys_below PRIVATE sys_real=sys_below)
add_library(fakevfio OBJECT fakes/fakevfio.c fakes/fakevfio_files.c fakes/fakevfio_open.c fakes/fakevfio_device.c
	fakes/fakevfio_feature.c fakes/fakevfio_bar.c)
target_include_directories(fakevfio PUBLIC ${PROJECT_SOURCE_DIR}/tests ${PROJECT_SOURCE_DIR}/common)
target_link_libraries(fakevfio PUBLIC Threads::Threads)
target_sources(fakevfio INTERFACE $<TARGET_OBJECTS:sys_below>)

# For a whole program: sys_real is the fake, and its devices are those of the machine in FAKE_MACHINE.
add_library(fakevfio_program OBJECT fakes/fakevfio_program.c fakes/fakevfio_topo.c)
target_link_libraries(fakevfio_program PUBLIC fakevfio)
target_link_options(fakevfio_program INTERFACE -Wl,--wrap=sys_real -Wl,--wrap=topo_open)

function(p2p_vfio_test name label)
	p2p_test(${name} LABEL ${label} SOURCES ${label}/${name}.c USES mem topo config base LIBS fakevfio)
endfunction()

p2p_vfio_test(vfio_open_test unit)
p2p_vfio_test(vfio_export_test unit)
p2p_vfio_test(vfio_fake_test unit)
p2p_vfio_test(vfio_unwind_test fault)
