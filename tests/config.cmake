# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
p2p_test(diag_test LABEL unit SOURCES unit/diag_test.c USES config base)
p2p_test(yaml_test LABEL unit SOURCES unit/yaml_test.c USES config base LIBS PkgConfig::YAML)
p2p_test(keys_test LABEL unit SOURCES unit/keys_test.c USES config base)
p2p_test(tph_note_test LABEL unit SOURCES unit/tph_note_test.c USES plan config base LIBS m)
p2p_test(config_test LABEL unit SOURCES unit/config_test.c USES config base)
p2p_test(plan_test LABEL unit SOURCES unit/plan_test.c USES plan config base)
p2p_test(plan_cells_test LABEL unit SOURCES unit/plan_cells_test.c USES plan config base)

# Every file of golden/config is a config with something wrong; beside it stands what check prints.
# After a wanted change of a message: cmake --build DIR --target golden-config-update, then review.
p2p_test(config_golden_test LABEL golden SOURCES unit/config_golden_test.c USES plan config base)
target_compile_definitions(config_golden_test PRIVATE GOLDEN_DIR="${CMAKE_CURRENT_SOURCE_DIR}/golden/config"
	CONFIGS_DIR="${PROJECT_SOURCE_DIR}/configs")
target_compile_definitions(config_test PRIVATE CONFIGS_DIR="${PROJECT_SOURCE_DIR}/configs")
add_custom_target(golden-config-update COMMAND config_golden_test --update DEPENDS config_golden_test)

p2p_fuzz(config_fuzz CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/config_corpus
	SOURCES fuzz/config_fuzz.c USES plan config base)
