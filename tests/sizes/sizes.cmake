# SPDX-License-Identifier: MIT
# The battery of sizes, alignments and masks, in every variant of the library that is built anyway. Included by
# tests/CMakeLists.txt; tests/sizes/run builds it in every configuration that there is.
if(CH_TEST_SUITES AND NOT sizes IN_LIST CH_TEST_SUITES)
    return()
endif()
if(CH_BOARD AND NOT CH_BOARD MATCHES "^(virt-rv32|mps2-an385)$")
    return() # about 10 s a board, and what differs between them is not in here
endif()
set(sizes_folder ${CMAKE_CURRENT_SOURCE_DIR}/sizes)
add_custom_target(sizes)

foreach(variant ${CH_TEST_VARIANTS})
    # One on each board.
    if("${CH_BOARD}.${variant}" MATCHES "^(virt-rv32.g4|mps2-an385.g8)$")
        continue()
    endif()
    # What is given back must be free again at once: not with a quarantine. On boards the levels and the observers would be too many,
    # and of these some do on the host: tests/sizes/configurations has them all.
    if(variant MATCHES "^(held|quiet|th|stacks|t)$" OR (CH_BOARD AND variant MATCHES "^[lchts]"))
        continue()
    endif()
    library_of(library ${variant})
    add_library(sizes.${variant}.libc OBJECT ${CH_ROOT}/src/libc/malloc.c)
    test_options(sizes.${variant}.libc ${library})
    target_compile_options(sizes.${variant}.libc PRIVATE -fno-builtin -include ${CMAKE_CURRENT_SOURCE_DIR}/libc/names/libc_names.h)
    add_library(sizes.${variant} STATIC ${sizes_folder}/inputs.c ${sizes_folder}/judge.c ${sizes_folder}/calls.c api/api_setup.c
                $<TARGET_OBJECTS:sizes.${variant}.libc>)
    test_options(sizes.${variant} ${library})
    target_include_directories(sizes.${variant} PUBLIC api libc/names)
    foreach(test caps_sizes_test multi_heap_sizes_test other_sizes_test)
        add_case(sizes ${variant} ${sizes_folder}/${test}.c ${CH_CHIP})
        add_dependencies(sizes sizes.${variant}.${test})
    endforeach()
endforeach()
