# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
p2p_test(units_test LABEL unit SOURCES unit/units_test.c USES base)
p2p_test(err_test LABEL unit SOURCES unit/err_test.c USES base)
p2p_test(rng_test LABEL unit SOURCES unit/rng_test.c USES base)

p2p_fuzz(units_fuzz CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/units_corpus SOURCES fuzz/units_fuzz.c USES base)
