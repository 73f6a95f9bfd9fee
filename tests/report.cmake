# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The page of a run: pictures by a foreign program, text from files nobody checked.
p2p_test(plot_test LABEL unit SOURCES unit/plot_test.c USES report result stats config base LIBS m)
p2p_test(html_test LABEL unit SOURCES unit/html_test.c USES report result stats config base LIBS m)
p2p_fuzz(svg_fuzz CORPUS ${PROJECT_SOURCE_DIR}/tests/fuzz/svg SOURCES fuzz/svg_fuzz.c
	USES report result stats config base)
