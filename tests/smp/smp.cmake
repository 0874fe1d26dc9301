# SPDX-License-Identifier: MIT
# Suite smp: several cores at once; on the host they are threads. On boards with a second core (board-<board>.cmake says with which
# options of the emulator) it is run in three variants:
#
#   cores   the library for two cores, a host thread for each
#   turns   the same with the cores taking turns, in pieces of a tenth of a second or less
#   broken  the library for one core, which two use: the stress test must fail

set(definitions_cores CONFIG_HEAP_CORES=2)
set(definitions_turns ${definitions_cores})
set(options_cores)
set(options_turns -accel tcg,thread=single)
set(options_broken)

# The library of a variant, as library_of().
function(smp_library variable variant)
    if(variant STREQUAL broken)
        set(variant ${default_variant})
    endif()
    set(library capheap_${variant})
    set(is_new TRUE)
    if(TARGET ${library})
        set(is_new FALSE)
    endif()
    library_of(library ${variant})
    if(is_new AND variant STREQUAL turns)
        target_compile_options(${library} PUBLIC -include ${CMAKE_CURRENT_SOURCE_DIR}/smp/turns.h)
    endif()
    set(${variable} ${library} PARENT_SCOPE)
endfunction()

function(smp_case variant stem)
    set(name smp.${variant}.${stem})
    smp_library(library ${variant})
    chip_of(map ${CH_CHIP} ${library})
    file(GLOB cores CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/smp/cores_*.c)
    add_executable(${name} ${CMAKE_CURRENT_SOURCE_DIR}/smp/${stem}.c ${cores})
    test_options(${name} ${library})
    target_link_libraries(${name} PRIVATE ${map})
    define_symbols(${name} ${CH_CHIP})
    set(command $<TARGET_FILE:${name}>)
    if(CH_BOARD)
        target_link_libraries(${name} PRIVATE ch_board)
        set(command ${CH_ROOT}/tools/run-qemu ${CH_BOARD} ${command} ${board_two_cores} ${options_${variant}})
    endif()
    if(variant STREQUAL broken)
        list(PREPEND command ${CH_ROOT}/tests/smp/must-fail "cores, .* operations each")
    endif()
    add_test(NAME ${name} COMMAND ${CH_ROOT}/tools/run-case ${CH_LOG_DIR}/${name}.log ${command})
    set_tests_properties(${name} PROPERTIES LABELS smp PROCESSORS 2 ENVIRONMENT "ASAN_OPTIONS=detect_leaks=0;TIME_LIMIT=60")
endfunction()

if(NOT CH_BOARD OR DEFINED board_two_cores)
    foreach(stem lock_test ticket_test stress_test)
        smp_case(cores ${stem})
    endforeach()
endif()
if(DEFINED board_two_cores)
    foreach(stem lock_test ticket_test stress_test)
        smp_case(turns ${stem})
    endforeach()
    smp_case(broken stress_test)
endif()
