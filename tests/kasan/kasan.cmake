# SPDX-License-Identifier: MIT
# Suite kasan: the runtime of the address sanitizer, on boards that say where its shadow memory is (board_shadow_offset).
#
#   r16  granule 8, redzones of 16 bytes     r8   granule 4, redzones of 8 bytes     r32  granule 8, redzones of 32 bytes
#
# bugs_test has the bugs; they and the program without a bug are compiled with checks, the rest is not.

set(definitions_r16 CONFIG_HEAP_GRANULE=8 CONFIG_KASAN_HEAP_REDZONE_SIZE=16)
set(definitions_r8 CONFIG_HEAP_GRANULE=4)
set(definitions_r32 CONFIG_HEAP_GRANULE=8 CONFIG_KASAN_HEAP_REDZONE_SIZE=32)

function(kasan_library variable variant)
    set(library capheap_kasan_${variant})
    if(NOT TARGET ${library})
        ch_add_library(${library} ${CH_DEFINITIONS} CONFIG_COMPILER_KASAN=1 ${definitions_${variant}})
        ch_add_libc(${library}_libc ${library})
    endif()
    set(${variable} ${library} PARENT_SCOPE)
endfunction()

# kasan_program(name variant source...): an executable of sources without checks.
function(kasan_program name variant)
    kasan_library(library ${variant})
    chip_of(map ${CH_CHIP} ${library})
    add_executable(${name} ${ARGN} ${CH_ROOT}/boards/kasan/${CH_BOARD}.c)
    test_options(${name} ${library})
    target_include_directories(${name} PRIVATE kasan)
    target_link_libraries(${name} PRIVATE ${map} ${library}_libc ch_board)
    add_test(NAME ${name} COMMAND ${CH_ROOT}/tools/run-case ${CH_LOG_DIR}/${name}.log
             ${CH_ROOT}/tools/run-qemu ${CH_BOARD} $<TARGET_FILE:${name}>)
    set_tests_properties(${name} PROPERTIES LABELS kasan)
endfunction()

foreach(variant r16 r8 r32)
    set(name kasan.${variant}.bugs_test)
    kasan_program(${name} ${variant} kasan/bugs_test.c)
    add_library(${name}.checked OBJECT kasan/heap_bugs.c kasan/other_bugs.c kasan/clean.c)
    add_library(${name}.checked_stack OBJECT kasan/stack_bugs.c)
    foreach(checked ${name}.checked ${name}.checked_stack)
        test_options(${checked} capheap_kasan_${variant})
        ch_check_addresses(${checked} ${board_shadow_offset})
        target_link_libraries(${name} PRIVATE ${checked})
    endforeach()
endforeach()
