# SPDX-License-Identifier: MIT
# Suite kasan: the runtime of the address sanitizer, on boards that say where its shadow memory is (board_shadow_offset).
#
# random_test, with r16 and go: random operations; every block keeps its bytes, and what is around each is forbidden.
#
#   r16  granule 8, redzones of 16 bytes     r8   granule 4, redzones of 8 bytes     r32  granule 8, redzones of 32 bytes
#   clang  the bugs compiled by clang, where there is one: granule 8, redzones of 16 bytes
#   go   granule 4, redzones of 12 bytes, a small quarantine, reports that do not end the program: runtime_test
#   sym  the same, covered range and shadow memory by linker symbols (virt-rv32)
#   arr  granule 8, redzones of 8 bytes, shadow memory as an array of the library's
#
# bugs_test has the bugs; they and the program without a bug are compiled with checks, the rest is not.

set(definitions_r16 CONFIG_HEAP_GRANULE=8 CONFIG_KASAN_HEAP_REDZONE_SIZE=16)
set(definitions_r8 CONFIG_HEAP_GRANULE=4)
set(definitions_r32 CONFIG_HEAP_GRANULE=8 CONFIG_KASAN_HEAP_REDZONE_SIZE=32)
set(definitions_go CONFIG_HEAP_GRANULE=4 CONFIG_KASAN_HEAP_REDZONE_SIZE=12 CONFIG_KASAN_QUARANTINE_SIZE=1600 CONFIG_KASAN_NO_HALT=1)
set(definitions_sym ${definitions_go})
set(definitions_arr CONFIG_HEAP_GRANULE=8 CONFIG_KASAN_QUARANTINE_SIZE=1600 CONFIG_KASAN_NO_HALT=1 ${board_shadow_array})

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
    add_executable(${name} ${ARGN})
    if(NOT variant MATCHES "^(sym|arr)$")
        target_sources(${name} PRIVATE ${CH_ROOT}/boards/kasan/${CH_BOARD}.c)
    endif()
    test_options(${name} ${library})
    target_include_directories(${name} PRIVATE kasan)
    target_link_libraries(${name} PRIVATE ${map} ${library}_libc ch_board)
    set_property(GLOBAL APPEND PROPERTY kasan_programs ${name})
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
        target_compile_definitions(${checked} PRIVATE BUG_COPIES_UNSEEN=0)
        target_link_libraries(${name} PRIVATE ${checked})
    endforeach()
endforeach()

# Clang's driver knows no such sanitizer for bare metal, the compiler behind it does.
find_program(CH_CLANG clang)
string(REGEX REPLACE "-gcc$" "" triple ${CMAKE_C_COMPILER})
get_filename_component(triple ${triple} NAME)
set(clang_riscv32 --target=riscv32-unknown-elf -mno-relax)
set(clang_arm --target=thumbv7m-none-eabi -fshort-enums)
find_path(CH_CLANG_INCLUDE picolibc.h PATHS /usr/lib/picolibc/${triple}/include NO_DEFAULT_PATH)
if(CH_CLANG AND CH_CLANG_INCLUDE AND DEFINED clang_${CMAKE_SYSTEM_PROCESSOR})
    set(definitions_clang ${definitions_r16})
    kasan_program(kasan.clang.bugs_test clang kasan/bugs_test.c)
    set(defines ${CH_DEFINITIONS} CONFIG_COMPILER_KASAN=1 ${definitions_clang} BUG_COPIES_UNSEEN=1)
    list(TRANSFORM defines PREPEND -D)
    string(REGEX MATCHALL "-m(arch|abi|cpu|thumb|float-abi)[^ ]*" machine "${CMAKE_C_FLAGS}")
    foreach(stem heap_bugs other_bugs stack_bugs clean)
        set(object ${CMAKE_CURRENT_BINARY_DIR}/kasan.clang.${stem}.o)
        add_custom_command(OUTPUT ${object} DEPENDS kasan/${stem}.c kasan/bugs.h VERBATIM COMMAND
            ${CH_CLANG} ${clang_${CMAKE_SYSTEM_PROCESSOR}} ${machine} -std=gnu11 -O2 -w -ffreestanding -fno-builtin -fno-optimize-sibling-calls
            -Xclang -fsanitize=kernel-address -Xclang -fsanitize-address-use-after-scope -mllvm -asan-instrumentation-with-call-threshold=0
            -mllvm -asan-globals=1 -mllvm -asan-stack=1 -mllvm -asan-mapping-offset=${board_shadow_offset} -isystem ${CH_CLANG_INCLUDE}
            -I${CH_ROOT}/include -I${CH_ROOT}/include/compat -I${CH_ROOT}/ports/${CH_PORT} -include capheap/kasan_calls.h ${defines}
            -c ${CMAKE_CURRENT_SOURCE_DIR}/kasan/${stem}.c -o ${object})
        target_sources(kasan.clang.bugs_test PRIVATE ${object})
    endforeach()
endif()

kasan_program(kasan.go.runtime_test go kasan/runtime_test.c)
kasan_program(kasan.r32.origin_test r32 kasan/origin_test.c)
if(board_shadow_symbols)
    kasan_program(kasan.sym.runtime_test sym kasan/runtime_test.c)
    list(TRANSFORM board_shadow_symbols PREPEND -Wl,--defsym=)
    target_link_options(kasan.sym.runtime_test PRIVATE ${board_shadow_symbols})
endif()
kasan_program(kasan.arr.runtime_test arr kasan/runtime_test.c)

foreach(variant r16 go)
    kasan_program(kasan.${variant}.random_test ${variant} kasan/random_test.c)
endforeach()

# What tests/kasan/run builds.
get_property(programs GLOBAL PROPERTY kasan_programs)
add_custom_target(kasan_programs DEPENDS ${programs})

# Not tests: what tests/kasan/cost measures.
add_executable(kasan.cost.plain EXCLUDE_FROM_ALL kasan/cost.c)
kasan_library(cost_library r8)
add_executable(kasan.cost.checked EXCLUDE_FROM_ALL kasan/cost.c ${CH_ROOT}/boards/kasan/${CH_BOARD}.c)
ch_check_addresses(kasan.cost.checked ${board_shadow_offset})
target_link_libraries(kasan.cost.plain PRIVATE capheap_chip capheap ch_board)
target_link_libraries(kasan.cost.checked PRIVATE ${cost_library}_chip_${CH_CHIP} ${cost_library} ch_board)
foreach(program kasan.cost.plain kasan.cost.checked)
    ch_compile_options(${program})
endforeach()
