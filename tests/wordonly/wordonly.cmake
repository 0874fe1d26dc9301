# SPDX-License-Identifier: MIT
# Suite wordonly: programs that run on boards while the QEMU plugin `words` watches the board's word-only memory.
#
#   g8, g4      multi_heap_words and caps_words; with g4 also model/model_caps_test and the api tests that boot the chip's heaps
#   os8, os4    multi_heap_words and caps_words with the library built for size (-Os); with os8 also model_caps_test
#   control     wrong accesses on purpose, and the list of functions: see control.sh
#
# boards/<board>.cmake sets `word_ranges` (what the plugin watches) and, if the board's own chip has no word-only memory, `word_chip`:
# a chip table of this folder that has some; `word_chip_options`: options of the table.

include(${CMAKE_CURRENT_SOURCE_DIR}/wordonly/boards/${CH_BOARD}.cmake)
ch_test_plugin(words)
set(word_plugin_options ${words_plugin})
foreach(range ${word_ranges})
    string(APPEND word_plugin_options ,word=${range})
endforeach()

function(word_map_of variable variant library)
    if(NOT word_chip)
        chip_of(map ${CH_CHIP} ${library})
    else()
        set(map wordonly.${variant}.chip)
        if(NOT TARGET ${map})
            add_library(${map} STATIC ${CH_ROOT}/${word_chip})
            target_compile_definitions(${map} PRIVATE ${word_chip_options})
            target_include_directories(${map} PRIVATE ${CH_ROOT}/chips)
            target_link_libraries(${map} PRIVATE ${library})
            ch_compile_options(${map})
        endif()
    endif()
    set(${variable} ${map} PARENT_SCOPE)
endfunction()

# The library of a variant; os8 and os4 are g8 and g4 built for size.
function(word_library_of variable variant)
    if(NOT variant MATCHES "^os(.*)$")
        library_of(library ${variant})
    else()
        set(library capheap_${variant})
        if(NOT TARGET ${library})
            ch_add_library(${library} ${CH_DEFINITIONS} ${definitions_g${CMAKE_MATCH_1}})
            target_compile_options(${library} PRIVATE -Os)
        endif()
    endif()
    set(${variable} ${library} PARENT_SCOPE)
endfunction()

# word_program(name variant source...): an executable on the board's word-only map.
function(word_program name variant)
    word_library_of(library ${variant})
    word_map_of(map ${variant} ${library})
    add_executable(${name} ${ARGN})
    test_options(${name} ${library})
    target_link_libraries(${name} PRIVATE ${map} ch_board)
    add_dependencies(${name} words_plugin)
endfunction()

function(word_case variant source)
    get_filename_component(stem ${source} NAME_WE)
    set(name wordonly.${variant}.${stem})
    word_program(${name} ${variant} ${source} ${ARGN})
    add_test(NAME ${name} COMMAND ${CH_ROOT}/tools/run-case ${CH_LOG_DIR}/${name}.log
             ${CH_ROOT}/tools/run-qemu ${CH_BOARD} $<TARGET_FILE:${name}> -plugin ${word_plugin_options})
    set_tests_properties(${name} PROPERTIES LABELS wordonly)
endfunction()

foreach(variant g8 g4 os8 os4)
    word_case(${variant} wordonly/multi_heap_words.c)
    word_case(${variant} wordonly/caps_words.c)
endforeach()
foreach(variant g4 os8)
    word_case(${variant} model/model_caps_test.c model/reference.c)
    set_tests_properties(wordonly.${variant}.model_caps_test PROPERTIES ENVIRONMENT "CH_OPS=10000")
endforeach()

# An api test that boots the heaps says API_TEST. Two have nothing for this suite: damage is done by bytes, and hooks need an option.
file(GLOB api_tests CONFIGURE_DEPENDS api/test_*.c)
foreach(source ${api_tests})
    file(STRINGS ${source} boots REGEX "API_TEST\\(" LIMIT_COUNT 1)
    if(boots AND NOT source MATCHES "test_(damage|hooks)\\.c$")
        word_case(g4 ${source} api/api_setup.c)
    endif()
endforeach()

set(controls)
foreach(kind 0 1 2)
    word_program(wordonly.control${kind} g4 wordonly/control.c)
    target_compile_definitions(wordonly.control${kind} PRIVATE CONTROL=${kind})
    list(APPEND controls $<TARGET_FILE:wordonly.control${kind}>)
endforeach()
add_test(NAME wordonly.control.control COMMAND ${CH_ROOT}/tools/run-case ${CH_LOG_DIR}/wordonly.control.control.log
         ${CMAKE_CURRENT_SOURCE_DIR}/wordonly/control.sh ${CH_BOARD} ${word_plugin_options} ${controls})
set_tests_properties(wordonly.control.control PROPERTIES LABELS wordonly)
