# SPDX-License-Identifier: MIT
# As much of ESP-IDF's build system as a component sees.
#
#   standin_project(name TARGET target [BITS 32] [COMPONENT folder] CONFIG key=value...)
#       reads the component's CMakeLists.txt as ESP-IDF does (first as a script, then in earnest, with CONFIG_ variables) and makes
#       <name>.heap    what it registered: libheap.a
#       <name>.system  stand-ins for the rest of ESP-IDF, and ports/esp_idf/platform
#   standin_program(project name source...)   a program on both

set(STANDIN ${CMAKE_CURRENT_LIST_DIR})
include(${CMAKE_CURRENT_LIST_DIR}/../../chips/symbols.cmake)

function(idf_build_get_property variable property)
    set(${variable} ${${property}} PARENT_SCOPE)
endfunction()

function(idf_component_register)
    cmake_parse_arguments(PARSE_ARGV 0 arg "WHOLE_ARCHIVE" "KCONFIG;KCONFIG_PROJBUILD"
        "SRCS;SRC_DIRS;EXCLUDE_SRCS;INCLUDE_DIRS;PRIV_INCLUDE_DIRS;LDFRAGMENTS;REQUIRES;PRIV_REQUIRES;REQUIRED_IDF_TARGETS")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "idf_component_register: not known: ${arg_UNPARSED_ARGUMENTS}")
    endif()
    foreach(file ${arg_LDFRAGMENTS} ${arg_KCONFIG})
        if(NOT EXISTS ${file})
            message(FATAL_ERROR "idf_component_register: no such file: ${file}")
        endif()
    endforeach()
    add_library(${COMPONENT_LIB} STATIC ${arg_SRCS})
    set_target_properties(${COMPONENT_LIB} PROPERTIES OUTPUT_NAME heap ARCHIVE_OUTPUT_DIRECTORY ${STANDIN_BINARY})
    target_include_directories(${COMPONENT_LIB} PUBLIC ${arg_INCLUDE_DIRS} PRIVATE ${arg_PRIV_INCLUDE_DIRS})
    target_link_libraries(${COMPONENT_LIB} PUBLIC ${STANDIN_PROJECT}.headers)
    ch_compile_options(${COMPONENT_LIB})
endfunction()

macro(standin_read_config)
    execute_process(COMMAND ${CMAKE_COMMAND} -DIDF_TARGET=${arg_TARGET} -DCOMPONENT=${arg_COMPONENT} -P ${STANDIN}/early.cmake
        OUTPUT_VARIABLE early ERROR_VARIABLE errors RESULT_VARIABLE status)
    if(NOT status EQUAL 0 OR NOT early MATCHES "kconfig: ([^\n]*)")
        message(FATAL_ERROR "${name}: the component cannot be read as a script: ${errors}")
    endif()
    set(kconfig ${CMAKE_MATCH_1})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${kconfig} ${STANDIN}/Kconfig)
    execute_process(COMMAND ${CMAKE_COMMAND} -E env IDF_TARGET=${arg_TARGET} COMPONENT_KCONFIG=${kconfig}
        ${STANDIN}/genconfig.py ${STANDIN}/Kconfig ${STANDIN_BINARY}/config ${arg_CONFIG} RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
        message(FATAL_ERROR "${name}: configuration failed")
    endif()
    include(${STANDIN_BINARY}/config/sdkconfig.cmake)
endmacro()

# Interface library of what every file of the project is compiled with.
function(standin_headers name bits)
    add_library(${name}.headers INTERFACE)
    target_include_directories(${name}.headers INTERFACE ${STANDIN_BINARY}/config ${STANDIN}/include)
    target_compile_definitions(${name}.headers INTERFACE ESP_PLATFORM)
    if(bits STREQUAL 32)
        target_compile_options(${name}.headers INTERFACE -m32)
        target_link_options(${name}.headers INTERFACE -m32)
    endif()
endfunction()

function(standin_system name target)
    set(platform ${CH_ROOT}/ports/esp_idf/platform)
    if(target STREQUAL linux)
        add_library(${name}.system OBJECT ${STANDIN}/startup_linux.c ${STANDIN}/tasks.c ${platform}/system.c)
    else()
        add_library(${name}.system OBJECT ${STANDIN}/startup.c ${STANDIN}/tasks.c ${STANDIN}/system.c ${platform}/system.c
            ${platform}/psram.c ${CH_ROOT}/ports/posix/posix_ram.c ${CH_ROOT}/src/soc/memory_utils.c
            ${CH_ROOT}/src/soc/stack_utils.c ${CH_ROOT}/src/soc/cache_line.c)
        set_source_files_properties(${CH_ROOT}/src/soc/memory_utils.c PROPERTIES COMPILE_DEFINITIONS STANDIN_PLATFORM=1)
        target_link_options(${name}.system INTERFACE -no-pie -Wl,-T,${CH_ROOT}/ports/posix/reserved.ld)
    endif()
    target_include_directories(${name}.system PUBLIC ${STANDIN} ${platform} PRIVATE ${CH_ROOT}/src)
    target_link_libraries(${name}.system PUBLIC ${name}.heap Threads::Threads)
    ch_compile_options(${name}.system)
endfunction()

function(standin_project name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "TARGET;BITS;COMPONENT" "CONFIG")
    if(NOT arg_COMPONENT)
        set(arg_COMPONENT ${CH_ROOT})
    endif()
    set(STANDIN_PROJECT ${name})
    set(STANDIN_BINARY ${CMAKE_CURRENT_BINARY_DIR}/${name})
    set(IDF_TARGET ${arg_TARGET})
    set(ESP_PLATFORM 1)
    set(COMPONENT_LIB ${name}.heap)
    standin_headers(${name} "${arg_BITS}")
    standin_read_config()
    include(${arg_COMPONENT}/CMakeLists.txt)
    standin_system(${name} ${arg_TARGET})
    set_property(GLOBAL PROPERTY ${name}.target ${arg_TARGET})
endfunction()

# Values of the symbols that ESP-IDF's linker script has.
function(standin_symbols variable target)
    chip_symbols(lines ${target})
    list(TRANSFORM lines PREPEND -Wl,--defsym=)
    set(${variable} ${lines} PARENT_SCOPE)
endfunction()

function(standin_program project name)
    get_property(target GLOBAL PROPERTY ${project}.target)
    add_executable(${name} ${ARGN})
    target_link_libraries(${name} PRIVATE ${project}.system)
    target_compile_options(${name} PRIVATE -Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare) # as ESP-IDF's components
    standin_symbols(lines ${target})
    target_link_options(${name} PRIVATE ${lines})
endfunction()

# standin_suite(project suite file...): tests of the library itself, against what the project registered. They boot the heap themselves.
function(standin_suite project suite)
    get_property(target GLOBAL PROPERTY ${project}.target)
    add_library(${project}.${suite} OBJECT ${CH_ROOT}/tests/support/ch_test.c ${CH_ROOT}/tests/support/cmocka_shim.c ${STANDIN}/system.c
        ${CH_ROOT}/ports/posix/posix_ram.c ${CH_ROOT}/src/soc/memory_utils.c ${CH_ROOT}/src/soc/cache_line.c)
    target_include_directories(${project}.${suite} PUBLIC ${CH_ROOT}/tests/support ${CH_ROOT}/tests ${STANDIN} ${CH_ROOT}/src
        ${CH_ROOT}/ports/baremetal)
    target_link_libraries(${project}.${suite} PUBLIC ${project}.heap Threads::Threads)
    target_link_options(${project}.${suite} INTERFACE -no-pie -Wl,-T,${CH_ROOT}/ports/posix/reserved.ld)
    target_compile_options(${project}.${suite} PUBLIC -Wno-clobbered)
    target_compile_definitions(${project}.${suite} PUBLIC STANDIN_PLATFORM=1)
    standin_symbols(lines ${target})
    target_link_options(${project}.${suite} INTERFACE ${lines})
    foreach(file ${ARGN})
        file(STRINGS ${file} main REGEX "^int main\\(" LIMIT_COUNT 1)
        if(main)
            get_filename_component(stem ${file} NAME_WE)
            add_executable(esp_idf.${project}.${suite}_${stem} ${file})
            target_link_libraries(esp_idf.${project}.${suite}_${stem} PRIVATE ${project}.${suite})
            idf_script(${project}.${suite}_${stem} $<TARGET_FILE:esp_idf.${project}.${suite}_${stem}>)
        else()
            target_sources(${project}.${suite} PRIVATE ${file})
        endif()
    endforeach()
endfunction()
