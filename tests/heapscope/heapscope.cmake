# SPDX-License-Identifier: MIT
# The workstation's trace reader: tests/heapscope/run builds it, as make heapscope does, and tests it. Included by tests/CMakeLists.txt.
add_test(NAME heapscope.all.run COMMAND ${CH_ROOT}/tools/run-case ${CH_LOG_DIR}/heapscope.all.run.log ${CMAKE_CURRENT_SOURCE_DIR}/heapscope/run)
set_tests_properties(heapscope.all.run PROPERTIES LABELS heapscope ENVIRONMENT "TIME_LIMIT=300")
