# SPDX-License-Identifier: MIT
# The C library's names on the heap, as firmware has them; included by tests/CMakeLists.txt.
#
#   names_test     what src/libc promises. On the host under other names, as the program lives from the host's malloc
#   library_test   on boards: the C library's own functions on it
#   own_malloc     on boards: nothing of the C library's own malloc is in the two programs (check-map reads the linker's maps)

# newlib: start-up and console of the board are written for picolibc. What they use of it has a counterpart here.
if(CH_C_LIBRARY MATCHES newlib)
    target_include_directories(ch_board PUBLIC libc/newlib)
    target_sources(ch_board PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/libc/newlib/semihosting_calls.c)
endif()

function(add_libc_case variant source)
    add_case(libc ${variant} ${CMAKE_CURRENT_SOURCE_DIR}/libc/names/${source}.c ${CH_CHIP})
    set(name libc.${variant}.${source})
    target_sources(${name} PRIVATE api/api_setup.c)
    target_link_libraries(${name} PRIVATE ch_libc_${variant})
    target_compile_options(${name} PRIVATE -fno-builtin)
    if(CH_BOARD)
        target_link_options(${name} PRIVATE -Wl,-Map=$<TARGET_FILE:${name}>.map)
    else()
        target_compile_options(${name} PRIVATE -include ${CMAKE_CURRENT_SOURCE_DIR}/libc/names/libc_names.h)
    endif()
endfunction()

foreach(variant ${CH_TEST_VARIANTS})
    if(variant MATCHES "^g[0-9]+$")
        library_of(library ${variant})
        ch_add_libc(ch_libc_${variant} ${library})
        add_libc_case(${variant} names_test)
        if(CH_BOARD)
            add_libc_case(${variant} library_test)
            set(maps)
            foreach(source names_test library_test)
                list(APPEND maps $<TARGET_FILE:libc.${variant}.${source}>.map)
            endforeach()
            set(name libc.${variant}.own_malloc)
            add_test(NAME ${name} COMMAND ${CH_ROOT}/tools/run-case ${CH_LOG_DIR}/${name}.log
                     ${CMAKE_CURRENT_SOURCE_DIR}/libc/check-map ${maps})
            set_tests_properties(${name} PROPERTIES LABELS libc)
        else()
            target_compile_options(ch_libc_${variant} PRIVATE -include ${CMAKE_CURRENT_SOURCE_DIR}/libc/names/libc_names.h)
        endif()
    endif()
endforeach()
