# SPDX-License-Identifier: MIT
# Suite interrupts: an interrupt before every instruction of the heap's functions.
#
#   host     the default variant: single steps, with strides
#   boards   the variant that boards/<board>.cmake names; with CH_SWEEP_FULL g8, g4, os8 and os4 (os: the library built for size). Timer
#            interrupts under -icount, watched by the QEMU plugin `sweep`, which fails a run that left a place out
#   control  boards: a library that does not mask interrupts must fail, and so must a sweep that leaves places out
#
# CH_SWEEP_FULL: every operation with every interrupt, not only one of them in turn.

option(CH_SWEEP_FULL "interrupts: every operation with every interrupt, in all variants (about three minutes a board)" OFF)
set(sweep_folder ${CMAKE_CURRENT_SOURCE_DIR}/interrupts)
file(GLOB sweep_sources CONFIGURE_DEPENDS interrupts/*.c)
if(CH_BOARD)
    include(${sweep_folder}/boards/${CH_BOARD}.cmake)
    list(APPEND sweep_sources ${sweep_folder}/machine/timer.c ${sweep_folder}/machine/${CH_BOARD}.c)
    ch_test_plugin(sweep)
else()
    list(APPEND sweep_sources ${sweep_folder}/machine/host.c)
endif()

# The library of a variant of this suite: those of the others, and three of its own.
function(sweep_library_of variable variant)
    set(library capheap_${variant})
    if(variant MATCHES "^g")
        library_of(library ${variant})
    elseif(NOT TARGET ${library})
        string(REGEX REPLACE "^[a-z]+" "g" granule ${variant})
        ch_add_library(${library} ${CH_DEFINITIONS} ${definitions_${granule}})
        if(variant MATCHES "^os")
            target_compile_options(${library} PRIVATE -Os)
        else()
            target_compile_options(${library} PRIVATE -include ${sweep_folder}/unlocked.h)
        endif()
    endif()
    set(${variable} ${library} PARENT_SCOPE)
endfunction()

# sweep_program(name variant definition...)
function(sweep_program name variant)
    sweep_library_of(library ${variant})
    chip_of(map ${CH_CHIP} ${library})
    add_executable(${name} ${sweep_sources})
    test_options(${name} ${library})
    target_include_directories(${name} PRIVATE interrupts)
    target_compile_definitions(${name} PRIVATE ${ARGN})
    target_link_libraries(${name} PRIVATE ${map})
    define_symbols(${name} ${CH_CHIP})
    if(CH_BOARD)
        target_link_libraries(${name} PRIVATE ch_board)
        target_link_options(${name} PRIVATE ${sweep_link_options})
        add_dependencies(${name} sweep_plugin)
    endif()
endfunction()

# sweep_test(name command...)
function(sweep_test name)
    add_test(NAME ${name} COMMAND ${CH_ROOT}/tools/run-case ${CH_LOG_DIR}/${name}.log ${ARGN})
    set_tests_properties(${name} PROPERTIES LABELS interrupts ENVIRONMENT "TIME_LIMIT=1200;ASAN_OPTIONS=detect_leaks=0")
endfunction()

set(how_much CH_SWEEP=$<BOOL:${CH_SWEEP_FULL}>)
if(NOT CH_BOARD)
    set(name interrupts.${default_variant}.interrupts_test)
    sweep_program(${name} ${default_variant} ${how_much} CH_SWEEP_FIRST=0)
    sweep_test(${name} $<TARGET_FILE:${name}>)
    return()
endif()

set(sweep ${CH_BOARD} ${sweep_shift} ${sweep_plugin} ${CMAKE_NM})
if(CH_SWEEP_FULL)
    set(sweep_variants g8 g4 os8 os4)
endif()
foreach(variant ${sweep_variants})
    set(name interrupts.${variant}.interrupts_test)
    sweep_program(${name} ${variant} ${how_much} CH_SWEEP_FIRST=${sweep_first})
    sweep_test(${name} ${sweep_folder}/sweep.sh ${sweep} $<TARGET_FILE:${name}>)
endforeach()

sweep_program(interrupts.unlocked unlocked8 CH_SWEEP=2 CH_SWEEP_FIRST=0)
sweep_program(interrupts.leaky g8 CH_SWEEP=2 CH_SWEEP_FIRST=0 CH_SWEEP_LEAVES_OUT=3)
sweep_test(interrupts.control.control ${sweep_folder}/control.sh ${sweep}
           $<TARGET_FILE:interrupts.unlocked> $<TARGET_FILE:interrupts.leaky>)
