# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The gates alone: they need nothing of their layer.
foreach(part "" _cpu _read _run _system)
	list(APPEND GATES ${PROJECT_SOURCE_DIR}/common/run/gates${part}.c)
endforeach()
p2p_test(gates_test LABEL unit SOURCES unit/gates_test.c ${GATES} USES result stats config base LIBS m)
