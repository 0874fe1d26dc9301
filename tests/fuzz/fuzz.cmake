# SPDX-License-Identifier: MIT
# The fuzz targets without a fuzzer: each replays its corpus, in every variant of the library. Included by tests/CMakeLists.txt
# on hosts.
if(CH_TEST_SUITES AND NOT fuzz IN_LIST CH_TEST_SUITES)
    return()
endif()
set(here ${CMAKE_CURRENT_SOURCE_DIR}/fuzz)

function(add_fuzz_replay variant target)
    set(name fuzz.${variant}.${target})
    library_of(library ${variant})
    add_executable(${name} ${here}/target_${target}.c)
    target_link_libraries(${name} PRIVATE fuzz.${variant} ${library})
    fuzz_options(${name} ${library})
    add_test(NAME ${name} COMMAND ${CH_ROOT}/tools/run-case ${CH_LOG_DIR}/${name}.log $<TARGET_FILE:${name}> ${here}/corpus/${target}.hex)
    set_tests_properties(${name} PROPERTIES LABELS fuzz ENVIRONMENT "ASAN_OPTIONS=detect_leaks=0")
endfunction()

function(fuzz_options target library)
    target_include_directories(${target} PRIVATE ${here}/shim ${here} ${CH_ROOT}/tests/model ${CH_ROOT}/tests/support
                               ${CH_ROOT}/tests/libc/names ${CH_ROOT}/src)
    target_link_libraries(${target} PRIVATE ${library})
    ch_compile_options(${target})
    # FUZZ_FATAL leaves a call by longjmp; no variable that is read behind it changes in it.
    target_compile_options(${target} PRIVATE $<$<C_COMPILER_ID:GNU>:-Wno-clobbered>)
endfunction()

foreach(variant ${CH_TEST_VARIANTS})
    if(NOT variant MATCHES "^(g[0-9]+|options|l[0-9]+|held)$") # of the levels of detection one below the fills, and the last
        continue()
    endif()
    library_of(library ${variant})
    add_library(fuzz.${variant} STATIC ${here}/fuzz.c ${here}/replay.c ${here}/world.c ${here}/caps_model.c ${here}/heap_ops.c ${here}/state.c
                ${CH_ROOT}/tests/model/reference.c)
    fuzz_options(fuzz.${variant} ${library})
    add_library(fuzz.${variant}.libc OBJECT ${CH_ROOT}/src/libc/malloc.c)
    fuzz_options(fuzz.${variant}.libc ${library})
    target_compile_options(fuzz.${variant}.libc PRIVATE -fno-builtin -include ${CH_ROOT}/tests/libc/names/libc_names.h)
    target_sources(fuzz.${variant} PRIVATE $<TARGET_OBJECTS:fuzz.${variant}.libc>)
    foreach(target heap resize caps damage)
        add_fuzz_replay(${variant} ${target})
    endforeach()
endforeach()
