# SPDX-License-Identifier: MIT
# Suite trace: the standalone trace, in a variant that has it.

function(add_trace_suite variant)
    library_of(library ${variant})
    if(variant STREQUAL stacks)
        target_compile_options(${library} PUBLIC -fno-omit-frame-pointer)
    endif()
    file(GLOB files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/trace/*_test.c)
    foreach(file ${files})
        get_filename_component(stem ${file} NAME_WE)
        add_case(trace ${variant} ${file} ${CH_CHIP})
        target_sources(trace.${variant}.${stem} PRIVATE api/api_setup.c)
    endforeach()
endfunction()
