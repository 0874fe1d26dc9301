# SPDX-License-Identifier: MIT
# ESP-IDF reads every component's CMakeLists.txt in a script first, to learn its requirements and its Kconfig; neither targets nor
# CONFIG_ variables exist then. Prints what was said: cmake -DIDF_TARGET=... -DCOMPONENT=<folder> -P early.cmake
set(ESP_PLATFORM 1)

function(idf_build_get_property variable property)
    set(${variable} ${${property}} PARENT_SCOPE)
endfunction()

macro(idf_component_register)
    cmake_parse_arguments(_ "WHOLE_ARCHIVE" "KCONFIG;KCONFIG_PROJBUILD"
        "SRCS;SRC_DIRS;EXCLUDE_SRCS;INCLUDE_DIRS;PRIV_INCLUDE_DIRS;LDFRAGMENTS;REQUIRES;PRIV_REQUIRES;REQUIRED_IDF_TARGETS" ${ARGN})
    set_property(GLOBAL PROPERTY kconfig ${__KCONFIG})
    set_property(GLOBAL PROPERTY sources ${__SRCS})
    set_property(GLOBAL PROPERTY includes ${__INCLUDE_DIRS} ${__PRIV_INCLUDE_DIRS})
    return()
endmacro()

function(read_component)
    include(${COMPONENT}/CMakeLists.txt)
endfunction()
read_component()
foreach(name kconfig includes sources)
    get_property(value GLOBAL PROPERTY ${name})
    execute_process(COMMAND ${CMAKE_COMMAND} -E echo "${name}: ${value}")
endforeach()
