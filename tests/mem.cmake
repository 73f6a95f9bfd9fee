# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
p2p_test(pattern_test LABEL unit SOURCES unit/pattern_test.c USES mem config base)
p2p_test(slots_test LABEL unit SOURCES unit/slots_test.c USES mem config base)
p2p_test(mem_test LABEL fault SOURCES fault/mem_test.c USES mem config base)
p2p_test(numa_test LABEL fault SOURCES fault/numa_test.c USES mem config base)
