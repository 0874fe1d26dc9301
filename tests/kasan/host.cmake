# SPDX-License-Identifier: MIT
# Suite kasan on 64-bit Linux: what the heap and the runtime do with one another, on the ESP32's memory map. Code compiled with checks needs a
# board (kasan.cmake). Included by tests/CMakeLists.txt.
if(CH_TEST_SUITES AND NOT kasan IN_LIST CH_TEST_SUITES)
    return()
endif()
# The library defines what compilers' own sanitizers have.
if(CMAKE_C_FLAGS MATCHES "sanitize|-m32")
    return()
endif()
# The shadow memory covers all RAM from external memory to the last word-only one, but the low-power memory.
set(definitions_kasan ${definitions_g4} CONFIG_COMPILER_KASAN=1 CONFIG_KASAN_HEAP_REDZONE_SIZE=12 CONFIG_KASAN_QUARANTINE_SIZE=1600
    CONFIG_KASAN_NO_HALT=1 CONFIG_KASAN_RAM_LOW=0x3f800000 CONFIG_KASAN_SHADOW_SIZE=0x120000)
ch_add_library(capheap_kasan ${CH_DEFINITIONS} ${definitions_kasan})
# And with a trace, whose functions stand before the heap's.
ch_add_library(capheap_kasan_traced ${CH_DEFINITIONS} ${definitions_kasan} CONFIG_HEAP_TRACING_STANDALONE=1)
foreach(test runtime_test random_test paths_test)
    add_case(kasan kasan ${CMAKE_CURRENT_SOURCE_DIR}/kasan/${test}.c ${CH_CHIP})
    if(NOT test STREQUAL random_test)
        add_case(kasan kasan_traced ${CMAKE_CURRENT_SOURCE_DIR}/kasan/${test}.c ${CH_CHIP})
    endif()
endforeach()
