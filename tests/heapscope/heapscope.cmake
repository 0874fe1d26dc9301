# SPDX-License-Identifier: MIT
# The workstation's trace reader. tests/heapscope/run builds it, as make heapscope does, and tests it: with the 64-bit host's tests.
# leaky.c is a program whose leaks it has to name, on the host and on boards. Included by tests/CMakeLists.txt.
if(CH_TEST_SUITES AND NOT heapscope IN_LIST CH_TEST_SUITES)
    return()
endif()
if(NOT CH_BOARD)
    add_test(NAME heapscope.all.run COMMAND ${CH_ROOT}/tools/run-case ${CH_LOG_DIR}/heapscope.all.run.log
             ${CMAKE_CURRENT_SOURCE_DIR}/heapscope/run)
    add_test(NAME heapscope.all.tutorial COMMAND ${CH_ROOT}/tools/run-case ${CH_LOG_DIR}/heapscope.all.tutorial.log
             ${CMAKE_CURRENT_SOURCE_DIR}/heapscope/check-tutorial)
    set_tests_properties(heapscope.all.run heapscope.all.tutorial PROPERTIES LABELS heapscope ENVIRONMENT "TIME_LIMIT=300"
                         RESOURCE_LOCK heapscope)
endif()

# The last chapter of the demo, with a build of its own.
if(CH_BOARD)
    set(story ${CH_BOARD})
else()
    set(story host)
endif()
add_test(NAME heapscope.all.story COMMAND ${CH_ROOT}/tools/run-case ${CH_LOG_DIR}/heapscope.all.story.log
         ${CMAKE_CURRENT_SOURCE_DIR}/heapscope/check-story ${story})
set_tests_properties(heapscope.all.story PROPERTIES LABELS heapscope ENVIRONMENT "TIME_LIMIT=300" RESOURCE_LOCK heapscope)

set(definitions_tohost CONFIG_HEAP_TRACING_TOHOST=1 CONFIG_HEAP_TRACING_STACK_DEPTH=4 CONFIG_ESP_SYSTEM_USE_FRAME_POINTER=1)
set(name heapscope.tohost.leaky)
library_of(library tohost)
target_compile_options(${library} PUBLIC -fno-omit-frame-pointer)
chip_of(map ${CH_CHIP} ${library})
add_executable(${name} heapscope/leaky.c api/api_setup.c)
test_options(${name} ${library})
target_link_libraries(${name} PRIVATE ${map})
define_symbols(${name} ${CH_CHIP})
set(command $<TARGET_FILE:${name}>)
set(callers)
set(replayed)
if(NOT CH_BOARD OR CH_BOARD STREQUAL virt-rv32)
    set(callers --callers) # frame pointers can be followed
endif()
if(CH_BOARD)
    set(replayed ${CH_DEFINITIONS})
    list(TRANSFORM replayed PREPEND --config=)
    list(PREPEND replayed --chip=${CH_CHIP})
    target_link_libraries(${name} PRIVATE ch_board)
    set(command ${CH_ROOT}/tools/run-qemu ${CH_BOARD} ${command})
endif()
add_test(NAME ${name} COMMAND ${CH_ROOT}/tools/run-case ${CH_LOG_DIR}/${name}.log ${CMAKE_CURRENT_SOURCE_DIR}/heapscope/check-leaky
         ${callers} ${replayed} $<TARGET_FILE:${name}> ${command})
set_tests_properties(${name} PROPERTIES LABELS heapscope RESOURCE_LOCK heapscope)
